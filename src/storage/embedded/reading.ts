/**
 * Reading files whose content has checksums. A sector that the disk cannot read is damage like any other then: what
 * stands around it is read, and whoever knows the checksums says what is missing.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What a disk is asked for at the least. */
const PIECE_BYTES = 4096;
/** In the place of what cannot be read: no checksum is right for it, and it is not what unused room looks like. */
const UNREADABLE = 0xff;

/** Told where in the file, and how many bytes. */
type OnUnreadable = (position: number, bytes: number) => void;

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
    const read = readSome(fd, rest, at) ?? readInPieces(fd, rest, at, onUnreadable);
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

/** Null where some of it cannot be read. https://man7.org/linux/man-pages/man2/read.2.html */
function readSome(fd: number, into: Buffer, position: number): number | null {
  try {
    return readSync(fd, into, 0, into.length, position);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return null;
    throw error;
  }
}

function readInPieces(fd: number, into: Buffer, position: number, onUnreadable?: OnUnreadable): number {
  const end = Math.min(into.length, fstatSync(fd).size - position);
  let filled = 0;
  while (filled < end) {
    const at = position + filled;
    const bytes = Math.min(end - filled, PIECE_BYTES - (at % PIECE_BYTES));
    const piece = into.subarray(filled, filled + bytes);
    const read = readSome(fd, piece, at);
    if (read === null) {
      piece.fill(UNREADABLE);
      onUnreadable?.(at, bytes);
    }
    if (read === 0) break;
    filled += read ?? bytes;
  }
  return Math.max(0, filled);
}
