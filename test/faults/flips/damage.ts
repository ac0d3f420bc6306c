/** One bit of a file turned over, and what it hit. */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { databaseFiles } from '../../../src/storage/embedded/redo/files.ts';
import { openSums } from '../../../src/storage/embedded/redo/sums.ts';
import { PAGE_BYTES, readWal } from '../../../src/storage/embedded/redo/wal.ts';
import type { Chance } from '../support/random.ts';

export interface Flip {
  readonly path: string;
  readonly offset: number;
  readonly bit: number;
}

export function flipIn(path: string, chance: Chance): Flip {
  const { size } = statSync(path);
  const flip = { path, offset: chance.between(0, size - 1), bit: chance.between(0, 7) };
  turn(flip);
  return flip;
}

function turn({ path, offset, bit }: Flip): void {
  const fd = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, offset);
    byte[0] = (byte[0] ?? 0) ^ (1 << bit);
    writeSync(fd, byte, 0, 1, offset);
  } finally {
    closeSync(fd);
  }
}

/** Whether what lies there means anything, asked of the undamaged folder. */
export type Meaning = (part: 'database' | 'wal', offset: number) => boolean;

const WAL_HEADER_BYTES = 32;
const FRAME_BYTES = PAGE_BYTES + 24;

export function meaningIn(dir: string): Meaning {
  const files = databaseFiles(dir);
  const wal = readWal(files.wal);
  const sums = openSums(files.sums);
  return (part, offset) => {
    if (part === 'wal') return wal.frames > 0 && offset < WAL_HEADER_BYTES + wal.frames * FRAME_BYTES;
    const page = Math.floor(offset / PAGE_BYTES) + 1;
    // A page that stands in the write-ahead log is read from there; one never written is not read at all.
    return !wal.pages.has(page) && sums.current(page) !== 0;
  };
}
