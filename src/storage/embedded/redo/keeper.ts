/**
 * What the store's thread does so that the database can be made anew: each commit is kept in the redo log before it
 * is made, checkpoints go with the checksums of the pages, and a base is made when the log has grown long.
 */
import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Recorder, Recording } from '../database/commits.ts';
import { SCHEMA_VERSION } from '../database/schema.ts';
import { type BaseBounds, type BaseMakerOptions, baseMaker } from './base-maker.ts';
import { type Checkpoints, checkpoints } from './checkpoint.ts';
import { guardOf } from './connection.ts';
import { condemn } from './damage.ts';
import { adoptPages } from './pages.ts';
import { type CommitNumber, commitNumber } from './state.ts';
import { openSums, type Sums } from './sums.ts';
import { RedoFailed, redoWriter } from './writer.ts';

export interface KeeperBounds extends BaseBounds {
  /** A segment of the redo log is closed when it is larger than this. */
  readonly maxSegmentBytes: number;
  /** A checkpoint is made when the write-ahead log is larger than this, or earlier where it grows slowly. */
  readonly maxWalBytes: number;
}

export const KEEPER_BOUNDS: KeeperBounds = {
  maxSegmentBytes: 64 * 1024 * 1024,
  maxWalBytes: 128 * 1024 * 1024,
  minBaseBytes: 128 * 1024 * 1024,
  settleMs: 15_000,
  lookAfterMs: 3_000,
};

export interface KeeperOptions extends BaseMakerOptions {
  readonly bounds: KeeperBounds;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
}

export interface Keeper {
  /** From now on this connection is the one. Each after an error of the one before. */
  attach(db: DatabaseSync): void;
  readonly recorder: Recorder;
  /** Returns when a power cut takes back no commit that was made; throws where nobody knows. */
  sync(): void;
  /** To be called when a commit failed because the disk is full. */
  makeRoom(): void;
  /** A last checkpoint; the connection, if there is one, is closed. */
  close(db: DatabaseSync | null): Promise<void>;
}

interface Attached {
  readonly db: DatabaseSync;
  readonly number: CommitNumber;
  readonly checkpoints: Checkpoints;
  last: number;
}

export function keeper(options: KeeperOptions): Keeper {
  const { files, bounds } = options;
  const writer = redoWriter(files.redo, bounds.maxSegmentBytes);
  const lastCommit = (): number => attached?.last ?? 0;
  const bases = baseMaker(options, writer, { lastCommit, pages: openedPages }, found => {
    // Where nothing better could be made of it, to end would only be to meet it again.
    if (options.recovery.kind === 'kept') return options.onProblem(found.message);
    condemn(files, found);
    failed = found;
  });
  let sums: Sums | null = null;
  let guard: DatabaseSync | null = null;
  let pages: number | null = null;
  let attached: Attached | null = null;
  let failed: Error | null = null;

  /**
   * For whoever reads the pages past SQLite, in this thread or another: not one of them may open the database for it,
   * since to close it again is to lose the locks of all connections of the process. It is the last to be closed.
   */
  function openedPages(): number {
    pages ??= openSync(files.database, 'r');
    return pages;
  }

  function openedSums(): Sums {
    if (sums !== null) return sums;
    sums = openSums(files.sums);
    if (sums.fresh) {
      adoptPages(openedPages(), sums);
      sums.save(true);
    }
    return sums;
  }

  function begin(db: DatabaseSync): Recording {
    const session = db.createSession();
    let kept = false;
    return {
      keep(synced) {
        const patchset = session.patchset();
        if (patchset.length === 0 || attached === null) return;
        attached.number.set(attached.last + 1);
        writer.append(attached.last + 1, SCHEMA_VERSION, patchset, synced);
        kept = true;
      },
      committed() {
        session.close();
        if (!kept || attached === null) return;
        attached.last++;
        if (failed !== null) throw failed;
        // A thread that compares the pages with their checksums finds both as they are.
        if (!bases.copying) attached.checkpoints.afterCommit();
        bases.afterCommit();
      },
      rolledBack() {
        if (kept) writer.takeBack();
        // A connection that is closed has closed its sessions.
        if (db.isOpen) session.close();
      },
    };
  }

  return {
    attach(db) {
      guard ??= guardOf(files.database);
      // Before it is needed: behind a commit it is too late for there to be no descriptor left.
      openedPages();
      const number = commitNumber(db);
      const last = number.get();
      // The log may have one more, of a commit that failed and could not be taken back: a new segment says so.
      if (attached !== null && attached.last !== last) writer.cut();
      const made = checkpoints(db, {
        files,
        sums: openedSums(),
        syncRedo: writer.sync,
        maxWalBytes: bounds.maxWalBytes,
        now: () => performance.now(),
        crash: options.crash,
      });
      const isFirst = attached === null;
      attached = { db, number, checkpoints: made, last };
      if (isFirst) bases.begin(last);
    },
    recorder: { begin },
    sync() {
      // A process that was killed has left its last commits to the system, which writes them when it likes.
      writer.syncEarlier();
      writer.sync();
      if (bases.inDoubt) throw new RedoFailed('a sync of the redo log failed, and no base was made since');
    },
    makeRoom() {
      // As after a commit.
      if (!bases.copying) attached?.checkpoints.makeRoom();
    },
    async close(db) {
      await bases.stop();
      // The last to close makes SQLite's own checkpoint, if it may write; that is fine where nothing is left for it.
      const isDone = db !== null && attached?.db === db && attached.checkpoints.attempt();
      if (isDone) guard?.close();
      db?.close();
      if (!isDone) guard?.close();
      if (pages !== null) closeSync(pages);
      writer[Symbol.dispose]();
    },
  };
}
