import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pruneJournal } from '../../src/storage/embedded/journal/prune.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { Journal } from '../../src/storage/embedded/journal/writer.ts';
import { type LogRecord, type Position, START } from '../../src/storage/log.ts';
import { newAcknowledgingFlag } from '../../src/storage/yield-to-acknowledging.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';

const open = (dir: string, over: Partial<ConstructorParameters<typeof Journal>[0]> = {}): Journal =>
  new Journal({ dir, maxSegmentBytes: 1e6, maxPendingBytes: 1e6, onDurable: () => {}, ...over });

/** Everything in the journal, read in windows. */
function readAll(dir: string, window = 4096): { ids: string[]; damage: number; records: LogRecord[] } {
  const reader = journalReader(dir);
  const records: LogRecord[] = [];
  let damage = 0;
  let next: Position = START;
  for (;;) {
    const batch = reader.read(next, window);
    damage += batch.damage.length;
    for (const { record } of batch.records) records.push(record);
    if (batch.records.length === 0) return { ids: records.map(record => record.id), damage, records };
    next = batch.next;
  }
}

async function filled(dir: string, count: number): Promise<string[]> {
  await using journal = open(dir);
  const records = Array.from({ length: count }, () => logRecord({ body: Buffer.alloc(200, 'x') }));
  await Promise.all(records.map(record => journal.append(record)));
  return records.map(record => record.id);
}
const onlySegment = (dir: string): string => join(dir, readdirSync(dir)[0] ?? '');

