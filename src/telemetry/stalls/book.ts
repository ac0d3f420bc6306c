/** Stalls, as people are told of them: in the log, not too often, and in health. */
import type { Logger } from '../logger.ts';
import { STALL_MS, type Stall } from './watch.ts';

export interface StallBook {
  /** `thread`: `main`, `pipeline`. */
  tell(thread: string, stall: Stall): void;
  /** Those of the last hour, with the place of the longest that could be looked at; null where there was none. */
  warning(): `${typeof CODE}: ${string}` | null;
}

const CODE = 'event_loop_stalled';
const SAY_EVERY_MS = 10_000;
const WARN_FOR_MS = 3_600_000;
const MAX_KEPT = 100;

interface Kept extends Stall {
  readonly thread: string;
  readonly at: number;
}

const longer = (one: Kept, other: Kept): Kept => (other.ms > one.ms ? other : one);

const placeOf = ({ thread, ms, stack }: Kept): string =>
  `${thread}, ${ms} ms, in ${stack.slice(0, 3).join(' < ')}`;

/** `now` never jumps. */
export function stallBook(logger: Pick<Logger, 'warn'>, now = (): number => performance.now()): StallBook {
  const kept: Kept[] = [];
  const saidAt = new Map<string, number>();
  const unsaid = new Map<string, number>();
  return {
    tell(thread, stall) {
      kept.push({ ...stall, thread, at: now() });
      if (kept.length > MAX_KEPT) kept.shift();
      if (now() - (saidAt.get(thread) ?? Number.NEGATIVE_INFINITY) < SAY_EVERY_MS) {
        unsaid.set(thread, (unsaid.get(thread) ?? 0) + 1);
        return;
      }
      saidAt.set(thread, now());
      const { ms, stack, goesOn } = stall;
      const fields = { code: CODE, thread, ms, stack, goesOn, othersBefore: unsaid.get(thread) ?? 0 };
      unsaid.delete(thread);
      logger.warn(fields, 'an event loop stood still');
    },
    warning() {
      const recent = kept.filter(({ at }) => now() - at <= WARN_FOR_MS);
      const [first, ...rest] = recent;
      if (first === undefined) return null;
      const longest = rest.reduce(longer, first);
      const seen = recent.filter(({ stack }) => stack.length > 0);
      const places = seen.length === 0 ? '' : `; seen: ${placeOf(seen.reduce(longer))}`;
      const times = recent.length === 1 ? 'once' : `${recent.length} times`;
      const stood = `an event loop stood still for more than ${STALL_MS} ms ${times} within the hour`;
      return `${CODE}: ${stood}; the longest ${longest.ms} ms, the ${longest.thread} thread${places}`;
    },
  };
}
