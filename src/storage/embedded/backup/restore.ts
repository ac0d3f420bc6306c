/**
 * A data folder made of a backup. It is put together beside what is there, which is moved aside in one go when all of
 * the backup has been written, and is not deleted.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refuseNewer } from '../database/schema.ts';
import { UNFINISHED_RESTORE } from '../hold.ts';
import { syncFolder } from '../redo/files.ts';
import { makeFolder, syncFolders } from './folders.ts';
import { type BackupSource, sourceOf } from './form.ts';
import { type Manifest, verifyBackup } from './manifest.ts';
import { markFinished, markUnfinished, movedByUnfinished, RESTORE_PART } from './unfinished.ts';

export type Restored =
  | {
      readonly ok: true;
      readonly manifest: Manifest;
      /** What was there before, also before a restore that was cut off, is in these folders. */
      readonly movedTo: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface RestoreOptions {
  /** The backup: a folder or a file. */
  readonly from: string;
  /** The data folder; no hub may run on it. */
  readonly dir: string;
  /** Also where the folder holds something. */
  readonly force: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What belongs to no life of a hub: locks, lives that ended, and what a restore writes. */
const NEVER_MOVED = new RegExp(`^(hub\\.lock(-journal)?|replaced-.*|${UNFINISHED_RESTORE}|${RESTORE_PART})$`);
/** What a command that only reads the configuration may have made. */
const OF_NO_WEIGHT = /^(sandbox-seed|api-token|media-key)$/;

/**
 * Cut off in the middle, no hub starts on the folder until it has been done again, with this backup or another. A
 * throw while the backup is read and written leaves what was there before as it was.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { from, dir, force, now } = options;
  const source = await sourceOf(from);
  const verified = await verifyBackup(source, from);
  if (!verified.ok) return verified;
  const { manifest } = verified;
  refuseNewer(manifest.schema);
  makeFolder(dir);
  const there = readdirSync(dir).filter(name => !NEVER_MOVED.test(name));
  const hasWeight = there.some(name => !OF_NO_WEIGHT.test(name));
  const before = movedByUnfinished(dir);
  if (hasWeight && !force && before === null)
    return { ok: false, problems: [`${dir} is not empty; --force moves what is there aside`] };
  markUnfinished(dir, null);
  await fill(join(dir, RESTORE_PART), source, manifest).catch(error => {
    rmSync(join(dir, RESTORE_PART), { recursive: true, force: true });
    // After one that was cut off nobody knows whose the rest is.
    if (before === null) markFinished(dir);
    throw error;
  });
  // Whatever one that was cut off had put there: of two backups mixed, neither would be left.
  const moved = hasWeight || before !== null ? moveAside(dir, there, now) : [];
  for (const name of readdirSync(join(dir, RESTORE_PART)))
    renameSync(join(dir, RESTORE_PART, name), join(dir, name));
  rmdirSync(join(dir, RESTORE_PART));
  markFinished(dir);
  return { ok: true, manifest, movedTo: [...(before ?? []), ...moved].map(name => join(dir, name)) };
}

/** All of it is on the disk afterwards. */
async function fill(part: string, source: BackupSource, { files }: Manifest): Promise<void> {
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { mode: 0o700 });
  for (const { path } of files) {
    const target = join(part, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    await source.copy(path, target);
  }
  syncFolders(
    part,
    files.map(({ path }) => path),
  );
}

/** The name of the folder, if one was needed. */
function moveAside(dir: string, names: readonly string[], now: number): readonly string[] {
  if (names.length === 0) return [];
  const wanted = `replaced-${new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}`;
  let name = wanted;
  for (let copy = 2; existsSync(join(dir, name)); copy++) name = `${wanted}-${copy}`;
  mkdirSync(join(dir, name), { mode: 0o700 });
  markUnfinished(dir, name);
  for (const entry of names) renameSync(join(dir, entry), join(dir, name, entry));
  syncFolder(join(dir, name));
  syncFolder(dir);
  return [name];
}
