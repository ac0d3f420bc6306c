/** Somebody looks at the database of a running hub with a tool that may write: it must not take itself for the last. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { work } from './redo-support.ts';

/** As `sqlite3 hub.db "SELECT …"`: who takes itself for the last makes a checkpoint when it closes, and deletes the log. */
const LOOK = `
  import { DatabaseSync } from 'node:sqlite';
  const db = new DatabaseSync(process.argv[1], { timeout: 5_000 });
  process.stdout.write(String(db.prepare('SELECT COUNT(*) AS n FROM inbound').get().n));
  db.close();
`;

/**
 * Whether this process has its lock on the file, which says to others that they are not the last. SQLite before 3.51
 * looks at nothing else. https://man7.org/linux/man-pages/man5/proc_locks.5.html
 */
function isLocked(path: string): boolean {
  const { ino } = statSync(path);
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  return lines.some(line => new RegExp(`POSIX .* READ +${process.pid} [0-9a-f:]+:${ino} `).test(line));
}

describe('a database that somebody else looks at', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let files: ReturnType<typeof databaseFiles>;
  beforeEach(() => {
    folder = temporaryFolder();
    files = databaseFiles(folder.path);
  });
  afterEach(() => folder[Symbol.dispose]());

  const look = (): number =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', LOOK, files.database]));

  type Storage = Awaited<ReturnType<typeof openStorage>>;

  /** Looked at between work, it has the same log as before, and both see all there is. */
  async function assertKept(storage: Storage, known: number): Promise<void> {
    if (process.platform === 'linux') assert.ok(isLocked(files.database), 'the lock is held');
    await work(storage, 1);
    assert.equal(look(), known + 3);
    assert.ok(existsSync(files.wal), 'the write-ahead log is still there');
    await work(storage, 1);
    assert.equal(look(), known + 6);
    assert.equal((await storage.store.ledger(true)).inbound.accepted, known + 6);
    assert.equal(storage.trouble, null);
  }

  it('keeps its write-ahead log in its first life, and is whole in the next', async () => {
    {
      await using storage = await openStorage(folder.path);
      await assertKept(storage, 0);
    }
    await using again = await openStorage(folder.path);
    assert.deepEqual([again.recovery.kind, again.recovery.warnings], ['whole', []]);
    await assertKept(again, 6);
  });

  it('keeps it after its pages were compared with their checksums and copied', async () => {
    {
      await using storage = await openStorage(folder.path);
      await work(storage, 1);
    }
    // With nothing to make the database anew from, the hub makes a base at once.
    rmSync(files.redo, { recursive: true });
    let known = 3;
    {
      await using storage = await openStorage(folder.path);
      await until(async () => {
        await work(storage, 1);
        known += 3;
        return redoFolder(files.redo).bases.length > 0;
      }, 'a base');
      await assertKept(storage, known);
    }
    await using again = await openStorage(folder.path);
    assert.deepEqual([again.recovery.kind, again.recovery.warnings], ['whole', []]);
  });
});
