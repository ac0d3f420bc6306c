/** The bound of what may wait in the journal, on a real journal and a real database. */
import assert from 'node:assert/strict';
import { watchBacklog } from '../../src/storage/embedded/backlog.ts';
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../../src/storage/embedded/open.ts';
import { START } from '../../src/storage/log.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';

const openOn = (dir: string, more: Partial<EmbeddedOptions>): Promise<Embedded> =>
  openEmbedded({
    dir,
    maxSegmentBytes: 2_000,
    maxPendingBytes: 1_000_000,
    onDurable: () => {},
    onLost: error => assert.fail(error),
    ...more,
  });

describe('the backlog of the journal', () => {
  it('is bounded also where the store answers no more, which is told', async () => {
    using folder = temporaryFolder();
    await using storage = await openOn(folder.path, {
      onDurable: next => {
        durable = next;
      },
    });
    let durable = storage.log.start;
    let nowMs = 0;
    let answers = true;
    let asked = 0;
    using backlog = watchBacklog({
      journalDir: storage.journalDir,
      maxBytes: 10_000,
      takenIn: storage.log.start,
      position: () => {
        asked++;
        if (answers) return storage.store.position();
        return asked % 2 === 0
          ? new Promise(() => {})
          : Promise.reject(new StoreUnavailable('no file to spare'));
      },
      durable: () => durable,
      now: () => nowMs,
    });
    await until(() => asked > 0, 'a first look');
    answers = false;
    const body = Buffer.alloc(1_000);
    await until(async () => {
      await storage.log.append(logRecord({ body }));
      return backlog.full;
    }, 'it to be full');
    assert.equal(backlog.trouble, null);
    nowMs += 31_000;
    assert.equal(backlog.trouble, 'the store has not answered for 31 s');
  });

  it('is refused beyond its bound, named, and taken up again once it is worked off', async () => {
    using folder = temporaryFolder();
    await using storage = await openOn(folder.path, { maxBacklogBytes: 10_000 });
    const { log, store } = storage;
    const body = Buffer.alloc(1_000);
    let next = START;
    await until(async () => {
      const appended = await log.append(logRecord({ body }));
      if (appended.ok) next = appended.next;
      return !appended.ok;
    }, 'a refusal');
    assert.deepEqual(await log.append(logRecord()), { ok: false, reason: 'busy' });
    assert.equal(log.trouble, 'too much that was accepted still waits');

    assert.equal(await store.accept({ from: START, next, records: [] }), true);
    await until(async () => (await log.append(logRecord())).ok, 'a record that is taken');
    assert.equal(log.trouble, null);
  });
});
