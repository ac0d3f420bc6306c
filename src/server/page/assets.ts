/** The page at `/` and the widget: read once at the start, served from memory. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { bundle } from './bundle.ts';

export interface Asset {
  readonly body: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
}

const WIDGET = new URL('../../../widget/widget.ts', import.meta.url);
const PAGE_SCRIPT = new URL('../../../widget/page.ts', import.meta.url);

/** No inline script or style, nothing from elsewhere but pictures that a bot sends. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' https: data:",
  "media-src 'self' https:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The widget, for any page that embeds it: no origin of ours is asked for here. */
export const loadWidget = (): Asset =>
  asset(bundle(WIDGET), 'text/javascript', { 'cross-origin-resource-policy': 'cross-origin' });

/** By path: the page, its style sheet and its script, and the widget. */
export function loadPage(): ReadonlyMap<string, Asset> {
  const file = (name: string): string => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const page = {
    'content-security-policy': POLICY,
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-frame-options': 'DENY',
  };
  return new Map([
    ['/', asset(file('index.html'), 'text/html', page)],
    ['/page.css', asset(file('page.css'), 'text/css')],
    ['/page.js', asset(bundle(PAGE_SCRIPT), 'text/javascript')],
    ['/favicon.svg', asset(file('favicon.svg'), 'image/svg+xml')],
    ['/widget.js', loadWidget()],
  ]);
}

function asset(text: string, type: string, headers: Readonly<Record<string, string>> = {}): Asset {
  const body = Buffer.from(text);
  return {
    body,
    gzip: gzipSync(body, { level: 9 }),
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    contentType: `${type}; charset=utf-8`,
    headers: { ...headers, 'x-content-type-options': 'nosniff' },
  };
}

/** GET or HEAD. A browser that has it already is told so; it asks again each time, so an update is seen at once. */
export function serveAsset(given: Asset, request: IncomingMessage, response: ServerResponse): void {
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const etag = zipped ? given.etag.replace(/"$/, '-gzip"') : given.etag;
  const headers = { ...given.headers, etag, 'cache-control': 'no-cache', vary: 'Accept-Encoding' };
  if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const body = zipped ? given.gzip : given.body;
  response.writeHead(200, {
    ...headers,
    'content-type': given.contentType,
    'content-length': String(body.length),
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
