/** The thread that watches the main thread. */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Watched } from './main-thread.ts';
import { stackOfMainThread } from './pause.ts';
import { type Stall, watchLoop } from './watch.ts';

const { turned } = workerData as Watched;
const slots = new BigInt64Array(turned);

watchLoop({
  silentMs: () => Number(process.hrtime.bigint() - (slots[0] ?? 0n)) / 1e6,
  stack: stackOfMainThread,
  onStall(stall) {
    if (stall.goesOn) tellAtOnce(stall);
    parentPort?.postMessage(stall);
  },
});
// `watchLoop` keeps no thread alive, and this one has nothing else to do.
setInterval(() => {}, 60_000);

/** The log is written by the main thread, which may never turn again. */
function tellAtOnce({ ms, stack }: Stall): void {
  const where = stack.length === 0 ? 'a place that cannot be looked at' : stack.join(' < ');
  try {
    writeSync(2, `patchbay: the main thread has stood still for ${ms} ms, in ${where}\n`);
  } catch {
    // Nobody reads it.
  }
}
