/** Two hundred endpoints that take every message and answer a byte at a time, beside a few that are well. */
import { openAccounts } from '../support/accounts.ts';
import { pause } from '../support/clients.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';

export interface Trickled {
  readonly hostile: number;
  /** The throughput of the healthy while others trickle, as a share of the one before. */
  readonly kept: number;
  readonly rounds: readonly { readonly before: number; readonly beside: number }[];
  readonly trickling: number;
}

const HOSTILE = 200;
const HEALTHY = 4;
/** Messages a second, of all together. */
const RATES = { hostile: 40, healthy: 40 };
const SEGMENT_MS: Readonly<Record<Size, number>> = { ci: 8_000, release: 60_000 };
const ROUNDS: Readonly<Record<Size, number>> = { ci: 1, release: 3 };
/** An answer has some hundred bytes: never whole before the deadline of an attempt. */
const TRICKLE = { kind: 'trickle', bytes: 1, everyMs: 100 } as const;
const REST_MS = 6_000;

const named = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: 'whatsapp', id: `${name}-${index}` }));

export async function trickleRun({ size, seed, progress }: HarnessOptions): Promise<Trickled> {
  await using opened = new AsyncDisposableStack();
  let trickles = false;
  const proxies: TcpProxy[] = [];
  const accounts = opened.use(
    await openAccounts({
      seed: seed + 50,
      accounts: [...named('hostile', HOSTILE), ...named('healthy', HEALTHY)],
      async via(url, account) {
        if (!account.startsWith('hostile')) return url;
        // An address of its own for each, so that each has connections of its own.
        const proxy = opened.use(await tcpProxy(url, () => (trickles ? TRICKLE : { kind: 'pass' })));
        proxies.push(proxy);
        return proxy.url;
      },
    }),
  );
  await accounts.start();
  const hostile = named('hostile', HOSTILE).map(({ id }) => id);
  const healthy = named('healthy', HEALTHY).map(({ id }) => id);

  /** Messages to the healthy that had their reply within the segment, of those that came in it; a second. */
  async function segment(): Promise<number> {
    const forMs = SEGMENT_MS[size];
    const from = Date.now();
    const sent = await accounts.stream(
      [
        { accounts: hostile, perSecond: RATES.hostile },
        { accounts: healthy, perSecond: RATES.healthy },
      ],
      forMs,
    );
    const until = Date.now();
    const ours = sent.filter(({ account }) => account.startsWith('healthy'));
    const replies = accounts.repliesTo(ours);
    const inTime = ours.filter(({ number, at }) => at + (replies.get(number) ?? Infinity) <= until);
    return (inTime.length / (until - from)) * 1_000;
  }

  await segment();
  const rounds: { before: number; beside: number }[] = [];
  for (let round = 0; round < ROUNDS[size]; round++) {
    trickles = false;
    const before = await segment();
    trickles = true;
    for (const proxy of proxies) proxy.endAll();
    const beside = await segment();
    rounds.push({ before, beside });
    progress(`healthy: ${before.toFixed(1)} replies a second, beside trickling ones ${beside.toFixed(1)}`);
    trickles = false;
    for (const proxy of proxies) proxy.endAll();
    if (round + 1 < ROUNDS[size]) await pause(REST_MS);
  }
  const kept = Math.min(...rounds.map(({ before, beside }) => beside / before));
  return {
    hostile: HOSTILE,
    kept,
    rounds,
    trickling: proxies.reduce((sum, one) => sum + one.connections, 0),
  };
}
