/** A page of the database goes bad while the hub runs: it ends, and the next start has everything. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
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
});
