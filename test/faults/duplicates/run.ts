/** The same webhook many times: at once, after a restart, days later. And what belongs together, in any order. */
import { httpClient } from '../../../src/channels/http.ts';
import { fakeClock, NO_CLOCK } from '../clock/fake-clock.ts';
import { ledgerOf, ledgerOff } from '../support/books.ts';
import { pause } from '../support/clients.ts';
import { type OpenStage, openStage } from '../support/fault-run.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import type { Launch } from '../support/hub-process.ts';
import type { Said } from '../support/platforms.ts';
import { atMost, type Measured, notRun, type Report } from '../support/report.ts';
import { ordersRun } from './orders.ts';

const IDS: Readonly<Record<Size, number>> = { ci: 40, release: 1_000 };
const ORDERS: Readonly<Record<Size, number>> = { ci: 250, release: 5_000 };
const COPIES = 64;
const DAYS_MS = 7 * 24 * 3_600_000;
const ANSWER_LIMIT_MS = 20_000;
const REST_LIMIT_MS = 60_000;
const FIRST_NUMBER = 100_000_000;

export async function duplicatesRun({ size, seed, progress }: HarnessOptions): Promise<Report> {
  await using stage = await openStage({ seed, setting: { weather: { rules: [] }, width: 0 } });
  await using http = httpClient();
  const { platforms, workplace } = stage;
  const said = Array.from({ length: IDS[size] }, (_, index): Said => {
    const [account, number] = [index % 2 === 0 ? 'test-whatsapp' : 'test-slack', FIRST_NUMBER + index];
    return platforms.say(account, index, number, `order ${number} please`);
  });

  /** Every message so many times at once. How many were not answered 200. */
  async function everyOne(now: () => number): Promise<number> {
    let refused = 0;
    for (const one of said) {
      const headers = await platforms.sign(one, now());
      const answers = Array.from({ length: COPIES }, () =>
        http.request({
          method: 'POST',
          url: `${workplace.url}${one.path}`,
          headers,
          body: one.body,
          signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        }),
      );
      for (const answer of await Promise.all(answers))
        if (answer.kind !== 'response' || answer.status !== 200) refused++;
    }
    return refused;
  }

  async function life(name: string, now: () => number, launch?: Launch): Promise<readonly Measured[]> {
    const hub = stage.start(launch);
    await stage.awake(hub);
    const refused = await everyOne(now);
    const seen = await atRest(stage);
    const off = await ledgerOff(workplace);
    // Not told to end well: the next life finds things as they were.
    hub.kill('SIGKILL');
    await stage.gone(hub);
    progress(`${name}: ${seen.duplicates} known again`);
    const what = `${IDS[size]} messages, ${COPIES} copies each, ${name}`;
    return [
      atMost(
        'G3',
        `${what}: effects but one each`,
        Math.abs(seen.accepted - said.length) + seen.wrongReplies,
      ),
      atMost('G3', `${what}: copies refused`, refused),
      atMost('G6', `${what}: ledger off by`, off),
    ];
  }

  const figures = [...(await life('at once', Date.now)), ...(await life('after a kill', Date.now))];
  using later = fakeClock(DAYS_MS);
  figures.push(
    ...(later === null
      ? [notRun('G3', 'duplicates seven days later', '0', NO_CLOCK)]
      : await life('seven days later', later.now, { environment: later.environment })),
  );
  progress('receipts, edits and answers in any order');
  const orders = await ordersRun(ORDERS[size], seed);
  figures.push(atMost('G3', `${orders.runs} histories in any order: another end`, orders.different.length));
  workplace.remove();
  return { figures, details: { different: orders.different.slice(0, 5) } };
}

interface AtRest {
  readonly accepted: number;
  readonly duplicates: number;
  /** Messages with another number of replies at the platform than one. */
  readonly wrongReplies: number;
}

async function atRest({ platforms, workplace }: OpenStage): Promise<AtRest> {
  const giveUp = performance.now() + REST_LIMIT_MS;
  for (;;) {
    const { inbound, outbound, duplicates } = await ledgerOf(workplace, true);
    if (inbound.inFlight + outbound.inFlight === 0) {
      platforms.look();
      const replies = new Map<string, number>();
      for (const { text } of platforms.taken) replies.set(text, (replies.get(text) ?? 0) + 1);
      const wrong = [...replies.values()].filter(count => count !== 1).length;
      const missing = Math.abs(inbound.accepted - replies.size);
      return { accepted: inbound.accepted, duplicates, wrongReplies: wrong + missing };
    }
    if (performance.now() > giveUp) throw new Error('the hub did not come to an end');
    await pause(100);
  }
}
