/** A web channel with its door on a loopback server, and a hall that keeps everything in memory. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { type ClientOptions, WebSocket } from 'ws';
import type { Channel } from '../../../src/channels/channel.ts';
import type { Door, FeedEntry, Hall } from '../../../src/channels/front-door.ts';
import { WebConfig } from '../../../src/channels/web/config.ts';
import { openDoor } from '../../../src/channels/web/door.ts';
import { web } from '../../../src/channels/web/index.ts';
import type { DoorLimits } from '../../../src/channels/web/limits.ts';
import { streams } from '../../../src/channels/web/streams.ts';
import type { Push, ServerFrame, SessionAnswer, Wire } from '../../../src/channels/web/wire.ts';
import type { WebhookRequest } from '../../../src/channels/webhook.ts';
import { typeOf } from '../../../src/media/type.ts';
import type { JsonObject } from '../../../src/message/json.ts';

export const IDENTITY = { tenant: 'acme', id: 'site-chat' } as const;
export const IDENTITY_SECRET = 'an identity secret of the tests';
export const SIGNING_SECRET = 'a signing secret of the tests';
const CREDENTIALS = { identity_secret: IDENTITY_SECRET, signing_secret: SIGNING_SECRET };

export const config = (more: JsonObject = {}): WebConfig =>
  WebConfig.parse({ credentials: CREDENTIALS, account: { site: 'acme.example' }, ...more });

export function channel(now: () => number = Date.now): Channel {
  const http = { request: () => Promise.reject(new Error('the web chat calls nobody')) };
  return web.create(IDENTITY, config(), { http, now });
}

export interface FakeHall extends Hall {
  readonly accepted: WebhookRequest[];
  /** The frames of every request that was stored, in order. */
  frames(): JsonObject[];
  readonly feeds: Map<string, FeedEntry[]>;
  /** Files that were kept, in order. */
  readonly kept: {
    readonly name: string | null;
    readonly claimedType: string | null;
    readonly bytes: Buffer;
  }[];
  /** Runs before a request or a file is stored, or the feed is read. */
  before: { accept: () => Promise<void>; feed: () => Promise<void>; keep: () => Promise<void> };
  refusing: boolean;
}

export function fakeHall(): FakeHall {
  const hall: FakeHall = {
    accepted: [],
    feeds: new Map(),
    kept: [],
    before: { accept: () => Promise.resolve(), feed: () => Promise.resolve(), keep: () => Promise.resolve() },
    refusing: false,
    frames: () => hall.accepted.flatMap(request => messagesOf(request)),
    async accept(request) {
      await hall.before.accept();
      if (hall.refusing) return { ok: false, reason: 'full' };
      hall.accepted.push(request);
      return { ok: true, id: `hub-${hall.accepted.length}` };
    },
    async feed(conversation, after, limit) {
      const entries = (hall.feeds.get(conversation) ?? []).filter(entry => entry.seq > after).slice(0, limit);
      await hall.before.feed();
      return entries;
    },
    async keep({ name, claimedType, source, takes }) {
      await hall.before.keep();
      if (hall.refusing) return { ok: false, reason: 'unavailable' };
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of source) chunks.push(chunk);
      } catch {
        return { ok: false, reason: 'broken-off' };
      }
      const bytes = Buffer.concat(chunks);
      if (bytes.length === 0) return { ok: false, reason: 'empty' };
      const type = await typeOf(bytes);
      if (!takes(type)) return { ok: false, reason: 'type' };
      hall.kept.push({ name, claimedType, bytes });
      const id = String(hall.kept.length).padStart(32, '0');
      return { ok: true, id, name, type, bytes: bytes.length };
    },
  };
  return hall;
}

function messagesOf(request: WebhookRequest): JsonObject[] {
  return JSON.parse(Buffer.from(request.body).toString()).messages;
}

export const said = (conversation: string, text: string): Wire => ({
  conversation,
  content: { kind: 'text', blocks: [{ kind: 'paragraph', runs: [{ text }] }] },
});

export interface TestDoor extends AsyncDisposable {
  readonly hall: FakeHall;
  readonly port: number;
  readonly origin: string;
  readonly url: string;
  /** What `send` does: to whoever is connected, now. */
  push(conversation: string, seq: number, text?: string): Push;
  /** What the hub's store does once the send is recorded. */
  record(conversation: string, push: Push): void;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  session(body?: JsonObject, headers?: Record<string, string>): Promise<SessionAnswer>;
  connect(options?: ConnectOptions): Client;
  /** A socket that has said hello, and the answer. */
  hello(token: string, after?: number): Promise<Client>;
}

