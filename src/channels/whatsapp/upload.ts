/**
 * Files the hub keeps, uploaded before the message that shows them; Meta gives an id in return.
 * https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#upload-media
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Fault } from '../../message/fault.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { OutboundFile, OutboundMedia, SendContext } from '../channel.ts';
import { faultOfFailure, faultOfStatus, type HttpClient, type StreamedBody } from '../http.ts';
import { asId, asNumber, asObject } from '../json.ts';
import { graphFault, graphUrl, readAnswer } from '../meta/graph.ts';
import { beforeSending, openFile } from '../upload.ts';
import type { WhatsAppConfig } from './config.ts';
import { errorRow } from './faults.ts';

/** In the place of what Meta will give: its id. */
export const storedReference = (id: string): JsonObject => ({ stored: id });

/** The ids in a body that is not written yet; its other parts have no object of this form. */
export function storedIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = storedId(value);
  return found === undefined ? Object.values(value).flatMap(storedIn) : [found];
}

function storedId(value: object): string | undefined {
  const [name, ...others] = Object.keys(value);
  const { stored } = value as { stored?: unknown };
  return name === 'stored' && typeof stored === 'string' && otherKeys(others) ? stored : undefined;
}

/** What a media object says beside its id. */
const otherKeys = (names: readonly string[]): boolean =>
  names.every(name => name === 'caption' || name === 'filename' || name === 'voice');

function withIds(value: JsonValue, ids: ReadonlyMap<string, string>): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(one => withIds(one, ids));
  const found = storedId(value);
  const entries = Object.entries(value).map(([name, one]): [string, JsonValue] =>
    found !== undefined && name === 'stored' ? ['id', ids.get(found) ?? ''] : [name, withIds(one, ids)],
  );
  return Object.fromEntries(entries);
}

export type Written =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly fault: Fault };

export interface UploadDependencies {
  readonly http: HttpClient;
  readonly now: () => number;
  readonly media?: OutboundMedia;
}

/** The body with Meta's ids in it. Never rejects; whatever went wrong, no message has left us. */
export function uploader(
  config: WhatsAppConfig,
  deps: UploadDependencies,
): (body: JsonObject, uploads: readonly string[], context: SendContext) => Promise<Written> {
  const { api, account, credentials } = config;
  const url = graphUrl(api, account.phone_number_id, 'media');
  const authorization = `Bearer ${credentials.access_token}`;

  async function upload(id: string, { signal, attempt }: SendContext): Promise<string | Fault> {
    const opened = await openFile(deps.media, id, signal);
    if (!opened.ok) return opened.fault;
    const { file } = opened;
    const boundary = `patchbay-${randomBytes(12).toString('hex')}`;
    const headers = { authorization, 'content-type': `multipart/form-data; boundary=${boundary}` };
    const body = formOf(file, boundary);
    const response = await deps.http.request({ method: 'POST', url, headers, body, signal });
    file.stream.destroy();
    if (response.kind === 'failure') return beforeSending(faultOfFailure(response));
    const answer = readAnswer(response);
    const error = asObject(answer?.error);
    if (error !== undefined) {
      const row = errorRow(asNumber(error.code) ?? Number.NaN);
      return beforeSending(graphFault({ error, response, row, sent: {}, attempt, nowMs: deps.now() }));
    }
    const given = asId(answer?.id);
    return given ?? beforeSending(faultOfStatus(response, deps.now()));
  }

  return async (body, uploads, context) => {
    const ids = new Map<string, string>();
    for (const id of uploads) {
      const given = await upload(id, context);
      if (typeof given !== 'string') return { ok: false, fault: given };
      ids.set(id, given);
    }
    return { ok: true, body: withIds(body, ids) as JsonObject };
  };
}

/** A form of three fields, as a stream whose length is known. https://www.rfc-editor.org/rfc/rfc7578 */
function formOf(file: OutboundFile, boundary: string): StreamedBody {
  const name = file.name.replace(/["\\\r\n]/g, '_');
  const field = (title: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${title}"\r\n\r\n${value}\r\n`;
  const head = Buffer.from(
    `${field('messaging_product', 'whatsapp')}${field('type', file.type)}--${boundary}\r\n` +
      `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${file.type}\r\n\r\n`,
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
