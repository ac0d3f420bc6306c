/** The forms a backup has: a folder, or a tar archive of the same files. Written and read alike. */
import { statSync } from 'node:fs';
import { readArchive, writeArchive } from './archive.ts';
import { readFolder, writeFolder } from './folder.ts';
import type { BackedUpFile } from './manifest.ts';

/** A backup that is being made. */
export interface BackupTarget {
  /** Puts a file into the backup, as far as it reaches now. Null where there is none any more. */
  add(from: string, path: string): Promise<BackedUpFile | null>;
  /** As `add`, of a file that was made for the backup and is not needed any more. */
  take(from: string, path: string): Promise<BackedUpFile | null>;
  /** The last file, which makes a backup of it. All of it is on the disk afterwards. */
  finish(path: string, text: string): Promise<void>;
  /** Gives back what it holds; needed however it ends. */
  close(): Promise<void>;
}

/** A backup that is there. */
export interface BackupSource {
  /** A small text of it; null where it has none of this name. */
  text(path: string): Promise<string | null>;
  /** Reads all of the file; null where it is missing. */
  describe(path: string): Promise<BackedUpFile | null>;
  copy(path: string, to: string): Promise<void>;
}

export const isArchive = (name: string): boolean => name.endsWith('.tar');

/** `place`: the folder or the file, which nobody else writes to. `at`: milliseconds since 1970. */
export const targetOf = (form: 'folder' | 'archive', place: string, at: number): Promise<BackupTarget> =>
  form === 'folder' ? writeFolder(place) : writeArchive(place, at);

export const sourceOf = (place: string): Promise<BackupSource> =>
  statSync(place, { throwIfNoEntry: false })?.isFile() === true ? readArchive(place) : readFolder(place);
