/**
 * Files of visitors: each is kept by the hub first, and then named in a frame by the reference it got. A reference
 * is good in the conversation it was given out for and in no other, so nobody names another's file.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { JsonObject } from '../../message/json.ts';
import type { ChannelIdentity } from '../channel.ts';
import type { Hall } from '../front-door.ts';
import { compact, isObject } from '../json.ts';
import { one, type Refusal, refuse } from './http.ts';
import { type Buckets, buckets, type DoorLimits } from './limits.ts';
import type { Session } from './tokens.ts';
import type { UploadAnswer } from './wire.ts';

/** The file's name, percent-encoded: in the address it would end up in logs. */
const NAME_HEADER = 'x-patchbay-name';

export interface UploadOptions {
  readonly maxBytes: number;
  /** As `image/*` or `application/pdf`. */
  readonly types: readonly string[];
  readonly perMinute: number;
}

export type GivenUpload =
  | { readonly ok: true; readonly answer: UploadAnswer }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Uploads {
  /** What visitors may give; null where they may give nothing. */
  readonly allowed: { readonly max_bytes: number; readonly types: readonly string[] } | null;
  /** Reads the body to its end, or as far as it is of use. */
  take(request: IncomingMessage, session: Session): Promise<GivenUpload>;
  /**
   * A frame that names an upload, with the file itself in the reference's place; null for a reference that is not
   * the visitor's own. Any other frame as it is.
   */
  resolve(frame: JsonObject, session: Session): JsonObject | null;
}

export interface UploadParts {
  readonly hall: Hall;
  readonly identity: ChannelIdentity;
  /** The first makes references; those of all are taken. */
  readonly secrets: readonly string[];
  readonly options: UploadOptions;
  readonly limits: DoorLimits;
  readonly now: () => number;
}

export function uploads({ hall, identity, secrets, options, limits, now }: UploadParts): Uploads {
  const { maxBytes, types } = options;
  const rate = buckets(options.perMinute / 60, options.perMinute, now);
  const open = new Map<string, number>();
  const references = referencesOf(secrets, identity);
  const fits = (type: string): boolean => types.some(one => matches(type, one));
  const keep = types.length === 0 ? undefined : hall.keep?.bind(hall);

  const refusal = (request: IncomingMessage, visitor: string): Refusal | null =>
    declared(request, maxBytes, fits) ?? busy(visitor, open, limits) ?? tooOften(rate, visitor);

  return {
    allowed: keep === undefined ? null : { max_bytes: maxBytes, types },

    async take(request, { visitor, conversation }) {
      if (keep === undefined) return refused(404, 'not-found', 'this chat takes no files');
      const against = refusal(request, visitor.id);
      if (against !== null) return { ok: false, refusal: against };
      open.set(visitor.id, (open.get(visitor.id) ?? 0) + 1);
      const counted = countedTo(request, maxBytes);
      const tooSlow = patience(request, limits);
      const file = {
        name: nameOf(request),
        claimedType: typeOf(request),
        source: counted.source,
        takes: fits,
      };
      try {
        const kept = await keep(file, tooSlow.signal);
        if (!kept.ok) return counted.isOver() ? tooLarge(maxBytes) : REFUSED[kept.reason];
        const { id, name, type, bytes } = kept;
        const upload = references.write({ id, conversation, name, type, bytes });
        return { ok: true, answer: compact({ upload, name: name ?? undefined, type, bytes }) };
      } finally {
        tooSlow.end();
        const left = (open.get(visitor.id) ?? 1) - 1;
        if (left > 0) open.set(visitor.id, left);
        else open.delete(visitor.id);
      }
    },

    resolve(frame, { conversation }) {
      if (frame.type !== 'media') return frame;
      const { upload, media: _claimed, ...rest } = frame;
      const file = typeof upload === 'string' ? references.read(upload, conversation) : null;
      if (file === null) return null;
      const { id, name, type, bytes } = file;
      return { ...rest, media: compact({ id, name: name ?? undefined, type, bytes }) };
    },
  };
}

const refused = (...args: Parameters<typeof refuse>): Extract<GivenUpload, { ok: false }> => ({
  ok: false,
  refusal: refuse(...args),
});

const tooLarge = (maxBytes: number) => refused(413, 'too-large', `a file has at most ${maxBytes} bytes`);

const WRONG_TYPE = refused(415, 'unsupported-media-type', 'files of this type are not taken');

const REFUSED = {
  'too-large': refused(413, 'too-large', 'the hub keeps no file of this size'),
  empty: refused(422, 'invalid', 'the file is empty'),
  type: WRONG_TYPE,
  'broken-off': refused(422, 'invalid', 'the file was cut off'),
  unavailable: refused(503, 'unavailable', 'not kept: try again', 1_000),
} as const;

