/** Bytes on their way in: counted, hashed and written as they come, never held whole. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpooledFile } from './store.ts';
import { PREFIX_BYTES } from './type.ts';

export type Spooled =
  | { readonly ok: true; readonly file: SpooledFile; readonly prefix: Uint8Array }
  | { readonly ok: false; readonly reason: 'too-large' };

export interface Spool {
  /** Synced when it resolves. Rejects with the source's own error, or the disk's; then nothing is left. */
  write(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Spooled>;
  /** Gone also where it was moved away before. */
  discard(file: SpooledFile): Promise<void>;
}

/** Empties the folder: what a process before left there was never finished. */
export async function openSpool(dir: string): Promise<Spool> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    async write(source, maxBytes) {
      const path = join(dir, randomBytes(16).toString('hex'));
      const handle = await open(path, 'wx', 0o600);
      let whole = false;
      try {
        const hash = createHash('sha256');
        const head: Uint8Array[] = [];
        let [bytes, headBytes] = [0, 0];
        for await (const chunk of source) {
          bytes += chunk.length;
          if (bytes > maxBytes) return { ok: false, reason: 'too-large' };
          hash.update(chunk);
          if (headBytes < PREFIX_BYTES) {
            const part = Uint8Array.prototype.slice.call(chunk, 0, PREFIX_BYTES - headBytes);
            head.push(part);
            headBytes += part.length;
          }
          await writeAll(handle, chunk);
        }
        await handle.sync();
        whole = true;
        const file = { path, bytes, sha256: hash.digest('hex') };
        return { ok: true, file, prefix: Buffer.concat(head) };
      } finally {
        await handle.close();
        if (!whole) await rm(path, { force: true });
      }
    },
    discard: file => rm(file.path, { force: true }),
  };
}

/** A write may take less than it was given, as on a disk that is nearly full. */
async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at);
    at += bytesWritten;
  }
}
