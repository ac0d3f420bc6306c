/** As much of a hub as a browser needs: the page, the widget, one web channel, and a bot that can be told what to say. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Channel } from '../../../src/channels/channel.ts';
import type { Door } from '../../../src/channels/front-door.ts';
import { web } from '../../../src/channels/web/index.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { loadPage, serveAsset } from '../../../src/server/page/assets.ts';
import { config, type FakeHall, fakeHall, IDENTITY } from './support.ts';

export interface BrowserHub extends AsyncDisposable {
  readonly url: string;
  readonly hall: FakeHall;
  readonly sockets: { allowed: boolean; refused: number };
  /** What the bot says, as the hub would deliver it: rendered, sent, recorded. Gives the delivery ids. */
  say(
    conversation: string,
    content: OutboundContent,
    options?: { record?: boolean; at?: number },
  ): Promise<string[]>;
  /** The last delivery once more, as after a crash between the send and its record. */
  sayAgain(): Promise<void>;
  /** The conversation of the first frame that came, once one has. */
  conversation(): Promise<string>;
  /** Resolves with the first frame for which it holds, past or to come. */
  frame(is: (frame: JsonObject) => boolean): Promise<JsonObject>;
  /** Cuts every connection there is. */
  cut(): void;
  /** Closes the port for a while: what connects meanwhile is refused. */
  stop(): Promise<void>;
  resume(): Promise<void>;
  /** Another page of the same origin. */
  page(path: string, html: string, headers?: Record<string, string>): void;
}

export async function browserHub(more: JsonObject = {}): Promise<BrowserHub> {
  const hall = fakeHall();
  const watchers = new Set<() => void>();
  const accept = hall.accept.bind(hall);
  Object.assign(hall, {
    accept: async (request: Parameters<typeof accept>[0]) => {
      const result = await accept(request);
      for (const look of watchers) look();
      return result;
    },
  });
  const http = { request: () => Promise.reject(new Error('the web chat calls nobody')) };
  const channel: Channel = web.create(IDENTITY, config(more), { http, now: Date.now });
  const door: Door | undefined = channel.open?.(hall);
  if (door === undefined) throw new Error('the web chat has a door');
  const assets = loadPage();
  const pages = new Map<string, { html: string; headers: Record<string, string> }>();
  const sockets = { allowed: true, refused: 0 };
  const prefix = `/web/${IDENTITY.id}/`;
  const channels = [
    { id: 'acme-slack', type: 'slack', webhook: '/webhooks/acme-slack', state: 'ready' },
    { id: IDENTITY.id, type: 'web', webhook: `/webhooks/${IDENTITY.id}`, state: 'ready' },
    {
      id: 'support-whatsapp',
      type: 'whatsapp',
      webhook: '/webhooks/support-whatsapp',
      state: 'sandbox',
      missing: ['WHATSAPP_ACCESS_TOKEN', 'WHATSAPP_APP_SECRET'],
    },
  ];

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const asset = assets.get(path);
    const page = pages.get(path);
    if (path.startsWith(prefix)) door.request(request, response, path.slice(prefix.length));
    else if (asset !== undefined) serveAsset(asset, request, response);
    else if (path === '/readyz') response.end(JSON.stringify({ channels }));
    else if (page !== undefined)
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers }).end(page.html);
    else response.writeHead(404).end();
  };
  const server = createServer(answer);
  server.on('upgrade', (request, socket, head) => {
    if (sockets.allowed) return door.upgrade(request, socket, head, (request.url ?? '').slice(prefix.length));
    sockets.refused++;
    socket.destroy();
    return undefined;
  });
  const raw = new Set<import('node:net').Socket>();
  server.on('connection', socket => {
    raw.add(socket);
    socket.on('close', () => raw.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise(resolve => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of raw) socket.destroy();
  };
  let seq = 0;
  let last: (() => Promise<unknown>) | undefined;

  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise(resolve => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        watchers.delete(check);
        resolve(found);
      };
      watchers.add(check);
      check();
    });

  return {
    url: `http://127.0.0.1:${port}`,
    hall,
    sockets,
    async say(conversation, content, { record = true, at = Date.now() } = {}) {
      const message = { id: 'm', address: { tenant: 'acme', channel: IDENTITY.id, conversation }, content };
      const ids: string[] = [];
      for (const wire of channel.render(message).wires) {
        const marker = `delivery-${++seq}`;
        const delivery = { marker, seq, signal: AbortSignal.timeout(10_000) };
        last = () => channel.send(wire, { ...delivery, attempt: 2 });
        await channel.send(wire, { ...delivery, attempt: 1 });
        const feed = hall.feeds.get(conversation) ?? [];
        hall.feeds.set(conversation, feed);
        if (record) feed.push({ seq, delivery: marker, wire, at });
        ids.push(marker);
      }
      return ids;
    },
    sayAgain: async () => void (await last?.()),
    conversation: () =>
      until(() => {
        const [first] = hall.accepted;
        return first && (JSON.parse(Buffer.from(first.body).toString()).conversation as string);
      }),
    frame: is => until(() => hall.frames().find(is)),
    cut,
    async stop() {
      const closed = new Promise(resolve => server.close(resolve));
      cut();
      await closed;
    },
    resume: () => listen(port),
    page: (path, html, headers = {}) => void pages.set(path, { html, headers }),
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      cut();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
