/**
 * Files the hub keeps, uploaded before the message that shows them; Meta gives an id in return. A body names them by
 * an object of ours until then.
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Fault } from '../../message/fault.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { OutboundFile, OutboundMedia, SendContext } from '../channel.ts';
import {
  faultOfFailure,
  faultOfStatus,
  type HttpClient,
  type HttpResponse,
  type StreamedBody,
} from '../http.ts';
import { asId, asObject } from '../json.ts';
import { beforeSending, openFile } from '../upload.ts';
import { readAnswer, type Tried } from './graph.ts';

/** In the place of what Meta will give: its id. */
export const storedReference = (id: string): JsonObject => ({ stored: id });

/** The ids in a body of ours; its other parts have no object of this form. */
export function storedIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = storedId(value);
  return found === undefined ? Object.values(value).flatMap(storedIn) : [found];
}

/** What a media object may say beside its id. */
const BESIDE = new Set(['caption', 'filename', 'voice']);

function storedId(value: object): string | undefined {
  const [name, ...others] = Object.keys(value);
  const { stored } = value as { stored?: unknown };
  return name === 'stored' && typeof stored === 'string' && others.every(other => BESIDE.has(other))
    ? stored
    : undefined;
}

function withIds(value: JsonValue, key: string, ids: ReadonlyMap<string, string>): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(one => withIds(one, key, ids));
  const found = storedId(value);
  const entries = Object.entries(value).map(([name, one]): [string, JsonValue] =>
    found !== undefined && name === 'stored' ? [key, ids.get(found) ?? ''] : [name, withIds(one, key, ids)],
  );
  return Object.fromEntries(entries);
}

export interface UploadOptions {
  readonly url: string;
  readonly authorization: string;
  /** What the form says before the file. */
  fields(file: OutboundFile, body: JsonObject): Readonly<Record<string, string>>;
  readonly fileField: string;
  /** What the id is called, in the answer and in the message. */
  readonly answerKey: string;
  readonly messageKey: string;
  fault(error: JsonObject, response: HttpResponse, tried: Tried): Fault;
}

export interface UploadDependencies {
  readonly http: HttpClient;
  readonly now: () => number;
  readonly media?: OutboundMedia;
}

export type Written =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly fault: Fault };

export type Uploader = (
  body: JsonObject,
  uploads: readonly string[],
  context: SendContext,
) => Promise<Written>;

/** The body with Meta's ids in it. Never rejects; whatever went wrong, no message has left us. */
export function uploader(options: UploadOptions, deps: UploadDependencies): Uploader {
  const { url, authorization } = options;

  async function upload(id: string, said: JsonObject, context: SendContext): Promise<string | Fault> {
    const { signal } = context;
    const opened = await openFile(deps.media, id, signal);
    if (!opened.ok) return opened.fault;
    const { file } = opened;
    const boundary = `patchbay-${randomBytes(12).toString('hex')}`;
    const headers = { authorization, 'content-type': `multipart/form-data; boundary=${boundary}` };
    const body = formOf(file, { boundary, fields: options.fields(file, said), fileField: options.fileField });
    const response = await deps.http.request({ method: 'POST', url, headers, body, signal });
    file.stream.destroy();
    if (response.kind === 'failure') return beforeSending(faultOfFailure(response));
    const answer = readAnswer(response);
    const error = asObject(answer?.error);
    if (error !== undefined) return beforeSending(options.fault(error, response, context));
    return asId(answer?.[options.answerKey]) ?? beforeSending(faultOfStatus(response, deps.now()));
  }

  return async (body, uploads, context) => {
    const ids = new Map<string, string>();
    for (const id of uploads) {
      const given = await upload(id, body, context);
      if (typeof given !== 'string') return { ok: false, fault: given };
      ids.set(id, given);
    }
    return { ok: true, body: withIds(body, options.messageKey, ids) as JsonObject };
  };
}

interface Form {
  readonly boundary: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly fileField: string;
}

/** A form with the file at its end, as a stream whose length is known. https://www.rfc-editor.org/rfc/rfc7578 */
function formOf(file: OutboundFile, { boundary, fields, fileField }: Form): StreamedBody {
  const name = file.name.replace(/["\\\r\n]/g, '_');
  const before = Object.entries(fields).map(
    ([title, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${title}"\r\n\r\n${value}\r\n`,
  );
  const head = Buffer.from(
    `${before.join('')}--${boundary}\r\nContent-Disposition: form-data; name="${fileField}"; filename="${name}"\r\n` +
      `Content-Type: ${file.type}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield head;
    for await (const chunk of file.stream) yield chunk as Uint8Array;
    yield tail;
  }
  return {
    bytes: head.length + file.bytes + tail.length,
    stream: Readable.from(parts(), { objectMode: false }),
  };
}
