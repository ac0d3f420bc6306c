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
