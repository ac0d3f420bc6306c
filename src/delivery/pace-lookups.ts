/**
 * Looks into a platform's history, which are calls like others: after an outage there may be thousands of sends to
 * ask about. bottleneck counts them, a limiter for each account. It is asked whether one may go and never queues:
 * what may not go yet waits in the store.
 */
import { isDeepStrictEqual } from 'node:util';
import Bottleneck from 'bottleneck';
import type { Rate } from '../channels/capabilities.ts';

export interface Lookups extends AsyncDisposable {
  /** Null when none may go now. A rate of null: only so many at once. */
  run<T>(account: string, rate: Rate | null | undefined, look: () => Promise<T>): Promise<T | null>;
}

const AT_ONCE = 4;
/** Where a platform documents none. */
const CAUTIOUS: Rate = { count: 30, perMs: 60_000 };

interface Looker {
  /** What the limiter was made with: a reload may change it. */
  rate: Rate | null;
  limiter: Bottleneck;
  /** By the monotonic clock. */
  filledAt: number;
  /** By the wall clock, when it was last asked. */
  askedAt: number;
  /** Resolves when whoever asked last has begun, or was refused. */
  turn: Promise<void>;
}

export function lookupPace(): Lookups {
  const lookers = new Map<string, Looker>();

  const limiterOf = (rate: Rate | null): Bottleneck =>
    new Bottleneck({ maxConcurrent: AT_ONCE, reservoir: rate?.count ?? null });

  function lookerOf(account: string, rate: Rate | null): Looker {
    const now = Date.now();
    const looker = lookers.get(account) ?? {
      rate,
      limiter: limiterOf(rate),
      filledAt: performance.now(),
      askedAt: now,
      turn: Promise.resolve(),
    };
    lookers.set(account, looker);
    // bottleneck lets nothing through before the last that it let through, by the wall clock, which may be set back.
    if (now < looker.askedAt || !isDeepStrictEqual(rate, looker.rate)) {
      looker.rate = rate;
      const old = looker.limiter;
      looker.limiter = limiterOf(rate);
      looker.filledAt = performance.now();
      void old.disconnect();
    }
    looker.askedAt = now;
    return looker;
  }

  /** bottleneck's own refilling goes by the wall clock as well, whether anybody asks or not. */
  async function fill(looker: Looker, { count, perMs }: Rate): Promise<void> {
    const times = Math.floor((performance.now() - looker.filledAt) / perMs);
    if (times < 1) return;
    looker.filledAt += times * perMs;
    await looker.limiter.updateSettings({ reservoir: count });
  }

  return {
    async run(account, rate = CAUTIOUS, look) {
      const looker = lookerOf(account, rate);
      const { turn: before } = looker;
      const { promise, resolve: begun } = Promise.withResolvers<void>();
      // One after the other: of two that ask at the same moment both would be told yes, and one be queued.
      looker.turn = promise;
      try {
        await before;
        if (rate !== null) await fill(looker, rate);
        const { limiter } = looker;
        if (!(await limiter.check())) return null;
        return await limiter.schedule(() => {
          begun();
          return look();
        });
      } finally {
        begun();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { limiter } of lookers.values()) await limiter.disconnect();
    },
  };
}
