/**
 * What the store's thread does so that the database can be made anew: each commit is kept in the redo log before it
 * is made, checkpoints go with the checksums of the pages, and a base is made when the log has grown long.
 */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { Recorder, Recording } from '../database/commits.ts';
import { SCHEMA_VERSION } from '../database/schema.ts';
import type { BaseTask, FromBase } from './base-thread.ts';
import { type Checkpoints, checkpoints } from './checkpoint.ts';
import { guardOf } from './connection.ts';
import { condemn, DamageFound } from './damage.ts';
import type { DatabaseFiles } from './files.ts';
import { adoptPages } from './pages.ts';
import type { Recovery } from './report.ts';
import { redoFolder } from './segments.ts';
import { type CommitNumber, commitNumber } from './state.ts';
import { openSums, type Sums } from './sums.ts';
import { RedoFailed, type RedoWriter, redoWriter } from './writer.ts';

export interface KeeperBounds {
  /** A segment of the redo log is closed when it is larger than this. */
  readonly maxSegmentBytes: number;
  /** A checkpoint is made when the write-ahead log is larger than this, or earlier where it grows slowly. */
  readonly maxWalBytes: number;
  /** A base is made when the redo log since the last is larger than this, and larger than the database. */
  readonly minBaseBytes: number;
  /** The files for repairs are looked at this long after the start, when there is less to do. */
  readonly lookAfterMs: number;
}

export const KEEPER_BOUNDS: KeeperBounds = {
  maxSegmentBytes: 64 * 1024 * 1024,
  maxWalBytes: 128 * 1024 * 1024,
  minBaseBytes: 128 * 1024 * 1024,
  lookAfterMs: 3_000,
};

export interface KeeperOptions {
  readonly files: DatabaseFiles;
  readonly bounds: KeeperBounds;
  readonly recovery: Recovery;
  /** Something is wrong with the files that are there for repairs; it is being mended. */
  readonly onProblem: (problem: string) => void;
  /** All of them were looked at. */
  readonly onLooked: () => void;
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

/** So many segments, however small, are as good a reason for a base. */
const MAX_SEGMENTS = 200;
/** A base that could not be made is tried again after this share of the bound. */
const TRY_AGAIN = 0.125;

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

interface BaseMaker {
  readonly copying: boolean;
  /** Whether nobody knows if all of the redo log is on the disk, and no base stands in for it. */
  readonly inDoubt: boolean;
  begin(commit: number): void;
  afterCommit(): void;
  stop(): Promise<void>;
}

/** Lets a thread look at what is there, and make bases. */
function baseMaker(
  { files, bounds, recovery, onProblem, onLooked }: KeeperOptions,
  writer: Pick<RedoWriter, 'written' | 'doubts'>,
  { lastCommit, pages }: { readonly lastCommit: () => number; readonly pages: () => number },
  onDamage: (found: DamageFound) => void,
): BaseMaker {
  let worker: Worker | null = null;
  let copying = false;
  let looking: NodeJS.Timeout | undefined;
  let wanted = false;
  let bytesBefore = 0;
  let segmentsBefore = 0;
  let notBefore = 0;
  let doubtsBefore = 0;
  const ended = (): void => {
    worker = null;
  };

  function start(task: BaseTask['task'], done: (message: FromBase) => void): void {
    const { bytes } = writer.written;
    const common = { dir: files.dir, last: lastCommit() };
    const data: BaseTask = task === 'look' ? { ...common, task } : { ...common, task, pages: pages() };
    const made = new Worker(new URL('./base-thread.ts', import.meta.url), { name: 'base', workerData: data });
    worker = made;
    copying = task === 'copy';
    made.unref();
    made.on('message', (message: FromBase) => done(message));
    made.on('error', () => {
      notBefore = bytes + bounds.minBaseBytes * TRY_AGAIN;
    });
    made.on('exit', ended);
  }

  function finished(message: FromBase, at: { bytes: number; segments: number; doubts: number }): void {
    if (message.kind === 'damaged') {
      notBefore = at.bytes + bounds.minBaseBytes * TRY_AGAIN;
      onDamage(new DamageFound(message.what));
    }
    if (message.kind !== 'copied') return;
    wanted = false;
    pruneIfPossible(files.redo, message.commit);
    bytesBefore = -at.bytes;
    segmentsBefore = -at.segments;
    doubtsBefore = at.doubts;
  }

  const isDue = (): boolean => {
    const { bytes, segments } = writer.written;
    if (bytes < notBefore) return false;
    if (wanted || writer.doubts > doubtsBefore || segmentsBefore + segments > MAX_SEGMENTS) return true;
    const since = bytesBefore + bytes;
    return (
      since > bounds.minBaseBytes && since > (statSync(files.database, { throwIfNoEntry: false })?.size ?? 0)
    );
  };

  function afterCommit(): void {
    if (worker !== null || !isDue()) return;
    const at = { ...writer.written, doubts: writer.doubts };
    start('copy', message => finished(message, at));
  }

  function look(): void {
    if (worker !== null) return;
    start('look', message => {
      if (message.kind !== 'looked') return;
      for (const problem of message.problems) onProblem(problem);
      // With the next commit, and then all of what was looked at is needed no more.
      if (message.problems.length > 0) wanted = true;
      onLooked();
    });
  }

  return {
    get copying() {
      return worker !== null && copying;
    },
    get inDoubt() {
      return writer.doubts > doubtsBefore;
    },
    begin(commit) {
      const { segments, bases } = redoFolder(files.redo);
      const base = bases[0]?.commit ?? 0;
      bytesBefore = segments.reduce((sum, segment) => sum + segment.bytes, 0);
      segmentsBefore = segments.length;
      // A database from before there was a redo log has rows that no log tells of.
      const isNew = commit === 0 && recovery.kind === 'fresh';
      const covered = base > 0 || isNew || (segments[0]?.first ?? 0) === 1;
      wanted =
        !covered ||
        recovery.kind === 'kept' ||
        recovery.lost.commits.length > 0 ||
        recovery.warnings.length > 0;
      if (wanted) return afterCommit();
      looking = setTimeout(look, bounds.lookAfterMs).unref();
    },
    afterCommit,
    async stop() {
      clearTimeout(looking);
      const stopping = worker;
      worker = null;
      await stopping?.terminate();
    },
  };
}

/** What is left is removed with the next base. */
function pruneIfPossible(redo: string, commit: number): void {
  try {
    prune(redo, commit);
  } catch {
    // No descriptor, or a disk that fails: the copy was made all the same.
  }
}

/** What a base makes needless. */
function prune(redo: string, commit: number): void {
  const { segments, bases } = redoFolder(redo);
  for (const base of bases) if (base.commit < commit) rmSync(base.path, { force: true });
  segments.forEach((segment, index) => {
    const next = segments[index + 1];
    if (next !== undefined && next.first <= commit + 1) rmSync(segment.path, { force: true });
  });
}
