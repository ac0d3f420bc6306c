/** A sandbox with one account, and a hub that only receives: real sockets on both sides. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Channel, ChannelDefinition } from '../../src/channels/channel.ts';
import { httpClient } from '../../src/channels/http.ts';
import { definitionOf } from '../../src/channels/index.ts';
import type { WebhookRequest } from '../../src/channels/webhook.ts';
import type { InboundEvent, Receipt } from '../../src/message/event.ts';
import type { JsonObject } from '../../src/message/json.ts';
import type { InboundMessage } from '../../src/message/message.ts';
import { platformOf, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { Behaviour, SandboxPlatform, Trigger, Webhook } from '../../src/sandbox/platform.ts';
import { buildTrigger } from '../../src/sandbox/trigger.ts';

export interface Arrived {
  readonly headers: IncomingMessage['headers'];
  readonly request: WebhookRequest;
  /** What it was answered. */
  readonly status: number;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly arrived: readonly Arrived[];
}

/** Answers the nth request (from 1) with that status; null closes the connection without an answer. */
export async function receiver(
  answer: (n: number) => number | null = () => 200,
  port = 0,
): Promise<Receiver> {
  const arrived: Arrived[] = [];
  let count = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = answer(++count);
    const asked = requestOf(request, Buffer.concat(chunks));
    arrived.push({ headers: request.headers, request: asked, status: status ?? 0 });
    if (status === null) request.socket.resetAndDestroy();
    else response.writeHead(status).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound.port}`,
    arrived,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    },
  };
}

const requestOf = (request: IncomingMessage, body: Buffer): WebhookRequest => ({
  method: request.method === 'GET' ? 'GET' : 'POST',
  query: {},
  headers: Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, all]) => [name, all ?? []]),
  ),
  body,
});

export const definitionFor = (type: string): ChannelDefinition => {
  const definition = definitionOf(type);
  assert.ok(definition !== undefined, `there is an adapter for ${type}`);
  return definition;
};

const platformFor = (type: string): SandboxPlatform => {
  const platform = platformOf(type);
  assert.ok(platform !== undefined, `the sandbox knows ${type}`);
  return platform;
};

export const secret = (name: string): string => `test-only-${name}-0123456789`;

/** The adapter's part of a channel file, as its schema puts it out. */
export const configFor = (type: string): Record<string, unknown> =>
  definitionFor(type).config.parse(platformFor(type).sampleConfig({ secret }));

export const ACCOUNT = 'sample';
export const IDENTITY = { tenant: 'default', id: ACCOUNT };

export interface Stage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** The account's address. */
  readonly url: string;
  readonly hub: Receiver;
  /** The adapter, turned to the sandbox. */
  readonly channel: Channel;
  /** What arrived at the hub, verified and read by the adapter. */
  events(): Promise<readonly InboundEvent[]>;
  receipts(): Promise<readonly Receipt[]>;
}

export interface StageOptions {
  readonly behaviour?: Partial<Behaviour>;
  readonly now?: () => number;
  readonly answer?: (n: number) => number | null;
}

export async function stage(type: string, options: StageOptions = {}): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const definition = definitionFor(type);
  const config = configFor(type);
  const hub = opened.use(await receiver(options.answer));
  const { now = Date.now, behaviour = {} } = options;
  const sandbox = opened.use(
    await startSandbox({
      listen: { host: '127.0.0.1', port: 0 },
      accounts: [{ type, id: ACCOUNT, config, definition, webhook: () => `${hub.url}/webhooks/${ACCOUNT}` }],
      behaviour: { receiptMs: 1, redelivery: 0.01, ...behaviour },
      now,
    }),
  );
  const url = sandbox.urlFor(type, ACCOUNT);
  const deps = { http: opened.use(httpClient()), now };
  const channel = definition.create(IDENTITY, definition.redirect(config, url), deps);
  const events = async (): Promise<readonly InboundEvent[]> => {
    const read: InboundEvent[] = [];
    for (const { request } of hub.arrived) {
      const { ok } = await channel.verify(request);
      assert.ok(ok);
      read.push(...channel.parse(request));
    }
    return read;
  };
  const resources = opened.move();
  return {
    sandbox,
    url,
    hub,
    channel,
    events,
    receipts: async () =>
      (await events()).flatMap(event => (event.kind === 'receipt' ? [event.receipt] : [])),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export const triggerOf = (type: string, name: string): Trigger => {
  const trigger = platformFor(type).triggers.find(one => one.name === name);
  assert.ok(trigger !== undefined, `there is a trigger ${type}.${name}`);
  return trigger;
};

export function webhookOf(type: string, name: string, params: Record<string, string> = {}): Webhook {
  const built = buildTrigger(triggerOf(type, name), {
    config: configFor(type),
    params,
    now: Date.now(),
    random: Math.random,
  });
  assert.ok(built.ok, built.ok ? '' : built.problem);
  return built.webhook;
}

/** What became of it in the hub's words, in one. */
export function nameOf(event: InboundEvent): string {
  if (event.kind === 'receipt') return `receipt:${event.receipt.status}`;
  if (event.kind !== 'message') return event.kind;
  const { content } = event.message;
  if (content.kind === 'media') return `media:${content.media.type}`;
  return content.kind === 'choice' ? `choice:${content.from}` : content.kind;
}

/** The one message of a webhook. */
export async function messageOf(type: string, webhook: Webhook): Promise<InboundMessage> {
  const [event] = await parsed(type, webhook);
  assert.ok(event?.kind === 'message');
  return event.message;
}

/** Signed as the platform does, verified and read as the hub does. */
export async function parsed(type: string, webhook: Webhook): Promise<readonly InboundEvent[]> {
  const definition = definitionFor(type);
  const config = configFor(type);
  const body = Buffer.from(webhook.body);
  const signed = await definition.sign(config, body, Date.now());
  const headers = { 'content-type': webhook.contentType, ...signed };
  const request: WebhookRequest = {
    method: 'POST',
    query: {},
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  };
  const noNetwork = { request: () => Promise.reject(new Error('no network here')) };
  const channel = definition.create(IDENTITY, config, { http: noNetwork, now: Date.now });
  const verdict = await channel.verify(request);
  assert.equal(verdict.ok, true);
  return verdict.ok && verdict.answer !== undefined ? [] : channel.parse(request);
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

/** A call with a JSON body, answered with JSON. */
export async function call(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as JsonObject };
}
