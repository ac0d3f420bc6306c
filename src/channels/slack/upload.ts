/**
 * A file the hub keeps, in three calls: an address to upload to, the bytes, and the share, which alone is seen.
 * https://docs.slack.dev/messaging/working-with-files#upload
 */
import type { Fault } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import type { OutboundMedia, SendContext } from '../channel.ts';
import { faultOfFailure, faultOfStatus, type HttpClient } from '../http.ts';
import { asId, asObject, asObjects, asText, compact } from '../json.ts';
import { beforeSending, openFile } from '../upload.ts';
import { readAnswer } from './answer.ts';
import type { Call } from './client.ts';
import type { SlackConfig } from './config.ts';
import type { Wire } from './render.ts';

export interface UploadParts {
  readonly call: Call;
  readonly http: HttpClient;
  readonly now: () => number;
  readonly media: OutboundMedia | undefined;
}

/** The call as it is made, after the file was uploaded. Never rejects; whatever went wrong, nothing was shown. */
export type Uploader = (
  wire: Wire,
  context: SendContext,
) => Promise<{ readonly ok: true; readonly wire: Wire } | { readonly ok: false; readonly fault: Fault }>;

export function uploader(
  { api }: Pick<SlackConfig, 'api'>,
  { call, http, now, media }: UploadParts,
): Uploader {
  async function ask(method: string, args: JsonObject, signal: AbortSignal): Promise<JsonObject | Fault> {
    const answered = readAnswer(method, await call(method, args, { signal }), now());
    if (answered.kind === 'ok') return answered.result;
    if (answered.kind === 'fault') return beforeSending(answered.fault);
    return { code: 'unavailable', detail: `${method} gave nothing` };
  }

  /** The id Slack knows the file by. */
  async function upload(id: string, title: string | undefined, signal: AbortSignal): Promise<string | Fault> {
    const opened = await openFile(media, id, signal);
    if (!opened.ok) return opened.fault;
    const { name, bytes, stream } = opened.file;
    try {
      const begun = await ask(
        'files.getUploadURLExternal',
        { filename: title ?? name, length: bytes },
        signal,
      );
      if (isFault(begun)) return begun;
      const [url, file] = [asText(begun.upload_url), asId(begun.file_id)];
      if (url === undefined || file === undefined || !isUploadUrl(url, api.base_url))
        return { code: 'unavailable', detail: 'Slack gave no address of its own to upload to' };
      const headers = { 'content-type': 'application/octet-stream' };
      const response = await http.request({ method: 'POST', url, headers, body: { bytes, stream }, signal });
      if (response.kind === 'failure') return beforeSending(faultOfFailure(response));
      return response.status === 200 ? file : beforeSending(faultOfStatus(response, now()));
    } finally {
      stream.destroy();
    }
  }

  /** A person is no place for a file; our direct messages with them are. */
  async function placeOf(channel: string, signal: AbortSignal): Promise<string | Fault> {
    if (!/^[UW]/.test(channel)) return channel;
    const opened = await ask('conversations.open', { users: channel }, signal);
    if (isFault(opened)) return opened;
    return (
      asId(asObject(opened.channel)?.id) ?? { code: 'unavailable', detail: 'Slack named no direct message' }
    );
  }

  return async (wire, { signal }) => {
    if (wire.upload === undefined) return { ok: true, wire };
    const { arguments: args } = wire;
    const title = asText(asObjects(args.files)[0]?.title);
    const place = await placeOf(asId(args.channel_id) ?? '', signal);
    if (typeof place !== 'string') return { ok: false, fault: place };
    const file = await upload(wire.upload, title, signal);
    if (typeof file !== 'string') return { ok: false, fault: file };
    const files = [compact({ id: file, title })];
    return { ok: true, wire: { method: wire.method, arguments: { ...args, channel_id: place, files } } };
  };
}

const isFault = (value: JsonObject | Fault): value is Fault => 'code' in value && 'detail' in value;

/** Where Slack keeps files, or below the API's own origin, as in the sandbox. The bytes go nowhere else. */
function isUploadUrl(text: string, base: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.origin === new URL(base).origin) return true;
  return url.protocol === 'https:' && url.port === '' && url.hostname.endsWith('.slack.com');
}
