/**
 * The database made anew: a base, and every commit since. What was there is moved aside, not deleted. Cut off
 * anywhere, it begins again at the next start.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatPosition } from '../../log.ts';
import { mend } from '../database/mend.ts';
import { migrate, refuseNewer } from '../database/schema.ts';
import { reading } from '../reading.ts';
import { type Applied, applyRedo } from './apply.ts';
import { faultIn, firstFault, isDamage } from './damage.ts';
import { type DatabaseFiles, syncFile, syncFolder } from './files.ts';
import { behindRecords, lostRecords } from './lost.ts';
import { adoptPages } from './pages.ts';
import { formatRange, type Losses, NO_LOSSES, type Range, type Recovery, WHOLE } from './report.ts';
import { type Base, isWhole, type RedoFolder } from './segments.ts';
import { commitNumber, commitOf } from './state.ts';
import { openSums } from './sums.ts';

export interface RebuildOptions {
  readonly files: DatabaseFiles;
  readonly redo: RedoFolder;
  /** What is wrong with the database. */
  readonly why: string;
  /** Its pages are all as their checksums say: nothing is wrong but that a process met damage in it. */
  readonly condemned?: boolean;
  /** The number the log, or the database, last had. */
  readonly last: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function rebuild(options: RebuildOptions): Recovery {
  try {
    return rebuilt(options);
  } catch (error) {
    if (options.condemned !== true || !isDamage(error)) throw error;
    return noBetter(options.why, (error as Error).message, []);
  }
}

function rebuilt(options: RebuildOptions): Recovery {
  const { files, redo, why, now } = options;
  mkdirSync(files.redo, { recursive: true });
  refuseNewer(Math.max(0, ...redo.segments.map(({ schema }) => schema)));
  const path = join(files.redo, 'rebuild.db');
  const warnings: string[] = [];
  const { db, applied } = build(path, redo, warnings);
  const reached = commitOf(db);
  const missing = missingOf(applied, reached, options.last);
  let lost: Losses = NO_LOSSES;
  try {
    const fault = options.condemned === true ? faultOfRebuilt(db, reached) : null;
    if (fault !== null) {
      db.close();
      rmSync(path, { force: true });
      return noBetter(why, fault, warnings);
    }
    // With nothing to begin from, nobody knows what there was.
    if (missing.length > 0 || reached === 0) {
      const commits = reached === 0 ? ['all'] : missing.map(formatRange);
      const { damage } = applied;
      if (isUsable(files.database, options.last)) {
        db.close();
        rmSync(path, { force: true });
        lost = { ...NO_LOSSES, commits: missing.map(formatRange), damage };
        return { kind: 'kept', why, applied: 0, lost, warnings, folder: null };
      }
      migrate(db);
      const records = lostRecords(db, files.journal, applied.windows);
      lost = { commits, records, damage, ...close(db, options, applied) };
    } else lost = { ...NO_LOSSES, damage: applied.damage };
    // Converted here, so that the first connection has nothing to write past the checksums.
    db.exec('PRAGMA journal_mode = WAL');
  } finally {
    if (db.isOpen) db.close();
  }
  syncWhole(path);
  const folder = setAside(files, now);
  const sums = openSums(files.sums);
  reading(path, fd => adoptPages(fd, sums));
  sums.save(true);
  const done: Recovery = { kind: 'rebuilt', why, applied: applied.applied, lost, warnings, folder };
  // Before the database is in its place: the next start would find nothing wrong with it, and say nothing of this.
  writeReport(folder, done, now);
  renameSync(path, files.database);
  syncFolder(files.dir);
  return done;
}

function noBetter(why: string, fault: string, warnings: readonly string[]): Recovery {
  const warning = `what was made anew from its copy and the redo log is no better: ${fault}`;
  return { ...WHOLE, kind: 'kept', why, warnings: [...warnings, warning] };
}

/** Why it cannot stand in for a database that can be opened, and of whose pages none is lost. */
const faultOfRebuilt = (db: DatabaseSync, reached: number): string | null =>
  reached === 0 ? 'there is nothing to begin from' : faultIn(db);

function writeReport(folder: string, done: Recovery, now: number): void {
  const report = join(folder, 'report.json');
  const text = JSON.stringify({ at: new Date(now).toISOString(), ...done }, null, 2);
  writeFileSync(report, `${text}\n`, { mode: 0o600 });
  syncFile(report);
  syncFolder(folder);
}

/**
 * Where the end is lost, what the journal holds behind it may have been taken in, answered, and sent. Returns the
 * position up to which it is in doubt, and what was stopped.
 */
function close(
  db: DatabaseSync,
  { files, last, now }: RebuildOptions,
  { windows, inDoubt }: Applied,
): Pick<Losses, 'parkedBefore' | 'stopped'> {
  const reached = commitOf(db);
  const isEndLost = reached === 0 || reached < last || windows.some(({ to }) => to === null);
  const takenInBefore = isEndLost ? behindRecords(files.journal) : null;
  db.exec('BEGIN IMMEDIATE');
  const stopped = mend(db, {
    inDoubt: reached < last ? Number.MAX_SAFE_INTEGER : inDoubt,
    takenInBefore,
    now,
  });
  commitNumber(db).set(Math.max(last, reached) + 1);
  db.exec('COMMIT');
  return { parkedBefore: takenInBefore === null ? null : formatPosition(takenInBefore), stopped };
}

function build(path: string, redo: RedoFolder, warnings: string[]): { db: DatabaseSync; applied: Applied } {
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(path + ending, { force: true });
  const base = soundBase(redo.bases, warnings);
  if (base !== null) copyFileSync(base.path, path);
  const db = new DatabaseSync(path);
  // Nobody needs half of it: it is synced as a whole when it is done.
  db.exec(
    'PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000',
  );
  try {
    return { db, applied: applyRedo(db, redo.segments, false) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function soundBase(bases: readonly Base[], warnings: string[]): Base | null {
  for (const base of bases) {
    if (isWhole(base)) return base;
    warnings.push(`the copy of the database ${basename(base.path)} is damaged`);
  }
  return null;
}

/** With those at the end, which the database had and the log has no more. */
function missingOf(applied: Applied, reached: number, last: number): readonly Range[] {
  return reached < last ? [...applied.missing, { from: reached + 1, to: last }] : applied.missing;
}

/** SQLite finds nothing wrong with it, and it is not behind: better than what has holes. */
function isUsable(path: string, last: number): boolean {
  if (!existsSync(path)) return false;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    return firstFault(db, 'integrity_check') === null && commitOf(db) >= last;
  } catch {
    return false;
  } finally {
    db?.close();
  }
}

function setAside(files: DatabaseFiles, now: number): string {
  const name = `damaged-${new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}`;
  let folder = join(files.dir, name);
  for (let copy = 2; existsSync(folder); copy++) folder = join(files.dir, `${name}-${copy}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of [files.database, files.wal, `${files.database}-shm`, files.sums, files.condemned])
    if (existsSync(path)) renameSync(path, join(folder, basename(path)));
  syncFolder(files.dir);
  return folder;
}

function syncWhole(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
