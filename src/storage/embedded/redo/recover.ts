/**
 * Before the database is opened: is it what was written, and all that was written? What is behind is brought forward,
 * what is damaged is made anew. https://sqlite.org/howtocorrupt.html names ways to get there; SQLite itself finds
 * few of them, and loses what stands behind a damaged place of its write-ahead log without a word.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { refuseNewer, schemaVersion } from '../database/schema.ts';
import { PATIENCE_MS, patiently, reading, waitToAskAgain } from '../reading.ts';
import { applyRedo } from './apply.ts';
import { connect, guardOf } from './connection.ts';
import { condemnationOf, isDamage, isUnreadable } from './damage.ts';
import type { DatabaseFiles } from './files.ts';
import { behindRecords } from './lost.ts';
import { adoptPages, checkPages } from './pages.ts';
import { rebuild } from './rebuild.ts';
import { type Recovery, WHOLE } from './report.ts';
import { lastCommit, type RedoFolder, redoFolder } from './segments.ts';
import { commitOf } from './state.ts';
import { openSums, type Sums } from './sums.ts';
import { readWal } from './wal.ts';

/**
 * Throws where the folder cannot be used at all, or `NewerSchema`; then nothing was changed. What the disk does not
 * give is asked for again for a while before it is taken for damaged.
 */
export const recover = (files: DatabaseFiles, now: number, patienceMs: number = PATIENCE_MS): Recovery =>
  patiently(patienceMs, () => recovered(files, now));

function recovered(files: DatabaseFiles, now: number): Recovery {
  const redo = redoFolder(files.redo);
  rmSync(join(files.redo, 'base.tmp'), { force: true });
  const hasRedo = redo.segments.length > 0 || redo.bases.length > 0;
  const last = Math.max(lastCommit(redo.segments), redo.bases[0]?.commit ?? 0);
  if (!existsSync(files.database)) {
    if (hasRedo) return rebuild({ files, redo, why: 'it is missing', last, now });
    // No new folder: what was answered is not known, and must not be answered again.
    if (behindRecords(files.journal) !== null)
      return rebuild({ files, redo, why: 'it is missing, and so is its redo log', last, now });
    for (const path of [files.sums, files.condemned]) rmSync(path, { force: true, recursive: true });
    return { ...WHOLE, kind: 'fresh' };
  }
  const sums = openSums(files.sums);
  let reached = 0;
  let condemnation: string | null = null;
  const look = (): Recovery | string => {
    const found = pagesAsTheyWere(files, sums);
    if (found !== null) return found;
    const opened = bringForward(files, redo, last);
    reached = opened.commit;
    // Last of all, so that it is known how far it had come.
    const why = 'its newest commits are gone, and the redo log does not have all of them';
    if (opened.recovery === null) return why;
    condemnation = condemnationOf(files);
    return condemnation ?? opened.recovery;
  };
  const looked = unlessDamaged(look);
  if (typeof looked === 'string') {
    const condemned = condemnation !== null;
    const rebuilt = rebuild({ files, redo, why: looked, condemned, last: Math.max(last, reached), now });
    if (rebuilt.kind === 'kept') {
      // From here on it is as it is.
      for (const path of [files.sums, files.condemned]) rmSync(path, { force: true, recursive: true });
    }
    return rebuilt;
  }
  return {
    ...looked,
    warnings: [...looked.warnings, ...auxiliaryWarnings(files, sums, hasRedo, last, reached)],
  };
}

/** Null when every page is what was written; why not otherwise. */
function pagesAsTheyWere(files: DatabaseFiles, sums: Sums): string | null {
  const wal = readWal(files.wal);
  const pages = reading(files.database, fd => checkPages(fd, sums, wal));
  if (pages.kind === 'damaged')
    return `${pages.count} of its pages are not what was written: ${pages.pages.slice(0, 20).join(', ')}`;
  if (pages.kind === 'mixed') return 'a checkpoint was cut off, and its write-ahead log is damaged';
  if (pages.arrived) sums.promote();
  else if (wal.frames === 0) sums.drop();
  sums.save(false);
  return null;
}

interface Forward {
  readonly commit: number;
  /** Null where commits are missing that the redo log cannot give. */
  readonly recovery: Recovery | null;
}

/** Does again what the log has and the database has not. */
function bringForward(files: DatabaseFiles, redo: RedoFolder, last: number): Forward {
  const guard = guardOf(files.database);
  try {
    const db = connect(files.database);
    try {
      refuseNewer(schemaVersion(db));
      const before = commitOf(db);
      if (before >= last) return { commit: before, recovery: WHOLE };
      refuseNewer(Math.max(...redo.segments.map(({ schema }) => schema)));
      const { applied } = applyRedo(db, redo.segments, true);
      const commit = commitOf(db);
      const why = `it was ${last - before} commits behind its redo log`;
      return { commit, recovery: commit < last ? null : { ...WHOLE, kind: 'caught up', why, applied } };
    } finally {
      db.close();
    }
  } finally {
    guard.close();
  }
}

function unlessDamaged(look: () => Recovery | string): Recovery | string {
  try {
    return look();
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (isUnreadable(error) && waitToAskAgain()) return unlessDamaged(look);
    return `it cannot be read: ${(error as Error).message}`;
  }
}

function auxiliaryWarnings(
  files: DatabaseFiles,
  sums: Sums,
  hasRedo: boolean,
  last: number,
  reached: number,
): readonly string[] {
  const warnings: string[] = [];
  if (sums.fresh && hasRedo)
    warnings.push('the checksums of the database’s pages were missing, and are made anew');
  if (sums.damaged > 0) {
    warnings.push(
      `${sums.damaged} blocks of the checksums of the database’s pages were damaged, and are made anew`,
    );
    reading(files.database, fd => adoptPages(fd, sums));
    sums.save(false);
  }
  if (!hasRedo && !sums.fresh && reached > 0) warnings.push('the redo log was missing, and begins anew');
  if (hasRedo && reached > last)
    warnings.push(`the redo log ends ${reached - last} commits before the database`);
  return warnings;
}
