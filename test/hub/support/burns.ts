/** Loaded into a hub's process: on a signal its main thread computes for a while. */
import { isMainThread } from 'node:worker_threads';

const forMs = Number(process.env.BURN_MS ?? 700);

function burnMain(): void {
  for (const end = performance.now() + forMs; performance.now() < end; );
}

if (isMainThread) process.on('SIGUSR2', burnMain);
