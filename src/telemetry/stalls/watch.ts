/**
 * Notices, from another thread, that an event loop stands still, and finds out where. A stall is told once, when it is
 * over, or after five seconds while it still goes on.
 */

export interface Stall {
  /** How long the loop stood still; so far, where it `goesOn`. */
  readonly ms: number;
  /** The innermost first; empty where the thread could not be looked at, as one that stands in a call of the system. */
  readonly stack: readonly string[];
  readonly goesOn: boolean;
}

export interface WatchOptions {
  /** Since the loop last turned; null while nothing is known of it. */
  readonly silentMs: () => number | null;
  /** Where the thread is; empty where it is not still any more, or cannot be looked at. */
  readonly stack: (isStill: () => boolean) => Promise<readonly string[]>;
  readonly onStall: (stall: Stall) => void;
}

/** A stall from here on; the loop has to say that it turns at least four times as often. */
export const STALL_MS = 200;
/** Looked at before it counts as a stall, so that a short one is still there to be seen. */
const SUSPICIOUS_MS = 120;
const LOOK_MS = 40;
/** We ourselves were late: the machine had no time, which is no stall of the loop. */
const OWN_LATE_MS = 60;
/** A closer look costs the thread some ten milliseconds; what lasts gets one at any rate. */
const CLOSER_EVERY_MS = 10_000;
const LONG_MS = 5_000;

interface Current {
  ms: number;
  stack: readonly string[];
  looking: Promise<void> | null;
  told: boolean;
}

/** Until the returned function is called. */
export function watchLoop({ silentMs, stack, onStall }: WatchOptions): () => void {
  let current: Current | null = null;
  let lookedAt = performance.now();
  let closerAt = Number.NEGATIVE_INFINITY;

  async function lookCloser(at: Current): Promise<void> {
    const from = at.ms;
    at.stack = await stack(() => (silentMs() ?? 0) >= from);
  }

  function end(stall: Current): void {
    if (stall.ms < STALL_MS || stall.told) return;
    const tell = (): void => onStall({ ms: Math.round(stall.ms), stack: stall.stack, goesOn: false });
    void Promise.resolve(stall.looking).then(tell);
  }

  function begin(ms: number, now: number): void {
    current = { ms, stack: [], looking: null, told: false };
    if (now - closerAt <= CLOSER_EVERY_MS) return;
    closerAt = now;
    current.looking = lookCloser(current).catch(() => {});
  }

  function goOn(stall: Current, ms: number): void {
    stall.ms = ms;
    if (ms > LONG_MS / 2 && stall.looking === null) stall.looking = lookCloser(stall).catch(() => {});
    if (ms <= LONG_MS || stall.told) return;
    stall.told = true;
    onStall({ ms: Math.round(ms), stack: stall.stack, goesOn: true });
  }

  function look(): void {
    const now = performance.now();
    const isLate = now - lookedAt - LOOK_MS > OWN_LATE_MS;
    lookedAt = now;
    const silent = silentMs() ?? 0;
    const isStill = silent >= SUSPICIOUS_MS;
    if (current !== null && isStill && silent >= current.ms) return goOn(current, silent);
    if (current !== null) end(current);
    current = null;
    if (isStill && !isLate) begin(silent, now);
  }

  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
