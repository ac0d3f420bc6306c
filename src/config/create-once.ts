/** A small file that is made once: whoever comes first decides what is in it, all others read the same. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * The content of the file; where there is none, `make()`, readable for this user alone. Undefined where the folder
 * or the file cannot be used.
 */
export function readOrCreate(path: string, make: () => string): string | undefined {
  try {
    return read(path) ?? create(path, make());
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  // Copied or restored with an open mode: a secret of this hub is nobody else's.
  if ((facts.mode & 0o077) !== 0) chmodSync(path, 0o600);
  const content = readFileSync(path, 'utf8').trim();
  if (content === '') throw new Error('the file is empty');
  return content;
}

/**
 * Written whole under another name, then linked: a link fails where the name is taken, so of two processes one
 * wins, and no reader ever sees half a file.
 */
function create(path: string, content: string): string {
  makeFolder(dirname(path));
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, `${content}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    linkSync(draft, path);
    return content;
  } catch (error) {
    const winner = read(path);
    if (winner === undefined) throw error;
    return winner;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Not `recursive`: below a folder that takes none, as /proc, Node 24 tries again without end. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) throw error;
  }
}
