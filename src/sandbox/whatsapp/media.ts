/** Files: uploaded by us, or named by what people sent; fetched in two steps. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media */
import { createHash } from 'node:crypto';
import { asId, asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { formOf } from '../form.ts';
import type { PlatformAnswer, PlatformRequest } from '../platform.ts';
import { digits, hex } from '../random.ts';
import { remembered } from '../remembered.ts';
import { SAMPLES } from '../samples.ts';

interface File {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

export interface Media {
  /** Keeps an upload; the answer, or null for what is no upload. */
  upload(request: PlatformRequest): Promise<PlatformAnswer | null>;
  /** The first step; null for an unknown id. */
  describe(id: string): PlatformAnswer | null;
  /** The second step. */
  download(query: URLSearchParams): PlatformAnswer;
  delete(id: string): PlatformAnswer | null;
  /** People sent files: those of the message can be fetched from now on. */
  learn(value: JsonObject): void;
}

const MAX_FILES = 200;
const LINK_LIVES_MS = 300_000;
/** Below the account's address, as the real ones are below lookaside.fbsbx.com. */
export const DOWNLOAD_PATH = '/whatsapp_business/attachments/';

interface MediaOptions {
  readonly url: string;
  readonly now: () => number;
  readonly random: () => number;
}

export function mediaStore({ url, now, random }: MediaOptions): Media {
  const files = remembered<File>(MAX_FILES);
  const links = remembered<{ readonly id: string; readonly until: number }>(MAX_FILES);
  return {
    async upload({ body, headers }) {
      const form = await formOf(body, headers['content-type'] ?? '');
      const file = form?.get('file');
      if (form?.get('messaging_product') !== 'whatsapp' || file === null || typeof file !== 'object')
        return null;
      const id = digits(16, random);
      const given = form.get('type');
      const mimeType = typeof given === 'string' ? given : file.type;
      files.set(id, { mimeType, bytes: Buffer.from(await file.arrayBuffer()) });
      return { status: 200, body: { id } };
    },
    describe(id) {
      const file = files.get(id);
      if (file === undefined) return null;
      const ext = hex(24, random);
      links.set(ext, { id, until: now() + LINK_LIVES_MS });
      return {
        status: 200,
        body: {
          url: `${url}${DOWNLOAD_PATH}?mid=${id}&ext=${ext}`,
          mime_type: file.mimeType,
          sha256: createHash('sha256').update(file.bytes).digest('hex'),
          file_size: file.bytes.length,
          id,
          messaging_product: 'whatsapp',
        },
      };
    },
    download(query) {
      const link = links.get(query.get('ext') ?? '');
      const file = link === undefined || link.until < now() ? undefined : files.get(link.id);
      if (file === undefined) return { status: 404, body: '' };
      return { status: 200, headers: { 'content-type': file.mimeType }, body: file.bytes };
    },
    delete(id) {
      if (files.get(id) === undefined) return null;
      files.delete(id);
      return { status: 200, body: { success: true } };
    },
    learn(value) {
      for (const message of asObjects(value.messages)) {
        const type = String(message.type);
        const body = asObject(message[type]);
        const id = asId(body?.id);
        const sample = sampleOf(type, body?.voice === true);
        if (id !== undefined && sample !== undefined && files.get(id) === undefined)
          files.set(id, { mimeType: asId(body?.mime_type) ?? sample.mimeType, bytes: sample.bytes });
      }
    },
  };
}

function sampleOf(type: string, isVoice: boolean) {
  if (isVoice) return SAMPLES.voice;
  return Object.entries(SAMPLES).find(([name]) => name === type)?.[1];
}
