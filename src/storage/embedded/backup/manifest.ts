/** What a backup says of itself: every file with its checksum, and which moment it is a picture of. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { BackupSource } from './form.ts';

export const MANIFEST = 'manifest.json';

const Manifest = z.object({
  format: z.literal('patchbay-backup'),
  formatVersion: z.literal(1),
  at: z.string(),
  /** Of the program that made it. */
  version: z.string(),
  schema: z.number(),
  commit: z.number(),
  /** How far the journal had been taken in; what lies behind is taken in after a restore. */
  position: z.string().nullable(),
  /** What was wrong with the data folder when it was backed up: losses, for one. */
  warnings: z.array(z.string()).default([]),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type Manifest = z.output<typeof Manifest>;
export type BackedUpFile = Manifest['files'][number];

/** `path`: its name in the backup. */
export async function describeFile(file: string, path: string): Promise<BackedUpFile> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(file), digest);
  return { path, bytes: statSync(file).size, sha256: digest.digest('hex') };
}

export type Verified =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A path of a manifest stays below the folder it is restored to. */
const isInside = (path: string): boolean =>
  path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0');

/** Reads every byte of the backup. `place`: what it is called where it is none. */
export async function verifyBackup(source: BackupSource, place: string): Promise<Verified> {
  const manifest = manifestIn(await source.text(MANIFEST).catch(() => null));
  if (manifest === null)
    return { ok: false, problems: [`${place} is no backup: it has no ${MANIFEST} that can be read`] };
  const problems: string[] = [];
  for (const file of manifest.files) {
    const problem = isInside(file.path) ? await problemOf(source, file) : 'is outside of the backup';
    if (problem !== null) problems.push(`${file.path} ${problem}`);
  }
  return problems.length === 0 ? { ok: true, manifest } : { ok: false, problems };
}

function manifestIn(text: string | null): Manifest | null {
  try {
    const read = Manifest.safeParse(JSON.parse(text ?? ''));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

async function problemOf(source: BackupSource, file: BackedUpFile): Promise<string | null> {
  const found = await source.describe(file.path).catch(() => null);
  if (found === null) return 'is missing, or cannot be read';
  return found.bytes === file.bytes && found.sha256 === file.sha256 ? null : 'is not what was backed up';
}
