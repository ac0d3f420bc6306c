/** One tenant with a hundred times the messages of each of nine others: what the others notice. */
import { openAccounts, slowest } from '../support/accounts.ts';
import { ledgerOff } from '../support/books.ts';
import { pause } from '../support/clients.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import { atMost, type Measured, percentile, type Report } from '../support/report.ts';

const QUIET = 9;
/** Messages a second of one quiet tenant, and of the noisy one. */
const RATES = { quiet: 1, noisy: 100 };
const SEGMENT_MS: Readonly<Record<Size, number>> = { ci: 9_000, release: 120_000 };
const REST_MS = 1_500;
const FACTOR = 2;
/** Nobody in a chat notices less, and a shared machine has moments as long. */
const UNNOTICED_MS = 150;

export async function noisyRun({ size, seed, progress }: HarnessOptions): Promise<Report> {
  const quiet = Array.from({ length: QUIET }, (_, index) => `quiet-${index}`);
  await using accounts = await openAccounts({
    seed,
    accounts: [...quiet, 'noisy'].map(id => ({ type: 'whatsapp', id, tenant: id })),
  });
  await accounts.start();
  const others = { accounts: quiet, perSecond: QUIET * RATES.quiet };
  const flood = { accounts: ['noisy'], perSecond: RATES.noisy };

  async function segment(withNoise: boolean): Promise<{ readonly p50: number; readonly p99: number }> {
    const sent = await accounts.stream(withNoise ? [others, flood] : [others], SEGMENT_MS[size]);
    await pause(REST_MS);
    const ours = sent.filter(({ account }) => account !== 'noisy');
    const replies = accounts.repliesTo(ours);
    return { p50: percentile([...replies.values()], 0.5), p99: slowest(ours, replies) };
  }

  // Everything has been compiled once before it is measured.
  await accounts.stream([others, flood], 2_000);
  await pause(REST_MS);
  const alone = await segment(false);
  progress(`alone: p50 ${alone.p50} ms, p99 ${alone.p99} ms`);
  const beside = await segment(true);
  progress(`beside the noisy one: p50 ${beside.p50} ms, p99 ${beside.p99} ms`);
  const most = Math.max(alone.p99 * FACTOR, UNNOTICED_MS);
  const figure: Measured = {
    id: 'G14',
    what: `quiet tenants beside one with ${RATES.noisy / RATES.quiet} times as much: p99 to the reply`,
    goal: `≤ ${FACTOR} × alone (${alone.p99} ms), or ${UNNOTICED_MS} ms`,
    measured: `${beside.p99} ms`,
    met: beside.p99 <= most,
    timed: true,
  };
  const off = atMost('G6', 'a noisy tenant: ledger off by', await ledgerOff(accounts.workplace));
  return { figures: [figure, off], details: { alone, beside } };
}