describe('the journal', () => {
  it('forgets whole segments that are old and taken in, the oldest first, and nothing else', async () => {
    using folder = temporaryFolder();
    for (let life = 0; life < 4; life++) await filled(folder.path, 1);
    const all = readAll(folder.path).ids;
    const future = Date.now() + 60_000;
    assert.equal(pruneJournal(folder.path, 1_000, { segment: 4, offset: 0 }), 0, 'all are young');
    assert.equal(pruneJournal(folder.path, future, { segment: 3, offset: 0 }), 2);
    assert.deepEqual(readAll(folder.path).ids, all.slice(2));
    assert.equal(journalReader(folder.path).at({ segment: 1, offset: 0 }), null);
  });
  it('shows other threads whether anything waits for the disk', async () => {
    using folder = temporaryFolder();
    const acknowledging = newAcknowledgingFlag();
    await using journal = open(folder.path, { acknowledging });
    assert.equal(acknowledging[0], 0);
    const appended = journal.append(logRecord());
    assert.equal(acknowledging[0], 1);
    await appended;
    await until(() => acknowledging[0] === 0, 'nothing to wait');
  });
  it('gives back what was appended, byte by byte and in order', async () => {
    using folder = temporaryFolder();
    const body = Buffer.from([0, 255, 10, 13, 0xfe]);
    const record = logRecord({ body, query: { a: 'b' }, headers: { 'content-type': ['x', 'y'] } });
    {
      await using journal = open(folder.path);
      const appended = await Promise.all([journal.append(logRecord()), journal.append(record)]);
      const [, second] = appended;
      assert.ok(second?.ok);
      assert.deepEqual(journalReader(folder.path).at(second.position), {
        ...record,
        body: new Uint8Array(body),
      });
    }
    const { records } = readAll(folder.path);
    assert.deepEqual(records[1], { ...record, body: new Uint8Array(body) });
  });

  it('tells how far it is durable only after the records are', async () => {
    using folder = temporaryFolder();
    let durable: Position = START;
    await using journal = open(folder.path, {
      onDurable: next => {
        durable = next;
      },
    });
    const appended = await journal.append(logRecord());
    assert.ok(appended.ok);
    await journal.append(logRecord());
    assert.ok(durable.offset > appended.next.offset);
  });

  it('goes on over segments and restarts', async () => {
    using folder = temporaryFolder();
    const ids: string[] = [];
    for (let run = 0; run < 3; run++) {
      await using journal = open(folder.path, { maxSegmentBytes: 500 });
      for (let n = 0; n < 5; n++) {
        const record = logRecord();
        ids.push(record.id);
        await journal.append(record);
      }
    }
    assert.ok(readdirSync(folder.path).length > 3);
    assert.deepEqual(readAll(folder.path).ids, ids);
  });

  it('refuses more than it may hold back, and takes more afterwards', async () => {
    using folder = temporaryFolder();
    await using journal = open(folder.path, { maxPendingBytes: 1000 });
    const body = Buffer.alloc(600);
    const [one, two] = await Promise.all([
      journal.append(logRecord({ body })),
      journal.append(logRecord({ body })),
    ]);
    assert.equal(one?.ok, true);
    assert.deepEqual(two, { ok: false, reason: 'busy' });
    assert.equal((await journal.append(logRecord({ body }))).ok, true);
  });

  it('settles what waits before it closes, and takes nothing after', async () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    const waiting = journal.append(logRecord());
    await journal[Symbol.asyncDispose]();
    assert.equal((await waiting).ok, true);
    assert.deepEqual(await journal.append(logRecord()), { ok: false, reason: 'closed' });
  });

  it('says that it cannot store, and recovers by itself', async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, 'journal');
    await using journal = open(dir);
    // A file stands where the first segment should be made, as a folder that cannot be opened for writing.
    mkdirSync(join(dir, '00000001.journal'));
    const refused = await journal.append(logRecord());
    assert.deepEqual(refused, { ok: false, reason: 'unavailable' });
    assert.match(journal.trouble ?? '', /EISDIR/);
    const { rmdirSync } = await import('node:fs');
    rmdirSync(join(dir, '00000001.journal'));
    assert.equal((await journal.append(logRecord())).ok, true);
    assert.equal(journal.trouble, null);
  });

  it('loses only the tail that was torn, wherever it was torn', async () => {
    using folder = temporaryFolder();
    const ids = await filled(folder.path, 20);
    const whole = readFileSync(onlySegment(folder.path));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), cut => {
        writeFileSync(onlySegment(folder.path), whole.subarray(0, cut));
        const { ids: read, damage } = readAll(folder.path);
        assert.deepEqual(read, ids.slice(0, read.length));
        assert.ok(read.length >= Math.floor((cut / whole.length) * 20) - 1);
        assert.equal(damage, 0);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a flipped bit, loses one record at the most, and says where', async () => {
    using folder = temporaryFolder();
    const ids = await filled(folder.path, 20);
    const whole = readFileSync(onlySegment(folder.path));
    const last = whole.length - 400;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: last * 8 - 1 }), fc.constantFrom(64, 4096), (bit, window) => {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(onlySegment(folder.path), bytes);
        const { ids: read, damage } = readAll(folder.path, window);
        assert.equal(damage, 1);
        assert.equal(read.length, ids.length - 1);
        assert.ok(read.every(id => ids.includes(id)));
      }),
      { numRuns: 200 },
    );
  });

  it('reads past garbage behind a torn record into the next segment', async () => {
    using folder = temporaryFolder();
    const before = await filled(folder.path, 3);
    const torn = onlySegment(folder.path);
    truncateSync(torn, readFileSync(torn).length - 10);
    appendFileSync(torn, Buffer.alloc(64));
    const after = await filled(folder.path, 2);
    assert.deepEqual(readAll(folder.path).ids, [...before.slice(0, 2), ...after]);
  });

  it('reads no further than it is told', async () => {
    using folder = temporaryFolder();
    await filled(folder.path, 5);
    const reader = journalReader(folder.path);
    const all = reader.read({ segment: 1, offset: 0 }, 1e6).records;
    const end = all[2]?.position;
    assert.ok(end);
    assert.equal(reader.read({ segment: 1, offset: 0 }, 1e6, end).records.length, 2);
  });
});
