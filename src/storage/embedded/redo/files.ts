/** Where the files of the redo log are, and small things that are done with files. */
import { closeSync, fdatasyncSync, fsyncSync, openSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readAt } from '../reading.ts';

export interface DatabaseFiles {
  /** The data folder. */
  readonly dir: string;
  readonly database: string;
  readonly wal: string;
  readonly sums: string;
  /** Why the database is to be made anew, said by the process that met the damage; there only then. */
  readonly condemned: string;
  readonly redo: string;
  readonly journal: string;
}

export const databaseFiles = (dir: string): DatabaseFiles => ({
  dir,
  database: join(dir, 'hub.db'),
  wal: join(dir, 'hub.db-wal'),
  sums: join(dir, 'hub.db.sums'),
  condemned: join(dir, 'hub.db.condemned'),
  redo: join(dir, 'redo'),
  journal: join(dir, 'journal'),
});

export function syncFolder(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function syncFile(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** How many bytes more the disk takes; endless where it does not say. */
export function freeBytes(dir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const CHUNK_BYTES = 1024 * 1024;

/** The file from a place on in pieces, each but the last of the same size; one piece at a time is in memory. */
export function* chunksOf(path: string, bytes = CHUNK_BYTES, from = 0): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(bytes);
    for (let offset = from; ; ) {
      const filled = readAt(fd, chunk, offset);
      if (filled > 0) yield chunk.subarray(0, filled);
      if (filled < bytes) return;
      offset += filled;
    }
  } finally {
    closeSync(fd);
  }
}

export function crcOfFile(path: string): number {
  let sum = 0;
  for (const chunk of chunksOf(path)) sum = crc32(chunk, sum);
  return sum;
}

/** What the operating system says of a file that is not there. */
export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