/** What its own headers say against it, before a byte is read. */
function declared(
  request: IncomingMessage,
  maxBytes: number,
  fits: (type: string) => boolean,
): Refusal | null {
  if (one(request, 'content-encoding') !== undefined)
    return refuse(415, 'unsupported-media-type', 'expected the bytes as they are, not compressed');
  const type = typeOf(request);
  if (type === null) return refuse(415, 'unsupported-media-type', 'expected the type of the file');
  // A file the browser knows no type for is judged by its bytes alone.
  if (type !== UNKNOWN && !fits(type)) return WRONG_TYPE.refusal;
  const length = Number(one(request, 'content-length') ?? 0);
  return length > maxBytes ? tooLarge(maxBytes).refusal : null;
}

function busy(visitor: string, open: ReadonlyMap<string, number>, limits: DoorLimits): Refusal | null {
  const all = [...open.values()].reduce((sum, count) => sum + count, 0);
  if (all < limits.uploads && (open.get(visitor) ?? 0) < limits.uploadsPerVisitor) return null;
  return refuse(429, 'rate-limited', 'too many files at once', 1_000);
}

function tooOften(rate: Buckets, visitor: string): Refusal | null {
  const wait = rate.take(visitor);
  return wait > 0 ? refuse(429, 'rate-limited', 'too many files', wait) : null;
}

const UNKNOWN = 'application/octet-stream';
const TYPE = /^([\w.+-]{1,60}\/[\w.+-]{1,100})(?:\s*;|$)/;

/** Without its parameters. */
const typeOf = (request: IncomingMessage): string | null =>
  TYPE.exec(one(request, 'content-type') ?? '')?.[1]?.toLowerCase() ?? null;

const MAX_NAME = 255;

/** Data, never a path. */
function nameOf(request: IncomingMessage): string | null {
  try {
    const name = decodeURIComponent(one(request, NAME_HEADER) ?? '').toWellFormed();
    return name === '' ? null : name.slice(0, MAX_NAME);
  } catch {
    return null;
  }
}

const matches = (type: string, allowed: string): boolean =>
  allowed.endsWith('/*') ? type.startsWith(allowed.slice(0, -1)) : type === allowed;

/** Ends a body that takes too long altogether, or of which nothing comes any more. */
function patience(request: IncomingMessage, { uploadMs, uploadStallMs }: DoorLimits) {
  const signal = AbortSignal.timeout(uploadMs);
  const cut = (): void => void request.destroy();
  const stalled = (): void => {
    if (!request.complete) cut();
  };
  signal.addEventListener('abort', stalled);
  request.setTimeout(uploadStallMs, stalled);
  return { signal, end: () => signal.removeEventListener('abort', stalled) };
}

/** Breaks off where it becomes too long, whatever length was declared. */
function countedTo(request: IncomingMessage, maxBytes: number) {
  let bytes = 0;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error('too large');
      yield chunk;
    }
  };
  return { source: source(), isOver: () => bytes > maxBytes };
}

const Reference = z.object({
  id: z.string(),
  conversation: z.string(),
  name: z.string().nullable(),
  type: z.string(),
  bytes: z.number(),
});
type Reference = z.output<typeof Reference>;

const MAX_REFERENCE_LENGTH = 4_096;

/** Signed, so that nothing needs to be remembered between the file and the frame. */
function referencesOf(secrets: readonly string[], { tenant, id }: ChannelIdentity) {
  const keys = secrets.map(secret =>
    Buffer.from(hkdfSync('sha256', secret, '', `patchbay web upload ${tenant}/${id}`, 32)),
  );
  const macOf = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const isSigned = (text: string, mac: Buffer): boolean =>
    keys.some(key => mac.length === 32 && timingSafeEqual(mac, macOf(key, text)));
  return {
    write(file: Reference): string {
      const text = Buffer.from(JSON.stringify(file)).toString('base64url');
      const [first = Buffer.alloc(0)] = keys;
      return `${text}.${macOf(first, text).toString('base64url')}`;
    },
    /** Null unless it is ours and this conversation's. */
    read(reference: string, conversation: string): Reference | null {
      const [text = '', mac = '', ...rest] = reference.split('.');
      if (reference.length > MAX_REFERENCE_LENGTH || rest.length > 0) return null;
      if (!isSigned(text, Buffer.from(mac, 'base64url'))) return null;
      const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
      const read = Reference.safeParse(isObject(value) ? value : null);
      return read.success && read.data.conversation === conversation ? read.data : null;
    },
  };
}
