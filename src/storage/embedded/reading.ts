/**
 * Reading files whose content has checksums. A sector that the disk cannot read is damage like any other then: what
 * stands around it is read, and whoever knows the checksums says what is missing. But a disk may fail for a moment, as
 * one whose path is switched: whoever would give something up for it asks again first (`patiently`), or later.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What a disk is asked for at the least. */
const PIECE_BYTES = 4096;
/** In the place of what cannot be read: no checksum is right for it, and it is not what unused room looks like. */
const UNREADABLE = 0xff;

/** A disk that failed is asked again for this long. */
export const PATIENCE_MS = 3_000;
const ASK_AGAIN_MS = 100;

/** Told where in the file, at a border of pieces, and with what the disk refused it. */
type OnUnreadable = (position: number, error: Error) => void;

/** Until when the disk is asked again; null before the first failure. */
interface Patience {
  readonly ms: number;
  until: number | null;
}

/** Of the call that is under way; a read is many calls away from whoever knows how much time there is. */
const patience = new AsyncLocalStorage<Patience>();

/** What cannot be read while this runs is asked for again; from the first failure on that long in all. */
export const patiently = <T>(ms: number, run: () => T): T => patience.run({ ms, until: null }, run);

/** Stops the thread for a moment; false where nobody is patient, or no longer. */
export function waitToAskAgain(): boolean {
  const given = patience.getStore();
  if (given === undefined) return false;
  given.until ??= performance.now() + given.ms;
  if (performance.now() >= given.until) return false;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ASK_AGAIN_MS);
  return true;
}

export function reading<T>(path: string, read: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

/** Fills as much as the file has from the position on; how many bytes. Throws any error but that of a bad sector. */
export function readAt(fd: number, into: Buffer, position: number, onUnreadable?: OnUnreadable): number {
  let filled = 0;
  while (filled < into.length) {
    const rest = into.subarray(filled);
    const at = position + filled;
    const some = readSome(fd, rest, at);
    const read = typeof some === 'number' ? some : readInPieces(fd, rest, at, onUnreadable);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

export const readWhole = (path: string): Buffer =>
  reading(path, fd => {
    const bytes = Buffer.allocUnsafe(fstatSync(fd).size);
    return bytes.subarray(0, readAt(fd, bytes, 0));
  });

/** The error where some of it cannot be read. https://man7.org/linux/man-pages/man2/read.2.html */
function readSome(fd: number, into: Buffer, position: number): number | Error {
  try {
    return readSync(fd, into, 0, into.length, position);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return error as Error;
    throw error;
  }
}

function readPiece(fd: number, into: Buffer, position: number): number | Error {
  for (;;) {
    const read = readSome(fd, into, position);
    if (typeof read === 'number' || !waitToAskAgain()) return read;
  }
}

function readInPieces(fd: number, into: Buffer, position: number, onUnreadable?: OnUnreadable): number {
  const end = Math.min(into.length, fstatSync(fd).size - position);
  let filled = 0;
  while (filled < end) {
    const at = position + filled;
    const bytes = Math.min(end - filled, PIECE_BYTES - (at % PIECE_BYTES));
    const piece = into.subarray(filled, filled + bytes);
    const read = readPiece(fd, piece, at);
    if (read === 0) break;
    filled += typeof read === 'number' ? read : bytes;
    if (typeof read === 'number') continue;
    piece.fill(UNREADABLE);
    onUnreadable?.(at - (at % PIECE_BYTES), read);
  }
  return Math.max(0, filled);
}
