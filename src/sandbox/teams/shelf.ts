/** What is attached to messages: pictures people send, and files the bot puts there. */
import { asId, asObject, asObjects } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { PlatformAnswer } from '../platform.ts';
import { remembered } from '../remembered.ts';
import { SAMPLES } from '../samples.ts';
import { connectorError } from './errors.ts';

interface Kept {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Shelf {
  /** A file as the Connector takes it; undefined where something is missing. */
  put(file: JsonObject): string | undefined;
  /** `attachments/{id}` and `attachments/{id}/views/{view}`. */
  answer(id: string, edge: string | undefined, view: string | undefined): PlatformAnswer;
  /** A file of a person's, for whoever has its address: no token of ours opens it, and none is sent. */
  download(query: URLSearchParams): PlatformAnswer;
  /** The pictures and files of a message can be downloaded. */
  learn(activity: JsonObject): void;
}

/** Below the account's address, as the real ones are below that of a person's SharePoint. */
export const DOWNLOAD_PATH = '/personal/ada/download';

const MAX_FILES = 500;
const MAX_BYTES = 4 * 1024 * 1024;
const VIEW = /\/v3\/attachments\/([\w-]+)\/views\/original$/;

export function shelf(newId: () => string): Shelf {
  const kept = remembered<Kept>(MAX_FILES);
  const files = remembered<Kept>(MAX_FILES);

  function learnFile(downloadUrl: string, name: string): void {
    if (!URL.canParse(downloadUrl)) return;
    const { searchParams, pathname } = new URL(downloadUrl);
    if (!pathname.endsWith(DOWNLOAD_PATH)) return;
    const { mimeType, bytes } = /\.(?:png|jpe?g|gif|webp)$/i.test(name) ? SAMPLES.image : SAMPLES.document;
    const key = `${searchParams.get('UniqueId')}/${searchParams.get('tempauth')}`;
    files.set(key, { name, type: mimeType, bytes });
  }

  return {
    put({ name, type, originalBase64 }) {
      const bytes = Buffer.from(asId(originalBase64) ?? '', 'base64');
      if (bytes.length === 0 || bytes.length > MAX_BYTES) return undefined;
      const id = `0-sandbox-${newId()}`;
      kept.set(id, { name: asId(name) ?? 'file', type: asId(type) ?? 'application/octet-stream', bytes });
      return id;
    },
    answer(id, edge, view) {
      const found = kept.get(id);
      if (found === undefined) return connectorError('NotFound');
      const { name, type, bytes } = found;
      if (edge === undefined)
        return { status: 200, body: { name, type, views: [{ viewId: 'original', size: bytes.length }] } };
      if (edge !== 'views' || view !== 'original') return connectorError('NotFound');
      return { status: 200, headers: { 'content-type': type }, body: bytes };
    },
    download(query) {
      const found = files.get(`${query.get('UniqueId')}/${query.get('tempauth')}`);
      if (found === undefined) return { status: 404, body: 'not found' };
      return { status: 200, headers: { 'content-type': found.type }, body: found.bytes };
    },
    learn(activity) {
      for (const { contentUrl, content, name } of asObjects(activity.attachments)) {
        learnFile(asId(asObject(content)?.downloadUrl) ?? '', asId(name) ?? 'file');
        const [, id] = VIEW.exec(asId(contentUrl) ?? '') ?? [];
        const { mimeType, bytes } = SAMPLES.image;
        if (id !== undefined) kept.set(id, { name: asId(name) ?? 'image.png', type: mimeType, bytes });
      }
    },
  };
}
