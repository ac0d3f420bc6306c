/** Killed with thousands of messages on their way: when it acknowledges again, and when the first of them goes on. */
import { openAccounts } from '../support/accounts.ts';
import { ledgerOf, ledgerOff } from '../support/books.ts';
import { pause } from '../support/clients.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import { forSends } from '../support/platforms.ts';
import { atMost, percentile, type Report } from '../support/report.ts';

const IN_FLIGHT: Readonly<Record<Size, number>> = { ci: 10_000, release: 10_000 };
const KILLS: Readonly<Record<Size, number>> = { ci: 2, release: 20 };
const SIDE_BY_SIDE = 64;
/** Each is its own conversation: all of them could go on at once. */
const ACCOUNT = 'recovering';
const MAX_ACK_S = 2;
const MAX_RESUME_S = 3;
const LIMIT_MS = 30_000;

export async function recoveryRun({ size, seed, progress }: HarnessOptions): Promise<Report> {
  await using accounts = await openAccounts({ seed, accounts: [{ type: 'whatsapp', id: ACCOUNT }] });
  const { platforms, workplace } = accounts;
  // Taken, and no answer: nothing gets done.
  const hang = { rules: forSends({ do: { kind: 'hang' } }) };
  platforms.weather(hang);
  let hub = await accounts.start();
  let posted = 0;
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      while (posted < IN_FLIGHT[size]) await accounts.post(ACCOUNT, posted++);
    }),
  );
  const { inbound, outbound } = await ledgerOf(workplace, false);
  const waiting = inbound.inFlight + outbound.inFlight;
  progress(`${waiting} messages on their way`);
  const acks: number[] = [];
  const resumes: number[] = [];
  for (let kill = 1; kill <= KILLS[size]; kill++) {
    hub.kill('SIGKILL');
    await hub.ended;
    platforms.look();
    const before = platforms.sends.length;
    hub = accounts.launch();
    const [ack, resume] = await Promise.all([
      firstAck(hub.startedAt),
      within(() => {
        platforms.look();
        return platforms.sends.length > before;
      }, hub.startedAt),
    ]);
    acks.push(ack);
    resumes.push(resume);
    progress(
      `kill ${kill}: acknowledged after ${Math.round(ack)} ms, went on after ${Math.round(resume)} ms`,
    );
    await hub.ready;
  }
  const off = await ledgerOff(workplace);

  async function firstAck(since: number): Promise<number> {
    for (let next = 0; performance.now() - since < LIMIT_MS; next++) {
      const { acknowledgedAt } = await accounts.post(ACCOUNT, 60_000 + next);
      if (acknowledgedAt !== null) return performance.now() - since;
      await pause(20);
    }
    return Number.POSITIVE_INFINITY;
  }

  const seconds = (values: readonly number[]): number => percentile(values, 0.5) / 1_000;
  const what = `killed with ${waiting} on their way, ${KILLS[size]} times`;
  return {
    figures: [
      atMost('G11', `${what}: first new acknowledgement (median)`, seconds(acks), MAX_ACK_S, ' s'),
      atMost('G11', `${what}: first message that goes on (median)`, seconds(resumes), MAX_RESUME_S, ' s'),
      atMost('G6', `${what}: ledger off by`, off),
    ],
    details: { waiting, acks, resumes },
  };
}

async function within(holds: () => boolean, since: number): Promise<number> {
  while (performance.now() - since < LIMIT_MS) {
    if (holds()) return performance.now() - since;
    await pause(5);
  }
  return Number.POSITIVE_INFINITY;
}
