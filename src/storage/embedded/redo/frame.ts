/**
 * How a commit lies in a segment of the redo log: a header of 24 bytes (magic, length, commit number, checksum of
 * the payload, checksum of the header) and SQLite's own patchset. A segment begins with a header of the same size.
 */
import { crc32 } from 'node:zlib';

export const HEADER_BYTES = 24;
const ENTRY_MAGIC = 0x31455250; // PRE1
const SEGMENT_MAGIC = 0x31535250; // PRS1
/** SQLite's limit for a value, which no patchset of ours comes near; a length beyond it is damage. */
const MAX_PAYLOAD_BYTES = 1_000_000_000;

export interface SegmentHeader {
  /** The schema version all of its commits were made at. */
  readonly schema: number;
  /** The number of its first commit; what earlier segments have from that number on counts no more. */
  readonly first: number;
}

export interface Entry {
  readonly commit: number;
  readonly patchset: Buffer;
}

/** Bytes that should be a commit and are not. `torn`: nothing whole follows, as after a process that was killed. */
export interface Gap {
  readonly offset: number;
  readonly bytes: number;
  readonly torn: boolean;
}

export function encodeHeader(commit: number, patchset: Uint8Array): Buffer {
  return sealed(ENTRY_MAGIC, patchset.length, commit, crc32(patchset));
}

export const encodeSegmentHeader = ({ schema, first }: SegmentHeader): Buffer =>
  sealed(SEGMENT_MAGIC, schema, first, 0);

function sealed(magic: number, word: number, number: number, sum: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(word, 4);
  header.writeBigUInt64LE(BigInt(number), 8);
  header.writeUInt32LE(sum, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 20)), 20);
  return header;
}

const isSealed = (bytes: Buffer, offset: number, magic: number): boolean =>
  offset + HEADER_BYTES <= bytes.length &&
  bytes.readUInt32LE(offset) === magic &&
  bytes.readUInt32LE(offset + 20) === crc32(bytes.subarray(offset, offset + 20));

/** Null where the header is damaged or cut. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (!isSealed(bytes, 0, SEGMENT_MAGIC)) return null;
  return { schema: bytes.readUInt32LE(4), first: Number(bytes.readBigUInt64LE(8)) };
}

function decodeEntry(bytes: Buffer, offset: number): Entry | null {
  if (!isSealed(bytes, offset, ENTRY_MAGIC)) return null;
  const length = bytes.readUInt32LE(offset + 4);
  const start = offset + HEADER_BYTES;
  if (length > MAX_PAYLOAD_BYTES || start + length > bytes.length) return null;
  const patchset = bytes.subarray(start, start + length);
  if (bytes.readUInt32LE(offset + 16) !== crc32(patchset)) return null;
  return { commit: Number(bytes.readBigUInt64LE(offset + 8)), patchset };
}

/** Everything behind the segment's header, in order. */
export function* entriesOf(segment: Buffer): Generator<Entry | Gap> {
  let at = HEADER_BYTES;
  while (at < segment.length) {
    const entry = decodeEntry(segment, at);
    if (entry !== null) {
      yield entry;
      at += HEADER_BYTES + entry.patchset.length;
      continue;
    }
    const next = nextEntry(segment, at + 1);
    yield { offset: at, bytes: (next ?? segment.length) - at, torn: next === null };
    at = next ?? segment.length;
  }
}

function nextEntry(segment: Buffer, offset: number): number | null {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(ENTRY_MAGIC);
  let at = segment.indexOf(magic, offset);
  while (at !== -1 && decodeEntry(segment, at) === null) at = segment.indexOf(magic, at + 1);
  return at === -1 ? null : at;
}
