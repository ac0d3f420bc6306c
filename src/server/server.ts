/** The HTTP server: webhooks in front, doors of channels beside, everything else behind; with bounds on all of it. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Door } from '../channels/channel.ts';
import { WEBHOOK_PREFIX } from './webhooks.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly webhooks: (request: IncomingMessage, response: ServerResponse) => void;
  readonly app: RequestListener;
  /** Channels that have a front door of their own, by id. */
  readonly doors: ReadonlyMap<string, Door>;
}

export interface RunningServer extends AsyncDisposable {
  /** `http://host:port`, with the port it got. */
  readonly url: string;
  readonly port: number;
}

const DOOR_PATH = /^\/web\/([^/?]+)\/([^?]*)/;
/** Node waits a minute for headers and five for a request, without a limit of connections. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
};
/** Web chats keep theirs open, up to 2,000: webhooks must get in beside them. */
const MAX_CONNECTIONS = 4_000;
/** A webhook is answered within 2.5 seconds; the whole hub has 10 to stop. */
const CLOSE_AFTER_MS = 3_000;

/** Resolves when it listens; rejects when it cannot, as when the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { webhooks, app, doors } = options;
  const server = createServer(LIMITS, (request, response) => {
    const url = request.url ?? '';
    if (url.startsWith(WEBHOOK_PREFIX)) return webhooks(request, response);
    const door = doorOf(url, doors);
    if (door !== null) return door.door.request(request, response, door.path);
    app(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const door = doorOf(request.url ?? '', doors);
    if (door !== null) return door.door.upgrade(request, socket, head, door.path);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.on('clientError', (_, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, port, [Symbol.asyncDispose]: () => stop(server) };
}

function doorOf(
  url: string,
  doors: ReadonlyMap<string, Door>,
): { readonly door: Door; readonly path: string } | null {
  const [, id, path] = DOOR_PATH.exec(url) ?? [];
  const door = id === undefined ? undefined : doors.get(id);
  return door === undefined || path === undefined ? null : { door, path };
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no more connections, lets requests under way end, then cuts. */
function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_AFTER_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
