/** Files of the visitor: brought to the hub one after the other, then said in a message that names them. */
import type { UploadAnswer, WebError } from '../src/channels/web/wire.ts';
import type { Api, Result } from './api.ts';
import { randomId } from './dom.ts';
import type { Entry, Memory, Mine, OutFrame } from './memory.ts';

export interface FileLimits {
  readonly max_bytes: number;
  readonly types: readonly string[];
}

export interface UploadsOptions {
  readonly door: string;
  readonly api: Api;
  readonly memory: Memory;
  /** What a message tells beside what it says. */
  context(): Readonly<Record<string, unknown>>;
  added(entry: Entry): void;
  changed(entry: Entry): void;
  /** The file is kept: its message may go. */
  ready(): void;
}

export interface Uploads {
  add(file: File): void;
  /** Whether the file is still at hand; after a reload of the page it is not. */
  has(entry: Mine): boolean;
  again(entry: Mine): void;
  cancel(entry: Mine): void;
  close(): void;
}

/** As the door would say; null for what it may take. A type the browser does not know is for the door to judge. */
export function objection(file: File, { max_bytes, types }: FileLimits): 'tooLarge' | 'wrongType' | null {
  if (file.size > max_bytes) return 'tooLarge';
  const [type = ''] = file.type.toLowerCase().split(';');
  const fits = types.some(one => (one.endsWith('/*') ? type.startsWith(one.slice(0, -1)) : type === one));
  return type === '' || fits ? null : 'wrongType';
}

const MAX_TRIES = 4;
const WAIT_MS = 2_000;

export function uploads({ door, api, memory, context, added, changed, ready }: UploadsOptions): Uploads {
  const files = new Map<Mine, File>();
  const waiting: Mine[] = [];
  let current: { readonly entry: Mine; readonly cut: AbortController } | undefined;

  const set = (entry: Mine, state: Mine['state'], why?: Mine['why']): void => {
    entry.state = state;
    if (why === undefined) delete entry.why;
    else entry.why = why;
    memory.save();
    changed(entry);
  };

  const bring = async (entry: Mine, file: File, signal: AbortSignal): Promise<Result<UploadAnswer>> => {
    for (let tries = 1; ; tries++) {
      const token = await api.token();
      if (!token.ok) return token;
      const progress = (share: number): void => {
        entry.share = share;
        changed(entry);
      };
      const result = await send({ door, token: token.value, file, progress, signal });
      if (result.ok || signal.aborted || tries === MAX_TRIES) return result;
      if (result.error.code === 'token-expired') api.forget();
      else if (!result.again) return result;
      await new Promise(resolve => setTimeout(resolve, result.error.retry_after_ms ?? WAIT_MS));
    }
  };

  const one = async (entry: Mine, file: File): Promise<void> => {
    const cut = new AbortController();
    current = { entry, cut };
    const result = await bring(entry, file, cut.signal);
    current = undefined;
    if (cut.signal.aborted) set(entry, 'failed', 'cancelled');
    else if (result.ok) {
      files.delete(entry);
      entry.frame = { ...entry.frame, upload: result.value.upload };
      set(entry, 'sending');
      ready();
    } else set(entry, 'failed', whyOf(result.error));
  };

  const pump = async (): Promise<void> => {
    for (;;) {
      const entry = current === undefined ? waiting.shift() : undefined;
      const file = entry && files.get(entry);
      if (entry === undefined) return;
      if (file !== undefined) await one(entry, file);
    }
  };

  const start = (entry: Mine): void => {
    waiting.push(entry);
    void pump();
  };

  return {
    add(file) {
      const id = randomId();
      const frame: OutFrame = { id, type: 'media', ...context() };
      const label = `${file.name} (${sizeOf(file.size)})`;
      const entry: Mine = { who: 'me', id, at: Date.now(), frame, label, state: 'uploading' };
      files.set(entry, file);
      memory.add(entry);
      added(entry);
      start(entry);
    },
    has: entry => files.has(entry),
    again(entry) {
      entry.share = 0;
      set(entry, 'uploading');
      start(entry);
    },
    cancel(entry) {
      if (current?.entry === entry) return current.cut.abort();
      const at = waiting.indexOf(entry);
      if (at >= 0) waiting.splice(at, 1);
      set(entry, 'failed', 'cancelled');
    },
    close() {
      waiting.length = 0;
      current?.cut.abort();
    },
  };
}

const whyOf = ({ code }: WebError): Mine['why'] =>
  code === 'too-large' ? 'tooLarge' : code === 'unsupported-media-type' ? 'wrongType' : undefined;

interface Sending {
  readonly door: string;
  readonly token: string;
  readonly file: File;
  progress(share: number): void;
  readonly signal: AbortSignal;
}

/** The old way, as `fetch` tells nothing of how far it is. */
function send({ door, token, file, progress, signal }: Sending): Promise<Result<UploadAnswer>> {
  return new Promise(resolve => {
    const request = new XMLHttpRequest();
    request.open('POST', `${door}upload`);
    request.responseType = 'json';
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    // Half a character is none.
    request.setRequestHeader('x-patchbay-name', encodeURIComponent(file.name.replace(/\p{Cs}/gu, '')));
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      progress(total > 0 ? loaded / total : 0),
    );
    request.addEventListener('loadend', () => {
      const { status, response } = request;
      if (status === 200 && response !== null) return resolve({ ok: true, value: response as UploadAnswer });
      const error = (response as { error?: WebError } | null)?.error;
      const again = status === 0 || status === 429 || status >= 500;
      resolve({ ok: false, again, error: error ?? { code: 'unavailable', message: 'no answer' } });
    });
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

export const sizeOf = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
