/** A thread that does as its setup says when it starts, and when it is told to finish. */
import { parentPort, workerData } from 'node:worker_threads';
import { beatOf } from '../../../src/pipeline/beat.ts';
import type { ThreadStart, ToPipeline } from '../../../src/pipeline/supervisor.ts';

export interface RenewedSetup {
  readonly name: string;
  readonly fails?: boolean;
  readonly hangsAtTheEnd?: boolean;
}

const { setup, beat: buffer } = workerData as ThreadStart<RenewedSetup>;
const beat = beatOf(buffer);
beat.beat();
const beating = setInterval(() => beat.beat(), 40);
if (setup.fails === true) throw new Error('this one does not start');
beat.working(7, 0);
parentPort?.on('message', (message: ToPipeline) => {
  if ('durable' in message) return;
  if (setup.hangsAtTheEnd === true) for (;;);
  clearInterval(beating);
  parentPort?.postMessage({ idle: true });
  parentPort?.close();
});
parentPort?.postMessage({ started: [`processor of ${setup.name}`] });
