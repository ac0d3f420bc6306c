/** When the thread for suspects goes home. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { superviseThread } from '../../src/pipeline/supervisor.ts';
import type { PipelineSetup } from '../../src/pipeline-thread.ts';
import type { Reply, Request } from '../../src/storage/embedded/protocol.ts';
import type { Abandoned } from '../../src/storage/work-queue.ts';
import { newAcknowledgingFlag } from '../../src/storage/yield-to-acknowledging.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage } from '../support/messages.ts';

/** So often, each time after a longer pause, that far more than the time to be idle goes by. */
const REFUSED = 6;
const IDLE_AFTER_MS = 200;

const setupOn = (journalDir: string): PipelineSetup => ({
  acknowledging: newAcknowledgingFlag(),
  journalDir,
  readingFile: join(journalDir, 'reading'),
  channels: [],
  adapters: [],
  assistant: null,
  crash: undefined,
  work: true,
  trial: { module: new URL('./trial/processors.ts', import.meta.url).href, idleAfterMs: IDLE_AFTER_MS },
});

/** A store with one suspect, and no room for its result at first. */
function fullStore(port: MessagePort): { readonly finished: () => number; readonly claimed: () => number } {
  const item = {
    seq: 7,
    id: 'r7',
    attempt: 2,
    forgiven: 0,
    receivedAt: 1,
    message: JSON.stringify(inboundMessage()),
    conversation: { messages: 0, language: null, previousAt: null },
  };
  let claims = 0;
  let tries = 0;
  let finished = 0;
  const answer = (operation: Request['operation']): { readonly value: unknown } | null => {
    if (operation === 'claimWork') return { value: claims++ === 0 ? [item] : [] };
    if (operation !== 'finishWork') return { value: null };
    if (tries++ < REFUSED) return null;
    finished++;
    return { value: null };
  };
  port.on('message', ({ id, operation }: Request) => {
    const answered = answer(operation);
    const reply: Reply =
      answered === null
        ? { id, ok: false, unavailable: true, message: 'database or disk is full' }
        : { id, ok: true, ...answered };
    port.postMessage({ replies: [reply] });
  });
  return { finished: () => finished, claimed: () => claims };
}

describe('the thread for suspects', () => {
  it('goes home with nothing in its hands, and what it may hold is given back', async () => {
    using folder = temporaryFolder();
    const { port1, port2 } = new MessageChannel();
    const store = fullStore(port1);
    const abandoned = Promise.withResolvers<Abandoned>();
    const deaths: string[] = [];
    await using supervisor = superviseThread<PipelineSetup>({
      module: new URL('../../src/pipeline-thread.ts', import.meta.url),
      setup: setupOn(folder.path),
      suspects: true,
      store: {
        async abandonWork(told) {
          abandoned.resolve(told);
          return 0;
        },
      },
      connect: () => port2,
      durable: () => ({ segment: 1, offset: 0 }),
      hangMs: 5_000,
      maxMemoryMb: 256,
      onDeath: cause => deaths.push(cause),
      onDamage: () => {},
      onTrouble: () => {},
    });
    const home = new Promise(resolve => port1.once('close', resolve));
    supervisor.wake();
    await home;
    assert.deepEqual([store.claimed() > 1, store.finished()], [true, 1]);
    // What was claimed at the last moment: nobody else would ask for it.
    assert.equal((await abandoned.promise).cause, 'ended by itself');
    assert.deepEqual(deaths, []);
  });
});
