/** Connections to a database that lies beside a redo log. */
import { DatabaseSync } from 'node:sqlite';

/**
 * For reading and writing, in WAL mode. Checkpoints are the caller's own, and so is durability: a commit is written,
 * and not synced, since what a sync is for is in the redo log. https://sqlite.org/pragma.html#pragma_synchronous
 */
export function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -16000;
      PRAGMA journal_size_limit = 67108864;
    `);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * A second connection, which keeps the first from being the last: SQLite makes a checkpoint of its own when the last
 * one closes, past the checksums of the pages. This one may not write, so it makes none.
 * https://sqlite.org/wal.html#avoiding_excessively_large_wal_files
 */
export function guardOf(path: string): DatabaseSync {
  const guard = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  guard.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
  return guard;
}
