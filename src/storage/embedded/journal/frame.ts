/**
 * How a record lies in a segment file: a header of 16 bytes (magic, length, checksum of the payload, checksum
 * of the header) and a payload (length of the description, description as JSON, raw body). The checksums tell a
 * torn tail from damage in the middle.
 */
import { crc32 } from 'node:zlib';
import type { LogRecord } from '../../log.ts';

export const HEADER_BYTES = 16;
const MAGIC = 0x50424a31; // PBJ1
/** No platform sends more than 4 MB; a length beyond this is damage. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

type Description = Omit<LogRecord, 'body'>;

export function encodeRecord(record: LogRecord): Buffer {
  const { body, ...description } = record;
  const text = JSON.stringify(description satisfies Description);
  const textBytes = Buffer.byteLength(text);
  const payloadBytes = 4 + textBytes + body.length;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payloadBytes);
  frame.writeUInt32LE(textBytes, HEADER_BYTES);
  frame.write(text, HEADER_BYTES + 4, 'utf8');
  frame.set(body, HEADER_BYTES + 4 + textBytes);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(payloadBytes, 4);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 8);
  frame.writeUInt32LE(crc32(frame.subarray(0, 12)), 12);
  return frame;
}

/** The payload's length if a whole header stands at `offset`; null otherwise. */
export function payloadLength(bytes: Buffer, offset: number): number | null {
  if (offset + HEADER_BYTES > bytes.length) return null;
  if (bytes.readUInt32LE(offset) !== MAGIC) return null;
  if (bytes.readUInt32LE(offset + 12) !== crc32(bytes.subarray(offset, offset + 12))) return null;
  const length = bytes.readUInt32LE(offset + 4);
  return length >= 4 && length <= MAX_PAYLOAD_BYTES ? length : null;
}

/** The record whose frame begins at `offset`; null if it is cut or damaged. */
export function decodeRecord(bytes: Buffer, offset: number): LogRecord | null {
  const length = payloadLength(bytes, offset);
  if (length === null || offset + HEADER_BYTES + length > bytes.length) return null;
  const payload = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length);
  if (bytes.readUInt32LE(offset + 8) !== crc32(payload)) return null;
  const textBytes = payload.readUInt32LE(0);
  if (4 + textBytes > length) return null;
  const description = JSON.parse(payload.toString('utf8', 4, 4 + textBytes)) as Description;
  // A copy, so that the body does not keep the whole read buffer alive.
  return { ...description, body: new Uint8Array(payload.subarray(4 + textBytes)) };
}

/** Where the next whole header stands at or after `offset`; -1 if there is none. */
export function findHeader(bytes: Buffer, offset: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  let at = bytes.indexOf(magic, offset);
  while (at !== -1 && payloadLength(bytes, at) === null) at = bytes.indexOf(magic, at + 1);
  return at;
}

/** Without the room that was made for what never came. */
export function writtenOf(bytes: Buffer): Buffer {
  let written = bytes.length;
  while (written > 0 && bytes[written - 1] === 0) written--;
  return bytes.subarray(0, written);
}

/**
 * Whether the last bytes of a segment, which are no whole record, are no more than a killed process leaves: the
 * beginning of what it was writing, up to some place, and behind it the end of the file or the zeros of its room. That
 * was never acknowledged. Damage looks otherwise, but where a request ends in zeros; a power cut may leave anything.
 */
export function isTorn(bytes: Buffer): boolean {
  const written = writtenOf(bytes).length;
  if (written <= HEADER_BYTES) return true;
  const length = payloadLength(bytes, 0);
  if (length === null) return false;
  const end = HEADER_BYTES + length;
  return bytes.length < end || (bytes.length > end && written < end);
}

export const segmentName = (segment: number): string => `${String(segment).padStart(8, '0')}.journal`;

export function segmentNumber(name: string): number | null {
  const found = /^(\d{8})\.journal$/.exec(name);
  return found === null ? null : Number(found[1]);
}
