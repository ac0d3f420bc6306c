/**
 * Before a backup: the database brought to where its redo log is. A hub that runs has done so when it started; of one
 * that was ended by a power cut, the database alone may lack what was promised long ago.
 */
import { statSync } from 'node:fs';
import { FolderHeld, holdFolder, refuseUnfinished } from '../hold.ts';
import { type DatabaseFiles, isMissing } from '../redo/files.ts';
import { recover } from '../redo/recover.ts';
import type { Recovery } from '../redo/report.ts';
import { lastCommit, redoFolder } from '../redo/segments.ts';

export interface Settled {
  /** What was found, and done about it; null where a hub holds the folder, whose own matter that is. */
  readonly recovery: Recovery | null;
  /** A database that is not as far as this is not what the hub knows. */
  readonly leastCommit: number;
}

/** Throws where the folder cannot be used, as a start would. */
export function settleDatabase(files: DatabaseFiles, now: number): Settled {
  const lock = holdUnlessHeld(files.dir);
  try {
    refuseUnfinished(files.dir);
    // The log has each commit a moment before the database.
    if (lock === null) return { recovery: null, leastCommit: loggedCommit(files) - 1 };
    return { recovery: recover(files, now), leastCommit: 0 };
  } finally {
    // Before anything is copied, so that a hub can start meanwhile: it has nothing to mend.
    lock?.close();
  }
}

function holdUnlessHeld(dir: string): { close(): void } | null {
  try {
    return holdFolder(dir);
  } catch (error) {
    if (error instanceof FolderHeld) return null;
    throw error;
  }
}

function loggedCommit(files: DatabaseFiles): number {
  try {
    return lastCommit(redoFolder(files.redo).segments);
  } catch (error) {
    // Only a hub that is through with its start removes a segment.
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Another one after the database was made anew, or a backup was restored. */
export const databaseIdentity = (files: DatabaseFiles): number | null =>
  statSync(files.database, { throwIfNoEntry: false })?.ino ?? null;
