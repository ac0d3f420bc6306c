/** A Slack channel, requests signed as Slack does, and a Web API on the loopback address. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Channel } from '../../../src/channels/channel.ts';
import { httpClient } from '../../../src/channels/http.ts';
import { slack } from '../../../src/channels/slack/index.ts';
import { subject } from '../../../src/channels/slack/testing.ts';
import type { WebhookRequest } from '../../../src/channels/webhook.ts';
import type { JsonObject } from '../../../src/message/json.ts';

export const NOW_MS = 1_700_000_000_000;
const IDENTITY = { tenant: 'kit', id: 'sample' };

const config = (more: JsonObject = {}) => slack.config.parse({ ...subject.config, ...more });

const noNetwork = { request: () => Promise.reject(new Error('no network here')) };

export const offline = (more: JsonObject = {}): Channel =>
  slack.create(IDENTITY, config(more), { http: noNetwork, now: () => NOW_MS });

/** A webhook signed now, or at another time. A string is sent as it is. */
export async function webhook(body: unknown, atMs = NOW_MS): Promise<WebhookRequest> {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const headers = await slack.sign(config(), bytes, atMs);
  return {
    method: 'POST',
    query: {},
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: bytes,
  };
}

/** An event as the Events API wraps it. */
export const callback = (event: JsonObject, outer: JsonObject = {}): JsonObject => ({
  type: 'event_callback',
  team_id: 'T061EG9R6',
  api_app_id: 'A0MDYCDME',
  event_id: 'Ev0PV52K21',
  event_time: 1_699_999_999,
  event,
  ...outer,
});

export const form = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams(fields).toString();

export interface ApiCall {
  readonly method: string;
  readonly token: string | undefined;
  readonly args: Readonly<Record<string, string>>;
}

interface ApiAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Api extends AsyncDisposable {
  readonly channel: Channel;
  readonly calls: readonly ApiCall[];
}

/** A channel whose Web API is a real server that answers as told and keeps every call. */
export async function api(answer: (call: ApiCall) => ApiAnswer): Promise<Api> {
  const calls: ApiCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call: ApiCall = {
      method: (request.url ?? '').replace('/api/', ''),
      token: request.headers.authorization,
      args: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8'))),
    };
    calls.push(call);
    const { status = 200, headers = {}, body } = answer(call);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const http = httpClient();
  const redirected = slack.redirect(config(), `http://127.0.0.1:${port}/`);
  return {
    channel: slack.create(IDENTITY, redirected, { http, now: () => NOW_MS }),
    calls,
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise(closed => server.close(closed));
    },
  };
}

/** A wire message of plain text. */
export const post = (args: JsonObject = {}) => ({
  method: 'chat.postMessage',
  arguments: { channel: 'C061EG9SL', text: 'hello', ...args },
});
