/**
 * Webhook in, 200 out. The order is the guarantee: raw bytes, bounds, who sent it, durable append, and only then
 * the answer. Stands in front of everything else and reads the stream itself. What the body says is read later,
 * from the log: a body that cannot be read is quarantined there, and has been answered 200 like any other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Channel, ChannelDefinition } from '../channels/channel.ts';
import {
  type Answer,
  keptHeaders,
  type RefusalReason,
  type SigningSecret,
  type Verdict,
  type WebhookRequest,
} from '../channels/webhook.ts';
import type { Log, LogRecord } from '../storage/log.ts';
import { readBody } from './body.ts';

export interface WebhookChannel {
  readonly channel: Channel;
  readonly definition: Pick<ChannelDefinition, 'maxBodyBytes'>;
}

export interface WebhookOptions {
  /** By the id in the path. */
  readonly channelOf: (id: string) => WebhookChannel | undefined;
  readonly log: Log;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** True once the hub is stopping: the platforms are to send again. */
  readonly draining: () => boolean;
  readonly onRefused: (channel: string, reason: RefusalReason) => void;
  /** It is from the platform; told before it is stored. A handshake proves less, for it need not be signed. */
  readonly onVerified: (channel: string, kind: 'handshake' | 'event', secret: SigningSecret) => void;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
}

export const WEBHOOK_PREFIX = '/webhooks/';

/** Slack gives three seconds, the others more: after this we say that we could not, and they send it again. */
export const HARD_LIMIT_MS = 2_500;
const RETRY_AFTER_SECONDS = '5';
const CONTENT_TYPE = /^application\/(?:json|x-www-form-urlencoded)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

export function webhookHandler(
  options: WebhookOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const url = request.url ?? '';
    const question = url.indexOf('?');
    const id = url.slice(WEBHOOK_PREFIX.length, question === -1 ? undefined : question);
    const found = options.channelOf(id);
    if (found === undefined) return end(response, 404);
    if (options.draining()) return unavailable(response);
    const query = question === -1 ? NO_QUERY : parseQuery(url.slice(question + 1));
    if (request.method === 'GET') return receive(found, 'GET', query, request, response, NO_BODY, options);
    if (request.method !== 'POST') return end(response, 405, { allow: 'GET, POST' });
    const refusal = unreadableHeaders(headersOf(request));
    if (refusal !== null) return end(response, refusal, { connection: 'close' });
    readBody(request, found.definition.maxBodyBytes, body => {
      if (body.ok) return receive(found, 'POST', query, request, response, body.bytes, options);
      if (body.reason === 'too-large') end(response, 413, { connection: 'close' });
      else response.destroy();
    });
  };
}

const NO_QUERY: Readonly<Record<string, string>> = Object.freeze({});
const NO_BODY = Buffer.alloc(0);

/** No platform compresses, and all send JSON or forms in UTF-8: anything else was not meant for us. */
function unreadableHeaders(headers: WebhookRequest['headers']): number | null {
  if ((headers['content-encoding']?.[0] ?? 'identity') !== 'identity') return 415;
  const types = headers['content-type'] ?? [];
  return types.length === 1 && CONTENT_TYPE.test(types[0] ?? '') ? null : 415;
}

/** Node computes them on first use and keeps them; the joined form would be a second computation. */
const headersOf = (request: IncomingMessage): WebhookRequest['headers'] =>
  request.headersDistinct as Record<string, readonly string[]>;

function parseQuery(text: string): Readonly<Record<string, string>> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) query[name] = value;
  return query;
}

function receive(
  found: WebhookChannel,
  method: 'GET' | 'POST',
  query: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  options: WebhookOptions,
): void {
  options.crash('CP1');
  const { channel } = found;
  const asked: WebhookRequest = { method, query, body, headers: headersOf(request) };
  const verdict = channel.verify(asked);
  if (!(verdict instanceof Promise)) return decide(verdict, channel, asked, response, options);
  verdict.then(
    settled => decide(settled, channel, asked, response, options),
    () => {
      options.onRefused(channel.id, 'unverifiable');
      end(response, 401);
    },
  );
}

function decide(
  verdict: Verdict,
  channel: Channel,
  request: WebhookRequest,
  response: ServerResponse,
  options: WebhookOptions,
): void {
  options.crash('CP2');
  if (!verdict.ok) {
    options.onRefused(channel.id, verdict.reason);
    return verdict.status === 503 ? unavailable(response) : end(response, verdict.status);
  }
  const { answer: handshake, secret = 'current' } = verdict;
  options.onVerified(channel.id, handshake === undefined ? 'event' : 'handshake', secret);
  if (handshake !== undefined) return answer(response, handshake);
  if (request.method === 'GET') return end(response, 405, { allow: 'POST' });
  const reply = channel.reply?.(request);
  const tooLate = setTimeout(() => unavailable(response), HARD_LIMIT_MS);
  options.log.append(recordOf(request, channel, secret, options)).then(appended => {
    clearTimeout(tooLate);
    if (response.writableEnded) return;
    options.crash('CP4');
    if (!appended.ok) return unavailable(response);
    if (reply === undefined) end(response, 200);
    else answer(response, reply);
    options.crash('CP5');
  });
}

function recordOf(
  request: WebhookRequest,
  channel: Channel,
  secret: SigningSecret,
  options: WebhookOptions,
): LogRecord {
  return {
    id: options.newId(),
    at: options.now(),
    source: 'webhook',
    tenant: channel.tenant,
    channel: channel.id,
    ...(secret === 'previous' ? { secret } : {}),
    query: request.query,
    headers: keptHeaders(request.headers),
    body: request.body,
  };
}

function answer(
  response: ServerResponse,
  { status, body, contentType = 'text/plain; charset=utf-8' }: Answer,
): void {
  const headers = {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, headers).end(body);
}

/** An empty body, the same bytes for every cause. */
function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-length': 0, ...headers }).end();
}

const unavailable = (response: ServerResponse): void =>
  end(response, 503, { 'retry-after': RETRY_AFTER_SECONDS });
