import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  faultOfFailure,
  faultOfStatus,
  type HttpClient,
  type HttpOutcome,
  type HttpResponse,
  httpClient,
  retryAfter,
} from '../../../src/channels/http.ts';
import { type Behaviour, type Platform, platform } from '../../../src/kit/server.ts';

const never = (): AbortSignal => new AbortController().signal;

async function call(
  behaviour: Behaviour,
  make: (client: HttpClient, server: Platform) => Promise<HttpOutcome> = (client, server) =>
    client.request({ method: 'POST', url: `${server.url}/a?b=c`, body: 'ping', signal: never() }),
): Promise<{ outcome: HttpOutcome; server: Platform }> {
  await using server = await platform(behaviour);
  await using client = httpClient();
  return { outcome: await make(client, server), server };
}

/** A server that is closed with the test, also with one that fails. */
async function listen(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(done => server.close(done));
    },
  };
}

describe('outbound HTTP', () => {
  it('sends what it is given and reads the answer whole', async () => {
    const { outcome, server } = await call(
      { status: 201, headers: { 'X-Trace': 'abc' }, body: { ok: true } },
      (client, { url }) =>
        client.request({
          method: 'PUT',
          url: `${url}/a?b=c`,
          headers: { authorization: 'Bearer x' },
          body: Buffer.from('é'),
          signal: never(),
        }),
    );
    assert.ok(outcome.kind === 'response');
    assert.equal(outcome.status, 201);
    assert.equal(outcome.headers['x-trace'], 'abc');
    assert.deepEqual(JSON.parse(outcome.body.toString()), { ok: true });
    const [seen] = server.calls;
    assert.equal(`${seen?.method} ${seen?.path} ${seen?.body}`, 'PUT /a?b=c é');
    assert.equal(seen?.headers.authorization, 'Bearer x');
  });

  const failures: readonly { name: string; behaviour: Behaviour; mayHaveLeft: boolean }[] = [
    { name: 'a dead host', behaviour: 'refused', mayHaveLeft: false },
    { name: 'a reset before the answer', behaviour: 'reset', mayHaveLeft: true },
    { name: 'an answer cut short', behaviour: 'cut', mayHaveLeft: true },
  ];
  for (const { name, behaviour, mayHaveLeft } of failures)
    it(`knows whether a byte may have left: ${name}`, async () => {
      const { outcome } = await call(behaviour);
      assert.ok(outcome.kind === 'failure');
      assert.equal(outcome.mayHaveLeft, mayHaveLeft, outcome.reason);
    });

  it('knows that no byte left where the name has no address', async () => {
    const { outcome } = await call('refused', client =>
      client.request({ method: 'GET', url: 'http://no-such-host.invalid/', signal: never() }),
    );
    assert.ok(outcome.kind === 'failure' && !outcome.mayHaveLeft);
  });

  it('knows that no byte of the request left where TLS fails', async () => {
    const server = createServer(socket => socket.end('no TLS here'));
    await using listening = await listen(server);
    const { port } = listening;
    await using client = httpClient();
    const outcome = await client.request({
      method: 'POST',
      url: `https://127.0.0.1:${port}/`,
      body: 'ping',
      signal: never(),
    });
    assert.ok(outcome.kind === 'failure' && !outcome.mayHaveLeft);
  });

  it('gives up with the signal while the answer is awaited', async () => {
    const { outcome } = await call('hang', (client, server) => {
      const controller = new AbortController();
      void server.called.then(() => controller.abort());
      return client.request({ method: 'POST', url: server.url, body: 'x', signal: controller.signal });
    });
    assert.deepEqual(outcome, { kind: 'failure', mayHaveLeft: true, reason: 'aborted' });
  });

  it('makes no call for a signal that is already aborted', async () => {
    const { outcome, server } = await call({ status: 200 }, (client, { url }) =>
      client.request({ method: 'POST', url, body: 'x', signal: AbortSignal.abort() }),
    );
    assert.deepEqual(outcome, { kind: 'failure', mayHaveLeft: false, reason: 'aborted' });
    assert.equal(server.calls.length, 0);
  });

  it('knows that nothing left which was given up while all connections were taken', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let calls = 0;
    const server = createHttpServer(async (_request, response) => {
      calls++;
      await released;
      response.end();
    });
    await using listening = await listen(server);
    const { port } = listening;
    const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, body: 'x' } as const;
    await using client = httpClient();
    const taken = Array.from({ length: 64 }, () => client.request({ ...request, signal: never() }));
    const controller = new AbortController();
    const waiting = client.request({ ...request, signal: controller.signal });
    controller.abort();
    release();
    assert.deepEqual(await waiting, { kind: 'failure', mayHaveLeft: false, reason: 'aborted' });
    await Promise.all(taken);
    // Whatever was still queued would have come before this one.
    await client.request({ ...request, signal: never() });
    assert.equal(calls, 65);
  });

  it('reads no more than it was told to', async () => {
    const request = (limit: number) =>
      call({ status: 200, body: 'x'.repeat(1_000) }, (client, { url }) =>
        client.request({ method: 'GET', url, signal: never(), maxResponseBytes: limit }),
      );
    const enough = await request(1_000);
    assert.ok(enough.outcome.kind === 'response' && enough.outcome.body.length === 1_000);
    const tooMuch = await request(999);
    assert.deepEqual(tooMuch.outcome, { kind: 'failure', mayHaveLeft: true, reason: 'response-too-large' });
  });

  it('follows no redirect and repeats nothing', async () => {
    for (const status of [302, 307, 429, 500, 503]) {
      const { outcome, server } = await call({ status, headers: { location: '/b', 'retry-after': '0' } });
      assert.ok(outcome.kind === 'response' && outcome.status === status);
      assert.equal(server.calls.length, 1);
    }
  });
});

