/** Reading from the disk, with every failure as a value. The one way in, so that tests can bring their own files. */
import { closeSync, constants, fstatSync, globSync, openSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

export const MAX_FILE_BYTES = 1_000_000;

export type FileContent =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'missing' | 'not a file' | 'not allowed' | 'too large' };

export interface Files {
  /** The whole file at an absolute path. */
  read(path: string): FileContent;
  /** The absolute paths that match one of the patterns, which begin at `folder`; sorted, each once. */
  list(patterns: readonly string[], folder: string): readonly string[];
}

export const diskFiles: Files = {
  read(path) {
    try {
      // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
      const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const facts = fstatSync(handle);
        if (!facts.isFile()) return { ok: false, reason: 'not a file' };
        if (facts.size > MAX_FILE_BYTES) return { ok: false, reason: 'too large' };
        return { ok: true, bytes: readFileSync(handle) };
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      return { ok: false, reason: reasonOf(error) };
    }
  },
  list(patterns, folder) {
    const found = patterns.flatMap(pattern => globSync(pattern, { cwd: folder }));
    return [...new Set(found.map(path => resolve(folder, path)))].filter(path => !isFolder(path)).sort();
  },
};

/** A folder called `old.yaml` is no channel file; what cannot be looked at is told of when it is read. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): 'missing' | 'not a file' | 'not allowed' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EISDIR' || code === 'ENXIO') return 'not a file';
  return code === 'EACCES' || code === 'EPERM' ? 'not allowed' : 'missing';
}
