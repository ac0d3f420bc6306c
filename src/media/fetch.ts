/**
 * One GET of what others named, by the guard's rules on every hop: a connection of its own, to the address that
 * was judged, with the token for the platform's own hosts only, decoded as it streams.
 */
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { type FetchFailure, failure } from './failure.ts';
import type { Guard, Judged } from './guard.ts';

export interface Ask {
  readonly url: string;
  /** For `hosts` alone, and only encrypted (or to our own stand-in). */
  readonly authorization?: string | ((signal: AbortSignal) => Promise<string | null>);
  /** Exact names, or `*.example.com` for all below one. The first hop must be one of them where they are given. */
  readonly hosts?: readonly string[];
  readonly signal: AbortSignal;
}

export interface Fetched {
  readonly ok: true;
  /** Lower case, without parameters. */
  readonly contentType: string;
  /** What the platform says its length is; null where it does not, or where it came compressed. */
  readonly contentLength: number | null;
  /** To be read once; ends with an error where the platform broke off or the signal said so. */
  readonly body: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const MAX_REDIRECTS = 3;
const CONNECT_MS = 5_000;
/** Without a byte. The whole is bounded by the signal. */
const SILENCE_MS = 15_000;

type Allowed = Extract<Judged, { ok: true }>;

/** Never rejects; a body under way may. Only an answer of 200 is `ok`. */
export async function guardedGet(ask: Ask, guard: Guard): Promise<Fetched | FetchFailure> {
  let judged = await guard.judge(ask.url);
  for (let hop = 0; ; hop++) {
    if (!judged.ok) return failure(judged.code, judged.reason);
    const headers = await headersFor(judged, ask, hop);
    if ('code' in headers) return headers;
    const answered = await get(judged, headers.headers, ask.signal, guard);
    if ('code' in answered) return answered;
    const { response, agent } = answered;
    const location = redirectOf(response);
    if (location === undefined) return read(response, agent);
    await discard(response, agent);
    if (hop === MAX_REDIRECTS) return failure('blocked', `more than ${MAX_REDIRECTS} redirects`);
    judged = await follow(location, judged.url, guard);
  }
}

async function follow(location: string, from: URL, guard: Guard): Promise<Judged> {
  const judged = await guard.judge(location, from);
  const weaker = judged.ok && from.protocol === 'https:' && judged.url.protocol === 'http:';
  return weaker ? { ok: false, code: 'blocked', reason: 'a redirect that gives up encryption' } : judged;
}

/** The token goes along only to the platform's own hosts, encrypted or to our stand-in. */
export async function headersFor(
  { url, trusted }: Allowed,
  ask: Ask,
  hop: number,
): Promise<{ readonly headers: Readonly<Record<string, string>> } | FetchFailure> {
  const ours = trusted || isOneOf(url.hostname, ask.hosts);
  if (hop === 0 && ask.hosts !== undefined && !ours)
    return failure('blocked', 'a host that is not the platform’s');
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'patchbay' };
  const mayKnow = ask.hosts !== undefined && ours && (trusted || url.protocol === 'https:');
  const authorization = mayKnow ? await tokenOf(ask) : undefined;
  if (authorization === null) return failure('unauthorized', 'there is no token to ask with');
  return { headers: authorization === undefined ? headers : { ...headers, authorization } };
}

const tokenOf = ({ authorization, signal }: Ask): Promise<string | null> | string | undefined =>
  typeof authorization === 'function' ? authorization(signal) : authorization;

const isOneOf = (host: string, hosts: readonly string[] | undefined): boolean =>
  hosts?.some(one => (one.startsWith('*.') ? host.endsWith(one.slice(1)) : host === one)) ?? false;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData): string | undefined {
  const { location } = headers;
  return REDIRECTS.has(statusCode) && typeof location === 'string' ? location : undefined;
}

interface Answered {
  readonly response: Dispatcher.ResponseData;
  readonly agent: Agent;
}

class BlockedPeer extends Error {}

async function get(
  judged: Allowed,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  guard: Guard,
): Promise<Answered | FetchFailure> {
  // Not shared: a connection that was opened for one address must not serve another request.
  const agent = new Agent({
    connect: connectTo(judged, guard),
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
    pipelining: 0,
  });
  try {
    const response = await request(judged.url, {
      method: 'GET',
      headers: { ...headers },
      signal,
      dispatcher: agent,
    });
    response.body.on('error', () => {});
    return { response, agent };
  } catch (error) {
    await agent.destroy();
    return failureOf(error, signal);
  }
}

/** The name is not looked up again: what answers is what was judged, also where a name server changed its mind. */
function connectTo(judged: Allowed, guard: Guard): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_MS,
    lookup: (_host, options, done) => {
      const [first] = judged.addresses;
      if (options.all) done(null, [...judged.addresses]);
      else done(null, first?.address ?? '', first?.family ?? 4);
    },
  });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (guard.isAllowedPeer(socket.remoteAddress, judged)) return callback(null, socket);
      socket.destroy();
      callback(new BlockedPeer('connected to an address that is not allowed'), null);
    });
  };
}

/** What went wrong with a connection or a body, in words that tell nothing of the network. */
export function failureOf(error: unknown, signal: AbortSignal): FetchFailure {
  if (error instanceof BlockedPeer) return failure('blocked', error.message);
  if (signal.aborted) return failure('timeout', 'it took too long');
  const code = String((error as { code?: unknown }).code ?? 'failed');
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return failure('timeout', 'no byte came');
  if (code.startsWith('Z_')) return failure('refused', 'it cannot be decompressed');
  if (
    ['UND_ERR_SOCKET', 'ECONNRESET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_ABORTED'].includes(code)
  )
    return failure('incomplete', 'the connection broke off');
  return failure('unavailable', `no connection: ${/^[A-Z0-9_]{1,60}$/.test(code) ? code : 'failed'}`);
}

function read(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  agent: Agent,
): Fetched | Promise<FetchFailure> {
  const close = async (): Promise<void> => {
    body.destroy();
    await agent.destroy();
  };
  const refuse = async (found: FetchFailure): Promise<FetchFailure> => {
    await close();
    return found;
  };
  if (statusCode !== 200) return refuse(failureOfStatus(statusCode));
  const encoding = textOf(headers['content-encoding']).toLowerCase();
  const decoded = decode(body, encoding);
  if (decoded === null) return refuse(failure('refused', 'an unknown compression'));
  const length = textOf(headers['content-length']);
  const [type = ''] = textOf(headers['content-type']).split(';');
  return {
    ok: true,
    contentType: type.trim().toLowerCase(),
    contentLength: /^\d{1,15}$/.test(length) && decoded === body ? Number(length) : null,
    body: decoded,
    close,
  };
}

const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value.trim() : (value?.[0] ?? '');

/** Some compress although we ask them not to; the limit counts what comes out. */
function decode(body: Readable, encoding: string): Readable | null {
  if (encoding === '' || encoding === 'identity') return body;
  const decoder =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'br'
          ? createBrotliDecompress()
          : null;
  if (decoder === null) return null;
  // The error reaches whoever reads the decoder.
  pipeline(body, decoder, () => {});
  return decoder;
}

function failureOfStatus(status: number): FetchFailure {
  const said = `the platform answered ${status}`;
  if (status === 401 || status === 403) return failure('unauthorized', said);
  if (status === 404 || status === 410) return failure('not-found', said);
  if (status === 408 || status === 429 || status >= 500) return failure('unavailable', said);
  return failure('refused', said);
}

async function discard({ body }: Dispatcher.ResponseData, agent: Agent): Promise<void> {
  body.destroy();
  await agent.destroy();
}
