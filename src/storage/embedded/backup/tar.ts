/**
 * The headers of a tar archive, as POSIX has them (ustar), with sizes from 8 GiB on as GNU tar writes them.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06. Pure.
 */

export const BLOCK = 512;

export interface TarEntry {
  readonly path: string;
  readonly bytes: number;
}

/** Where each field begins, and how long it is. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const UID = [108, 8] as const;
const GID = [116, 8] as const;
const SIZE = [124, 12] as const;
const MTIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE = 156;
const MAGIC = [257, 6] as const;
const VERSION = [263, 2] as const;
const PREFIX = [345, 155] as const;

type Field = readonly [number, number];

const MAX_OCTAL_SIZE = 0o77777777777;
/** Set in the first byte of a number that is not written in octal digits. */
const IN_BINARY = 0x80;

/** With what is added to come to whole blocks. */
export const padded = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** Of a file that its owner may read and write. Null for a path that is too long. `at`: seconds since 1970. */
export function headerOf({ path, bytes }: TarEntry, at: number): Buffer | null {
  const names = splitPath(path);
  if (names === null) return null;
  const header = Buffer.alloc(BLOCK);
  const text = (value: string, [from, length]: Field): void => void header.write(value, from, length, 'utf8');
  const octal = (value: number, field: Field): void =>
    text(value.toString(8).padStart(field[1] - 1, '0'), field);
  text(names.name, NAME);
  text(names.prefix, PREFIX);
  octal(0o600, MODE);
  octal(0, UID);
  octal(0, GID);
  if (bytes <= MAX_OCTAL_SIZE) octal(bytes, SIZE);
  else {
    header[SIZE[0]] = IN_BINARY;
    header.writeBigUInt64BE(BigInt(bytes), SIZE[0] + 4);
  }
  octal(at, MTIME);
  text('0', [TYPE, 1]);
  text('ustar', MAGIC);
  text('00', VERSION);
  // Six digits, a zero byte and a blank, unlike all the others.
  text(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, CHECKSUM);
  return header;
}

export type Header =
  | { readonly kind: 'file'; readonly entry: TarEntry }
  /** A folder, or something that archivers note beside the files. */
  | { readonly kind: 'other'; readonly bytes: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'damaged' };

export function readHeader(block: Buffer): Header {
  if (block.length < BLOCK) return { kind: 'damaged' };
  if (block.every(byte => byte === 0)) return { kind: 'end' };
  const text = ([from, length]: Field): string =>
    block.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const bytes = sizeIn(block, text(SIZE));
  if (Number.parseInt(text(CHECKSUM), 8) !== checksumOf(block) || !Number.isSafeInteger(bytes))
    return { kind: 'damaged' };
  const type = block[TYPE];
  if (type !== 0 && type !== 0x30) return { kind: 'other', bytes };
  const prefix = text(PREFIX);
  const path = `${prefix}${prefix === '' ? '' : '/'}${text(NAME)}`;
  return { kind: 'file', entry: { path: path.replace(/^(\.\/)+/, ''), bytes } };
}

function sizeIn(block: Buffer, digits: string): number {
  const [from] = SIZE;
  if (block[from] === IN_BINARY) return Number(block.readBigUInt64BE(from + 4));
  return /^ *[0-7]+ *$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** The sum of all bytes, with blanks in place of the sum itself. */
function checksumOf(header: Buffer): number {
  const [from, length] = CHECKSUM;
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= from && at < from + length ? 0x20 : (header[at] ?? 0);
  return sum;
}

/** A long path is divided at a slash. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } | null {
  const fits = (prefix: string, name: string): boolean =>
    Buffer.byteLength(name) <= NAME[1] && Buffer.byteLength(prefix) <= PREFIX[1] && name !== '';
  if (fits('', path)) return { prefix: '', name: path };
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (fits(prefix, name)) return { prefix, name };
  }
  return null;
}
