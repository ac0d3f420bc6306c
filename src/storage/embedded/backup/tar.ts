/**
 * The headers of a tar archive (ustar, with sizes from 8 GiB on as GNU tar writes them), by the `tar` package.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06. Pure.
 */
import { Header as TarHeader } from 'tar/header';

export const BLOCK = 512;

export interface TarEntry {
  readonly path: string;
  readonly bytes: number;
}

/** With what is added to come to whole blocks. */
export const padded = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** Of a file that its owner may read and write. Null for a path that is too long. `at`: seconds since 1970. */
export function headerOf({ path, bytes }: TarEntry, at: number): Buffer | null {
  const mtime = new Date(at * 1_000);
  const header = new TarHeader({ path, size: bytes, mode: 0o600, uid: 0, gid: 0, mtime, type: 'File' });
  const block = Buffer.alloc(BLOCK);
  // It says also of names beyond ASCII and of 8 GiB that other archivers may not read them: those of today do.
  header.encode(block);
  const read = readHeader(block);
  return read.kind === 'file' && read.entry.path === path && read.entry.bytes === bytes ? block : null;
}

export type Header =
  | { readonly kind: 'file'; readonly entry: TarEntry }
  /** A folder, or something that archivers note beside the files. */
  | { readonly kind: 'other'; readonly bytes: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'damaged' };

export function readHeader(block: Buffer): Header {
  const header = decoded(block);
  if (header?.nullBlock) return { kind: 'end' };
  const { cksumValid, path, size } = header ?? {};
  if (!cksumValid || path === undefined || !Number.isSafeInteger(size)) return { kind: 'damaged' };
  const bytes = size ?? 0;
  if (header?.type !== 'File' && header?.type !== 'OldFile') return { kind: 'other', bytes };
  return { kind: 'file', entry: { path: path.replace(/^(\.\/)+/, ''), bytes } };
}

/** Null where there is too little, or a number that nothing can be. */
function decoded(block: Buffer): TarHeader | null {
  try {
    return new TarHeader(block);
  } catch {
    return null;
  }
}
