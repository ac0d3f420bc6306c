/** Media in a folder: written beside, synced, and renamed into place. */
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMediaId, type MediaStore } from './store.ts';

/** `dir` is on the same file system as the files that are put. */
export function localStore(dir: string): MediaStore {
  /** Two hundred and more folders, so that none has too many files. */
  const pathOf = (id: string): string => join(dir, id.slice(0, 2), id);
  return {
    async put(id, file, signal) {
      if (!isMediaId(id)) throw new Error('not a media id');
      signal.throwIfAborted();
      const path = pathOf(id);
      const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await rename(file.path, path);
      await sync(dirname(path));
      if (made !== undefined) await sync(dirname(dirname(path)));
    },
    async get(id, signal) {
      if (!isMediaId(id)) return null;
      signal.throwIfAborted();
      const handle = await openFile(pathOf(id));
      if (handle === null) return null;
      try {
        const facts = await handle.stat();
        if (facts.isFile()) return { bytes: facts.size, stream: handle.createReadStream({ signal }) };
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
      return null;
    },
    async remove(id) {
      if (isMediaId(id)) await rm(pathOf(id), { force: true });
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A link in the place of a file is not followed: nothing but our own files lies here. */
async function openFile(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** A rename is durable once its folder is. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
