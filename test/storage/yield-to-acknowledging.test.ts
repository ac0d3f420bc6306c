import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type AcknowledgingFlag, newAcknowledgingFlag } from '../../src/storage/yield-to-acknowledging.ts';

const MODULE = new URL('../../src/storage/yield-to-acknowledging.ts', import.meta.url).href;
/** A batch of so many items, each as long as a thread works without rest; then another, until it is told to stop. */
const ITEMS = 500;
const WORK = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ createYielder }) => {
    const yielder = createYielder(workerData.acknowledging);
    parentPort.postMessage('begun');
    yielder.begin();
    for (let item = 0; item < ${ITEMS}; item++) {
      const until = performance.now() + 0.25;
      while (performance.now() < until);
      yielder.pause();
    }
    parentPort.postMessage('done');
  });`;

/** How often the worker was found at rest during its batch. */
async function rests(acknowledging: AcknowledgingFlag): Promise<number> {
  const worker = new Worker(WORK, { eval: true, workerData: { module: MODULE, acknowledging } });
  try {
    await once(worker, 'message');
    let found = 0;
    let isDone = false;
    const done = once(worker, 'message').then(() => {
      isDone = true;
    });
    while (!isDone) {
      for (let looks = 0; looks < 5_000; looks++) found += Atomics.notify(acknowledging, 0);
      await new Promise(resolve => setImmediate(resolve));
    }
    await done;
    return found;
  } finally {
    await worker.terminate();
  }
}

describe('a thread with a long batch', () => {
  it('rests between two items while somebody waits for an acknowledgement', async () => {
    const acknowledging = newAcknowledgingFlag();
    Atomics.store(acknowledging, 0, 1);
    assert.ok((await rests(acknowledging)) > 0);
  });

  it('goes through without a rest where nobody waits', async () => {
    assert.equal(await rests(newAcknowledgingFlag()), 0);
  });
});
