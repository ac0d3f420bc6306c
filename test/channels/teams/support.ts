/** A Teams channel, a key server and a login on the loopback address, and tokens as Microsoft signs them, or does not. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, SignJWT } from 'jose';
import type { Channel } from '../../../src/channels/channel.ts';
import { httpClient } from '../../../src/channels/http.ts';
import { teams } from '../../../src/channels/teams/index.ts';
import { subject } from '../../../src/channels/teams/testing.ts';
import type { WebhookRequest } from '../../../src/channels/webhook.ts';
import type { InboundEvent } from '../../../src/message/event.ts';
import type { JsonObject } from '../../../src/message/json.ts';

export const NOW_MS = 1_700_000_000_000;
export const NOW = NOW_MS / 1_000;
export const IDENTITY = { tenant: 'kit', id: 'sample' };
export const APP_ID = '3f2c9a10-5d7e-4b61-9c3a-7e1f0b2d4a60';
export const OTHER_APP = '5c0e1b2a-0000-4000-8000-0000000000b1';
export const TENANT = '72f9d1c4-0000-4000-8000-00000000000a';
export const SERVICE_URL = 'https://smba.trafficmanager.net/emea/';
export const CONVERSATION = '19:a1b2c3d4e5f60718293a4b5c6d7e8f90@thread.v2';

export const config = (more: JsonObject = {}) => teams.config.parse({ ...subject.config, ...more });

const noNetwork = { request: () => Promise.reject(new Error('no network here')) };

export const offline = (more: JsonObject = {}): Channel =>
  teams.create(IDENTITY, config(more), { http: noNetwork, now: () => NOW_MS });

export const activity = (more: JsonObject = {}): JsonObject => ({
  type: 'message',
  id: '1699999998000',
  timestamp: '2023-11-14T22:13:18.0000000Z',
  channelId: 'msteams',
  serviceUrl: SERVICE_URL,
  from: { id: '29:1kitAdaExample', name: 'Ada Example' },
  conversation: { id: CONVERSATION, conversationType: 'groupChat', tenantId: TENANT },
  recipient: { id: `28:${APP_ID}`, name: 'Helpdesk' },
  channelData: { tenant: { id: TENANT } },
  text: 'hello',
  ...more,
});

export const requestOf = (
  body: JsonObject | string,
  headers: WebhookRequest['headers'] = {},
): WebhookRequest => ({
  method: 'POST',
  query: {},
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

export const parse = (body: JsonObject): readonly InboundEvent[] => offline().parse(requestOf(body));

// One pair for all tests: making one takes long.
const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const other = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const { publicKey, privateKey } = pair;
export const KID = 'kit-key-1';

/** A key as Microsoft publishes it. */
export const jwk = (key: KeyObject = pair.publicKey, more: JsonObject = {}): JsonObject => ({
  ...(key.export({ format: 'jwk' }) as JsonObject),
  use: 'sig',
  kid: KID,
  endorsements: ['msteams'],
  ...more,
});

export const claims = (more: JWTPayload = {}): JWTPayload => ({
  serviceurl: SERVICE_URL,
  iss: 'https://api.botframework.com',
  aud: APP_ID,
  nbf: NOW - 60,
  exp: NOW + 3_600,
  ...more,
});

export const token = (
  payload: JWTPayload = claims(),
  header: JsonObject = {},
  key: KeyObject = pair.privateKey,
): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: KID, typ: 'JWT', ...header }).sign(key);

export interface Served {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly served: readonly Served[];
}

/** A server that answers as told and keeps every call. */
export async function site(
  answer: (call: Served, response: ServerResponse, request: IncomingMessage) => void,
): Promise<Site> {
  const served: Served[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    served.push(call);
    answer(call, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise(closed => server.close(closed));
    },
  };
}

export const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

export interface Keys extends AsyncDisposable {
  readonly channel: Channel;
  readonly fetches: () => number;
  /** The clock of the channel. */
  at: number;
  /** What the key server has; null: it answers 503. */
  keys: readonly JsonObject[] | null;
  /** What the metadata says instead of the right thing. */
  metadata: unknown;
}

/** A channel whose keys come from a real server. */
export async function keyServer(more: JsonObject = {}): Promise<Keys> {
  const state = { at: NOW_MS, keys: [jwk()] as readonly JsonObject[] | null, metadata: undefined as unknown };
  const server = await site(({ path }, response) => {
    if (state.keys === null) return json(response, 503, 'down');
    if (path === '/keys') return json(response, 200, { keys: state.keys });
    json(response, 200, state.metadata ?? { jwks_uri: `${server.url}/keys` });
  });
  const http = httpClient();
  const parsed = config({ ...more, api: { openid_metadata: `${server.url}/openid` } });
  const channel = teams.create(IDENTITY, parsed, { http, now: () => state.at });
  return Object.assign(state, {
    channel,
    fetches: () => server.served.filter(({ path }) => path === '/openid').length,
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  });
}

export const bearer = (text: string): WebhookRequest['headers'] => ({ authorization: [`Bearer ${text}`] });
