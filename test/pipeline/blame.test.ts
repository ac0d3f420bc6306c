/** What is told of a pipeline thread that ended. */
import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { superviseThread } from '../../src/pipeline/supervisor.ts';
import type { Abandoned } from '../../src/storage/work-queue.ts';

describe('a pipeline thread that ended', () => {
  it('is told of with the message it had begun on last', async () => {
    const told = Promise.withResolvers<Abandoned>();
    await using supervisor = superviseThread({
      module: new URL('./trial/ends.ts', import.meta.url),
      setup: null,
      suspects: false,
      store: {
        async abandonWork(abandoned) {
          told.resolve(abandoned);
          return 0;
        },
      },
      connect: () => new MessageChannel().port1,
      durable: () => ({ segment: 1, offset: 0 }),
      hangMs: 5_000,
      maxMemoryMb: 128,
      onDeath: () => {},
      onDamage: () => {},
      onTrouble: () => {},
    });
    supervisor.wake();
    const { cause, blamed } = await told.promise;
    assert.deepEqual([cause, blamed], ['ended with RangeError in a processor', 7]);
  });
});
