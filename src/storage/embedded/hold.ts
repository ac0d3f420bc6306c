/** Who may use a data folder: one process at a time, and none while a restore into it is unfinished. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** There while a restore is under way, or was cut off. */
export const UNFINISHED_RESTORE = 'restore-unfinished';

/** The folder is held by another hub. */
export class FolderHeld extends Error {}

export const unusable = (dir: string, cause: Error): Error =>
  new Error(`the data folder ${dir} cannot be used: ${cause.message}`, { cause });

/** A lock the operating system lets go of when the process ends, however it ends. */
export function holdFolder(dir: string): { close(): void } {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(dir, 'hub.lock'), { timeout: 0 });
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const { errcode } = error as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) throw new FolderHeld(`another hub is running on ${dir}`, { cause: error });
    throw unusable(dir, error as Error);
  }
}

/** Throws where half of a backup lies in the folder. */
export function refuseUnfinished(dir: string): void {
  if (!existsSync(join(dir, UNFINISHED_RESTORE))) return;
  throw unusable(dir, new Error('a restore into it was cut off; run `patchbay restore` again'));
}
