/** The bound of what may wait in the journal, on a real journal and a real database. */
import assert from 'node:assert/strict';
import { openEmbedded } from '../../src/storage/embedded/open.ts';
import { START } from '../../src/storage/log.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';

describe('the backlog of the journal', () => {
  it('is refused beyond its bound, named, and taken up again once it is worked off', async () => {
    using folder = temporaryFolder();
    await using storage = await openEmbedded({
      dir: folder.path,
      maxSegmentBytes: 2_000,
      maxPendingBytes: 1_000_000,
      maxBacklogBytes: 10_000,
      onDurable: () => {},
      onLost: error => assert.fail(error),
    });
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
