/** Servers that behave as they are told, and a place to download to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { MediaFetch } from '../../src/channels/channel.ts';
import { type Downloaded, download } from '../../src/media/download.ts';
import { type Guard, guard } from '../../src/media/guard.ts';
import { localStore } from '../../src/media/local.ts';
import { openSpool } from '../../src/media/spool.ts';
import type { MediaStore } from '../../src/media/store.ts';
import type { Media } from '../../src/message/content.ts';
import { temporaryFolder } from '../support/folder.ts';

export interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on loopback. */
export async function site(behave: Behaviour): Promise<Site> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization });
    response.on('error', () => {});
    behave(request, response);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** One that says these bytes to whoever asks, and then does what it is told with the socket. */
export async function rawSite(answer: (socket: Socket) => void): Promise<Omit<Site, 'seen'>> {
  const sockets = new Set<Socket>();
  const server = createTcpServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => answer(socket));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export interface Place extends Disposable {
  readonly media: MediaStore;
  readonly dir: string;
  /** The folder of what is under way. */
  readonly incoming: string;
  fetch(source: MediaFetch, options?: FetchOptions): Promise<Downloaded>;
}

export interface FetchOptions {
  readonly media?: Partial<Media>;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly guard?: Guard;
  readonly id?: string;
  readonly stop?: AbortSignal;
}

export const ID = '0123456789abcdef0123456789abcdef';

/** Trusts every server of `sites`, as the hub does its stand-ins for platforms. */
export async function place(...sites: readonly { readonly url: string }[]): Promise<Place> {
  const folder = temporaryFolder();
  const incoming = join(folder.path, 'incoming');
  const spool = await openSpool(incoming);
  const media = localStore(join(folder.path, 'kept'));
  const trusting = guard({ trusted: sites.map(({ url }) => url) });
  return {
    media,
    dir: folder.path,
    incoming,
    fetch: (source, options = {}) =>
      download(
        {
          id: options.id ?? ID,
          media: { type: 'file', source: { kind: 'platform', ref: 'x' }, ...options.media },
        },
        source,
        {
          media,
          spool,
          guard: options.guard ?? trusting,
          maxBytes: options.maxBytes ?? 1_000_000,
          timeoutMs: options.timeoutMs ?? 15_000,
          stop: options.stop ?? new AbortController().signal,
        },
      ),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
