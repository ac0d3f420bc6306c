/** Whether a thread hangs, seen from outside. */
import type { Worker } from 'node:worker_threads';
import { readBeat } from './beat.ts';

const LOOK_MS = 250;
const ANSWER_MS = 1_000;
/** Loading the modules takes this long at the most on a slow machine. */
const START_GRACE_MS = 60_000;
/** A thread that stands still without computing is given this many times as long. */
const WAITING_FACTOR = 6;

/**
 * Calls back once when the thread hangs: its loop has stood still for `hangMs` of its own processor time, as in an
 * endless loop, or for much longer by the clock, as in a wait that never ends. Processor time, because on a busy
 * machine a healthy thread may wait long for its turn.
 */
export function watchThread(
  worker: Worker,
  beat: SharedArrayBuffer,
  hangMs: number,
  onHang: () => void,
): () => void {
  const startedAt = performance.now();
  let busyBefore: number | null = null;
  let looking = false;
  async function look(): Promise<void> {
    const { silentMs } = readBeat(beat);
    const standing = Math.min(silentMs, performance.now() - startedAt);
    if (standing < LOOK_MS * 4) {
      busyBefore = null;
      return;
    }
    const busyMs = await busyMsOf(worker);
    busyBefore ??= busyMs;
    const limitMs = silentMs > standing ? START_GRACE_MS : hangMs;
    const spentMs = busyMs === null || busyBefore === null ? 0 : busyMs - busyBefore;
    if (spentMs < limitMs && standing < limitMs * WAITING_FACTOR) return;
    // The whole machine may have stood still, and we with it.
    if (readBeat(beat).silentMs < LOOK_MS * 4) return;
    stop();
    onHang();
  }
  const watch = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, LOOK_MS);
  const stop = (): void => clearInterval(watch);
  return stop;
}

/** Processor time so far; null where the thread stands in a call of the system and cannot say. */
async function busyMsOf(worker: Worker): Promise<number | null> {
  const tooLate = Promise.withResolvers<null>();
  const timer = setTimeout(tooLate.resolve, ANSWER_MS, null);
  try {
    const usage = await Promise.race([worker.cpuUsage(), tooLate.promise]);
    return usage === null ? null : (usage.user + usage.system) / 1000;
  } finally {
    clearTimeout(timer);
  }
}
