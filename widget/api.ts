/** Requests to the channel's door, and the session they need. */
import type { SessionAnswer, WebError, WidgetAnswer } from '../src/channels/web/wire.ts';
import type { Memory, OutFrame } from './memory.ts';

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  /** `again`: the same may work later. */
  | { readonly ok: false; readonly again: boolean; readonly error: WebError };

export interface ApiOptions {
  /** The door's address, with a slash at its end. */
  readonly door: string;
  readonly memory: Memory;
  /** A token of the site's backend that says who the visitor is; undefined where there is none. */
  identity(): Promise<string | undefined>;
  /** The session that was ended, and its conversation with it. */
  ended(): void;
}

export interface Api {
  look(): Promise<Result<WidgetAnswer>>;
  /** A token that is valid now; a new session where the old one has ended. */
  token(): Promise<Result<string>>;
  /** The same session for longer. */
  renew(): Promise<Result<string>>;
  expiresInMs(): number;
  /** The token is not taken any more. */
  forget(): void;
  post(frame: OutFrame): Promise<Result<unknown>>;
  events(token: string, after: number, signal: AbortSignal): Promise<Result<Response>>;
}

const MARGIN_MS = 10_000;

const unreachable = {
  ok: false,
  again: true,
  error: { code: 'unavailable', message: 'no answer' },
} as const satisfies Result<never>;

export function openApi({ door, memory, identity, ended }: ApiOptions): Api {
  const call = async (path: string, init: RequestInit, token?: string): Promise<Result<Response>> => {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (init.body !== undefined) headers.set('content-type', 'application/json');
    try {
      const answer = await fetch(door + path, { ...init, headers, credentials: 'omit', cache: 'no-store' });
      return answer.ok ? { ok: true, value: answer } : await refusal(answer);
    } catch {
      return unreachable;
    }
  };

  const json = async <T>(path: string, init: RequestInit, token?: string): Promise<Result<T>> => {
    const answer = await call(path, init, token);
    if (!answer.ok) return answer;
    try {
      return { ok: true, value: (await answer.value.json()) as T };
    } catch {
      return unreachable;
    }
  };

  const session = async (body: object, token?: string): Promise<Result<string>> => {
    const answer = await json<SessionAnswer>(
      'session',
      { method: 'POST', body: JSON.stringify(body) },
      token,
    );
    if (!answer.ok) return answer;
    const { conversation, expires_in } = answer.value;
    const expiresAt = Date.now() + expires_in * 1_000;
    const other = memory.session !== null && memory.session.conversation !== conversation;
    memory.session = { token: answer.value.token, expiresAt, conversation };
    if (other) memory.after = 0;
    memory.save();
    if (other) ended();
    return { ok: true, value: answer.value.token };
  };

  const begin = async (): Promise<Result<string>> => {
    const who = await identity();
    return session(who === undefined ? {} : { identity: who });
  };

  const isFresh = (): boolean => memory.session !== null && memory.session.expiresAt > Date.now() + MARGIN_MS;

  const api: Api = {
    look: () => json('config', {}),
    async token() {
      return memory.session !== null && isFresh() ? { ok: true, value: memory.session.token } : begin();
    },
    async renew() {
      return memory.session !== null && isFresh() ? session({}, memory.session.token) : begin();
    },
    expiresInMs: () => (memory.session?.expiresAt ?? 0) - Date.now(),
    forget() {
      if (memory.session !== null) memory.session = { ...memory.session, expiresAt: 0 };
    },
    async post(frame) {
      const token = await api.token();
      if (!token.ok) return token;
      const answer = await json('messages', { method: 'POST', body: JSON.stringify(frame) }, token.value);
      if (answer.ok || answer.error.code !== 'token-expired') return answer;
      api.forget();
      return { ...answer, again: true };
    },
    events: (token, after, signal) =>
      call('events', { headers: { 'last-event-id': String(after) }, signal }, token),
  };
  return api;
}

async function refusal(answer: Response): Promise<Result<never>> {
  const again = answer.status === 429 || answer.status >= 500;
  try {
    const { error } = (await answer.json()) as { error: WebError };
    return { ok: false, again, error };
  } catch {
    return { ...unreachable, again };
  }
}
