/** What a restore leaves in the data folder until it is done, so that one that was cut off can be done again. */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UNFINISHED_RESTORE } from '../hold.ts';
import { isMissing, syncFile, syncFolder } from '../redo/files.ts';

/** The folder the backup is put together in, inside of the data folder. */
export const RESTORE_PART = 'restore-part';

/** The folders that restores before, which were cut off, moved things to; null where none was. */
export function movedByUnfinished(dir: string): readonly string[] | null {
  try {
    const names = readFileSync(join(dir, UNFINISHED_RESTORE), 'utf8').split('\n');
    return names.filter(name => name !== '' && existsSync(join(dir, name)));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** From now on no hub starts on the folder. `movedTo`: a folder in it, to be told of by whoever ends this. */
export function markUnfinished(dir: string, movedTo: string | null): void {
  const marker = join(dir, UNFINISHED_RESTORE);
  appendFileSync(marker, movedTo === null ? '' : `${movedTo}\n`);
  syncFile(marker);
  syncFolder(dir);
}

export function markFinished(dir: string): void {
  // What was done is to be on the disk before a hub may look at it.
  syncFolder(dir);
  rmSync(join(dir, UNFINISHED_RESTORE), { force: true });
  syncFolder(dir);
}
