/** A backup that is a folder. */
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing, syncFile } from '../redo/files.ts';
import { syncFolders } from './folders.ts';
import type { BackupSource, BackupTarget } from './form.ts';
import { describeFile } from './manifest.ts';

export async function writeFolder(dir: string): Promise<BackupTarget> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  const putWith =
    (put: typeof copyFile | typeof rename): BackupTarget['add'] =>
    async (from, path) => {
      const to = join(dir, path);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      try {
        await put(from, to);
      } catch (error) {
        // It went away meanwhile: what is kept for a while only is no longer kept.
        return nothingIfMissing(error);
      }
      written.push(path);
      return await describeFile(to, path);
    };
  return {
    add: putWith(copyFile),
    take: putWith(rename),
    async finish(path, text) {
      const to = join(dir, path);
      await writeFile(to, text, { mode: 0o600 });
      for (const file of [...written, path]) syncFile(join(dir, file));
      syncFolders(dir, written);
    },
    async close() {},
  };
}

export const readFolder = async (dir: string): Promise<BackupSource> => ({
  text: path => readFile(join(dir, path), 'utf8').catch(nothingIfMissing),
  describe: path => describeFile(join(dir, path), path).catch(nothingIfMissing),
  async copy(path, to) {
    await copyFile(join(dir, path), to);
    syncFile(to);
  },
});

function nothingIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
