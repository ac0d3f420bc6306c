/** Calls of `node:fs` that a test wants to see, or to let fail. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { openSync, readSync, readFileSync, fsyncSync, fdatasyncSync, renameSync } = fs;
const REAL = { openSync, readSync, readFileSync, fsyncSync, fdatasyncSync, renameSync };
type Calls = typeof REAL;

async function replaced<T>(calls: Partial<Calls>, run: () => Promise<T>): Promise<T> {
  Object.assign(fs, calls);
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    Object.assign(fs, REAL);
    syncBuiltinESMExports();
  }
}

/** What was synced with `fsyncSync` while it ran, as it was named then. */
export async function syncedBy(run: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  const names = new Map<number, string>();
  const synced = new Set<string>();
  await replaced(
    {
      openSync(path, ...rest) {
        const fd = openSync(path, ...rest);
        names.set(fd, String(path));
        return fd;
      },
      fsyncSync(fd) {
        fsyncSync(fd);
        synced.add(names.get(fd) ?? '');
      },
    },
    run,
  );
  return synced;
}

/** Everything from the given rename on fails, as if the process had ended there. False where there are not as many. */
export async function endedAtRename(number: number, run: () => Promise<unknown>): Promise<boolean> {
  const end = new Error('the end of the process');
  let count = 0;
  const ended = replaced(
    {
      renameSync(from, to) {
        if (++count >= number) throw end;
        renameSync(from, to);
      },
    },
    run,
  );
  try {
    await ended;
    return false;
  } catch (error) {
    if (error !== end) throw error;
    return true;
  }
}

interface Unreadable {
  readonly path: string;
  readonly offset: number;
  readonly code?: string;
  /** Only the first of the reads. */
  readonly times?: number;
}

/** A read of the file that touches the byte at `offset` fails, as of a bad sector of a disk, or with another error. */
export async function withUnreadable<T>(
  { path, offset, code = 'EIO', times = Number.POSITIVE_INFINITY }: Unreadable,
  run: () => T,
): Promise<T> {
  let left = times;
  const opened = new Set<number>();
  const refuse = (): never => {
    throw Object.assign(new Error(`${code}: read`), { code, syscall: 'read' });
  };
  const read = (fd: number, into: Buffer, at: number, length: number, position: number): number => {
    if (opened.has(fd) && position <= offset && offset < position + length && left-- > 0) refuse();
    return readSync(fd, into, at, length, position);
  };
  return await replaced(
    {
      openSync(name, ...rest) {
        const fd = openSync(name, ...rest);
        if (name === path) opened.add(fd);
        else opened.delete(fd);
        return fd;
      },
      readSync: read as typeof readSync,
      readFileSync: ((name: string, ...rest: []) =>
        name === path ? refuse() : readFileSync(name, ...rest)) as typeof readFileSync,
    },
    async () => run(),
  );
}

/** The next `fdatasyncSync` fails, and none after it: what was lost is not told a second time. */
export const withFailingSync = <T>(run: () => T): Promise<T> => {
  let isOver = false;
  return replaced(
    {
      fdatasyncSync(fd) {
        if (isOver) return fdatasyncSync(fd);
        isOver = true;
        throw Object.assign(new Error('EIO: fdatasync'), { code: 'EIO', syscall: 'fdatasync' });
      },
    },
    async () => run(),
  );
};
