/**
 * Looks into a platform's history, which are calls like others: after an outage there may be thousands of sends to
 * ask about. bottleneck counts them, a limiter for each account. It is asked whether one may go and never queues:
 * what may not go yet waits in the store.
 */
import Bottleneck from 'bottleneck';
import type { Rate } from '../channels/capabilities.ts';

export interface Lookups extends AsyncDisposable {
  /** Null when none may go now. A rate of null: only so many at once. */
  run<T>(account: string, rate: Rate | null | undefined, look: () => Promise<T>): Promise<T | null>;
}

const AT_ONCE = 4;
/** Where a platform documents none. */
const CAUTIOUS: Rate = { count: 30, perMs: 60_000 };
/** bottleneck refills at multiples of this. */
const GRAIN_MS = 250;

const refilled = ({ count, perMs }: Rate) => ({
  reservoir: count,
  reservoirRefreshAmount: count,
  reservoirRefreshInterval: Math.max(1, Math.ceil(perMs / GRAIN_MS)) * GRAIN_MS,
});

interface Looker {
  limiter: Bottleneck;
  /** By the wall clock, when it was last asked. */
  askedAt: number;
  /** Resolves when whoever asked last has begun, or was refused. */
  turn: Promise<void>;
}

export function lookupPace(): Lookups {
  const lookers = new Map<string, Looker>();

  const limiterOf = (rate: Rate | null): Bottleneck =>
    new Bottleneck({ maxConcurrent: AT_ONCE, ...(rate === null ? {} : refilled(rate)) });

  function lookerOf(account: string, rate: Rate | null): Looker {
    const now = Date.now();
    const looker = lookers.get(account) ?? {
      limiter: limiterOf(rate),
      askedAt: now,
      turn: Promise.resolve(),
    };
    lookers.set(account, looker);
    // bottleneck reads the wall clock: set back by a day, it would let nothing through for a day.
    if (now < looker.askedAt) {
      const old = looker.limiter;
      looker.limiter = limiterOf(rate);
      void old.disconnect();
    }
    looker.askedAt = now;
    return looker;
  }

  return {
    async run(account, rate = CAUTIOUS, look) {
      const looker = lookerOf(account, rate);
      const { limiter, turn: before } = looker;
      const { promise, resolve: begun } = Promise.withResolvers<void>();
      // One after the other: of two that ask at the same moment both would be told yes, and one be queued.
      looker.turn = promise;
      try {
        await before;
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
