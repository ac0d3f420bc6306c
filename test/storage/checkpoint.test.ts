/** When checkpoints are made. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { checkpoints } from '../../src/storage/embedded/redo/checkpoint.ts';
import { connect } from '../../src/storage/embedded/redo/connection.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { openSums } from '../../src/storage/embedded/redo/sums.ts';
import { temporaryFolder } from '../support/folder.ts';

const MEGABYTE = 1024 * 1024;

/** How large the write-ahead log was when it was begun anew, growing by so much a second. */
function largest(megabytesPerSecond: number, maxWalBytes: number): number {
  using folder = temporaryFolder();
  const files = databaseFiles(folder.path);
  const db = connect(files.database);
  try {
    let at = 0;
    const made = checkpoints(db, {
      files,
      sums: openSums(files.sums),
      syncRedo: () => {},
      maxWalBytes,
      now: () => at,
    });
    db.exec('CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT)');
    const add = db.prepare('INSERT INTO thing (text) VALUES (?)');
    for (let before = 0; ; ) {
      add.run('x'.repeat(100_000));
      const { size } = statSync(files.wal);
      at += ((size - before) / MEGABYTE / megabytesPerSecond) * 1_000;
      made.afterCommit();
      if (statSync(files.wal).size < size) return size;
      before = size;
      assert.ok(size < 100 * MEGABYTE, 'the log is begun anew');
    }
  } finally {
    db.close();
  }
}

function assertAbout(bytes: number, megabytes: number): void {
  assert.ok(Math.abs(bytes / MEGABYTE - megabytes) < 4, `${bytes} bytes are about ${megabytes} MB`);
}

describe('checkpoints', () => {
  it('are short where the write-ahead log grows slowly', () => assertAbout(largest(8, 40 * MEGABYTE), 16));

  it('are few where it grows fast', () => assertAbout(largest(30, 40 * MEGABYTE), 40));

  it('come before the log is larger than its bound', () => assertAbout(largest(8, 8 * MEGABYTE), 8));
});
