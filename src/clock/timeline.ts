/**
 * The wall clock's past, with the jumps that are known of it: how long ago something was that was noted by it.
 * Times are milliseconds since 1970 as the clock showed them. Pure.
 */

/** The time between two jumps. */
export interface Stretch {
  /** The least that the clock can have shown when it began. The first has no beginning. */
  readonly from: number;
  /** What it showed when the jump was seen; others may have noted times in between. */
  readonly seen: number;
  /** How far the clock was in advance of one that never jumped. */
  readonly ahead: number;
}

export const NO_JUMPS: readonly Stretch[] = [{ from: 0, seen: 0, ahead: 0 }];

/** A clock that jumps more often has its first jumps forgotten. */
const MAX_STRETCHES = 64;

/** The clock was moved by so much (back: less than zero), at most `lagMs` before it showed `seen`. */
export function withJump(
  past: readonly Stretch[],
  { seen, byMs, lagMs }: { readonly seen: number; readonly byMs: number; readonly lagMs: number },
): readonly Stretch[] {
  const ahead = (past.at(-1)?.ahead ?? 0) + byMs;
  return [...past, { from: seen - lagMs, seen, ahead }].slice(-MAX_STRETCHES);
}

/** How far the last jump moved the clock, and what it showed afterwards; null where none is known. */
export function lastJump(past: readonly Stretch[]): { readonly at: number; readonly byMs: number } | null {
  const last = past.at(-1);
  const before = past.at(-2);
  return last === undefined || before === undefined
    ? null
    : { at: last.seen, byMs: last.ahead - before.ahead };
}

/** The most that the clock can have shown at the end of a stretch. */
const endOf = (past: readonly Stretch[], at: number, now: number): number => {
  const own = past[at];
  const next = past[at + 1];
  return own === undefined || next === undefined ? now : next.seen - next.ahead + own.ahead;
};

/**
 * How long ago it was that the clock showed `time`. A clock that was set back shows the same twice: the later one
 * counts, so that nothing is called older than it is. What the clock did not show yet was just now.
 */
export function elapsedSince(past: readonly Stretch[], time: number, now: number): number {
  const still = now - (past.at(-1)?.ahead ?? 0);
  for (let at = past.length - 1; at >= 0; at--) {
    const stretch = past[at];
    if (stretch === undefined) break;
    const isAfterBeginning = at === 0 || time >= stretch.from;
    const isBeforeEnd = time <= endOf(past, at, now);
    if (isAfterBeginning && isBeforeEnd) return Math.max(0, still - (time - stretch.ahead));
  }
  // In a gap, which the clock jumped over: as old as the jump. Else it is in the future.
  const next = past.find(({ from }, at) => at > 0 && time < from && time > endOf(past, at - 1, now));
  return next === undefined ? 0 : still - (next.seen - next.ahead);
}

/** What the clock showed so long ago. What is noted with an earlier time is certainly older than that. */
export function timeBefore(past: readonly Stretch[], agoMs: number, now: number): number {
  const still = now - (past.at(-1)?.ahead ?? 0) - agoMs;
  const at = past.findLastIndex(({ from, ahead }, index) => index === 0 || from - ahead <= still);
  const later = past.slice(at + 1).map(({ from }) => from);
  return Math.min(still + (past[at]?.ahead ?? 0), ...later);
}
