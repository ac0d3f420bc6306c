/**
 * Outbound HTTP. Every call ends in a value, with the one fact delivery depends on: whether a byte may have
 * left us. Built on undici's pools; nothing here retries.
 */
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { Fault } from '../message/fault.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | StreamedBody;
  readonly signal: AbortSignal;
  /** Responses are read whole, up to this many bytes after decoding. */
  readonly maxResponseBytes?: number;
}

/** A body of known length that is not held whole. Read once, and destroyed where the call ends before its end. */
export interface StreamedBody {
  readonly bytes: number;
  readonly stream: Readable;
}

export interface HttpResponse {
  readonly kind: 'response';
  readonly status: number;
  /** Lower-case names; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpFailure {
  readonly kind: 'failure';
  /** False only where it is sure that no byte of the request left us. */
  readonly mayHaveLeft: boolean;
  /** A code as `ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`, `aborted`. */
  readonly reason: string;
}

export type HttpOutcome = HttpResponse | HttpFailure;

export interface HttpClient {
  /** Resolves always. The signal bounds the whole call: connecting, headers and body. */
  request(request: HttpRequest): Promise<HttpOutcome>;
}

const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024;

interface Evidence {
  started: boolean;
}

/**
 * Notes when undici is about to write a request: it calls `onRequestStart` on a connected socket right before
 * the first byte. What never got there has certainly not left us.
 */
const watchStart: Dispatcher.DispatcherComposeInterceptor = dispatch => (options, handler) => {
  const evidence = (options as { opaque?: Evidence }).opaque;
  if (evidence === undefined) return dispatch(options, handler);
  return dispatch(options, {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      // Aborted while it waited for a connection: undici writes nothing.
      evidence.started = !controller.aborted;
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  });
};

export interface HttpOptions {
  /** Told the `Date` header of each answer as soon as that has begun; not of one out of a cache. */
  readonly onDate?: (date: string) => void;
}

export function httpClient({ onDate }: HttpOptions = {}): HttpClient & AsyncDisposable {
  const agent = new Agent({
    connections: 64,
    connect: { timeout: 5_000 },
    headersTimeout: 15_000,
    bodyTimeout: 15_000,
    keepAliveTimeout: 10_000,
  });
  const dispatcher = agent.compose(watchStart);
  return {
    async request(call) {
      if (call.signal.aborted) return { kind: 'failure', mayHaveLeft: false, reason: 'aborted' };
      const evidence: Evidence = { started: false };
      try {
        const asked = request(call.url, {
          method: call.method,
          ...bodyOf(call),
          signal: call.signal,
          dispatcher,
          opaque: evidence,
        });
        const answer = await unlessGivenUp(asked, call.signal, evidence);
        const { date, age } = answer.headers;
        // With an age it comes from a cache, and its date is that of the page. https://www.rfc-editor.org/rfc/rfc9111#section-5.1
        if (typeof date === 'string' && age === undefined) onDate?.(date);
        const body = await readBody(answer.body, call.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES);
        if (body === null) return { kind: 'failure', mayHaveLeft: true, reason: 'response-too-large' };
        return { kind: 'response', status: answer.statusCode, headers: flat(answer.headers), body };
      } catch (error) {
        return { kind: 'failure', mayHaveLeft: evidence.started, reason: reasonOf(error) };
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function bodyOf({ headers, body }: HttpRequest) {
  if (typeof body !== 'object' || !('stream' in body)) return { headers: { ...headers }, body: body ?? null };
  return { headers: { ...headers, 'content-length': String(body.bytes) }, body: body.stream };
}

async function readBody(body: Dispatcher.ResponseData['body'], limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit) {
      body.destroy();
      return null;
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) out[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'aborted';
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : error.name;
}

/** The fault of a call that got no response. */
export function faultOfFailure(failure: HttpFailure): Fault {
  return failure.mayHaveLeft
    ? { code: 'ambiguous', detail: `no answer after the request left: ${failure.reason}` }
    : { code: 'not-connected', detail: `no connection: ${failure.reason}` };
}

/**
 * The fault of a status code where the body says nothing better: 429 waits, 408 and 5xx after a sent request
 * leave it open whether the platform acted, any other 4xx is a refusal.
 */
export function faultOfStatus(response: HttpResponse, nowMs: number): Fault {
  const { status } = response;
  const base = { httpStatus: status, detail: `the platform answered ${status}` };
  if (status === 429) return { code: 'rate-limited', ...base, ...retryAfter(response, nowMs) };
  if (status === 401 || status === 403) return { code: 'unauthorized', ...base };
  if (status === 408 || status >= 500) return { code: 'ambiguous', ...base };
  if (status >= 400) return { code: 'invalid-message', ...base };
  return { code: 'ambiguous', ...base, detail: `the platform answered ${status} without a message id` };
}

const HOUR_MS = 3_600_000;

/**
 * `Retry-After` in milliseconds: seconds (also with a fraction) or an HTTP date; nothing for garbage, the past
 * or a negative value. Capped at one hour.
 */
export function retryAfter(
  response: Pick<HttpResponse, 'headers'>,
  nowMs: number,
): { retryAfterMs?: number } {
  const value = response.headers['retry-after']?.trim();
  if (value === undefined || value === '') return {};
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : waitUntil(value, nowMs);
  return Number.isFinite(wait) && wait >= 0 ? { retryAfterMs: Math.min(Math.ceil(wait), HOUR_MS) } : {};
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const waitUntil = (value: string, nowMs: number): number =>
  HTTP_DATE.test(value) ? Date.parse(value) - nowMs : Number.NaN;

/** undici notices an abort only once it has a connection; what has none by then need not wait for one. */
function unlessGivenUp<T>(asked: Promise<T>, signal: AbortSignal, evidence: Evidence): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    if (!evidence.started) reject(signal.reason);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  return Promise.race([asked, givenUp]).finally(() => signal.removeEventListener('abort', giveUp));
}
