/** Ten thousand connections that want nothing, and a hub that may hardly open a file: what is honest goes through. */
import { openFilesLimit } from '../../../src/server/open-files.ts';
import { type Accounts, openAccounts, type Sent } from '../support/accounts.ts';
import { ledgerOff } from '../support/books.ts';
import { pause } from '../support/clients.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { atMost, type Measured, percentile, type Report } from '../support/report.ts';
import { holdSockets } from './sockets.ts';

const SEGMENT_MS: Readonly<Record<Size, number>> = { ci: 5_000, release: 120_000 };
const MANY = 2_000;
const TOO_MANY = 10_000;
/** What the harness itself needs beside them. */
const OWN_FILES = 500;
const DRIPPING = 1_000;
const HONEST = { accounts: ['pressed'], perSecond: 40 };
const MAX_ACK_MS = 250;
const FEW_FILES = 256;
const MORE_THAN_FEW = 400;
const REST_LIMIT_MS = 120_000;

export async function pressureRun(options: HarnessOptions): Promise<Report> {
  const many = await crowded(options, MANY, MAX_ACK_MS);
  // More than the hub takes: a new connection may be turned away, and has to come again.
  const tooMany = await crowded(options, Math.min(TOO_MANY, openFilesLimit() - OWN_FILES), null);
  const few = await fewFiles(options);
  return {
    figures: [...many.figures, ...tooMany.figures, ...few.figures],
    details: { many: many.details, tooMany: tooMany.details, few: few.details },
  };
}

interface Part {
  readonly figures: readonly Measured[];
  readonly details: unknown;
}

const open = (seed: number, persistMs: number): Promise<Accounts> =>
  openAccounts({ seed, persistMs, accounts: [{ type: 'whatsapp', id: 'pressed' }] });

/** Honest webhooks are sent until they are acknowledged, as platforms do. `maxAckMs`: null where no goal is set. */
async function crowded(
  { size, seed, progress }: HarnessOptions,
  count: number,
  maxAckMs: number | null,
): Promise<Part> {
  await using accounts = await open(seed, REST_LIMIT_MS);
  const hub = await accounts.start();
  await accounts.stream([HONEST], 2_000);
  const health = probe(accounts);
  let streaming: Promise<readonly Sent[]>;
  let made: number;
  {
    using sockets = holdSockets(accounts.workplace.url, count, Math.min(DRIPPING, count / 2));
    await pause(1_500);
    streaming = accounts.stream([HONEST], SEGMENT_MS[size]);
    await pause(SEGMENT_MS[size]);
    made = sockets.made;
  }
  // What found no place comes again, as platforms do.
  const sent = await streaming;
  const slowestHealth = await health.end();
  progress(`${count} sockets, ${made} times made; ${sent.length} honest webhooks`);
  await pause(1_000);
  const waits = sent.map(ackOf);
  const p99 = percentile(waits, 0.99);
  const what = `${count} idle and dripping connections`;
  return {
    figures: [
      ...(await wholeAfter(accounts, hub, sent, what)),
      ...(maxAckMs === null
        ? []
        : [atMost('P7', `${what}: p99 of honest acknowledgements`, p99, maxAckMs, ' ms')]),
    ],
    details: { count, made, p50: percentile(waits, 0.5), p99, slowestHealth },
  };
}

const ackOf = ({ at, acknowledgedAt }: Sent): number => (acknowledgedAt ?? Number.POSITIVE_INFINITY) - at;

/** Asks for the health again and again, on connections of its own. */
function probe({ workplace }: Accounts): { end(): Promise<number> } {
  let isOver = false;
  let slowest = 0;
  const asking = (async () => {
    while (!isOver) {
      const from = performance.now();
      const signal = AbortSignal.timeout(5_000);
      await fetch(`${workplace.url}/healthz`, { signal, headers: { connection: 'close' } }).catch(() => {});
      slowest = Math.max(slowest, performance.now() - from);
      await pause(100);
    }
  })();
  return {
    async end() {
      isOver = true;
      await asking;
      return Math.round(slowest);
    },
  };
}

/** More connections than the hub may open files. */
async function fewFiles({ size, seed, progress }: HarnessOptions): Promise<Part> {
  await using accounts = await open(seed + 1, REST_LIMIT_MS);
  const limited = ['sh', '-c', `ulimit -n ${FEW_FILES}; exec "$@"`, 'sh'];
  const hub = await accounts.start({ through: limited });
  await accounts.stream([HONEST], 2_000);
  const streaming = accounts.stream([HONEST], SEGMENT_MS[size]);
  {
    using sockets = holdSockets(accounts.workplace.url, MORE_THAN_FEW, 50);
    await pause(SEGMENT_MS[size] - 1_000);
    progress(`${MORE_THAN_FEW} sockets for ${FEW_FILES} files, ${sockets.made} times made`);
  }
  const sent = await streaming;
  const waits = sent.map(ackOf);
  return {
    figures: await wholeAfter(accounts, hub, sent, `${FEW_FILES} open files`),
    details: { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) },
  };
}

/** It still runs, everything honest was acknowledged in the end, and has its reply. */
async function wholeAfter(
  accounts: Accounts,
  hub: HubProcess,
  sent: readonly Sent[],
  what: string,
): Promise<readonly Measured[]> {
  let hasEnded = false;
  void hub.ended.then(() => {
    hasEnded = true;
  });
  const giveUp = performance.now() + REST_LIMIT_MS;
  const acknowledged = sent.filter(one => one.acknowledgedAt !== null);
  let missing = acknowledged.length;
  while (missing > 0 && !hasEnded && performance.now() < giveUp) {
    await pause(100);
    missing = acknowledged.length - accounts.repliesTo(acknowledged).size;
  }
  const off = hasEnded ? 1 : await ledgerOff(accounts.workplace);
  return [
    atMost('P7', `${what}: the hub ended`, hasEnded ? 1 : 0),
    atMost('P7', `${what}: honest webhooks never acknowledged`, sent.length - acknowledged.length),
    atMost('G1', `${what}: acknowledged messages lost`, missing),
    atMost('G6', `${what}: ledger off by`, off),
  ];
}
