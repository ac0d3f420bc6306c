/** Media of an inbound message, from its platform to the media store: streamed to disk, typed by its bytes. */
import type { MediaFetch } from '../channels/channel.ts';
import { readJson } from '../channels/json.ts';
import type { Media } from '../message/content.ts';
import type { JsonObject } from '../message/json.ts';
import type { KeptMedia } from '../storage/media.ts';
import { type FetchFailure, failure } from './failure.ts';
import { type Fetched, failureOf, guardedGet } from './fetch.ts';
import type { Guard } from './guard.ts';
import type { Spool } from './spool.ts';
import type { MediaStore, SpooledFile } from './store.ts';
import { agree, typeOf } from './type.ts';

export interface DownloadParts {
  readonly media: MediaStore;
  readonly spool: Spool;
  readonly guard: Guard;
  readonly maxBytes: number;
  /** From the first step to the last byte. */
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
}

export type Downloaded = { readonly ok: true; readonly kept: KeptMedia } | FetchFailure;

const MAX_STEPS = 3;
const MAX_ANSWER_BYTES = 64 * 1024;
/** Handing over a file that is here already. */
const PUT_MS = 120_000;

/** Never rejects. The bytes are in the store before it resolves with `ok`. */
export async function download(
  job: { readonly id: string; readonly media: Media },
  source: MediaFetch,
  parts: DownloadParts,
): Promise<Downloaded> {
  const signal = AbortSignal.any([parts.stop, AbortSignal.timeout(parts.timeoutMs)]);
  let step = source;
  for (let count = 1; count <= MAX_STEPS; count++) {
    const fetched = await guardedGet({ ...step, signal }, parts.guard);
    if (!fetched.ok) return fetched;
    try {
      if (step.next === undefined) return await keep(job, fetched, step, parts, signal);
      const answer = await readAnswer(fetched);
      if (answer === null) return failure('refused', 'the platform’s answer cannot be read');
      const next = step.next(answer);
      if (typeof next === 'string') return failure('refused', next);
      step = next;
    } catch (error) {
      return failureOf(error, signal);
    } finally {
      await fetched.close();
    }
  }
  return failure('refused', 'the platform sends from one address to the next');
}

/** Null for what is no JSON object, or a large one. Rejects where the connection broke off. */
async function readAnswer({ body }: Fetched): Promise<JsonObject | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    return readJson(Buffer.concat(chunks));
  } catch {
    return null;
  }
}

async function keep(
  job: { readonly id: string; readonly media: Media },
  fetched: Fetched,
  step: MediaFetch,
  parts: DownloadParts,
  signal: AbortSignal,
): Promise<Downloaded> {
  const { media } = job;
  const tooLarge = failure('too-large', `more than ${parts.maxBytes} bytes`);
  if ((fetched.contentLength ?? 0) > parts.maxBytes) return tooLarge;
  // Some platforms answer a token that lacks a permission with 200 and a page to sign in.
  const isPage = step.authorization !== undefined && fetched.contentType === 'text/html';
  if (isPage && !/^text\/html\b/i.test(media.mimeType ?? ''))
    return failure('unauthorized', 'the platform answered with a page in place of the file');
  const spooled = await spool(fetched, parts, signal);
  if ('code' in spooled) return spooled;
  if (!spooled.ok) return tooLarge;
  const { file, prefix } = spooled;
  try {
    if (file.bytes === 0) return failure('empty', 'there is nothing in it');
    const type = await typeOf(prefix);
    const put = AbortSignal.any([parts.stop, AbortSignal.timeout(PUT_MS)]);
    await parts.media.put(job.id, file, put);
    const { bytes, sha256 } = file;
    return { ok: true, kept: { type, bytes, sha256, notes: notesOn(media, file, type) } };
  } catch (error) {
    return failure('unavailable', `the media store did not take it: ${codeOf(error)}`);
  } finally {
    await parts.spool.discard(file);
  }
}

async function spool(fetched: Fetched, parts: DownloadParts, signal: AbortSignal) {
  try {
    return await parts.spool.write(fetched.body, parts.maxBytes);
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    const ofDisk = syscall === 'write' || syscall === 'open' || syscall === 'fsync';
    return ofDisk
      ? failure('unavailable', `the disk did not take it: ${codeOf(error)}`)
      : failureOf(error, signal);
  }
}

const codeOf = (error: unknown): string => {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code || name || 'failed').slice(0, 60);
};

/** What the platform said of it and is not so: kept all the same, and seen. */
function notesOn(media: Media, file: SpooledFile, type: string): readonly string[] {
  const { mimeType = null, bytes, sha256 } = media;
  const notes: string[] = [];
  if (!agree(mimeType, type)) notes.push(`its bytes are ${type} and not what was claimed`);
  if (bytes !== undefined && bytes !== file.bytes) notes.push(`${bytes} bytes were told of`);
  const hashes = [file.sha256, Buffer.from(file.sha256, 'hex').toString('base64')];
  if (sha256 !== undefined && !hashes.includes(sha256)) notes.push('another SHA-256 was told of');
  return notes;
}
