/** Sectors a disk cannot read any more: damage like any other, and no reason not to start. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { segmentName } from '../../src/storage/embedded/journal/frame.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { recover } from '../../src/storage/embedded/redo/recover.ts';
import type { Recovery } from '../../src/storage/embedded/redo/report.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { PAGE_BYTES, readWal } from '../../src/storage/embedded/redo/wal.ts';
import { START } from '../../src/storage/log.ts';
import { contentOf } from '../faults/flips/content.ts';
import { couldNotRun } from '../support/could-not-run.ts';
import { withUnreadable } from '../support/file-calls.ts';
import { temporaryFolder } from '../support/folder.ts';
import { logRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { canTrace } from '../support/system-calls.ts';
import { openJournal } from './journal-support.ts';
import { imageOf, work } from './redo-support.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
/** The disk is asked again, though not for long. */
const PATIENCE_MS = 250;

const source = (path: string): string =>
  new URL(`../../src/storage/embedded/redo/${path}`, import.meta.url).href;
const RECOVER = `
  import { databaseFiles } from '${source('files.ts')}';
  import { recover } from '${source('recover.ts')}';
  console.log(JSON.stringify(recover(databaseFiles(process.argv[1]), ${NOW}, ${PATIENCE_MS})));
`;

describe('a sector that cannot be read', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  /** With a part of it in the database, and the rest in the write-ahead log. */
  let killed: string;
  let content: ReturnType<typeof contentOf>;
  let turn = 0;

  before(async () => {
    folder = temporaryFolder();
    const dir = join(folder.path, 'data');
    {
      await using storage = await openStorage(dir);
      await work(storage, 6);
    }
    await using storage = await openStorage(dir);
    await work(storage, 6);
    killed = imageOf(dir, join(folder.path, 'killed'));
    const whole = copy();
    assert.equal(recover(databaseFiles(whole), NOW).kind, 'whole');
    content = contentOf(databaseFiles(whole).database);
  });
  after(() => folder[Symbol.dispose]());

  const copy = (): string => imageOf(killed, join(folder.path, `copy-${++turn}`));
  type Files = ReturnType<typeof databaseFiles>;
  type Place = (files: Files) => {
    readonly path: string;
    readonly offset: number;
  };

  async function recovered(place: Place): Promise<Recovery> {
    const files = databaseFiles(copy());
    const recovery = await withUnreadable(place(files), () => recover(files, NOW, PATIENCE_MS));
    assert.deepEqual(recovery.lost.commits, []);
    assert.deepEqual(contentOf(files.database), content);
    return recovery;
  }

  /** A page that SQLite takes from the database itself. */
  function inDatabase({ database, wal }: Files) {
    const { pages } = readWal(wal);
    const page = Array.from({ length: statSync(database).size / PAGE_BYTES }, (_, index) => index + 1).find(
      number => !pages.has(number),
    );
    assert.ok(page !== undefined);
    return { path: database, offset: (page - 1) * PAGE_BYTES + 700 };
  }

  it('of the database makes it be made anew', async () => {
    const { kind, why } = await recovered(inDatabase);
    assert.equal(kind, 'rebuilt');
    assert.match(why ?? '', /^1 of its pages/);
  });

  it('of the database whose checksum is not known does so as well', async () => {
    const files = databaseFiles(copy());
    rmSync(files.sums);
    const { kind } = await withUnreadable(inDatabase(files), () => recover(files, NOW, PATIENCE_MS));
    assert.equal(kind, 'rebuilt');
  });

  const ofLog = (): void => {
    const files = databaseFiles(copy());
    const failing = ['-P', realpathSync(files.wal), '-e', 'inject=pread64:error=EIO'];
    const trace = ['-f', '-o', '/dev/null', '-e', 'trace=pread64', ...failing];
    const node = [process.execPath, '--input-type=module', '-e', RECOVER, files.dir];
    const said = execFileSync('strace', [...trace, ...node], { encoding: 'utf8' });
    const { kind, why, lost } = JSON.parse(said) as Recovery;
    assert.deepEqual([kind, lost.commits], ['rebuilt', []]);
    assert.match(why ?? '', /cannot be read/);
    assert.deepEqual(contentOf(files.database), content);
  };
  const title = 'of the write-ahead log makes the database be made anew, as SQLite cannot read it either';
  if (canTrace()) it(title, ofLog);
  else couldNotRun(title, 'strace is not installed, or may not follow a process');

  const lastSegment: Place = ({ redo }) => {
    const last = redoFolder(redo).segments.at(-1);
    assert.ok(last !== undefined);
    return { path: last.path, offset: last.bytes - 1 };
  };

  it('of the redo log stops no start, and is told', async () => {
    const end = await recovered(lastSegment);
    assert.equal(end.kind, 'whole');
    assert.match(end.warnings.join(), /the redo log ends \d+ commits before the database/);
    const begin = await recovered(files => ({ ...lastSegment(files), offset: 10 }));
    assert.equal(begin.kind, 'whole');
  });

  it('of the checksums stops no start, and is told', async () => {
    const { kind, warnings } = await recovered(inSums);
    assert.equal(kind, 'whole');
    assert.match(warnings.join(), /1 blocks of the checksums .* were damaged/);
  });

  const inSums: Place = ({ sums }) => ({ path: sums, offset: 100 });
  const inLog: Place = ({ wal }) => ({ path: wal, offset: statSync(wal).size / 2 });
  const short: Readonly<Record<string, Place>> = {
    'the database': inDatabase,
    'its checksums': inSums,
    'its write-ahead log': inLog,
    'the redo log': files => ({ ...lastSegment(files), offset: 10 }),
  };
  for (const [what, place] of Object.entries(short))
    it(`of ${what} is no damage where it can be read a moment later`, async () => {
      const files = databaseFiles(copy());
      // Of a whole chunk, of the piece, and of the piece again.
      const failing = { ...place(files), times: 3 };
      const { kind, warnings } = await withUnreadable(failing, () => recover(files, NOW));
      assert.deepEqual([kind, warnings], ['whole', []]);
      assert.deepEqual(contentOf(files.database), content);
    });

  it('is not what another error is taken for, which may be gone at the next start', async () => {
    const files = databaseFiles(copy());
    const unreadable = { ...inDatabase(files), code: 'EAGAIN' };
    await assert.rejects(
      withUnreadable(unreadable, () => recover(files, NOW, PATIENCE_MS)),
      { code: 'EAGAIN' },
    );
  });

  describe('of the journal', () => {
    const RECORDS = 40;
    let dir: string;
    let ids: readonly string[];
    beforeEach(async () => {
      dir = join(folder.path, `journal-${++turn}`);
      await using journal = openJournal(dir);
      const records = Array.from({ length: RECORDS }, () => logRecord({ body: Buffer.alloc(1_000, 'x') }));
      ids = records.map(({ id }) => id);
      for (const record of records) assert.ok((await journal.append(record)).ok);
    });

    /** All of the segment, as the hub reads it after a restart. */
    async function read(offset: (bytes: number) => number) {
      const path = join(dir, segmentName(1));
      const end = { segment: 2, offset: 0 };
      const unreadable = { path, offset: offset(statSync(path).size) };
      const seen: string[] = [];
      const damage: unknown[] = [];
      await withUnreadable(unreadable, () => {
        for (let from = START; ; ) {
          const batch = journalReader(dir).read(from, 10_000, end);
          damage.push(...batch.damage);
          if (batch.records.length === 0) return;
          seen.push(...batch.records.map(({ record }) => record.id));
          from = batch.next;
        }
      });
      return { seen, damage };
    }

    it('is told, and what stands before and behind it is taken in', async () => {
      const { seen, damage } = await read(bytes => Math.floor(bytes / 2));
      assert.equal(damage.length, 1);
      assert.ok(seen.length >= RECORDS - 8, String(seen.length));
      assert.deepEqual(
        seen,
        ids.filter(id => seen.includes(id)),
      );
      assert.deepEqual([seen[0], seen.at(-1)], [ids[0], ids.at(-1)]);
    });

    it('is told also where nothing stands behind it', async () => {
      const { seen, damage } = await read(bytes => bytes - 1);
      assert.equal(damage.length, 1);
      assert.deepEqual(seen, ids.slice(0, seen.length));
      assert.ok(seen.length >= RECORDS - 5);
    });
  });
});
