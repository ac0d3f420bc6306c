/** `files.*`: an address to upload to, the bytes, and then the share. https://docs.slack.dev/messaging/working-with-files */
import { createHash } from 'node:crypto';
import { asId, asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { formOf } from '../form.ts';
import type { PlatformAnswer, PlatformRequest } from '../platform.ts';
import { letters } from '../random.ts';
import { remembered } from '../remembered.ts';
import { SAMPLES } from '../samples.ts';
import { type Api, conversation, taken } from './api.ts';
import { type Arguments, type Method, numberOf, type Outcome, refused } from './calls.ts';

export const UPLOAD_PATH = '/upload/v1/';
export const DOWNLOAD_PATH = '/files-pri/';

interface File {
  readonly name: string;
  readonly length: number;
  readonly mimeType: string;
  readonly bytes: Buffer | null;
}

export interface Files {
  readonly methods: Readonly<Record<string, Method>>;
  /** The bytes, to the address that was given out. */
  upload(id: string, request: Pick<PlatformRequest, 'body' | 'headers'>): Promise<PlatformAnswer>;
  download(id: string): PlatformAnswer;
  /** People shared files: they can be fetched from now on. */
  learn(event: JsonObject): void;
}

const MAX_FILES = 200;
const MAX_LENGTH = 1_000_000_000;

export function files(api: Api): Files {
  const { url, random } = api.context;
  const known = remembered<File>(MAX_FILES);

  const shown = (id: string, { name, mimeType, bytes, length }: File): JsonObject => ({
    id,
    name,
    title: name,
    mimetype: mimeType,
    size: bytes?.length ?? length,
    mode: 'hosted',
    is_external: false,
    url_private: `${url}${DOWNLOAD_PATH}${id}`,
    url_private_download: `${url}${DOWNLOAD_PATH}${id}`,
  });

  function begin(args: Arguments): Outcome {
    const name = asId(args.filename);
    const length = numberOf(args.length, 0);
    if (name === undefined || length <= 0 || length > MAX_LENGTH) return refused('invalid_arguments');
    const id = `F0${letters(9, random)}`;
    known.set(id, { name, length, mimeType: 'application/octet-stream', bytes: null });
    return { body: { upload_url: `${url}${UPLOAD_PATH}${id}`, file_id: id } };
  }

  /** The share itself comes later and tells no `ts`. */
  function complete(args: Arguments): Outcome {
    const ids = asObjects(args.files).map(file => asId(file.id) ?? '');
    const found = ids.map(id => known.get(id));
    if (ids.length === 0) return refused('invalid_arguments');
    if (found.some(file => file === undefined)) return refused('file_not_found');
    if (found.some(file => file?.bytes === null)) return refused('file_update_failed');
    const at = asId(args.channel_id) === undefined ? null : conversation(api, args);
    if (at !== null && 'error' in at) return at;
    const shared = found.flatMap((file, index) =>
      file === undefined ? [] : [shown(ids[index] ?? '', file)],
    );
    if (at !== null)
      api.known.post(at.id, {
        type: 'message',
        user: api.self.botUserId,
        app_id: api.self.appId,
        files: shared,
      });
    const text = [asId(args.initial_comment), ...shared.map(file => `(file ${file.name})`)];
    return {
      body: { files: shared },
      taken: taken({ conversation: at?.id ?? null, text: text.filter(Boolean).join('\n') }),
    };
  }

  return {
    methods: {
      'files.getUploadURLExternal': begin,
      'files.completeUploadExternal': complete,
      'files.info'(args) {
        const id = asId(args.file) ?? '';
        const file = known.get(id);
        return file === undefined ? refused('file_not_found') : { body: { file: shown(id, file) } };
      },
    },
    async upload(id, request) {
      const file = known.get(id);
      if (file === undefined) return { status: 404, body: 'no such upload' };
      const bytes = await bytesOf(request);
      known.set(id, { ...file, bytes });
      return { status: 200, body: `OK - ${bytes.length}` };
    },
    download(id) {
      const file = known.get(id);
      if (file?.bytes === null || file === undefined) return { status: 404, body: 'not found' };
      return { status: 200, headers: { 'content-type': file.mimeType }, body: file.bytes };
    },
    learn(event) {
      for (const file of asObjects(event.files)) {
        const id = asId(file.id);
        const mimeType = asId(file.mimetype) ?? '';
        if (id === undefined || known.get(id) !== undefined) continue;
        const sample = Object.values(SAMPLES).find(one => one.mimeType === mimeType) ?? SAMPLES.document;
        const name = asId(file.name) ?? createHash('sha256').update(id).digest('hex').slice(0, 8);
        known.set(id, { name, length: sample.bytes.length, mimeType, bytes: sample.bytes });
      }
    },
  };
}

/** Raw, or as the one file of a form, which is how Slack's own client sends it. */
async function bytesOf({ body, headers }: Pick<PlatformRequest, 'body' | 'headers'>): Promise<Buffer> {
  const form = await formOf(body, headers['content-type'] ?? '');
  const [file] = [...(form?.values() ?? [])].filter(value => typeof value === 'object');
  return file === undefined ? body : Buffer.from(await file.arrayBuffer());
}

/** The files a message of an event carries. */
export const eventOf = (body: JsonObject): JsonObject => asObject(body.event) ?? {};
