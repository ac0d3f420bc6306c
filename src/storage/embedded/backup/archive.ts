/** A backup that is one file: a tar archive, which any tar can read as well. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isMissing, syncFile } from '../redo/files.ts';
import type { BackupSource, BackupTarget } from './form.ts';
import type { BackedUpFile } from './manifest.ts';
import { BLOCK, headerOf, padded, readHeader, type TarEntry } from './tar.ts';

const CHUNK_BYTES = 1024 * 1024;
/** More than any backup of ours has files. */
const MAX_ENTRIES = 10_000_000;
/** Of a text that is read whole. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

export async function writeArchive(file: string, at: number): Promise<BackupTarget> {
  const handle = await open(file, 'wx', 0o600);
  let end = 0;

  /** The header goes in last, when it is known how much there was. */
  async function put(path: string, content: AsyncIterable<Buffer>): Promise<BackedUpFile> {
    const digest = createHash('sha256');
    let bytes = 0;
    for await (const chunk of content) {
      digest.update(chunk);
      await writeAll(handle, chunk, end + BLOCK + bytes);
      bytes += chunk.length;
    }
    const header = headerOf({ path, bytes }, Math.floor(at / 1_000));
    if (header === null) throw new Error(`the path ${path} is too long for an archive`);
    await writeAll(handle, header, end);
    end += BLOCK + padded(bytes);
    return { path, bytes, sha256: digest.digest('hex') };
  }

  async function add(from: string, path: string): Promise<BackedUpFile | null> {
    const source = await open(from, 'r').catch(error => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (source === null) return null;
    try {
      // As far as it reaches now: what a busy hub writes to might never come to an end.
      const { size } = await source.stat();
      return await put(path, contentOf(source, size));
    } finally {
      await source.close();
    }
  }

  return {
    add,
    async take(from, path) {
      const added = await add(from, path);
      await rm(from, { force: true });
      return added;
    },
    async finish(path, text) {
      await put(path, Readable.from([Buffer.from(text)]));
      await writeAll(handle, Buffer.alloc(2 * BLOCK), end);
      await handle.sync();
    },
    close: () => handle.close(),
  };
}

async function* contentOf(source: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - at));
    const { bytesRead } = await source.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

interface Place {
  readonly start: number;
  readonly bytes: number;
}

/** Looks at the headers only; what they lead to is read when it is asked for. */
export async function readArchive(file: string): Promise<BackupSource> {
  const places = await placesIn(file);
  function contentAt({ start, bytes }: Place): Readable {
    // Nothing has no first and last byte.
    return bytes === 0 ? Readable.from([]) : createReadStream(file, { start, end: start + bytes - 1 });
  }
  return {
    async text(path) {
      const place = places.get(path);
      if (place === undefined || place.bytes > MAX_TEXT_BYTES) return null;
      const chunks: Buffer[] = [];
      for await (const chunk of contentAt(place)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    async describe(path) {
      const place = places.get(path);
      if (place === undefined) return null;
      const digest = createHash('sha256');
      await pipeline(contentAt(place), digest);
      return { path, bytes: place.bytes, sha256: digest.digest('hex') };
    },
    async copy(path, to) {
      const place = places.get(path);
      if (place === undefined) throw new Error(`${file} does not hold ${path}`);
      await pipeline(contentAt(place), createWriteStream(to, { mode: 0o600 }));
      syncFile(to);
    },
  };
}

/** Up to the end, or to where it cannot be read any more: what lies behind is missing then. */
async function placesIn(file: string): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  const handle = await open(file, 'r');
  try {
    const block = Buffer.alloc(BLOCK);
    for (let at = 0, seen = 0; seen < MAX_ENTRIES; seen++) {
      const { bytesRead } = await handle.read(block, 0, BLOCK, at);
      const header = readHeader(block.subarray(0, bytesRead));
      if (header.kind === 'end' || header.kind === 'damaged') break;
      const { bytes }: Pick<TarEntry, 'bytes'> = header.kind === 'file' ? header.entry : header;
      if (header.kind === 'file') places.set(header.entry.path, { start: at + BLOCK, bytes });
      at += BLOCK + padded(bytes);
    }
    return places;
  } finally {
    await handle.close();
  }
}
