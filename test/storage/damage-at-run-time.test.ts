/** A page of the database goes bad while the hub runs: it ends, and the next start has everything. */
import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crcOfFile, databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { basePath } from '../../src/storage/embedded/redo/segments.ts';
import { commitOf } from '../../src/storage/embedded/redo/state.ts';
import { PAGE_BYTES } from '../../src/storage/embedded/redo/wal.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { work } from './redo-support.ts';

/** Where the table or index begins, in the file of a hub that was ended well. */
function rootOf(database: string, name: string): number {
  const db = new DatabaseSync(database, { readOnly: true });
  const row = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name);
  db.close();
  return Number(row?.rootpage);
}

/** No page of a tree begins with this byte. https://sqlite.org/fileformat2.html#b_tree_pages */
function spoil(database: string, page: number): void {
  const fd = openSync(database, 'r+');
  writeSync(fd, Buffer.from([0x40]), 0, 1, (page - 1) * PAGE_BYTES);
  closeSync(fd);
}

describe('a page of the database that goes bad under the hub', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let ids: readonly string[];
  beforeEach(async () => {
    folder = temporaryFolder();
    await using storage = await openStorage(folder.path);
    ids = await work(storage, 12);
  });
  afterEach(() => folder[Symbol.dispose]());

  /** `use` meets the page. */
  async function ended(
    name: string,
    use: (storage: Awaited<ReturnType<typeof openStorage>>) => Promise<unknown>,
  ): Promise<void> {
    const { database } = databaseFiles(folder.path);
    const root = rootOf(database, name);
    const lost: Error[] = [];
    {
      await using storage = await openStorage(folder.path, { onLost: error => void lost.push(error) });
      assert.equal(storage.recovery.kind, 'whole');
      spoil(database, root);
      await assert.rejects(use(storage), StoreUnavailable);
      await until(() => lost.length > 0, 'the hub to end');
      assert.match(lost[0]?.message ?? '', /not what was written.*malformed/);
    }
    await using again = await openStorage(folder.path);
    assert.equal(again.recovery.kind, 'rebuilt');
    assert.deepEqual(again.recovery.lost.commits, []);
    const known = await again.store.messages({ direction: 'inbound', after: 0, limit: 100 });
    assert.equal(known.length, ids.length);
    await work(again, 1);
  }

  it('ends the hub that writes to it', () =>
    ended('sqlite_autoindex_inbound_2', storage => work(storage, 1)));

  it('ends the hub that gives out what stands in it', () =>
    ended('inbound', ({ store }) => store.claimWork(1, { name: 'test', suspects: false })));

  it('ends the hub that only looks at it', () =>
    ended('inbound', ({ store }) => store.message(ids[0] ?? '')));

  it('is made anew once, also where its checksum says that it was written so', async () => {
    await ended('inbound', async storage => {
      const { database, sums } = databaseFiles(folder.path);
      assert.ok(existsSync(database));
      // As if they had been taken of the page as it is.
      rmSync(sums);
      await storage.store.message(ids[0] ?? '');
    });
    await using again = await openStorage(folder.path);
    assert.equal(again.recovery.kind, 'whole');
  });

  /** Written wrong while no hub ran, its checksum with it: no start sees it. */
  function writtenWrong(): void {
    const { database, sums } = databaseFiles(folder.path);
    spoil(database, rootOf(database, 'inbound'));
    rmSync(sums);
  }

  /** Without a touch of the page. */
  const writeTo = ({ store }: Awaited<ReturnType<typeof openStorage>>, id: string): Promise<unknown> =>
    store.startOperation(
      { kind: 'discard', target: { kind: 'ids', ids: [] }, force: false, rate: 50, note: null },
      { id, who: 'olga', key: null, digest: '' },
    );

  it('is not copied, and ends the hub: from the copy nothing could be made anew', async () => {
    const { redo } = databaseFiles(folder.path);
    writtenWrong();
    const before = readdirSync(redo);
    const lost: Error[] = [];
    {
      const onLost = (error: Error): unknown => lost.push(error);
      await using storage = await openStorage(folder.path, {
        redo: { minBaseBytes: 1, settleMs: 0 },
        onLost,
      });
      assert.equal(storage.recovery.kind, 'whole');
      let count = 0;
      await until(async () => {
        void writeTo(storage, `operation-${++count}`).catch(() => {});
        return lost.length > 0;
      }, 'the hub to end');
      assert.match(lost[0]?.message ?? '', /written wrong/);
    }
    const left = readdirSync(redo);
    assert.deepEqual(
      before.filter(name => !left.includes(name)),
      [],
    );
    assert.deepEqual(
      left.filter(name => name.startsWith('base')),
      [],
    );
    for (const kind of ['rebuilt', 'whole']) {
      await using again = await openStorage(folder.path);
      assert.equal(again.recovery.kind, kind);
      assert.deepEqual(again.recovery.lost.commits, []);
      assert.equal((await again.store.message(ids[0] ?? ''))?.id, ids[0]);
    }
  });

  it('is kept as it is where the copy is no better, and ends no hub then', async () => {
    const { database, condemned, redo } = databaseFiles(folder.path);
    writtenWrong();
    const db = new DatabaseSync(database, { readOnly: true });
    const commit = commitOf(db);
    db.close();
    rmSync(redo, { recursive: true });
    mkdirSync(redo);
    copyFileSync(database, basePath(redo, commit, crcOfFile(database)));
    writeFileSync(condemned, 'malformed');
    {
      // A copy is due at once, and cannot be made.
      await using storage = await openStorage(folder.path);
      const { kind, why, warnings } = storage.recovery;
      assert.deepEqual([kind, why], ['kept', 'malformed']);
      assert.match(warnings.join(), /no better/);
      await until(() => storage.problems.length > 0, 'the problem to be told');
      await assert.rejects(storage.store.message(ids[0] ?? ''), StoreUnavailable);
      await writeTo(storage, 'operation');
      assert.match(storage.problems.join(), /written wrong/);
    }
    assert.ok(!existsSync(condemned));
    assert.deepEqual(
      readdirSync(folder.path).filter(name => name.startsWith('damaged')),
      [],
    );
  });

  it('is kept as it is where the log cannot be done again on such a copy', async () => {
    const { database, condemned, redo } = databaseFiles(folder.path);
    const copy = join(folder.path, 'copy');
    copyFileSync(database, copy);
    const db = new DatabaseSync(copy, { readOnly: true });
    const commit = commitOf(db);
    db.close();
    spoil(copy, rootOf(database, 'inbound'));
    {
      await using storage = await openStorage(folder.path);
      await work(storage, 1);
    }
    writtenWrong();
    renameSync(copy, basePath(redo, commit, crcOfFile(copy)));
    writeFileSync(condemned, 'malformed');
    await using storage = await openStorage(folder.path);
    assert.equal(storage.recovery.kind, 'kept');
    assert.match(storage.recovery.warnings.join(), /no better.*malformed/);
  });

  it('is kept as it is where there is nothing to make it anew from', async () => {
    const { condemned, redo } = databaseFiles(folder.path);
    writtenWrong();
    rmSync(redo, { recursive: true });
    writeFileSync(condemned, 'malformed');
    await using storage = await openStorage(folder.path);
    assert.equal(storage.recovery.kind, 'kept');
    assert.match(storage.recovery.warnings.join(), /nothing to begin from/);
    await assert.rejects(storage.store.message(ids[0] ?? ''), StoreUnavailable);
    await writeTo(storage, 'operation');
  });

  it('is made anew also where the note that says so cannot be read', async () => {
    const { condemned } = databaseFiles(folder.path);
    mkdirSync(condemned);
    for (const kind of ['rebuilt', 'whole']) {
      await using storage = await openStorage(folder.path);
      assert.equal(storage.recovery.kind, kind);
    }
  });
});
