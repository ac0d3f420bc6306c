/**
 * Checkpoints: what stands in the write-ahead log goes into the database, and the checksums of its pages with it.
 * First the redo log is synced, then what each page is about to become; so at every moment each page is either what
 * it was or what it was to be.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { query } from '../database/rows.ts';
import type { DatabaseFiles } from './files.ts';
import type { Sums } from './sums.ts';
import { readWal } from './wal.ts';

/** The files on the disk are not what was written to them: only a new start, which looks at everything, may go on. */
export class DamageFound extends Error {}

interface CheckpointRow {
  readonly busy: number;
  /** Frames in the log, and how many of them are in the database. */
  readonly log: number;
  readonly checkpointed: number;
}

export interface Checkpoints {
  /** Makes one if the write-ahead log has grown large. */
  afterCommit(): void;
  /** Makes one. False when not all of it could be done: somebody was reading, or the disk is full. */
  attempt(): boolean;
}

/** A reader may hold a checkpoint up; then the log grows by this much of its limit before the next try. */
const TRY_AGAIN = 0.25;
/** Asking for the size at each commit would cost more than it is worth. */
const COMMITS_A_LOOK = 16;

export function checkpoints(
  db: DatabaseSync,
  files: DatabaseFiles,
  sums: Sums,
  syncRedo: () => void,
  maxWalBytes: number,
): Checkpoints {
  const frames = query<CheckpointRow>(db, 'PRAGMA wal_checkpoint(NOOP)');
  const truncate = query<CheckpointRow>(db, 'PRAGMA wal_checkpoint(TRUNCATE)');
  let commits = 0;
  let nextAt = maxWalBytes;

  function run(): boolean {
    const log = frames.get()?.log ?? 0;
    if (log <= 0) return true;
    syncRedo();
    const wal = readWal(files.wal, log);
    if (wal.frames < log) throw new DamageFound('the write-ahead log of the database is damaged');
    sums.setPending(wal.pages);
    sums.save(true);
    // Whoever reads is not waited for.
    db.exec('PRAGMA busy_timeout = 0');
    const done = truncated();
    db.exec('PRAGMA busy_timeout = 5000');
    // It may have failed at the very end, with the log begun anew and only its file as long as it was.
    const isCopied = done === null ? frames.get()?.log === 0 : done.log === done.checkpointed;
    if (!isCopied) return false;
    sums.promote();
    sums.save(false);
    return done?.busy === 0;
  }

  /** Null where it failed; what was not copied is still in the log. */
  function truncated(): CheckpointRow | null {
    try {
      return truncate.get() ?? null;
    } catch {
      return null;
    }
  }

  function attempt(): boolean {
    try {
      return run();
    } catch (error) {
      if (error instanceof DamageFound) throw error;
      // Nothing is lost by waiting: all of it is in the write-ahead log, and in the redo log.
      return false;
    }
  }

  return {
    attempt,
    afterCommit() {
      if (++commits % COMMITS_A_LOOK !== 0) return;
      const size = statSync(files.wal, { throwIfNoEntry: false })?.size ?? 0;
      if (size < nextAt) return;
      nextAt = attempt() ? maxWalBytes : size + maxWalBytes * TRY_AGAIN;
    },
  };
}
