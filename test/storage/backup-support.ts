/** A data folder, and backups of it that are made and restored beside it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Restored, restoreBackup } from '../../src/storage/embedded/backup/restore.ts';
import { type Taken, takeBackup } from '../../src/storage/embedded/backup/take.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { work } from './redo-support.ts';

export const NOW = Date.parse('2026-01-02T03:04:05Z');
export const VERSION = '1.2.3';
const PICTURE = ['media', 'kept', 'ab'];

export interface BackupPlace {
  path(name: string): string;
  /** `to`, `from` and `dir`: names below the place. */
  take(to?: string, dir?: string): Promise<Taken>;
  restore(over?: { from?: string; dir?: string; force?: boolean }): Promise<Restored>;
  /** A hub has worked on the data folder, and was ended well. */
  fill(): Promise<void>;
  /** Backed up while a hub works on it. */
  takeUnderLoad(): Promise<Taken>;
}

/** A new one for each test of the suite that calls this. `backup`: its name; the data folder's is `data`. */
export function backupPlace(backup: string): BackupPlace {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
    addMedia(join(folder.path, 'data'), 'picture', 'a picture');
  });
  afterEach(() => folder[Symbol.dispose]());
  const path = (name: string): string => join(folder.path, name);
  const take: BackupPlace['take'] = (to = backup, dir = 'data') =>
    takeBackup({ dir: path(dir), to: path(to), version: VERSION, now: NOW });
  return {
    path,
    take,
    restore: ({ from = backup, dir = 'restored', force = false } = {}) =>
      restoreBackup({ from: path(from), dir: path(dir), force, now: NOW }),
    async fill() {
      await using storage = await openStorage(path('data'));
      await work(storage, 5);
    },
    async takeUnderLoad() {
      await using storage = await openStorage(path('data'));
      await work(storage, 5);
      let isOver = false;
      const taking = take().finally(() => {
        isOver = true;
      });
      await until(async () => {
        await work(storage, 1);
        return isOver;
      }, 'the backup');
      return await taking;
    },
  };
}

/** A file that is kept in the data folder. */
export function addMedia(dir: string, name: string, content: string): void {
  mkdirSync(join(dir, ...PICTURE), { recursive: true });
  writeFileSync(mediaPath(dir, name), content);
}

export const mediaPath = (dir: string, name: string): string => join(dir, ...PICTURE, name);

export async function assertBooksAgree({ store }: Embedded): Promise<void> {
  for (const recount of [false, true]) {
    const { inbound, outbound } = await store.ledger(recount);
    assert.deepEqual([inbound.difference, outbound.difference], [0, 0]);
  }
}

/** Every file below it, by its path, with the digest of what is in it. */
export function filesIn(dir: string): ReadonlyMap<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [relative(dir, file), createHash('sha256').update(readFileSync(file)).digest('hex')];
    }),
  );
}
