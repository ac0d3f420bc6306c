/**
 * SQLite's write-ahead log, read as SQLite reads it: frames count as long as salts and the running checksum are
 * right, and up to the last that ends a commit. https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { crc32 } from 'node:zlib';
import { chunksOf, isMissing } from './files.ts';

export const PAGE_BYTES = 4096;
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;
const LITTLE = 0x377f0682;
const BIG = 0x377f0683;
const FRAMES_A_CHUNK = 256;

export interface Wal {
  /** The checksum of each page's last committed version. */
  readonly pages: ReadonlyMap<number, number>;
  /** Committed frames. */
  readonly frames: number;
}

const EMPTY: Wal = { pages: new Map(), frames: 0 };

/**
 * `limit`: as many frames as SQLite counts. What a commit left that failed at its very end is behind them, and looks
 * like one that was made.
 */
export function readWal(path: string, limit = Number.POSITIVE_INFINITY): Wal {
  const pages = new Map<number, number>();
  let uncommitted: [page: number, sum: number][] = [];
  let frames = 0;
  let seen = 0;
  try {
    const frameChunks = framesOf(path);
    const head = frameChunks.next();
    if (head.done === true) return EMPTY;
    const magic = head.value.readUInt32BE(0);
    if (magic !== LITTLE && magic !== BIG) return EMPTY;
    const sum = { one: 0, two: 0 };
    add(sum, head.value, 0, 24, magic === BIG);
    if (!agrees(sum, head.value, 24) || head.value.readUInt32BE(8) !== PAGE_BYTES) return EMPTY;
    const salts = Buffer.from(head.value.subarray(16, 24));
    for (const frame of frameChunks) {
      if (seen === limit) break;
      add(sum, frame, 0, 8, magic === BIG);
      add(sum, frame, FRAME_HEADER_BYTES, FRAME_BYTES, magic === BIG);
      if (!salts.equals(frame.subarray(8, 16)) || !agrees(sum, frame, 16)) break;
      seen++;
      uncommitted.push([frame.readUInt32BE(0), pageSum(frame.subarray(FRAME_HEADER_BYTES))]);
      if (frame.readUInt32BE(4) === 0) continue;
      for (const [page, last] of uncommitted) pages.set(page, last);
      uncommitted = [];
      frames = seen;
    }
    return { pages, frames };
  } catch (error) {
    if (isMissing(error)) return EMPTY;
    throw error;
  }
}

/** First the header, then frame by frame; what is cut is left out. */
function* framesOf(path: string): Generator<Buffer> {
  const head = chunksOf(path, WAL_HEADER_BYTES).next();
  if (head.done === true || head.value.length < WAL_HEADER_BYTES) return;
  yield head.value;
  for (const chunk of chunksOf(path, FRAME_BYTES * FRAMES_A_CHUNK, WAL_HEADER_BYTES))
    for (let at = 0; at + FRAME_BYTES <= chunk.length; at += FRAME_BYTES)
      yield chunk.subarray(at, at + FRAME_BYTES);
}

/** The checksum of a page; never 0, which stands for one that is not known. */
export const pageSum = (page: Uint8Array): number => crc32(page) || 1;

interface Running {
  one: number;
  two: number;
}

function add(sum: Running, bytes: Buffer, from: number, to: number, big: boolean): void {
  let { one, two } = sum;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at < to; at += 8) {
    one = (one + view.getUint32(at, !big) + two) | 0;
    two = (two + view.getUint32(at + 4, !big) + one) | 0;
  }
  sum.one = one;
  sum.two = two;
}

const agrees = (sum: Running, bytes: Buffer, at: number): boolean =>
  bytes.readInt32BE(at) === sum.one && bytes.readInt32BE(at + 4) === sum.two;
