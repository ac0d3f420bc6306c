/** When a base is due, and the thread that makes it: the redo log behind it, and the bases before it, can go then. */
import { rmSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { BaseTask, FromBase } from './base-thread.ts';
import { DamageFound } from './damage.ts';
import type { DatabaseFiles } from './files.ts';
import type { Recovery } from './report.ts';
import { redoFolder } from './segments.ts';
import type { RedoWriter } from './writer.ts';

export interface BaseBounds {
  /** A base is made when the redo log since the last is larger than this, and larger than the database. */
  readonly minBaseBytes: number;
  /**
   * A base that is due by what the processes before left is begun this long after the start. It takes seconds, and no
   * checkpoint is made meanwhile: processes that are ended again and again would end none, and the write-ahead log
   * would grow with each, and so would every start.
   */
  readonly settleMs: number;
  /** The files for repairs are looked at this long after the start, when there is less to do. */
  readonly lookAfterMs: number;
}

export interface BaseMakerOptions {
  readonly files: DatabaseFiles;
  readonly bounds: BaseBounds;
  readonly recovery: Recovery;
  /** Something is wrong with the files that are there for repairs; it is being mended. */
  readonly onProblem: (problem: string) => void;
  /** All of them were looked at. */
  readonly onLooked: () => void;
}

/** So many segments, however small, are as good a reason for a base. */
const MAX_SEGMENTS = 200;
/** A base that could not be made is tried again after this share of the bound. */
const TRY_AGAIN = 0.125;

export interface BaseMaker {
  readonly copying: boolean;
  /** Whether nobody knows if all of the redo log is on the disk, and no base stands in for it. */
  readonly inDoubt: boolean;
  begin(commit: number): void;
  afterCommit(): void;
  stop(): Promise<void>;
}

/** Lets a thread look at what is there, and make bases. */
export function baseMaker(
  { files, bounds, recovery, onProblem, onLooked }: BaseMakerOptions,
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
  const begunAt = performance.now();

  function start(task: BaseTask['task'], done: (message: FromBase) => void): void {
    const { bytes } = writer.written;
    const common = { dir: files.dir, last: lastCommit() };
    const data: BaseTask = task === 'look' ? { ...common, task } : { ...common, task, pages: pages() };
    const later = (): void => {
      notBefore = bytes + bounds.minBaseBytes * TRY_AGAIN;
    };
    const made = baseThread(data);
    // This runs behind a commit, which nothing may undo any more.
    if (made === null) return later();
    worker = made;
    copying = task === 'copy';
    made.unref();
    made.on('message', (message: FromBase) => done(message));
    made.on('error', later);
    made.on('exit', () => {
      worker = null;
    });
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
    if (wanted || writer.doubts > doubtsBefore) return true;
    if (performance.now() - begunAt < bounds.settleMs) return false;
    if (segmentsBefore + segments > MAX_SEGMENTS) return true;
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

/** Null where the system gives no thread. */
function baseThread(workerData: BaseTask): Worker | null {
  try {
    return new Worker(new URL('./base-thread.ts', import.meta.url), { name: 'base', workerData });
  } catch {
    return null;
  }
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
