/** Commits of the redo log done again, in order, each once, at the schema version they were made at. */
import { constants, type DatabaseSync } from 'node:sqlite';
import { BOOKS } from '../database/mend.ts';
import { migrate, schemaVersion } from '../database/schema.ts';
import type { Entry } from './frame.ts';
import type { Damaged, Range } from './report.ts';
import { type Redone, redoFrom, type Segment } from './segments.ts';
import {
  type CommitNumber,
  commitNumber,
  commitOf,
  keepLogPosition,
  lastInbound,
  logPosition,
} from './state.ts';

const COMMITS_A_TRANSACTION = 500;

export interface Applied {
  readonly applied: number;
  /** Commits that are nowhere, or that could only be done in part. */
  readonly missing: readonly Range[];
  readonly damage: readonly Damaged[];
  /** What the log's records between these positions led to may be missing. */
  readonly windows: readonly Window[];
  /** Inbound messages up to this one were there when something was lost, and may have been finished in it. */
  readonly inDoubt: number;
}

/** Positions in the log, as they are stored; `to` is null where nothing behind the hole moved on in it. */
export interface Window {
  readonly from: string;
  readonly to: string | null;
}

/** `strict` ends before the first commit that is missing. */
export function applyRedo(db: DatabaseSync, segments: readonly Segment[], strict: boolean): Applied {
  const before = commitOf(db);
  const found: Found = { applied: 0, missing: [], damage: [], windows: [], inDoubt: 0, hole: null };
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
    if (schema < redone.schema) {
      steps.end();
      migrate(db, redone.schema);
      schema = redone.schema;
    }
    if (!isNext) lose(db, found, next, redone.commit);
    steps.begin();
    if (!db.applyChangeset(redone.patchset)) {
      if (strict) break;
      applyInPart(db, found, redone);
    }
    steps.done(redone.commit);
    found.applied++;
    next = redone.commit + 1;
    closeHole(db, found);
  }
  steps.end();
  if (found.hole !== null) found.windows.push({ ...found.hole, to: null });
  const { applied, missing, damage, windows, inDoubt } = found;
  return { applied, missing, damage, windows, inDoubt };
}

interface Found {
  applied: number;
  readonly missing: Range[];
  readonly damage: Damaged[];
  readonly windows: Window[];
  inDoubt: number;
  hole: { readonly from: string } | null;
}

/** A torn end is no damage: a process that was killed left it, and its commit was never made. */
function note(gap: Extract<Redone, { segment: string }>, found: Found): void {
  if (!gap.torn) found.damage.push({ file: gap.segment, offset: gap.offset, bytes: gap.bytes });
}

/** The commits from `from` up to `to` are nowhere. */
function lose(db: DatabaseSync, found: Found, from: number, to: number): void {
  if (to > from) addRange(found.missing, { from, to: to - 1 });
  found.hole ??= { from: logPosition(db) };
  found.inDoubt = lastInbound(db);
  // Patchsets change where it is: had that been lost, they would find nothing to change.
  commitNumber(db).set(to - 1);
  keepLogPosition(db);
}

/** What it builds on was lost. The books are none of it: they begin anew. */
function applyInPart(db: DatabaseSync, found: Found, { commit, patchset }: Entry): void {
  const [isOther, isBook] = [(table: string) => table !== BOOKS, (table: string) => table === BOOKS];
  const from = logPosition(db);
  const isWhole = db.applyChangeset(patchset, { filter: isOther });
  const filter = isWhole ? isBook : () => true;
  db.applyChangeset(patchset, { filter, onConflict: makeTheBestOfIt });
  if (isWhole) return;
  addRange(found.missing, { from: commit, to: commit });
  found.inDoubt = lastInbound(db);
  const to = logPosition(db);
  if (found.hole !== null || to === from) return;
  const last = found.windows.at(-1);
  if (last?.to === from) found.windows.splice(-1, 1, { from: last.from, to });
  else found.windows.push({ from, to });
}

function addRange(ranges: Range[], { from, to }: Range): void {
  const last = ranges.at(-1);
  if (last?.to === from - 1) ranges.splice(-1, 1, { from: last.from, to });
  else ranges.push({ from, to });
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
