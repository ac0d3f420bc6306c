/** One bit of a file turned over, and what it hit. */
import { closeSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { databaseFiles } from '../../../src/storage/embedded/redo/files.ts';
import { entriesOf, HEADER_BYTES } from '../../../src/storage/embedded/redo/frame.ts';
import { redoFolder } from '../../../src/storage/embedded/redo/segments.ts';
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

/** A kind of file of the data folder. */
export type Part = 'database' | 'wal' | 'redo' | 'sums' | 'base';

/** Whether what lies there means anything, asked of the undamaged folder. */
export type Meaning = (part: Part, flip: Pick<Flip, 'path' | 'offset'>) => boolean;

const WAL_HEADER_BYTES = 32;
const FRAME_BYTES = PAGE_BYTES + 24;

export function meaningIn(dir: string): Meaning {
  const files = databaseFiles(dir);
  const wal = readWal(files.wal);
  const sums = openSums(files.sums);
  const inRedo = meaningInRedo(files.redo);
  return (part, { path, offset }) => {
    if (part === 'wal') return wal.frames > 0 && offset < WAL_HEADER_BYTES + wal.frames * FRAME_BYTES;
    if (part === 'redo') return inRedo(basename(path), offset);
    if (part !== 'database') return true;
    const page = Math.floor(offset / PAGE_BYTES) + 1;
    // A page that stands in the write-ahead log is read from there; one never written is not read at all.
    return !wal.pages.has(page) && sums.current(page) !== 0;
  };
}

/**
 * What a base has already is done again by nobody, no more than what a later segment took back; and behind the last
 * commit of a killed process there may be a part of one that was never made.
 */
function meaningInRedo(redo: string): (name: string, offset: number) => boolean {
  const { segments, bases } = redoFolder(redo);
  const from = (bases[0]?.commit ?? 0) + 1;
  const idle = new Map<string, (readonly [start: number, end: number])[]>();
  for (const [index, { path }] of segments.entries()) {
    const end = Math.min(...segments.slice(index + 1).map(({ first }) => first), Number.MAX_SAFE_INTEGER);
    const ranges: (readonly [number, number])[] = [];
    let at = HEADER_BYTES;
    for (const found of entriesOf(readFileSync(path))) {
      const bytes = 'commit' in found ? HEADER_BYTES + found.patchset.length : found.bytes;
      const isNeeded = 'commit' in found && found.commit >= from && found.commit < end;
      if (!isNeeded) ranges.push([at, at + bytes]);
      at += bytes;
    }
    idle.set(basename(path), ranges);
  }
  return (name, offset) => !(idle.get(name) ?? []).some(([start, end]) => offset >= start && offset < end);
}
