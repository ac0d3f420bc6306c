/** What a backup says of itself: every file with its checksum, and which moment it is a picture of. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

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
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type Manifest = z.output<typeof Manifest>;
export type BackedUpFile = Manifest['files'][number];

export async function describeFile(dir: string, path: string): Promise<BackedUpFile> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(join(dir, path)), digest);
  return { path, bytes: statSync(join(dir, path)).size, sha256: digest.digest('hex') };
}

export type Verified =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A path of a manifest stays below the folder it is restored to. */
const isInside = (path: string): boolean =>
  path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0');

/** Reads every byte of the backup. */
export async function verifyBackup(dir: string): Promise<Verified> {
  const manifest = readManifest(dir);
  if (manifest === null)
    return { ok: false, problems: [`${dir} is no backup: it has no ${MANIFEST} that can be read`] };
  const problems: string[] = [];
  for (const file of manifest.files) {
    const problem = isInside(file.path) ? await problemOf(dir, file) : 'is outside of the backup';
    if (problem !== null) problems.push(`${file.path} ${problem}`);
  }
  return problems.length === 0 ? { ok: true, manifest } : { ok: false, problems };
}

function readManifest(dir: string): Manifest | null {
  try {
    const read = Manifest.safeParse(JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

async function problemOf(dir: string, file: BackedUpFile): Promise<string | null> {
  try {
    const { bytes, sha256 } = await describeFile(dir, file.path);
    return bytes === file.bytes && sha256 === file.sha256 ? null : 'is not what was backed up';
  } catch {
    return 'is missing, or cannot be read';
  }
}
