/** A thread that ends in the middle of a message. */
import { workerData } from 'node:worker_threads';
import { beatOf } from '../../../src/pipeline/beat.ts';
import type { ThreadStart } from '../../../src/pipeline/supervisor.ts';

const { beat } = workerData as ThreadStart<null>;
beatOf(beat).working(7, 0);
throw new RangeError('as it was told to');
