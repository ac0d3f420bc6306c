/**
 * Acknowledging goes before working: a platform waits seconds for the first and nobody counts milliseconds of the
 * second. On a machine with too little processor time, threads that work take less of it than the one that answers.
 */
import { constants, getPriority, setPriority } from 'node:os';

/** About a tenth of the share of a thread with the usual priority, where there is not enough for both. */
const BEHIND = 10;

/** For the calling thread. Linux keeps priorities by thread; elsewhere it would be the process's, so it is left. */
export function yieldToAcknowledging(): void {
  if (process.platform !== 'linux') return;
  setPriority(Math.min(getPriority() + BEHIND, constants.priority.PRIORITY_LOW));
}

/** Long enough that little is spent on resting, short enough that nobody is kept waiting for long. */
const WORK_MS = 0.2;
const REST_MS = 0.01;

/** Whether somebody waits for an acknowledgement: 1 or 0, in the first of them. Seen by every thread. */
export type AcknowledgingFlag = Int32Array<SharedArrayBuffer>;

export const newAcknowledgingFlag = (): AcknowledgingFlag =>
  new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

export interface Yielder {
  /** A batch begins: a short one is never interrupted. */
  begin(): void;
  /** Between two items of a batch: rests for a moment when work has gone on for a while and somebody waits. */
  pause(): void;
}

/**
 * A thread of low priority that has a processor keeps it for milliseconds (Linux: until its slice is over), whoever
 * wakes meanwhile. So one with a long batch lets go of it now and then; for the thread that calls, never the hub's own.
 */
export function createYielder(acknowledging: AcknowledgingFlag): Yielder {
  let since = 0;
  return {
    begin() {
      since = performance.now();
    },
    pause() {
      if (performance.now() - since < WORK_MS) return;
      Atomics.wait(acknowledging, 0, 1, REST_MS);
      since = performance.now();
    },
  };
}
