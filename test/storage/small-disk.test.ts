/** A database on a disk with little room. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { describeOnSmallDisk } from '../support/small-disk.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { work } from './redo-support.ts';

describeOnSmallDisk('a database on a small disk', disk => {
  it('does not fill it with its write-ahead log, however much that may take elsewhere', async function () {
    this.timeout(60_000);
    using small = disk();
    const dir = join(small.path, 'data');
    await using storage = await openStorage(dir);
    let before = 0;
    let times = 0;
    // Twice begun anew: the room it had once is enough for ever.
    for (let rounds = 0; times < 2; rounds++) {
      assert.ok(rounds < 400, 'the write-ahead log is begun anew');
      await work(storage, 1);
      const { size } = statSync(databaseFiles(dir).wal);
      if (size < before) times++;
      before = size;
    }
    assert.equal(storage.trouble, null);
  });

  it('gives back what its write-ahead log takes when others have filled it', async function () {
    this.timeout(60_000);
    using small = disk();
    const dir = join(small.path, 'data');
    {
      await using storage = await openStorage(dir);
      await work(storage, 5);
    }
    await using storage = await openStorage(dir);
    let states = 0;
    const taken = async (): Promise<boolean> => {
      try {
        const state = String(states++);
        await storage.store.keepAccount({ tenant: 'default', channel: 'test', state, reason: null });
        return true;
      } catch (error) {
        assert.ok(error instanceof StoreUnavailable);
        return false;
      }
    };
    // The same few pages again and again: in the database they have their place.
    while (statSync(databaseFiles(dir).wal).size < 400_000) assert.ok(await taken());
    small.fill();
    await until(async () => !(await taken()), 'a commit there is no room for');
    assert.match(storage.trouble ?? '', /full|ENOSPC/);
    await until(taken, 'room');
    assert.equal(storage.trouble, null);
  });
});
