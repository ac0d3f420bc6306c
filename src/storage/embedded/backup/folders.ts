/** Folders that are there again after a power cut: a file that was synced is lost with one that was not. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { syncFolder } from '../redo/files.ts';

/** The folder, and those above it that are missing. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const parent = dirname(resolve(path));
  // Not `recursive`: below a folder that takes none, as /proc, Node 24 tries again without end.
  makeFolder(parent);
  mkdirSync(path, { mode: 0o700 });
  syncFolder(parent);
}

/** `root` and each folder between it and the files. `paths`: of the files, below `root`. */
export function syncFolders(root: string, paths: readonly string[]): void {
  const folders = new Set(['.']);
  for (const path of paths)
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  for (const folder of folders) syncFolder(join(root, folder));
}
