/** A platform on the loopback address that answers as it is told and keeps every call. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Call, Refusal, Subject } from './subject.ts';

export type Behaviour = Refusal['reply'] | ((call: Call) => Refusal['reply']);

export interface Platform extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly Call[];
  /** Resolves once a call has come in whole. */
  readonly called: Promise<Call>;
}

/** Calls that `prepare` answers do not count. */
export async function platform(behaviour: Behaviour, prepare?: Subject['prepare']): Promise<Platform> {
  const calls: Call[] = [];
  const { promise: called, resolve } = Promise.withResolvers<Call>();
  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    const prepared = prepare?.(call, `http://${call.headers.host ?? ''}`);
    if (prepared !== undefined) return answer(prepared, response);
    calls.push(call);
    resolve(call);
    answer(typeof behaviour === 'function' ? behaviour(call) : behaviour, response);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise(done => server.close(done));
  };
  // The port was free a moment ago, so nobody listens there now.
  if (behaviour === 'refused') await close();
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    called,
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await close();
    },
  };
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function answer(behaviour: Refusal['reply'], response: ServerResponse): void {
  if (behaviour === 'hang' || behaviour === 'refused') return;
  if (behaviour === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (behaviour === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"messages":[');
    response.socket?.end();
    return;
  }
  const { status, headers = {}, body } = behaviour;
  const isText = typeof body === 'string' || body === undefined;
  response.writeHead(status, { ...(isText ? {} : { 'content-type': 'application/json' }), ...headers });
  response.end(isText ? (body ?? '') : JSON.stringify(body));
}
