/** The door's side of HTTP: origins, bodies, answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebError } from './wire.ts';

export interface Refusal {
  readonly status: number;
  readonly error: WebError;
}

export const refuse = (
  status: number,
  code: WebError['code'],
  message: string,
  retryAfterMs?: number,
): Refusal => ({
  status,
  error: { code, message, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) },
});

/** The one value of a header; null when it came more than once, undefined when not at all. */
export function one(request: IncomingMessage, name: string): string | null | undefined {
  const values = request.headersDistinct[name];
  return values === undefined || values.length === 0 ? undefined : values.length === 1 ? values[0] : null;
}

/**
 * Whether the page that asks may. A browser names its page's origin on every upgrade, every POST and every
 * request to another origin; only a plain GET to the own origin goes without, and `Sec-Fetch-Site` then says so.
 */
export function isAllowed(request: IncomingMessage, allowed: ReadonlySet<string>, plainGet = false): boolean {
  const origin = one(request, 'origin');
  if (origin === undefined)
    return plainGet && (one(request, 'sec-fetch-site') ?? 'same-origin') === 'same-origin';
  if (origin === null || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  // Only the host: a proxy that ends TLS speaks plain HTTP to us, so the scheme says nothing here.
  const own = /^https?:$/.test(url.protocol) && url.origin === origin && url.host === one(request, 'host');
  return own || allowed.has(origin);
}

export function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  const origin = one(request, 'origin');
  response.setHeader('vary', 'Origin');
  if (typeof origin === 'string') response.setHeader('access-control-allow-origin', origin);
}

/** No cookie is ever involved, so credentials stay forbidden. */
export function preflight(response: ServerResponse): void {
  response
    .writeHead(204, {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, last-event-id, x-patchbay-name',
      'access-control-max-age': '600',
    })
    .end();
}

export function answer(response: ServerResponse, status: number, value: object, cache = 'no-store'): void {
  if (response.headersSent || response.destroyed) return;
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': cache,
      'x-content-type-options': 'nosniff',
    })
    .end(JSON.stringify(value));
}

export function answerRefusal(response: ServerResponse, { status, error }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  if (error.retry_after_ms !== undefined)
    response.setHeader('retry-after', String(Math.ceil(error.retry_after_ms / 1_000)));
  // What is left of a body we refuse is not read: the connection ends with the answer.
  if (status === 413 || status === 415) response.setHeader('connection', 'close');
  answer(response, status, { error });
}

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

export type Body =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly refusal: Refusal };

const refusedBody = (status: number, code: WebError['code'], message: string): Body => ({
  ok: false,
  refusal: refuse(status, code, message),
});

export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  if (!JSON_TYPE.test(one(request, 'content-type') ?? '') || one(request, 'content-encoding') !== undefined)
    return refusedBody(415, 'unsupported-media-type', 'expected application/json in UTF-8, not compressed');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) return refusedBody(413, 'too-large', `at most ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch {
    return refusedBody(422, 'invalid', 'the body was cut off');
  }
  return { ok: true, bytes: Buffer.concat(chunks) };
}

/** The token of `Authorization: Bearer`, never of the address: addresses end up in logs. */
export function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer ([A-Za-z0-9._-]+)$/.exec(one(request, 'authorization') ?? '')?.[1];
}
