/** Calls of `node:fs` that a test wants to see, or to let fail. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Calls = Pick<typeof fs, 'openSync' | 'fsyncSync' | 'renameSync'>;

async function replaced<T>(calls: Partial<Calls>, run: () => Promise<T>): Promise<T> {
  const { openSync, fsyncSync, renameSync } = fs;
  Object.assign(fs, calls);
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    Object.assign(fs, { openSync, fsyncSync, renameSync });
    syncBuiltinESMExports();
  }
}

/** What was synced with `fsyncSync` while it ran, as it was named then. */
export async function syncedBy(run: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  const { openSync, fsyncSync } = fs;
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
  const { renameSync } = fs;
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