export interface ConnectOptions extends ClientOptions {
  readonly path?: string;
  readonly protocols?: string[];
}

export interface TestDoorOptions {
  readonly config?: JsonObject;
  readonly limits?: Partial<DoorLimits>;
  readonly now?: () => number;
}

export async function testDoor(options: TestDoorOptions = {}): Promise<TestDoor> {
  const now = options.now ?? Date.now;
  const hall = fakeHall();
  const open = streams(now);
  const door = openDoor({
    identity: IDENTITY,
    config: config(options.config),
    hall,
    streams: open,
    now,
    limits: options.limits ?? {},
  });
  const server = await serve(door);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/web/${IDENTITY.id}/`;
  const post: TestDoor['post'] = (path, body, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const connect: TestDoor['connect'] = ({ path = 'socket', protocols = ['patchbay.v1'], ...rest } = {}) =>
    client(new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, { origin, ...rest }));
  return {
    hall,
    port,
    origin,
    url,
    push(conversation, seq, text = `message ${seq}`) {
      const push = { seq, id: `delivery-${seq}`, wire: said(conversation, text), at: now() };
      open.push(conversation, push);
      return push;
    },
    record(conversation, { seq, id, wire, at }) {
      const feed = hall.feeds.get(conversation) ?? [];
      hall.feeds.set(conversation, feed);
      feed.push({ seq, delivery: id, wire: JSON.parse(JSON.stringify(wire)), at });
    },
    post,
    async session(body = {}, headers = {}) {
      const answer = await post('session', body, headers);
      if (answer.status !== 200) throw new Error(`no session: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as SessionAnswer;
    },
    connect,
    async hello(token, after = 0) {
      const opened = connect();
      opened.send({ type: 'hello', token, after });
      await opened.next('ready');
      return opened;
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function serve(door: Door): Promise<Server> {
  const prefix = `/web/${IDENTITY.id}/`;
  const server = createServer((request, response) => {
    door.request(request, response, (request.url ?? '').slice(prefix.length));
  });
  server.on('upgrade', (request, socket, head) => {
    door.upgrade(request, socket, head, (request.url ?? '').slice(prefix.length));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

type Frame<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

export interface Client {
  readonly socket: WebSocket;
  send(frame: unknown): void;
  /** The next frame of that type; those of other types before it stay where they are. Rejects when it closes. */
  next<Type extends ServerFrame['type']>(type: Type): Promise<Frame<Type>>;
  readonly frames: ServerFrame[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The status of the answer, where the upgrade was refused. */
  readonly refused: Promise<number>;
  close(): Promise<void>;
}

function client(socket: WebSocket): Client {
  const frames: ServerFrame[] = [];
  const unread: ServerFrame[] = [];
  const wake = new Set<() => void>();
  const opened = new Promise<void>(resolve => socket.on('open', resolve));
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const refused = new Promise<number>(resolve => {
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
  });
  socket.on('error', () => undefined);
  socket.on('message', data => {
    const frame = JSON.parse(data.toString()) as ServerFrame;
    frames.push(frame);
    unread.push(frame);
    for (const look of wake) look();
  });
  void closed.then(() => {
    for (const look of wake) look();
  });
  return {
    socket,
    frames,
    closed,
    refused,
    send: frame =>
      void opened.then(() => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))),
    next: type =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const at = unread.findIndex(frame => frame.type === type);
          if (at < 0 && socket.readyState !== socket.CLOSED) return;
          wake.delete(look);
          const [frame] = at < 0 ? [] : unread.splice(at, 1);
          if (frame === undefined) reject(new Error(`closed before ${type}`));
          else resolve(frame as Frame<typeof type>);
        };
        wake.add(look);
        look();
      }),
    async close() {
      socket.close();
      await closed;
    },
  };
}

/** A token as the site's backend would sign it. */
export function identityToken(
  claims: JsonObject,
  options: { secret?: string; expiresInSeconds?: number } = {},
) {
  const { secret = IDENTITY_SECRET, expiresInSeconds = 300 } = options;
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresInSeconds)
    .sign(Buffer.from(secret));
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
