/** What a redo folder holds: segments in the order they were begun, and copies of the database to begin from. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readAt, reading, readWhole } from '../reading.ts';
import { crcOfFile, isMissing } from './files.ts';
import { decodeSegmentHeader, type Entry, entriesOf, type Gap, HEADER_BYTES } from './frame.ts';

export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly bytes: number;
  readonly schema: number;
  readonly first: number;
  /** False where the header cannot be read; then the schema is a neighbour's, and `first` that of what follows. */
  readonly whole: boolean;
}

/** A copy of the database as it was after a commit. */
export interface Base {
  readonly commit: number;
  readonly path: string;
  readonly bytes: number;
  readonly crc: number;
}

export interface RedoFolder {
  readonly segments: readonly Segment[];
  /** The newest first. */
  readonly bases: readonly Base[];
}

export const segmentPath = (dir: string, number: number): string =>
  join(dir, `${String(number).padStart(8, '0')}.redo`);

/** The checksum is in the name, so that there is no second file to be lost. */
export const basePath = (dir: string, commit: number, crc: number): string =>
  join(dir, `base-${commit}-${crc.toString(16).padStart(8, '0')}.db`);

export function redoFolder(dir: string): RedoFolder {
  const names = namesIn(dir);
  const numbers = names.flatMap(name => Number(/^(\d{8})\.redo$/.exec(name)?.[1] ?? Number.NaN));
  const segments: Segment[] = [];
  for (const number of numbers.filter(Number.isInteger).sort((a, b) => a - b)) {
    const path = segmentPath(dir, number);
    // Gone meanwhile, because a base holds it; or made, and its maker killed before the first byte.
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < HEADER_BYTES) continue;
    const header = decodeSegmentHeader(headOf(path));
    const before = segments.at(-1);
    const { schema, first } = header ?? { schema: before?.schema ?? 1, first: firstEntry(path) };
    segments.push({ number, path, bytes: size, schema, first, whole: header !== null });
  }
  return { segments, bases: names.flatMap(name => baseOf(dir, name)).sort((a, b) => b.commit - a.commit) };
}

export function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function baseOf(dir: string, name: string): Base[] {
  const [, commit, crc] = /^base-(\d+)-([0-9a-f]{8})\.db$/.exec(name) ?? [];
  if (commit === undefined || crc === undefined) return [];
  const path = join(dir, name);
  return [{ commit: Number(commit), path, bytes: statSync(path).size, crc: Number.parseInt(crc, 16) }];
}

export const isWhole = (base: Base): boolean => crcOfFile(base.path) === base.crc;

function headOf(path: string): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  reading(path, fd => readAt(fd, head, 0));
  return head;
}

function firstEntry(path: string): number {
  for (const found of entriesOf(readWhole(path))) if ('commit' in found) return found.commit;
  return Number.MAX_SAFE_INTEGER;
}

/** A commit in the log, or damage where some should be. */
export type Redone = (Entry & { readonly schema: number }) | (Gap & { readonly segment: string });

/** All commits from `from` on, in order; a segment at a time is in memory. What a later segment took back is left out. */
export function* redoFrom(segments: readonly Segment[], from: number): Generator<Redone> {
  for (const [index, segment] of segments.entries()) {
    const later = segments.slice(index + 1);
    const end = Math.min(...later.map(({ first }) => first), Number.MAX_SAFE_INTEGER);
    if (!segment.whole) yield { segment: segment.path, offset: 0, bytes: HEADER_BYTES, torn: false };
    if (end <= from) continue;
    for (const found of entriesOf(readWhole(segment.path))) {
      if (!('commit' in found)) yield { ...found, segment: segment.path };
      else if (found.commit >= from && found.commit < end) yield { ...found, schema: segment.schema };
    }
  }
}

/** The number of the last commit the log knows of; 0 where it is empty. */
export function lastCommit(segments: readonly Segment[]): number {
  const last = segments.at(-1);
  if (last === undefined) return 0;
  let commit = last.whole ? last.first - 1 : lastCommit(segments.slice(0, -1));
  for (const found of entriesOf(readWhole(last.path))) if ('commit' in found) commit = found.commit;
  return commit;
}
