/** What the process before left to the system to write: how far the hub may rely on it. */
import assert from 'node:assert/strict';
import { groupedCommits } from '../../src/storage/embedded/database/commits.ts';
import { openDatabase } from '../../src/storage/embedded/database/database.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { KEEPER_BOUNDS, keeper } from '../../src/storage/embedded/redo/keeper.ts';
import { recover } from '../../src/storage/embedded/redo/recover.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { withFailingSync } from '../support/file-calls.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { work } from './redo-support.ts';

describe('the redo log of the process before', function () {
  this.timeout(60_000);

  it('is in doubt from a sync of it that failed on, until a base stands in for it', async () => {
    using folder = temporaryFolder();
    {
      await using storage = await openStorage(folder.path);
      await work(storage, 2);
    }
    const files = databaseFiles(folder.path);
    const recovery = recover(files, Date.now());
    const [onProblem, onLooked, crash] = [() => {}, () => {}, () => {}];
    const kept = keeper({ files, bounds: KEEPER_BOUNDS, recovery, onProblem, onLooked, crash });
    const db = openDatabase(files.database);
    kept.attach(db);
    const commits = groupedCommits(
      () => db,
      kept.recorder,
      error => {
        throw error;
      },
      () => {},
    );
    const commit = (): void => {
      commits.add({ writes: true, synced: true, run: tx => tx.count('x', 1), settle: () => {} });
      commits.flush();
    };
    try {
      await assert.rejects(
        withFailingSync(() => kept.sync()),
        { code: 'EIO' },
      );
      assert.throws(() => kept.sync(), /a sync of the redo log failed, and no base was made since/);
      await until(() => {
        commit();
        return redoFolder(files.redo).bases.length > 0;
      }, 'a base');
      await until(() => {
        try {
          kept.sync();
          return true;
        } catch {
          return false;
        }
      }, 'the base to be told of');
    } finally {
      await kept.close(db);
    }
  });
});
