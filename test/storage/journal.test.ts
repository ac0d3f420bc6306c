import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pruneJournal } from '../../src/storage/embedded/journal/prune.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { type LogRecord, type Position, START } from '../../src/storage/log.ts';
import { newAcknowledgingFlag } from '../../src/storage/yield-to-acknowledging.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';
import { openJournal } from './journal-support.ts';

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
  await using journal = openJournal(dir);
  const records = Array.from({ length: count }, () => logRecord({ body: Buffer.alloc(200, 'x') }));
  await Promise.all(records.map(record => journal.append(record)));
  return records.map(record => record.id);
}
/** Where the last record of the first segment begins. */
const lastOf = (dir: string): Position =>
  journalReader(dir).read(START, 1e6, { segment: 2, offset: 0 }).records.at(-1)?.position ?? START;
const firstSegment = (dir: string): string => join(dir, readdirSync(dir)[0] ?? '');

describe('the journal', () => {
  it('forgets whole segments that are old and taken in, the oldest first, and nothing else', async () => {
    using folder = temporaryFolder();
    for (let life = 0; life < 4; life++) await filled(folder.path, 1);
    const all = readAll(folder.path).ids;
    const future = Date.now() + 60_000;
    assert.equal(pruneJournal(folder.path, 1_000, { segment: 4, offset: 0 }), 0, 'all are young');
    assert.equal(pruneJournal(folder.path, future, { segment: 3, offset: 0 }), 2);
    assert.deepEqual(readAll(folder.path).ids, all.slice(2));
    assert.equal(journalReader(folder.path).at({ segment: 1, offset: 0 }, logRecord()), null);
  });
  it('forgets the newest segment too, but not that its number was used', async () => {
    using folder = temporaryFolder();
    for (let life = 0; life < 2; life++) await filled(folder.path, 1);
    const future = Date.now() + 60_000;
    assert.equal(pruneJournal(folder.path, future, { segment: 3, offset: 0 }), 2);
    assert.equal(pruneJournal(folder.path, future, { segment: 3, offset: 0 }), 0, 'once');
    assert.deepEqual(readAll(folder.path).ids, []);
    await using journal = openJournal(folder.path);
    assert.deepEqual(journal.start, { segment: 3, offset: 0 });
  });
  it('begins behind what was taken in, whatever is left of it', async () => {
    using folder = temporaryFolder();
    const begins = async (takenIn: Position): Promise<Position> => {
      await using journal = openJournal(folder.path, { takenIn });
      return journal.start;
    };
    assert.deepEqual(await begins(START), { segment: 1, offset: 0 });
    assert.deepEqual(await begins({ segment: 4, offset: 0 }), { segment: 4, offset: 0 });
    assert.deepEqual(await begins({ segment: 4, offset: 100 }), { segment: 5, offset: 0 });
    await filled(folder.path, 1);
    assert.deepEqual(await begins(START), { segment: 2, offset: 0 });
  });
  it('gives a record to those who came with it, and to nobody else', async () => {
    using folder = temporaryFolder();
    await using journal = openJournal(folder.path);
    const record = logRecord({ at: 1_000, channel: 'one' });
    const appended = await journal.append(record);
    assert.ok(appended.ok);
    const { at } = journalReader(folder.path);
    assert.equal(at(appended.position, { at: 1_000, channel: 'one' })?.id, record.id);
    assert.equal(at(appended.position, { at: 1_001, channel: 'one' }), null);
    assert.equal(at(appended.position, { at: 1_000, channel: 'two' }), null);
  });
  it('shows other threads whether anything waits for the disk', async () => {
    using folder = temporaryFolder();
    const acknowledging = newAcknowledgingFlag();
    await using journal = openJournal(folder.path, { acknowledging });
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
      await using journal = openJournal(folder.path);
      const appended = await Promise.all([journal.append(logRecord()), journal.append(record)]);
      const [, second] = appended;
      assert.ok(second?.ok);
      assert.deepEqual(journalReader(folder.path).at(second.position, record), {
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
    await using journal = openJournal(folder.path, {
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
      await using journal = openJournal(folder.path, { maxSegmentBytes: 500 });
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
    await using journal = openJournal(folder.path, { maxPendingBytes: 1000 });
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
    const journal = openJournal(folder.path);
    const waiting = journal.append(logRecord());
    await journal[Symbol.asyncDispose]();
    assert.equal((await waiting).ok, true);
    assert.deepEqual(await journal.append(logRecord()), { ok: false, reason: 'closed' });
  });

  it('says that it cannot store, and recovers by itself', async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, 'journal');
    await using journal = openJournal(dir);
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

  it('loses only the tail that was torn, wherever it was torn, and calls it no damage', async () => {
    using folder = temporaryFolder();
    const ids = await filled(folder.path, 20);
    const whole = readFileSync(firstSegment(folder.path));
    const [later] = await filled(folder.path, 1);
    // Room is made in steps much larger than a record: none ends where the file does.
    const rooms = fc.constantFrom(0, 10 * whole.length, 70_000);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), rooms, (cut, room) => {
        writeFileSync(firstSegment(folder.path), Buffer.concat([whole.subarray(0, cut), Buffer.alloc(room)]));
        const { ids: read, damage } = readAll(folder.path);
        assert.deepEqual(read, [...ids.slice(0, read.length - 1), later]);
        assert.ok(read.length >= Math.floor((cut / whole.length) * 20));
        assert.equal(damage, 0);
      }),
      { numRuns: 100 },
    );
  });

  it('finds a flipped bit, loses one record at the most, and says where', async () => {
    using folder = temporaryFolder();
    const ids = await filled(folder.path, 20);
    const whole = readFileSync(firstSegment(folder.path));
    const [later = ''] = await filled(folder.path, 1);
    const last = lastOf(folder.path).offset;
    const anywhere = fc.integer({ min: 0, max: whole.length * 8 - 1 });
    const inTheLast = fc.integer({ min: last * 8, max: whole.length * 8 - 1 });
    const rooms = fc.constantFrom(0, 70_000);
    fc.assert(
      fc.property(fc.oneof(anywhere, inTheLast), fc.constantFrom(64, 4096), rooms, (bit, window, room) => {
        const bytes = Buffer.concat([whole, Buffer.alloc(room)]);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(firstSegment(folder.path), bytes);
        const { ids: read, damage } = readAll(folder.path, window);
        assert.equal(damage, 1);
        assert.equal(read.length, ids.length);
        assert.ok(read.every(id => ids.includes(id) || id === later));
      }),
      { numRuns: 300 },
    );
  });

  it('tells what was acknowledged from what perhaps was', async () => {
    using folder = temporaryFolder();
    await filled(folder.path, 3);
    const bytes = readFileSync(firstSegment(folder.path));
    const from = lastOf(folder.path);
    const last = bytes.length - from.offset;
    bytes[bytes.length - 20] = 0;
    writeFileSync(firstSegment(folder.path), bytes);
    const damageUpTo = (end?: Position) => journalReader(folder.path).read(from, 64, end).damage;
    assert.deepEqual(damageUpTo({ segment: 1, offset: bytes.length }), [
      { from, bytes: last, perhaps: false },
    ]);
    assert.deepEqual(damageUpTo({ segment: 2, offset: 0 }), [{ from, bytes: last, perhaps: true }]);
    assert.deepEqual(damageUpTo(), [], 'it may be under way still');
    await filled(folder.path, 1);
    assert.deepEqual(damageUpTo(), [{ from, bytes: last, perhaps: true }]);
  });

  it('reads past garbage behind a torn record into the next segment', async () => {
    using folder = temporaryFolder();
    const before = await filled(folder.path, 3);
    const torn = firstSegment(folder.path);
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