const response = (status: number, headers: Record<string, string> = {}): HttpResponse => ({
  kind: 'response',
  status,
  headers,
  body: Buffer.from('SECRET'),
});

describe('faults of HTTP', () => {
  const statuses = [
    [200, 'ambiguous'],
    [302, 'ambiguous'],
    [400, 'invalid-message'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'invalid-message'],
    [408, 'ambiguous'],
    [413, 'invalid-message'],
    [429, 'rate-limited'],
    [500, 'ambiguous'],
    [503, 'ambiguous'],
  ] as const;
  for (const [status, code] of statuses)
    it(`${status} is ${code}`, () => {
      const fault = faultOfStatus(response(status), 0);
      assert.equal(fault.code, code);
      assert.equal(fault.httpStatus, status);
      assert.doesNotMatch(fault.detail, /SECRET/);
    });

  it('waits as long as a 429 says', () => {
    assert.equal(faultOfStatus(response(429, { 'retry-after': '3' }), 0).retryAfterMs, 3_000);
    assert.equal('retryAfterMs' in faultOfStatus(response(429), 0), false);
  });

  it('tells what may have left from what has not', () => {
    const failure = { kind: 'failure', reason: 'ECONNRESET' } as const;
    assert.equal(faultOfFailure({ ...failure, mayHaveLeft: true }).code, 'ambiguous');
    assert.equal(faultOfFailure({ ...failure, mayHaveLeft: false }).code, 'not-connected');
  });

  const NOW_MS = Date.UTC(2026, 9, 1, 12, 0, 0);
  const waits: readonly (readonly [string, number | undefined])[] = [
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    ['0.0001', 1],
    ['999999999', 3_600_000],
    ['Thu, 01 Oct 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Oct 2026 12:00:00 GMT', 0],
    ['Thu, 01 Oct 2026 11:59:59 GMT', undefined],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 3_600_000],
    ['2026-10-01T12:00:30Z', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['7, 9', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of waits)
    it(`retry-after ${JSON.stringify(value)} is ${expected}`, () =>
      assert.equal(retryAfter({ headers: { 'retry-after': value } }, NOW_MS).retryAfterMs, expected));
});
