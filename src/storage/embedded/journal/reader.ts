/** The read side of the journal: records in order, across segments, past a torn tail, and naming any damage. */
import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  asRead,
  type Damage,
  isBefore,
  type LogBatch,
  type LogReader,
  type LogRecord,
  type Origin,
  type Position,
  parsePosition,
  type RawRequest,
  type StoredRecord,
} from '../../log.ts';
import { readAt } from '../reading.ts';
import {
  decodeRecord,
  findHeader,
  HEADER_BYTES,
  isTorn,
  payloadLength,
  segmentName,
  segmentNumber,
  writtenOf,
} from './frame.ts';

/** Reads files only, so any number of readers may look at a journal, in any thread or process. */
export function journalReader(dir: string): LogReader {
  return {
    read(from, maxBytes, end) {
      const records: StoredRecord[] = [];
      const damage: Damage[] = [];
      const unreadable: Position[] = [];
      let next = from;
      let window = maxBytes;
      for (;;) {
        const { segment } = next;
        const note = (offset: number): unknown => unreadable.push({ segment, offset });
        const { bytes, whole } = readSegment(dir, next, window, note, end);
        next = scan(bytes, next, records, damage);
        if (records.length > 0) break;
        if (!whole) {
          // Damage larger than the window: look further before calling it a tail.
          window *= 4;
          continue;
        }
        const later = segmentAfter(dir, next.segment);
        const lost = damageIn(bytes, next, later, end);
        if (lost !== null) {
          damage.push(lost);
          next = { segment: next.segment, offset: next.offset + lost.bytes };
        }
        if (later === null || (end !== undefined && later > end.segment)) break;
        next = { segment: later, offset: 0 };
      }
      return { records, damage, unreadable, next } satisfies LogBatch;
    },
    at(position, origin) {
      const record = decodeRecord(readSegment(dir, position, HEADER_BYTES, refuse).bytes, 0);
      return record !== null && isOf(record, origin) ? record : null;
    },
  };
}

/** For people to look at; null where it is no longer kept, or the disk does not give it. */
export function rawRequest(dir: string, position: string, origin: Origin): RawRequest | null {
  try {
    const record = journalReader(dir).at(parsePosition(position), origin);
    return record === null ? null : asRead(record);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return null;
    throw error;
  }
}

type OnUnreadable = (offset: number, error: Error) => void;

/** Whether there is a record is not known then. */
const refuse: OnUnreadable = (_, error) => {
  throw error;
};

const isOf = (record: LogRecord, { at, channel }: Origin): boolean =>
  record.at === at && record.channel === channel;

/**
 * What was lost in the bytes from `from` to the end of what may be read of a segment, in which no whole record begins;
 * null where nothing was, or where they may still be written.
 */
function damageIn(bytes: Buffer, from: Position, later: number | null, end?: Position): Damage | null {
  if (bytes.length === 0) return null;
  const isWithin = end !== undefined && end.segment === from.segment;
  // Up to where the caller knows all to be stored, nothing is torn.
  if (isWithin && from.offset + bytes.length === end.offset)
    return { from, bytes: bytes.length, perhaps: false };
  const isLeft = end === undefined ? later !== null : end.segment > from.segment;
  return isLeft && !isTorn(bytes) ? { from, bytes: writtenOf(bytes).length, perhaps: true } : null;
}

/** Behind everything that is in the journal now. */
export function journalEnd(dir: string): Position {
  const last = Math.max(0, ...segments(dir));
  return { segment: last, offset: Number.MAX_SAFE_INTEGER };
}

export function segments(dir: string): readonly number[] {
  try {
    return readdirSync(dir)
      .map(segmentNumber)
      .filter(number => number !== null)
      .sort((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const segmentAfter = (dir: string, segment: number): number | null =>
  segments(dir).find(number => number > segment) ?? null;

interface Window {
  readonly bytes: Buffer;
  /** Whether the bytes reach to the end of what may be read. */
  readonly whole: boolean;
}

const NOTHING: Window = { bytes: Buffer.alloc(0), whole: true };

/** At least one whole frame from `from` on, if there is one, and about `maxBytes` of them. */
function readSegment(
  dir: string,
  from: Position,
  maxBytes: number,
  onUnreadable: OnUnreadable,
  end?: Position,
): Window {
  if (end !== undefined && !isBefore(from, end)) return NOTHING;
  let fd: number;
  try {
    fd = openSync(join(dir, segmentName(from.segment)), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING;
    throw error;
  }
  try {
    const size = fstatSync(fd).size;
    const limit = end !== undefined && end.segment === from.segment ? Math.min(size, end.offset) : size;
    const available = Math.max(0, limit - from.offset);
    const readBytes = (length: number): Buffer => {
      const bytes = Buffer.allocUnsafe(Math.min(available, length));
      return bytes.subarray(0, readAt(fd, bytes, from.offset, onUnreadable));
    };
    const first = readBytes(Math.max(maxBytes, HEADER_BYTES));
    const needed = HEADER_BYTES + (payloadLength(first, 0) ?? 0);
    const bytes = needed <= first.length ? first : readBytes(needed);
    return { bytes, whole: bytes.length >= available };
  } finally {
    closeSync(fd);
  }
}

/** Appends what it finds to `records` and `damage`; returns the position behind the last record. */
function scan(bytes: Buffer, from: Position, records: StoredRecord[], damage: Damage[]): Position {
  const { segment } = from;
  let at = 0;
  while (at < bytes.length) {
    const record = decodeRecord(bytes, at);
    if (record === null) {
      const resumed = wholeRecordAfter(bytes, at + 1);
      if (resumed === -1) break;
      damage.push({ from: { segment, offset: from.offset + at }, bytes: resumed - at, perhaps: false });
      at = resumed;
      continue;
    }
    const length = HEADER_BYTES + (payloadLength(bytes, at) ?? 0);
    const position = { segment, offset: from.offset + at };
    at += length;
    records.push({ position, next: { segment, offset: from.offset + at }, record });
  }
  return { segment, offset: from.offset + at };
}

function wholeRecordAfter(bytes: Buffer, offset: number): number {
  let at = findHeader(bytes, offset);
  while (at !== -1 && decodeRecord(bytes, at) === null) at = findHeader(bytes, at + 1);
  return at;
}
