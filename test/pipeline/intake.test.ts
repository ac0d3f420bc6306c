/** The way from the log into the store, on a real journal and a real database. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeInLog } from '../../src/pipeline/intake.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { openEmbedded } from '../../src/storage/embedded/open.ts';
import { formatPosition, type Position } from '../../src/storage/log.ts';
import { createYielder } from '../../src/storage/yield-to-acknowledging.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, logRecord, messageEvent } from '../support/messages.ts';

/** One process's life on the folder: appends so many records, and takes in until all is in the store. */
async function live(dir: string, appends: number): Promise<readonly string[]> {
  let wake = (): void => {};
  let durable: Position | null = null;
  await using storage = await openEmbedded({
    dir,
    maxSegmentBytes: 1_000_000,
    maxPendingBytes: 1_000_000,
    onDurable(next) {
      durable = next;
      wake();
    },
    onLost: error => assert.fail(error),
  });
  const read: string[] = [];
  const stop = new AbortController();
  const running = takeInLog({
    reader: journalReader(storage.journalDir),
    store: storage.store,
    read(record) {
      read.push(record.id);
      return [messageEvent(inboundMessage())];
    },
    durable: () => durable ?? storage.log.start,
    yielder: createYielder(storage.acknowledging),
    onDurable(told) {
      wake = told;
      return () => {};
    },
    onDamage: damage => assert.fail(formatPosition(damage.from)),
    onTrouble: trouble => assert.fail(trouble ?? 'mended'),
    stop: stop.signal,
  });
  await storage.store.reached(storage.log.start);
  for (let count = 0; count < appends; count++) {
    const appended = await storage.log.append(logRecord());
    assert.ok(appended.ok);
    await storage.store.reached(appended.next);
  }
  stop.abort();
  await running;
  return read;
}

describe('takeInLog', () => {
  it('comes to rest on an empty log', async () => {
    using folder = temporaryFolder();
    assert.deepEqual(await live(folder.path, 0), []);
  });

  it('comes to rest behind what the process before left', async () => {
    using folder = temporaryFolder();
    assert.equal((await live(folder.path, 3)).length, 3);
    assert.deepEqual(await live(folder.path, 0), []);
    assert.equal((await live(folder.path, 2)).length, 2);
  });

  it('passes over a tail that a crash tore', async () => {
    using folder = temporaryFolder();
    assert.equal((await live(folder.path, 1)).length, 1);
    appendFileSync(join(folder.path, 'journal', '00000001.journal'), Buffer.from('half a frame'));
    assert.equal((await live(folder.path, 1)).length, 1);
  });
});
