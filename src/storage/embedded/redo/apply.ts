/** Commits of the redo log done again, in order, each once, at the schema version they were made at. */
import { constants, type DatabaseSync } from 'node:sqlite';
import { migrate, schemaVersion } from '../database/schema.ts';
import type { Damaged, Range } from './report.ts';
import { type Redone, redoFrom, type Segment } from './segments.ts';
import { type CommitNumber, commitNumber, commitOf, logPosition } from './state.ts';

const COMMITS_A_TRANSACTION = 500;

export interface Applied {
  readonly applied: number;
  /** Commits that are nowhere, or that could only be done in part. */
  readonly missing: readonly Range[];
  readonly damage: readonly Damaged[];
  /** What the log's records between these positions led to may be missing. */
  readonly windows: readonly Window[];
}

/** Positions in the log, as they are stored; null is its beginning. */
export interface Window {
  readonly from: string | null;
  readonly to: string | null;
}

/** `strict` ends before the first commit that is missing. */
export function applyRedo(db: DatabaseSync, segments: readonly Segment[], strict: boolean): Applied {
  const before = commitOf(db);
  const found: Found = { applied: 0, missing: [], damage: [], windows: [], hole: null };
  let next = before + 1;
  const steps = transactions(db);
  let schema = schemaVersion(db);
  for (const redone of redoFrom(segments, next)) {
    if (!('commit' in redone)) {
      note(redone, found);
      continue;
    }
    // Numbers only grow; one that was there already is from a segment whose header was lost.
    if (redone.commit < next) continue;
    const isNext = redone.commit === next && redone.schema >= schema;
    if (strict && !isNext) break;
    if (!isNext) {
      steps.end();
      lose(db, found, next, redone.commit);
    }
    if (schema < redone.schema) {
      steps.end();
      migrate(db, redone.schema);
      schema = redone.schema;
    }
    steps.begin();
    if (!db.applyChangeset(redone.patchset)) {
      if (strict) break;
      db.applyChangeset(redone.patchset, { onConflict: makeTheBestOfIt });
      lose(db, found, redone.commit, redone.commit + 1);
    }
    steps.done(redone.commit);
    found.applied++;
    next = redone.commit + 1;
    closeHole(db, found);
  }
  steps.end();
  if (found.hole !== null) found.windows.push({ ...found.hole, to: null });
  const { applied, missing, damage, windows } = found;
  return { applied, missing, damage, windows };
}

interface Found {
  applied: number;
  readonly missing: Range[];
  readonly damage: Damaged[];
  readonly windows: Window[];
  hole: { readonly from: string | null } | null;
}

/** A torn end is no damage: a process that was killed left it, and its commit was never made. */
function note(gap: Extract<Redone, { segment: string }>, found: Found): void {
  if (!gap.torn) found.damage.push({ file: gap.segment, offset: gap.offset, bytes: gap.bytes });
}

/** The commits from `from` up to `to` are nowhere, or only in part. */
function lose(db: DatabaseSync, found: Found, from: number, to: number): void {
  if (to > from) found.missing.push({ from, to: to - 1 });
  found.hole ??= { from: commitOf(db) === 0 ? null : logPosition(db) };
}

/** The first commit behind a hole that moved on in the log ends what the hole can have held of it. */
function closeHole(db: DatabaseSync, found: Found): void {
  if (found.hole === null) return;
  const to = logPosition(db);
  if (to === found.hole.from) return;
  found.windows.push({ ...found.hole, to });
  found.hole = null;
}

/** Behind a hole, what was written later stands: what it changes may be gone, what it adds may be there. */
function makeTheBestOfIt(conflict: number): number {
  const replaces =
    conflict === constants.SQLITE_CHANGESET_DATA || conflict === constants.SQLITE_CHANGESET_CONFLICT;
  return replaces ? constants.SQLITE_CHANGESET_REPLACE : constants.SQLITE_CHANGESET_OMIT;
}

/** Many commits share a transaction, which also keeps the number of the last. */
function transactions(db: DatabaseSync) {
  let numbers: CommitNumber | null = null;
  let last = 0;
  let count = 0;
  function end(): void {
    if (!db.isTransaction) return;
    if (count > 0) {
      numbers ??= commitNumber(db);
      numbers.set(last);
    }
    db.exec('COMMIT');
    count = 0;
  }
  return {
    begin() {
      if (!db.isTransaction) db.exec('BEGIN IMMEDIATE');
    },
    done(commit: number) {
      last = commit;
      if (++count >= COMMITS_A_TRANSACTION) end();
    },
    end,
  };
}
