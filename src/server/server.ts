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
import type { Door } from '../channels/front-door.ts';
import { openFilesLimit } from './open-files.ts';
import { WEBHOOK_PREFIX } from './webhooks.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly webhooks: (request: IncomingMessage, response: ServerResponse) => void;
  readonly app: RequestListener;
  /** Channels that have a front door of their own, by id. */
  readonly doors: ReadonlyMap<string, Door>;
  /** Other times, for tests. */
  readonly limits?: Partial<typeof LIMITS>;
}

export interface RunningServer extends AsyncDisposable {
  /** `http://host:port`, with the port it got. */
  readonly url: string;
  readonly port: number;
}

/** Where a file is given to the API. */
const UPLOAD_PATH = /^\/v1\/media\/?(?:\?|$)/;
const DOOR_PATH = /^\/web\/([^/?]+)\/([^?]*)/;
/** Node waits a minute for headers and five for a request, without a limit of connections. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  /** What a file has beyond that. The API gives it up before; this is for a body that nobody reads any more. */
  uploadTimeout: 60_000,
};
/** Web chats keep theirs open, up to 2,000: webhooks must get in beside them. */
const MAX_CONNECTIONS = 4_000;
/** What the journal, the database and a platform's connections need of the files that may be open. */
const OTHER_FILES = 64;
const FEWEST_CONNECTIONS = 32;
/** A webhook is answered within 2.5 seconds; the whole hub has 10 to stop. */
const CLOSE_AFTER_MS = 3_000;

/** Resolves when it listens; rejects when it cannot, as when the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { webhooks, app, doors } = options;
  const { uploadTimeout, ...times } = { ...LIMITS, ...options.limits };
  const patient = patience();
  const server = createServer(times, (request, response) => {
    const url = request.url ?? '';
    if (url.startsWith(WEBHOOK_PREFIX)) return webhooks(request, response);
    const door = doorOf(url, doors);
    if (door !== null) {
      if (door.door.isPatient?.(door.path) === true) patient.grant(request, Number.POSITIVE_INFINITY);
      return door.door.request(request, response, door.path);
    }
    if (UPLOAD_PATH.test(url)) patient.grant(request, uploadTimeout);
    app(request, response);
  });
  server.maxConnections = connectionsFor(openFilesLimit());
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const door = doorOf(request.url ?? '', doors);
    if (door !== null) return door.door.upgrade(request, socket, head, door.path);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && patient.has(socket)) return;
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, port, [Symbol.asyncDispose]: () => stop(server) };
}

/** Connections on which a body may take longer than the server's own time. */
function patience() {
  const granted = new WeakMap<Duplex, () => void>();
  return {
    /** So much longer; without an end where somebody else keeps the time. */
    grant(request: IncomingMessage, ms: number): void {
      const { socket } = request;
      let cut: NodeJS.Timeout | undefined;
      granted.set(socket, () => {
        if (!Number.isFinite(ms)) return;
        cut = setTimeout(() => socket.destroy(), ms);
        socket.once('close', () => clearTimeout(cut));
      });
      request.on('close', () => {
        granted.delete(socket);
        // Answered before its end, it may still come.
        if (request.complete) clearTimeout(cut);
      });
    },
    /** The server tells of its time once for each request: from here on it is kept here, or by a door. */
    has(socket: Duplex): boolean {
      const begin = granted.get(socket);
      begin?.();
      return granted.delete(socket);
    },
  };
}

function doorOf(
  url: string,
  doors: ReadonlyMap<string, Door>,
): { readonly door: Door; readonly path: string } | null {
  const [, id, path] = DOOR_PATH.exec(url) ?? [];
  const door = id === undefined ? undefined : doors.get(id);
  return door === undefined || path === undefined ? null : { door, path };
}

/** Half of the files are for others: a hub without one to spare can neither store nor send. */
function connectionsFor(openFiles: number): number {
  return Math.min(MAX_CONNECTIONS, Math.max(FEWEST_CONNECTIONS, Math.floor(openFiles / 2) - OTHER_FILES));
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
