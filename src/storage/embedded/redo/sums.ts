/**
 * The checksum of every page of the database, in a file beside it: what a page is, and while a checkpoint is under
 * way what it is about to become. In blocks of 4096 bytes, each with its own checksum: 511 pages of two numbers.
 */
import { closeSync, existsSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { readWhole } from '../reading.ts';
import { isMissing } from './files.ts';

const BLOCK_BYTES = 4096;
const HEAD_BYTES = 8;
const PAGES_A_BLOCK = (BLOCK_BYTES - HEAD_BYTES) / 8;
const MAGIC = 0x314d5550; // PUM1

/** 4 bytes of memory a page: a thousandth of the database. Pages are counted from 1, as SQLite does; 0 is not known. */
export interface Sums {
  current(page: number): number;
  /** 0 where none is about to replace the current one. */
  pending(page: number): number;
  setCurrent(page: number, sum: number): void;
  /** In place of those before. */
  setPending(pages: ReadonlyMap<number, number>): void;
  /** What was pending is current. */
  promote(): void;
  /** What was pending never came. */
  drop(): void;
  save(synced: boolean): void;
  /** No page behind this one is known. */
  readonly pages: number;
  /** There was no file. */
  readonly fresh: boolean;
  /** Blocks that could not be read: of their pages nothing is known. */
  readonly damaged: number;
}

export function openSums(path: string): Sums {
  let current: Uint32Array = new Uint32Array(PAGES_A_BLOCK * 4);
  let pending = new Map<number, number>();
  const dirty = new Set<number>();
  const file = contentOf(path);
  let damaged = 0;
  for (let block = 0; file !== null && block * BLOCK_BYTES < file.length; block++) {
    if (!readBlock(file.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES), block)) damaged++;
  }

  function readBlock(bytes: Buffer, block: number): boolean {
    if (bytes.length < BLOCK_BYTES || bytes.readUInt32LE(4) !== MAGIC) return false;
    if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return false;
    for (let slot = 0; slot < PAGES_A_BLOCK; slot++) {
      const at = HEAD_BYTES + slot * 8;
      const page = block * PAGES_A_BLOCK + slot + 1;
      put(page, bytes.readUInt32LE(at));
      const next = bytes.readUInt32LE(at + 4);
      if (next !== 0) pending.set(page, next);
    }
    return true;
  }

  function put(page: number, sum: number): void {
    if (page > current.length) {
      const wider = new Uint32Array(Math.max(page, current.length * 2));
      wider.set(current);
      current = wider;
    }
    current[page - 1] = sum;
  }

  const soil = (page: number): unknown => dirty.add(Math.floor((page - 1) / PAGES_A_BLOCK));

  function blockBytes(block: number): Buffer {
    const bytes = Buffer.alloc(BLOCK_BYTES);
    bytes.writeUInt32LE(MAGIC, 4);
    for (let slot = 0; slot < PAGES_A_BLOCK; slot++) {
      const page = block * PAGES_A_BLOCK + slot + 1;
      bytes.writeUInt32LE(current[page - 1] ?? 0, HEAD_BYTES + slot * 8);
      bytes.writeUInt32LE(pending.get(page) ?? 0, HEAD_BYTES + slot * 8 + 4);
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    return bytes;
  }

  return {
    get pages() {
      return current.length;
    },
    fresh: file === null || file.length === 0,
    damaged,
    current: page => current[page - 1] ?? 0,
    pending: page => pending.get(page) ?? 0,
    setCurrent(page, sum) {
      put(page, sum);
      soil(page);
    },
    setPending(pages) {
      for (const page of pending.keys()) soil(page);
      pending = new Map(pages);
      for (const page of pending.keys()) soil(page);
    },
    promote() {
      for (const [page, sum] of pending) {
        put(page, sum);
        soil(page);
      }
      pending = new Map();
    },
    drop() {
      for (const page of pending.keys()) soil(page);
      pending = new Map();
    },
    save(synced) {
      if (dirty.size === 0 && !synced) return;
      const fd = openSync(path, openFlags(path), 0o600);
      try {
        // A block that was never written is read as damage: a hole is filled.
        const have = Math.floor(fstatSync(fd).size / BLOCK_BYTES);
        for (let block = have; block <= Math.max(-1, ...dirty); block++) dirty.add(block);
        if (fstatSync(fd).size % BLOCK_BYTES !== 0) ftruncateSync(fd, have * BLOCK_BYTES);
        // In order: where the disk is full, no hole is left behind what was written.
        for (const block of [...dirty].sort((one, other) => one - other))
          writeSync(fd, blockBytes(block), 0, BLOCK_BYTES, block * BLOCK_BYTES);
        if (synced) fdatasyncSync(fd);
        dirty.clear();
      } finally {
        closeSync(fd);
      }
    },
  };
}

function contentOf(path: string): Buffer | null {
  try {
    return readWhole(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const openFlags = (path: string): string => (existsSync(path) ? 'r+' : 'w+');
