/** The room a segment makes ahead of its records: never over a record, gone at the end. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { Journal } from '../../src/storage/embedded/journal/writer.ts';
import { START } from '../../src/storage/log.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';

const open = (dir: string): Journal =>
  new Journal({ dir, takenIn: START, maxSegmentBytes: 64e6, maxPendingBytes: 64e6, onDurable: () => {} });

function everything(dir: string): readonly string[] {
  const ids: string[] = [];
  const reader = journalReader(dir);
  for (let next = START; ; ) {
    const batch = reader.read(next, 1e6);
    assert.deepEqual(batch.damage, []);
    if (batch.records.length === 0) return ids;
    for (const { record } of batch.records) ids.push(record.id);
    next = batch.next;
  }
}
const onlyFile = (dir: string): string => join(dir, readdirSync(dir)[0] ?? '');

describe('a segment of the journal', () => {
  it('keeps every record while room is made under load, and is as long as what is in it at the end', async () => {
    using folder = temporaryFolder();
    const ids: string[] = [];
    {
      await using journal = open(folder.path);
      for (let round = 0; round < 150; round++) {
        const records = Array.from({ length: 1 + (round % 7) }, () =>
          logRecord({ body: Buffer.alloc(1 + ((round * 7_919) % 40_000), 'x') }),
        );
        ids.push(...records.map(({ id }) => id));
        for (const appended of await Promise.all(records.map(record => journal.append(record))))
          assert.ok(appended.ok);
      }
    }
    assert.deepEqual(everything(folder.path), ids);
    const bytes = readFileSync(onlyFile(folder.path));
    assert.notEqual(bytes.at(-1), 0, 'no zeros are left at the end');
  });

  it('reads as a torn tail where a crash left the room', async () => {
    using folder = temporaryFolder();
    const first = logRecord();
    {
      await using journal = open(folder.path);
      assert.ok((await journal.append(first)).ok);
      await until(() => statSync(onlyFile(folder.path)).size >= 256 * 1024, 'room');
    }
    const fd = openSync(onlyFile(folder.path), 'a');
    writeSync(fd, Buffer.alloc(3_000_000));
    closeSync(fd);
    const second = logRecord();
    {
      await using journal = open(folder.path);
      assert.ok((await journal.append(second)).ok);
    }
    assert.deepEqual(everything(folder.path), [first.id, second.id]);
  });
});
