/** Data folders that were damaged: what is noticed, and what is left of what they held. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { recover } from '../../src/storage/embedded/redo/recover.ts';
import { type Recovery, tellRecovery } from '../../src/storage/embedded/redo/report.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { openSums } from '../../src/storage/embedded/redo/sums.ts';
import { PAGE_BYTES, readWal } from '../../src/storage/embedded/redo/wal.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { contentOf } from '../faults/flips/content.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { imageOf, work } from './redo-support.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
/** One bit of it is another. */
const spoil = (path: string, offset: number): void => {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 4;
  writeFileSync(path, bytes);
};

describe('a damaged data folder', function () {
  this.timeout(60_000);
  /** All in the write-ahead log; and the same after more work, with a part of it in the database. */
  let folder: ReturnType<typeof temporaryFolder>;
  let early: string;
  let late: string;
  let ids: readonly string[];
  let content: ReturnType<typeof contentOf>;
  let turn = 0;

  before(async () => {
    folder = temporaryFolder();
    const dir = join(folder.path, 'data');
    {
      await using storage = await openStorage(dir);
      await work(storage, 6);
      // Planned, and not begun.
      const [send] = await storage.store.claimSends(1);
      assert.ok(send);
      await storage.store.plan({ seq: send.seq, wires: [{ id: 'planned', wire: {} }], losses: [] });
      early = imageOf(dir, join(folder.path, 'early'));
    }
    await using storage = await openStorage(dir);
    assert.equal(storage.recovery.kind, 'whole');
    ids = await work(storage, 12);
    late = imageOf(dir, join(folder.path, 'late'));
    const whole = copyOf(late);
    assert.equal(recover(databaseFiles(whole), NOW).kind, 'whole');
    content = contentOf(databaseFiles(whole).database);
  });
  after(() => folder[Symbol.dispose]());

  const copyOf = (dir: string): string => imageOf(dir, join(folder.path, `copy-${++turn}`));
  function recovered(dir: string, kind: Recovery['kind']): Recovery {
    const recovery = recover(databaseFiles(dir), NOW);
    assert.equal(recovery.kind, kind, JSON.stringify(recovery));
    return recovery;
  }
  const assertWhole = (dir: string): void =>
    assert.deepEqual(contentOf(databaseFiles(dir).database), content);

  it('is called whole when nothing is wrong with it, also a second time', () => {
    const dir = copyOf(late);
    for (const _ of [1, 2]) assert.deepEqual(tellRecovery(recovered(dir, 'whole')), []);
    assertWhole(dir);
  });

  it('has its newest commits from the redo log when the write-ahead log is cut anywhere', () => {
    const { size } = statSync(databaseFiles(late).wal);
    for (let cut = 0; cut < 25; cut++) {
      const dir = copyOf(late);
      truncateSync(databaseFiles(dir).wal, Math.floor((size * cut) / 25) + cut);
      const { applied, why } = recovered(dir, 'caught up');
      assert.ok(applied > 0 && why !== null);
      assertWhole(dir);
    }
  });

  it('has them also when a bit in the middle of the write-ahead log is wrong, of which SQLite says nothing', () => {
    const dir = copyOf(late);
    spoil(databaseFiles(dir).wal, Math.floor(statSync(databaseFiles(dir).wal).size / 3));
    assert.match(tellRecovery(recovered(dir, 'caught up')).join(), /brought forward/);
    assertWhole(dir);
  });

  it('is rebuilt when a page of the database is not what was written', () => {
    const wal = readWal(databaseFiles(late).wal);
    const pages = statSync(databaseFiles(late).database).size / PAGE_BYTES;
    const unshadowed = Array.from({ length: pages }, (_, page) => page + 1).filter(
      page => !wal.pages.has(page),
    );
    assert.ok(unshadowed.length > 0);
    for (const page of unshadowed.slice(0, 8)) {
      const dir = copyOf(late);
      const { database } = databaseFiles(dir);
      spoil(database, (page - 1) * PAGE_BYTES + 77);
      const spoilt = readFileSync(database);
      const { folder: aside, why, lost } = recovered(dir, 'rebuilt');
      assert.match(why ?? '', new RegExp(`not what was written: ${page}$`));
      assert.deepEqual(lost, { commits: [], records: [], damage: [], parkedBefore: null, stopped: [] });
      assert.deepEqual(readFileSync(join(aside ?? '', 'hub.db')), spoilt);
      assert.equal(JSON.parse(readFileSync(join(aside ?? '', 'report.json'), 'utf8')).kind, 'rebuilt');
      assertWhole(dir);
      recovered(dir, 'whole');
    }
  });

  it('is rebuilt when the database is missing, cut short, or something else', () => {
    const ruin: readonly ((path: string) => void)[] = [
      path => rmSync(path),
      path => truncateSync(path, 3 * PAGE_BYTES),
      path => writeFileSync(path, 'not a database, but long enough to be looked at as one'.repeat(200)),
    ];
    for (const change of ruin) {
      const dir = copyOf(late);
      change(databaseFiles(dir).database);
      recovered(dir, 'rebuilt');
      assertWhole(dir);
    }
  });

  it('begins again where a rebuild was cut off', () => {
    const dir = copyOf(late);
    const files = databaseFiles(dir);
    rmSync(files.database);
    writeFileSync(join(files.redo, 'rebuild.db'), 'half of it');
    recovered(dir, 'rebuilt');
    assertWhole(dir);
  });

  it('goes on when a checkpoint was cut off, and is rebuilt when its write-ahead log is gone as well', async () => {
    const dir = copyOf(late);
    {
      await using _storage = await openStorage(dir);
    }
    const after = readFileSync(databaseFiles(dir).database);
    for (const isGone of [false, true]) {
      const half = copyOf(late);
      const files = databaseFiles(half);
      const sums = openSums(files.sums);
      const { pages } = readWal(files.wal);
      sums.setPending(pages);
      sums.save(true);
      const database = Buffer.alloc(after.length);
      readFileSync(files.database).copy(database);
      for (const page of [...pages.keys()].filter(number => number % 2 === 0))
        after.copy(database, (page - 1) * PAGE_BYTES, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
      writeFileSync(files.database, database);
      if (isGone) rmSync(files.wal);
      recovered(half, isGone ? 'rebuilt' : 'whole');
      assertWhole(half);
    }
  });

  it('is kept, with all that is known told, where the redo log cannot replace it', () => {
    const dir = copyOf(late);
    const files = databaseFiles(dir);
    for (const { path } of redoFolder(files.redo).segments.slice(0, 1)) rmSync(path);
    const wal = readWal(files.wal);
    const free = Array.from({ length: 30 }, (_, at) => at + 2).find(page => !wal.pages.has(page)) ?? 2;
    // The unused middle of a page: SQLite itself finds nothing wrong.
    const bytes = readFileSync(files.database);
    const at = bytes.indexOf(Buffer.alloc(64), (free - 1) * PAGE_BYTES);
    spoil(files.database, at + 32);
    const recovery = recovered(dir, 'kept');
    assert.match(tellRecovery(recovery).join('\n'), /could not be rebuilt\n.*commits .* lost: 1-/);
    assertWhole(dir);
    recovered(dir, 'whole');
  });

  it('names what is lost where a part of the redo log is damaged too, sends nothing twice, and keeps the books', async () => {
    const dir = copyOf(early);
    const files = databaseFiles(dir);
    rmSync(files.database);
    const [segment] = redoFolder(files.redo).segments;
    assert.ok(segment);
    spoil(segment.path, Math.floor(segment.bytes / 2));
    const { lost, kind } = recover(files, NOW);
    assert.equal(kind, 'rebuilt');
    // The one, and those that built on it.
    assert.ok(lost.commits.length > 0);
    assert.ok(lost.damage.length === 1 && lost.damage[0]?.file === segment.path);
    await using storage = await openStorage(dir);
    const ledger = await storage.store.ledger(true);
    assert.deepEqual(ledger, { ...(await storage.store.ledger(false)) });
    assert.deepEqual([ledger.inbound.difference, ledger.outbound.difference], [0, 0]);
    const sends = await storage.store.claimSends(100);
    const states = sends.flatMap(({ deliveries }) => deliveries ?? []).map(({ state }) => state);
    assert.deepEqual([...new Set(states)], ['ambiguous']);
  });

  it('that is behind a damaged redo log is not called brought forward, and has what is whole of the log', () => {
    const dir = copyOf(late);
    const files = databaseFiles(dir);
    truncateSync(files.wal, 40_000);
    const last = redoFolder(files.redo).segments.at(-1);
    assert.ok(last);
    spoil(last.path, Math.floor(last.bytes * 0.9));
    const { lost } = recovered(dir, 'rebuilt');
    assert.equal(lost.commits.length, 1);
    recovered(dir, 'whole');
  });

  it('lists the requests whose messages are lost', () => {
    const dir = copyOf(late);
    const files = databaseFiles(dir);
    rmSync(files.database);
    const { segments } = redoFolder(files.redo);
    const last = segments.at(-1);
    assert.ok(last);
    // Everything of the second life but its last commits.
    const bytes = readFileSync(last.path);
    bytes.fill(0, 24, Math.floor(bytes.length * 0.8));
    writeFileSync(last.path, bytes);
    const { lost } = recover(files, NOW);
    const known = new Set(ids);
    assert.ok(lost.records.length > 10);
    assert.ok(lost.records.every(id => known.has(id)));
  });

  it('is not called damaged for files that are there for repairs; they are made anew', async () => {
    const ruin: readonly ((files: ReturnType<typeof databaseFiles>) => void)[] = [
      files => spoil(redoFolder(files.redo).segments[0]?.path ?? '', 900),
      files => spoil(redoFolder(files.redo).segments[0]?.path ?? '', 9),
      files => spoil(files.sums, 50),
      files => rmSync(files.sums),
      files => rmSync(files.redo, { recursive: true }),
    ];
    for (const [index, change] of ruin.entries()) {
      const dir = copyOf(late);
      const files = databaseFiles(dir);
      change(files);
      const told: string[] = [];
      {
        const redo = { lookAfterMs: 0 };
        await using storage = await openStorage(dir, { redo, onProblem: problem => told.push(problem) });
        assert.equal(storage.recovery.kind, 'whole');
        await until(async () => {
          await work(storage, 1);
          return redoFolder(files.redo).bases.length === 1;
        }, 'a base');
        told.push(...storage.recovery.warnings);
      }
      assert.ok(told.length > 0, String(index));
      assert.notEqual(openSums(files.sums).current(1), 0);
      const before = contentOf(files.database);
      rmSync(files.database);
      recovered(dir, 'rebuilt');
      assert.deepEqual(contentOf(files.database), before);
    }
  });

  it('makes a base when the redo log has grown long, and is rebuilt from it', async () => {
    const dir = copyOf(early);
    const files = databaseFiles(dir);
    {
      const redo = { minBaseBytes: 1, settleMs: 0, maxSegmentBytes: 20_000, maxWalBytes: 50_000 };
      await using storage = await openStorage(dir, { redo });
      await until(async () => {
        await work(storage, 5);
        const { segments, bases } = redoFolder(files.redo);
        return bases.length > 0 && (segments[0]?.first ?? 0) > 1;
      }, 'a base, and the removal of what it makes needless');
    }
    const before = contentOf(files.database);
    assert.equal(redoFolder(files.redo).bases.length, 1);
    rmSync(files.database);
    recovered(dir, 'rebuilt');
    assert.deepEqual(contentOf(files.database), before);
  });

  it('makes checkpoints, and begins no base, in the short lives of processes that are ended again and again', async () => {
    const dir = copyOf(early);
    const files = databaseFiles(dir);
    const redo = { minBaseBytes: 1, settleMs: 3_600_000, maxWalBytes: 50_000 };
    for (let life = 0; life < 3; life++) {
      await using storage = await openStorage(dir, { redo });
      let isMade = false;
      await until(async () => {
        const before = statSync(files.wal, { throwIfNoEntry: false })?.size ?? 0;
        await work(storage, 5);
        isMade ||= statSync(files.wal).size < before;
        return isMade;
      }, 'a checkpoint');
    }
    assert.deepEqual(redoFolder(files.redo).bases, []);
  });

  it('has no table that the redo log would not see', () => {
    const db = new DatabaseSync(databaseFiles(late).database, { readOnly: true });
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of tables)
      assert.ok(
        db
          .prepare(`PRAGMA table_info(${name})`)
          .all()
          .some(({ pk }) => Number(pk) > 0),
        `${name} has no primary key`,
      );
    db.close();
  });

  it('of a newer version is refused with a clear word, and left as it is', async () => {
    const dir = copyOf(late);
    const { database } = databaseFiles(dir);
    const db = new DatabaseSync(database);
    db.exec('PRAGMA user_version = 999');
    db.close();
    rmSync(databaseFiles(dir).sums);
    const before = readdirSync(dir).filter(name => !/hub\.lock|-wal|-shm/.test(name));
    await assert.rejects(
      openStorage(dir),
      /a newer version of Patchbay wrote it \(its schema version is 999/,
    );
    assert.deepEqual(
      readdirSync(dir).filter(name => !/hub\.lock|-wal|-shm/.test(name)),
      before,
    );
  });

  it('ends a hub that finds it while it runs; the next start has everything', async () => {
    const dir = copyOf(early);
    const files = databaseFiles(dir);
    const lost = Promise.withResolvers<Error>();
    {
      const redo = { maxWalBytes: 100_000 };
      await using storage = await openStorage(dir, { redo, onLost: lost.resolve });
      await work(storage, 2);
      spoil(files.wal, 5_000);
      const ended = lost.promise.then(() => true);
      for (let isOver = false; !isOver; ) {
        const working = work(storage, 1).then(
          () => false,
          () => true,
        );
        isOver = await Promise.race([working, ended]);
      }
      assert.match((await lost.promise).message, /write-ahead log of the database is damaged/);
    }
    assert.ok(recovered(dir, 'caught up').applied > 1);
    recovered(dir, 'whole');
  });

  it('makes no commit that the redo log cannot keep, and goes on once it can', async () => {
    const dir = copyOf(early);
    await using storage = await openStorage(dir, { redo: { maxSegmentBytes: 1 } });
    const { segments } = redoFolder(databaseFiles(dir).redo);
    const next = join(
      databaseFiles(dir).redo,
      `${String((segments.at(-1)?.number ?? 0) + 2).padStart(8, '0')}.redo`,
    );
    const account = (state: string) => ({ tenant: 'default', channel: 'test', state, reason: null });
    await storage.store.keepAccount(account('before'));
    mkdirSync(next);
    await until(async () => {
      try {
        await storage.store.keepAccount(account('refused'));
        return false;
      } catch (error) {
        assert.ok(error instanceof StoreUnavailable);
        return true;
      }
    }, 'a commit to be refused');
    assert.match(storage.trouble ?? '', /redo log of the database cannot be written: EEXIST/);
    rmSync(next, { recursive: true });
    await storage.store.keepAccount(account('after'));
    assert.equal(storage.trouble, null);
    const image = imageOf(dir, join(folder.path, 'refused'));
    assert.ok(existsSync(image));
    copyFileSync(databaseFiles(dir).database, databaseFiles(image).database);
    assert.deepEqual(tellRecovery(recovered(image, 'whole')), []);
  });
});
