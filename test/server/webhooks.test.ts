import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Verdict } from '../../src/channels/webhook.ts';
import { type WebhookOptions, webhookHandler } from '../../src/server/webhooks.ts';
import { type Appended, type LogRecord, START } from '../../src/storage/log.ts';
import { testChannel } from '../support/channel.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const LIMIT = 1_000;
const OK: Appended = { ok: true, position: START, next: START };

describe('webhooks', () => {
  let appended: LogRecord[];
  let outcome: () => Promise<Appended> | Appended;
  let draining: boolean;
  let refused: string[];
  let verified: string[];
  let port: number;
  let server: ReturnType<typeof createServer>;
  const { channel } = testChannel();
  const asyncChannel = {
    ...testChannel('async').channel,
    verify: (): Promise<Verdict> => Promise.reject(new Error('bug')),
  };
  const unsure = {
    ...testChannel('unsure').channel,
    verify: (): Verdict => ({ ok: false, status: 503, reason: 'unverifiable' }),
  };
  const replying = {
    ...testChannel('replying').channel,
    reply: () => ({ status: 202, body: '{}', contentType: 'application/json' }),
  };

  beforeEach(done => {
    appended = [];
    refused = [];
    verified = [];
    outcome = () => OK;
    draining = false;
    const channels = [channel, asyncChannel, unsure, replying];
    const options: WebhookOptions = {
      channelOf(id) {
        const found = channels.find(one => one.id === id);
        return found && { channel: found, definition: { maxBodyBytes: LIMIT } };
      },
      log: {
        trouble: null,
        start: START,
        append: async record => {
          appended.push(record);
          return outcome();
        },
        [Symbol.asyncDispose]: async () => {},
      },
      newId: () => 'id',
      now: () => 5,
      draining: () => draining,
      onRefused: (id, reason) => refused.push(`${id} ${reason}`),
      onVerified: (id, kind) => verified.push(`${id} ${kind}`),
      crash: () => {},
    };
    server = createServer(webhookHandler(options)).listen(0, '127.0.0.1', () => {
      port = (server.address() as AddressInfo).port;
      done();
    });
  });
  afterEach(done => {
    server.closeAllConnections();
    server.close(() => done());
  });

  function call(
    path: string,
    over: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
  ): Promise<Answer> {
    const { method = 'POST', headers = {}, body = '{}' } = over;
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          port,
          path,
          method,
          agent: false,
          headers: { 'content-type': 'application/json', 'x-test-signature': 'good', ...headers },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', chunk => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString(),
              headers: response.headers,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(method === 'GET' ? undefined : body);
    });
  }

  it('answers 200 with an empty body once the raw bytes are stored, and keeps no signature', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const answer = await call('/webhooks/test?a=1', { body });
    assert.deepEqual([answer.status, answer.body], [200, '']);
    const [record] = appended;
    assert.deepEqual(Buffer.from(record?.body ?? []), body);
    assert.deepEqual(record?.headers, { 'content-type': ['application/json'] });
    assert.deepEqual({ ...record?.query }, { a: '1' });
    assert.deepEqual(
      [record?.tenant, record?.channel, record?.source, record?.at],
      ['default', 'test', 'webhook', 5],
    );
  });
  it('keeps the time a request was signed at: some bodies tell none', async () => {
    const headers = {
      'x-test-request-timestamp': '1700000000',
      authorization: 'Bearer secret',
      cookie: 'a=b',
    };
    assert.equal((await call('/webhooks/test', { headers })).status, 200);
    assert.deepEqual(appended[0]?.headers, {
      'content-type': ['application/json'],
      'x-test-request-timestamp': ['1700000000'],
    });
  });

  it('does not answer before the record is stored', async () => {
    let store: (appended: Appended) => void = () => {};
    outcome = () =>
      new Promise(resolve => {
        store = resolve;
      });
    let answered = false;
    const answer = call('/webhooks/test').then(got => {
      answered = true;
      return got;
    });
    // Another request goes there and back meanwhile: the first one's answer would have come before it.
    while (appended.length === 0) await call('/webhooks/none');
    await call('/webhooks/none');
    assert.equal(answered, false);
    store(OK);
    assert.equal((await answer).status, 200);
  });
  for (const reason of ['busy', 'full', 'unavailable', 'closed'] as const) {
    it(`answers 503 when storing is ${reason}, so that the platform sends it again`, async () => {
      outcome = () => ({ ok: false, reason });
      const answer = await call('/webhooks/test');
      assert.deepEqual([answer.status, answer.body, answer.headers['retry-after']], [503, '', '5']);
    });
  }
  it('answers 503 where it could not be found out who sent it, so that it is sent again', async () => {
    const answer = await call('/webhooks/unsure');
    assert.deepEqual([answer.status, answer.body, answer.headers['retry-after']], [503, '', '5']);
    assert.deepEqual(refused, ['unsure unverifiable']);
    assert.equal(appended.length, 0);
  });
  it('answers 503 while the hub stops', async () => {
    draining = true;
    assert.equal((await call('/webhooks/test')).status, 503);
    assert.equal(appended.length, 0);
  });

  const refusals: readonly (readonly [string, string, Parameters<typeof call>[1], number])[] = [
    ['an unknown channel', '/webhooks/none', {}, 404],
    ['a path below a channel', '/webhooks/test/x', {}, 404],
    ['no signature', '/webhooks/test', { headers: { 'x-test-signature': [] } }, 401],
    ['a wrong signature', '/webhooks/test', { headers: { 'x-test-signature': 'bad' } }, 401],
    ['a doubled signature', '/webhooks/test', { headers: { 'x-test-signature': ['good', 'bad'] } }, 401],
    ['a method it has not', '/webhooks/test', { method: 'PUT' }, 405],
    ['a GET that is no handshake', '/webhooks/test', { method: 'GET' }, 405],
    [
      'an override of the method',
      '/webhooks/test',
      { method: 'PUT', headers: { 'x-http-method-override': 'POST' } },
      405,
    ],
    ['a compressed body', '/webhooks/test', { headers: { 'content-encoding': 'gzip' } }, 415],
    ['text', '/webhooks/test', { headers: { 'content-type': 'text/plain' } }, 415],
    [
      'another charset',
      '/webhooks/test',
      { headers: { 'content-type': 'application/json; charset=utf-16' } },
      415,
    ],
    ['a body over the limit', '/webhooks/test', { body: 'x'.repeat(LIMIT + 1) }, 413],
    ['a verifier that throws', '/webhooks/async', {}, 401],
  ];
  for (const [name, path, over, status] of refusals) {
    it(`refuses ${name} with ${status}, an empty body, and stores nothing`, async () => {
      const answer = await call(path, over);
      assert.deepEqual([answer.status, answer.body], [status, '']);
      assert.equal(appended.length, 0);
    });
  }
  it('takes a body of exactly the limit', async () => {
    assert.equal((await call('/webhooks/test', { body: 'x'.repeat(LIMIT) })).status, 200);
  });
  it('refuses a body that grows over the limit while it streams in, before it ends', async () => {
    const socket = connect(port, '127.0.0.1');
    const head =
      'POST /webhooks/test HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nx-test-signature: good\r\nTransfer-Encoding: chunked\r\n\r\n';
    socket.write(head);
    socket.write(`400\r\n${'x'.repeat(1024)}\r\n`);
    const answer = await new Promise<string>(resolve =>
      socket.once('data', data => resolve(data.toString())),
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
    socket.destroy();
    assert.equal(appended.length, 0);
  });
  it('answers a handshake and stores nothing', async () => {
    const answer = await call('/webhooks/test', {
      method: 'GET',
      headers: { 'x-test-signature': 'handshake' },
    });
    assert.deepEqual([answer.status, answer.body], [200, 'challenge']);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(appended.length, 0);
  });
  it('gives the answer a channel wants to give, once stored', async () => {
    const answer = await call('/webhooks/replying');
    assert.deepEqual(
      [answer.status, answer.body, answer.headers['content-type']],
      [202, '{}', 'application/json'],
    );
    assert.equal(appended.length, 1);
    outcome = () => ({ ok: false, reason: 'full' });
    assert.equal((await call('/webhooks/replying')).status, 503);
  });
  it('takes forms', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await call('/webhooks/test', { headers, body: 'payload=%7B%7D' })).status, 200);
  });
  it('counts a refusal by its reason', async () => {
    await call('/webhooks/test', { headers: { 'x-test-signature': 'bad' } });
    assert.deepEqual(refused, ['test wrong-signature']);
    assert.deepEqual(verified, []);
  });
  it('counts what a broken verifier refuses as well', async () => {
    await call('/webhooks/async');
    assert.deepEqual(refused, ['async unverifiable']);
  });
  it('tells what was verified, also where it cannot be stored', async () => {
    outcome = () => ({ ok: false, reason: 'full' });
    await call('/webhooks/test');
    await call('/webhooks/test', { headers: { 'x-test-signature': 'handshake' } });
    assert.deepEqual(verified, ['test event', 'test handshake']);
    assert.deepEqual(refused, []);
  });
});
