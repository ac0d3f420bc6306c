/** A data folder made of a backup. What was there before is moved aside, not deleted. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refuseNewer } from '../database/schema.ts';
import { UNFINISHED_RESTORE } from '../hold.ts';
import { syncFolder } from '../redo/files.ts';
import { sourceOf } from './form.ts';
import { type Manifest, verifyBackup } from './manifest.ts';

export type Restored =
  | { readonly ok: true; readonly manifest: Manifest; readonly movedTo: string | null }
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

/** What a command that only reads the configuration may have made, or what a lock is. */
const OF_NO_WEIGHT = /^(sandbox-seed|api-token|media-key|hub\.lock(-journal)?|replaced-.*)$/;

/** Cut off in the middle, no hub starts on the folder until it has been done again. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { from, dir, force, now } = options;
  const source = await sourceOf(from);
  const verified = await verifyBackup(source, from);
  if (!verified.ok) return verified;
  const { manifest } = verified;
  refuseNewer(manifest.schema);
  mkdirSync(dir, { recursive: true });
  const there = readdirSync(dir).filter(name => !OF_NO_WEIGHT.test(name));
  const isRepeated = there.includes(UNFINISHED_RESTORE);
  if (there.length > 0 && !force && !isRepeated)
    return { ok: false, problems: [`${dir} is not empty; --force moves what is there aside`] };
  writeFileSync(join(dir, UNFINISHED_RESTORE), '');
  syncFolder(dir);
  const movedTo = isRepeated && !force ? null : moveAside(dir, there, now);
  for (const { path } of manifest.files) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    rmSync(target, { force: true });
    await source.copy(path, target);
    syncFolder(dirname(target));
  }
  rmSync(join(dir, UNFINISHED_RESTORE));
  syncFolder(dir);
  return { ok: true, manifest, movedTo };
}

function moveAside(dir: string, names: readonly string[], now: number): string | null {
  const moved = names.filter(name => name !== UNFINISHED_RESTORE);
  if (moved.length === 0) return null;
  const name = `replaced-${new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}`;
  let folder = join(dir, name);
  for (let copy = 2; existsSync(folder); copy++) folder = join(dir, `${name}-${copy}`);
  mkdirSync(folder, { mode: 0o700 });
  for (const entry of moved) renameSync(join(dir, entry), join(folder, entry));
  return folder;
}
