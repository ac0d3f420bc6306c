/** Files that are not what was written to them, and how SQLite says so. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type DatabaseFiles, isMissing, syncFile, syncFolder } from './files.ts';

/** Only a new start, which looks at everything, may go on. */
export class DamageFound extends Error {}

/** https://sqlite.org/rescode.html#corrupt and `#notadb`. */
const DAMAGE_CODES: readonly number[] = [11, 26];
const PRIMARY_CODE = 0xff;
/** A sector that the disk cannot read, where it is not called the first of these. */
const SQLITE_IOERR_CORRUPTFS = 8458;

export function isDamage(error: unknown): boolean {
  const { errcode } = error as { readonly errcode?: number };
  if (errcode === undefined) return false;
  return isUnreadable(error) || DAMAGE_CODES.includes(errcode & PRIMARY_CODE);
}

/** The disk did not give it, to SQLite; at another time it may. */
export const isUnreadable = (error: unknown): boolean =>
  (error as { readonly errcode?: number }).errcode === SQLITE_IOERR_CORRUPTFS;

/**
 * The first thing SQLite finds wrong with a database; null for nothing. All pages are looked at: not for a thread that
 * anybody waits for. https://sqlite.org/pragma.html#pragma_integrity_check
 */
export function firstFault(db: DatabaseSync, check: 'integrity_check' | 'quick_check'): string | null {
  const [row] = db.prepare(`PRAGMA ${check}(1)`).all();
  const found = String(Object.values(row ?? {})[0]);
  return found === 'ok' ? null : found;
}

/** The same of a database that may be too damaged to be looked at, and without holding indexes against their tables. */
export function faultIn(db: DatabaseSync): string | null {
  try {
    return firstFault(db, 'quick_check');
  } catch (error) {
    if (!isDamage(error)) throw error;
    return (error as Error).message;
  }
}

/**
 * No other try makes it better, and every commit or look that meets the page would fail for ever. Null: it was kept
 * as it is, since nothing better can be made, and each call fails alone.
 */
export function endIfDamaged(error: Error, onDamage: ((found: DamageFound) => void) | null): void {
  if (onDamage === null || !isDamage(error)) return;
  const found = new DamageFound(`the database is not what was written: ${error.message}`, { cause: error });
  onDamage(found);
  throw found;
}

/**
 * For the next start, which may find every page as its checksum says: where it was written wrong, the hub would end
 * again at each touch. Best effort: a disk that takes nothing has other troubles.
 */
export function condemn({ dir, condemned }: DatabaseFiles, { message }: DamageFound): void {
  try {
    writeFileSync(condemned, `${message}\n`, { mode: 0o600 });
    syncFile(condemned);
    syncFolder(dir);
  } catch {
    // The checksums will find most of it.
  }
}

/** Null where nobody has. One that cannot be read is one. */
export function condemnationOf({ condemned }: DatabaseFiles): string | null {
  try {
    return readFileSync(condemned, 'utf8').trim();
  } catch (error) {
    return isMissing(error) ? null : `a process met damage; why is not known: ${(error as Error).message}`;
  }
}
