/** Ages by a wall clock that may be set while the hub runs, or is down: a jump of it makes nothing older. */
import { elapsedSince, lastJump, NO_JUMPS, type Stretch, timeBefore, withJump } from './timeline.ts';

/** For whatever is judged by how long it has waited or been kept. Times are the wall clock's, as they are stored. */
export interface Ages {
  /** How long ago that was, without the jumps of the clock since then. */
  since(time: number): number;
  /** What the clock showed so long ago: what has an earlier time is older. */
  ago(ms: number): number;
}

export interface Clock extends Ages {
  /** Sees whether the clock has jumped; every question does, this is for when nobody asks. */
  look(): void;
  /** For the next start. */
  state(): ClockState;
  /** What people should know of; null when the clock has gone evenly for a day. */
  warning(): `clock_skew: ${string}` | null;
}

/** The clocks of the machine, in milliseconds. */
export interface Sources {
  /** Since 1970; may be set. */
  readonly wall: () => number;
  /** Never jumps. Stands still while the machine sleeps. */
  readonly monotonic: () => number;
  /** Since the machine began, with the time it slept; null where that is not known. */
  readonly uptime: () => number | null;
  /** Differs from one beginning of the machine to the next; null where that is not known. */
  readonly boot: string | null;
}

/** What one process leaves to the next. */
export interface ClockState {
  readonly wall: number;
  readonly uptime: number | null;
  readonly boot: string | null;
  readonly past: readonly Stretch[];
}

export interface Jump {
  readonly byMs: number;
  readonly at: number;
}

/** What a clock is put right by day by day is no jump. */
const TOLERANCE_MS = 60_000;
/** As long as a hub is believed to have been down when only the wall clock says so. */
export const LONGEST_DOWN_MS = 7 * 24 * 3_600_000;
const WARN_FOR_MS = 24 * 3_600_000;

interface Reading {
  readonly wall: number;
  readonly monotonic: number;
  readonly uptime: number | null;
}

/** `onJump` is told once of each jump, that of a time in which the hub was down too. */
export function createClock(
  sources: Sources,
  left: ClockState | null,
  onJump: (jump: Jump) => void = () => {},
): Clock {
  const read = (): Reading => ({
    wall: sources.wall(),
    monotonic: sources.monotonic(),
    uptime: sources.uptime(),
  });
  let anchor = read();
  /** When it was last seen that the clock had not jumped, by the monotonic one. */
  let sureAt = anchor.monotonic;
  let past = left?.past ?? NO_JUMPS;

  function mayHaveJumped(seen: number, byMs: number, lagMs: number): void {
    if (Math.abs(byMs) <= TOLERANCE_MS) return;
    past = withJump(past, { seen, byMs, lagMs });
    onJump({ at: seen, byMs });
  }

  if (left !== null) {
    const downMs = downFor(left, anchor, sources.boot);
    mayHaveJumped(anchor.wall, anchor.wall - left.wall - downMs, downMs);
  }

  /** What the clock shows. */
  function look(): number {
    const wall = sources.wall();
    const monotonic = sources.monotonic();
    const moved = wall - anchor.wall - (monotonic - anchor.monotonic);
    if (Math.abs(moved) <= TOLERANCE_MS) {
      sureAt = monotonic;
      return wall;
    }
    const now = read();
    const ranMs = ran(anchor, now);
    mayHaveJumped(now.wall, now.wall - anchor.wall - ranMs, ranMs - (sureAt - anchor.monotonic));
    anchor = now;
    sureAt = now.monotonic;
    return now.wall;
  }

  return {
    since(time) {
      const now = look();
      return Math.max(0, elapsedSince(past, time, now));
    },
    ago(ms) {
      const now = look();
      return timeBefore(past, ms, now);
    },
    look: () => void look(),
    state() {
      const wall = look();
      return { wall, uptime: sources.uptime(), boot: sources.boot, past };
    },
    warning() {
      const now = look();
      const jump = lastJump(past);
      if (jump === null || elapsedSince(past, jump.at, now) > WARN_FOR_MS) return null;
      return `clock_skew: ${toldOf(jump)}; ages, holds and what is kept for how long do not count it`;
    },
  };
}

/** How much time went by between two readings of one process, sleep of the machine included. */
function ran(from: Reading, to: Reading): number {
  const awake = to.monotonic - from.monotonic;
  if (from.uptime === null || to.uptime === null) return awake;
  return awake + Math.max(0, to.uptime - from.uptime - awake);
}

/**
 * How much time went by in which no process of the hub ran. On a machine that was on all the time its uptime
 * tells. Else only the clock itself does: it is believed where it says that between nothing and seven days went by.
 */
function downFor(left: ClockState, now: Reading, boot: string | null): number {
  const passed = now.wall - left.wall;
  const isSameBoot = boot !== null && boot === left.boot;
  const wasUp = isSameBoot && left.uptime !== null && now.uptime !== null ? now.uptime - left.uptime : -1;
  return wasUp >= 0 ? wasUp : Math.min(Math.max(passed, 0), LONGEST_DOWN_MS);
}

function toldOf({ at, byMs }: Jump): string {
  const hours = Math.round(Math.abs(byMs) / 36_000) / 100;
  const way = byMs < 0 ? 'back' : 'forward';
  return `the wall clock was set ${way} by ${hours} h, to ${new Date(at).toISOString()}`;
}
