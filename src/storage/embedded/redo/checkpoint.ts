/**
 * Checkpoints: what stands in the write-ahead log goes into the database, and the checksums of its pages with it.
 * First the redo log is synced, then what each page is about to become; so at every moment each page is either what
 * it was or what it was to be.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { query } from '../database/rows.ts';
import { PATIENCE_MS, patiently } from '../reading.ts';
import { DamageFound } from './damage.ts';
import { type DatabaseFiles, freeBytes } from './files.ts';
import type { Sums } from './sums.ts';
import { readWal } from './wal.ts';

interface CheckpointRow {
  readonly busy: number;
  /** Frames in the log, and how many of them are in the database. */
  readonly log: number;
  readonly checkpointed: number;
}

export interface Checkpoints {
  /**
   * Makes one if the write-ahead log has grown large: for one that grows slowly, or beside what is free on the disk,
   * or in any case.
   */
  afterCommit(): void;
  /** A commit found the disk full: makes one, now and then, so that the write-ahead log gives back what it takes. */
  makeRoom(): void;
  /** Makes one. False when not all of it could be done: somebody was reading, or the disk is full. */
  attempt(): boolean;
}

export interface CheckpointOptions {
  readonly files: DatabaseFiles;
  readonly sums: Sums;
  readonly syncRedo: () => void;
  readonly maxWalBytes: number;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  /** Named points where tests end the process. */
  readonly crash?: (point: string) => void;
}

/** A reader may hold a checkpoint up; then the log grows by this much of its limit before the next try. */
const TRY_AGAIN = 0.25;
/**
 * Of what is free on the disk, the log may be this share: a checkpoint has to find room for its pages beside it. A log
 * that had filled the disk could never be emptied again.
 */
const SHARE_OF_FREE = 0.5;
/** A checkpoint is worth what it costs from here on, however little is free. */
const LEAST_WAL_BYTES = 1024 * 1024;
/**
 * Everybody waits while one is made, the longer the more there is of the log. Few and long ones cost less in all, and
 * that is for a log that grows fast; where short ones come a second apart or more, nobody notices them.
 */
const SHORT_WAL_BYTES = 16 * 1024 * 1024;
const SHORT_EVERY_MS = 1_000;
const ROOM_EVERY_MS = 1_000;
/** Asking for the size at each commit would cost more than it is worth. */
const COMMITS_A_LOOK = 16;

export function checkpoints(
  db: DatabaseSync,
  { files, sums, syncRedo, maxWalBytes, now, crash }: CheckpointOptions,
): Checkpoints {
  const frames = query<CheckpointRow>(db, 'PRAGMA wal_checkpoint(NOOP)');
  const truncate = query<CheckpointRow>(db, 'PRAGMA wal_checkpoint(TRUNCATE)');
  let commits = 0;
  let notBelow = 0;
  let madeAt = now();
  let roomMadeAt = Number.NEGATIVE_INFINITY;

  function run(): boolean {
    const log = frames.get()?.log ?? 0;
    if (log <= 0) return true;
    syncRedo();
    const wal = patiently(PATIENCE_MS, () => readWal(files.wal, log));
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
    crash?.('CP15');
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

  function boundNow(size: number): number {
    const room = Math.max(LEAST_WAL_BYTES, freeBytes(files.dir) * SHARE_OF_FREE);
    return Math.min(maxWalBytes, room, growsSlowly(size) ? SHORT_WAL_BYTES : maxWalBytes);
  }

  const growsSlowly = (size: number): boolean => size / SHORT_WAL_BYTES <= (now() - madeAt) / SHORT_EVERY_MS;

  return {
    attempt,
    afterCommit() {
      if (++commits % COMMITS_A_LOOK !== 0) return;
      const size = statSync(files.wal, { throwIfNoEntry: false })?.size ?? 0;
      const bound = boundNow(size);
      if (size < Math.max(bound, notBelow)) return;
      notBelow = attempt() ? 0 : size + bound * TRY_AGAIN;
      madeAt = now();
    },
    makeRoom() {
      if (now() - roomMadeAt < ROOM_EVERY_MS) return;
      roomMadeAt = now();
      attempt();
    },
  };
}
