/** The HTTP API of a whole hub: who may ask, what can be asked, and what every wrong question is answered. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { type Appended, START } from '../../src/storage/log.ts';
import type { MessageView } from '../../src/storage/look-up.ts';
import type { Store } from '../../src/storage/store.ts';
import { type Answer, type TestHub, testHub } from '../support/hub.ts';
import { newId } from '../support/messages.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'team-slack';
const OTHER = 'support-whatsapp';
const JSON_TYPE = { 'content-type': 'application/json' };

function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(answer.body.type, `urn:patchbay:${code}`);
  assert.equal(answer.body.status, status);
  assert.ok(answer.body.title.length > 0);
}

describe('the API', () => {
  let hub: TestHub;
  before(async () => {
    hub = await testHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  const message = (over: object = {}) => ({
    channel: CHANNEL,
    conversation: newId('C0').replace('-', 'API'),
    content: { kind: 'text', text: 'from the API' },
    ...over,
  });
  const send = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    hub.api('/v1/messages', {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const sentTo = async (conversation: string): Promise<readonly MessageView[]> =>
    (await hub.messages('?direction=outbound&limit=200')).filter(view => view.conversation === conversation);

  describe('who may ask', () => {
    const wrong: readonly (readonly [string, () => Record<string, string>])[] = [
      ['nobody', () => ({ authorization: '' })],
      ['another token', () => ({ authorization: 'Bearer not-the-token' })],
      ['the token cut short', () => ({ authorization: `Bearer ${hub.token.slice(0, -1)}` })],
      ['the token and more', () => ({ authorization: `Bearer ${hub.token}x` })],
      ['another scheme', () => ({ authorization: `Basic ${hub.token}` })],
      ['no scheme', () => ({ authorization: hub.token })],
    ];
    for (const [name, headers] of wrong) {
      it(`not ${name}: 401 for whatever is asked`, async () => {
        for (const path of ['/v1/messages', '/v1/messages/x', '/v1/ledger', '/v1/trace/x', '/v1/none']) {
          const answer = await hub.api(path, { headers: headers() });
          assertProblem(answer, 401, 'unauthorized');
          assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
        }
        const { conversation, ...rest } = message();
        const posted = await hub.api('/v1/messages', {
          method: 'POST',
          headers: { ...JSON_TYPE, ...headers() },
          body: JSON.stringify({ conversation, ...rest }),
        });
        assertProblem(posted, 401, 'unauthorized');
        assert.deepEqual(await sentTo(conversation), []);
      });
    }
    it('not with the token in the address, and not with two', async () => {
      assert.equal((await fetch(`${hub.url}/v1/ledger?token=${hub.token}`)).status, 401);
      const { status } = await rawRequest(hub.url, [
        'GET /v1/ledger HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${hub.token}`,
        'Authorization: Bearer other',
      ]);
      assert.equal(status, 401);
    });
    it('the scheme in any case, and nothing is kept by those on the way', async () => {
      const answer = await hub.api('/v1/ledger', { headers: { authorization: `bearer ${hub.token}` } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    });
  });

  describe('listing messages', () => {
    it('by direction and channel, in pages, behind a sequence number', async () => {
      const conversations = [newId('page'), newId('page'), newId('page')];
      for (const conversation of conversations) await send(message({ conversation }));
      await send(message({ channel: OTHER, conversation: '15550100009' }));
      const found: string[] = [];
      for (let after = 0, more = true; more; ) {
        const path = `/v1/messages?direction=outbound&channel=${CHANNEL}&limit=2&after=${after}`;
        const { body } = await hub.api(path);
        assert.ok(body.messages.length <= 2);
        for (const view of body.messages as MessageView[]) {
          assert.deepEqual([view.channel, view.direction], [CHANNEL, 'outbound']);
          assert.ok(view.seq > after);
          found.push(view.conversation);
        }
        more = body.messages.length > 0;
        assert.equal(body.next, more ? body.messages.at(-1).seq : after);
        after = body.next;
      }
      assert.deepEqual(
        found.filter(conversation => conversation.startsWith('page')),
        conversations,
      );
    });
    it('shows inbound messages unless asked otherwise', async () => {
      await hub.post(OTHER, hub.draft(OTHER, 'text', { text: 'hello' }));
      const [view] = await hub.messages(`?channel=${OTHER}`);
      assert.equal(view?.direction, 'inbound');
      assert.deepEqual(await hub.messages('?channel=none'), []);
    });
    const bad = [
      'limit=0',
      'limit=201',
      'limit=-1',
      'limit=1.5',
      'limit=many',
      'limit=1&limit=2',
      'after=-1',
      'after=x',
      'after=99999999999999999999',
      'direction=sideways',
      'direction=',
      'channel=',
      'channel=a&channel=b',
      'unknown=1',
    ];
    for (const query of bad) {
      it(`refuses ?${query} and says where`, async () => {
        const answer = await hub.api(`/v1/messages?${query}`);
        assertProblem(answer, 400, 'invalid-request');
        assert.ok(answer.body.errors.length > 0);
      });
    }
  });

  describe('looking at one', () => {
    it('of either direction, by the id of the hub', async () => {
      const { body: sent } = await send(message());
      assert.deepEqual((await hub.api(`/v1/messages/${sent.id}`)).body.id, sent.id);
      await hub.post(OTHER, hub.draft(OTHER, 'text', { text: 'hello' }));
      const [came] = await hub.messages('?limit=1');
      const { body } = await hub.api(`/v1/messages/${came?.id}`);
      assert.equal(body.direction, 'inbound');
      assert.equal(body.message.content.text, 'hello');
    });
    it('that is not there: 404', async () => {
      assertProblem(await hub.api('/v1/messages/none'), 404, 'not-found');
      assertProblem(await hub.api('/v1/trace/none'), 404, 'not-found');
      assertProblem(await hub.api('/v1/messages/%E0%A4%A'), 400, 'invalid-request');
    });
  });

  describe('sending', () => {
    it('answers 202 with the message and its address once it is durable', async () => {
      const asked = message();
      const answer = await send(asked);
      assert.equal(answer.status, 202);
      assert.equal(answer.headers.get('location'), `/v1/messages/${answer.body.id}`);
      assert.deepEqual(answer.body.message.content, asked.content);
      await until(async () => (await hub.api(`/v1/messages/${answer.body.id}`)).body.state === 'sent');
      const [call, ...more] = await hub.received(asked.conversation);
      assert.equal(call?.text, 'from the API');
      assert.deepEqual(more, []);
    });
    it('is one message for one Idempotency-Key, one after the other and at once', async () => {
      const asked = message();
      const key = { 'idempotency-key': newId('key') };
      const first = await send(asked, key);
      const again = await Promise.all([1, 2, 3, 4].map(() => send(asked, key)));
      for (const answer of again) assert.deepEqual([answer.status, answer.body.id], [202, first.body.id]);
      assert.equal((await sentTo(asked.conversation)).length, 1);
      const other = { 'idempotency-key': newId('key') };
      const atOnce = await Promise.all([1, 2, 3, 4].map(() => send(asked, other)));
      assert.equal(new Set(atOnce.map(({ body }) => body.id)).size, 1);
      assert.equal((await sentTo(asked.conversation)).length, 2);
    });
    it('refuses the same key for another message with 409', async () => {
      const asked = message();
      const key = { 'idempotency-key': newId('key') };
      await send(asked, key);
      assertProblem(
        await send({ ...asked, content: { kind: 'text', text: 'other' } }, key),
        409,
        'key-reused',
      );
      assert.equal((await sentTo(asked.conversation)).length, 1);
    });
    it('refuses a key that cannot be one', async () => {
      for (const key of ['', 'a b', 'k'.repeat(201), 'käse']) {
        assertProblem(await send(message(), { 'idempotency-key': key }), 400, 'invalid-request');
      }
    });
    it('refuses a channel that is not there with 422', async () => {
      const answer = await send(message({ channel: 'none' }));
      assertProblem(answer, 422, 'invalid-request');
      assert.deepEqual(answer.body.errors, [{ pointer: '/channel', detail: 'no such channel' }]);
    });
    const bodies: readonly (readonly [string, unknown, number, string, string?])[] = [
      ['nothing', '', 400, 'not-json'],
      ['no JSON', '{', 400, 'not-json'],
      ['a list', [], 400, 'not-json'],
      ['a text', '"hello"', 400, 'not-json'],
      ['null', 'null', 400, 'not-json'],
      ['JSON nested too deep', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 400, 'not-json'],
      ['JSON of too many values', `{"a":[${'1,'.repeat(60_000)}1]}`, 400, 'not-json'],
      ['an empty object', {}, 400, 'invalid-request', '/channel'],
      ['no conversation', message({ conversation: undefined }), 400, 'invalid-request', '/conversation'],
      ['an empty conversation', message({ conversation: '' }), 400, 'invalid-request', '/conversation'],
      ['no content', message({ content: undefined }), 400, 'invalid-request', '/content'],
      ['content of no kind', message({ content: { text: 'x' } }), 400, 'invalid-request', '/content/kind'],
      [
        'content of another kind',
        message({ content: { kind: 'hologram' } }),
        400,
        'invalid-request',
        '/content/kind',
      ],
      [
        'a text that is none',
        message({ content: { kind: 'text', text: 5 } }),
        400,
        'invalid-request',
        '/content/text',
      ],
      ['a field too many', message({ tenant: 'other' }), 400, 'invalid-request', ''],
    ];
    for (const [name, body, status, code, pointer] of bodies) {
      it(`refuses ${name} and says where`, async () => {
        const answer = await send(body);
        assertProblem(answer, status, code);
        if (pointer !== undefined) assert.equal(answer.body.errors[0].pointer, pointer);
      });
    }
    it('does not quote what it refuses', async () => {
      const answer = await send(message({ content: { kind: 'private words', text: 'private words' } }));
      assert.doesNotMatch(answer.text, /private words/);
    });
    it('refuses what is not JSON by its type, or not in UTF-8', async () => {
      assertProblem(await send(message(), { 'content-type': 'text/plain' }), 415, 'not-json');
      const body = new Uint8Array(Buffer.from([0x7b, 0xff, 0x7d]));
      const answer = await hub.api('/v1/messages', { method: 'POST', headers: JSON_TYPE, body });
      assertProblem(answer, 400, 'not-json');
    });
    it('refuses a body over the limit: by its length, and while it streams in', async () => {
      const head = ['POST /v1/messages HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
      const authorized = [...head, `Authorization: Bearer ${hub.token}`];
      const declared = await rawRequest(hub.url, [...authorized, 'Content-Length: 1000001']);
      assert.deepEqual([declared.status, declared.closed], [413, true]);
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      const streamed = await rawRequest(
        hub.url,
        [...authorized, 'Transfer-Encoding: chunked'],
        chunk.repeat(16),
      );
      assert.deepEqual([streamed.status, streamed.closed], [413, true]);
    });
  });

  describe('the rest', () => {
    it('answers with methods a path has where it is asked with others', async () => {
      const wrong: readonly (readonly [string, string, string])[] = [
        ['DELETE', '/v1/messages', 'GET, POST'],
        ['POST', '/v1/messages/x', 'GET'],
        ['PUT', '/v1/ledger', 'GET'],
        ['POST', '/v1/trace/x', 'GET'],
        ['POST', '/healthz', 'GET'],
        ['DELETE', '/readyz', 'GET'],
      ];
      for (const [method, path, allow] of wrong) {
        const answer = await hub.api(path, { method });
        assertProblem(answer, 405, 'method-not-allowed');
        assert.equal(answer.headers.get('allow'), allow);
      }
    });
    it('knows no other path', async () => {
      for (const path of ['/v1', '/v1/none', '/v2/messages', '/none', '/webhooks', '/web/none/config'])
        assertProblem(await hub.api(path), 404, 'not-found');
    });
    it('answers HEAD as GET, without the body', async () => {
      for (const path of ['/healthz', '/readyz', '/v1/messages', '/v1/ledger']) {
        const head = await hub.api(path, { method: 'HEAD' });
        const got = await hub.api(path);
        assert.deepEqual([head.status, head.text], [200, '']);
        assert.equal(head.headers.get('content-type'), got.headers.get('content-type'));
      }
    });
    it('tells its health to everybody, and no secret with it', async () => {
      const healthy = await fetch(`${hub.url}/healthz`);
      assert.deepEqual([healthy.status, await healthy.json()], [200, { ok: true }]);
      const ready = await fetch(`${hub.url}/readyz`);
      assert.equal(ready.status, 200);
      const text = await ready.text();
      const { channels, troubles } = JSON.parse(text);
      assert.deepEqual(troubles, []);
      assert.deepEqual(
        channels.map(({ id, state }: { id: string; state: string }) => [id, state]),
        hub.config.channels.map(({ id, type }) => [id, type === 'web' ? 'ready' : 'sandbox']),
      );
      for (const secret of [hub.token, ...hub.config.channels.flatMap(secretsOf)])
        assert.ok(!text.includes(secret));
    });
    it('says neither what it is made of nor anything a page could use', async () => {
      const { headers } = await hub.api('/v1/none');
      assert.equal(headers.get('x-powered-by'), null);
      assert.equal(headers.get('etag'), null);
      assert.equal(headers.get('access-control-allow-origin'), null);
    });
  });
});

const secretsOf = ({ adapter }: { readonly adapter: object }): readonly string[] => {
  const { credentials = {} } = adapter as { credentials?: Record<string, string> };
  return Object.values(credentials).filter(value => typeof value === 'string');
};

describe('the API of a hub that stops', () => {
  it('is not ready, and takes no webhook: whoever has a connection is told', async () => {
    const hub = await testHub();
    const url = new URL(hub.url);
    const draft = hub.draft(CHANNEL, 'text', { text: 'hello' });
    const signed = await hub.headersFor(CHANNEL, draft);
    const asking = [
      new Asking(url, 'GET /readyz HTTP/1.1'),
      new Asking(url, `POST /webhooks/${CHANNEL} HTTP/1.1`),
    ] as const;
    await Promise.all(asking.map(({ connected }) => connected));
    // Answered on a third connection, so the hub has read what came on the first two.
    await hub.api('/v1/ledger');
    const stopped = hub[Symbol.asyncDispose]();
    const [ready, webhook] = asking;
    const readiness = await ready.end([]);
    assert.match(readiness, /^HTTP\/1\.1 503 /);
    assert.match(readiness, /the hub is stopping/);
    const headers = Object.entries({ ...signed, 'content-length': String(Buffer.byteLength(draft.body)) });
    const refused = await webhook.end(
      headers.map(([name, value]) => `${name}: ${value}`),
      draft.body,
    );
    assert.match(refused, /^HTTP\/1\.1 503 /);
    assert.match(refused, /retry-after: 5/i);
    await stopped;
  });
});

describe('the API of a hub that is behind', () => {
  const cases = [
    { name: 'says of a message without a key that it is accepted', key: undefined, status: 202 },
    { name: 'lets a message with a key be asked for again', key: 'key-1', status: 503 },
  ];
  for (const { name, key, status } of cases) {
    it(name, async () => {
      const appended: Appended = { ok: true, position: START, next: START };
      const app = createApp({
        store: { reached: async () => false } as unknown as Store,
        log: { append: async () => appended },
        token: 'token',
        newId: () => 'new',
        now: () => 5,
        tenantOf: () => 'default',
        mountPage: () => {},
      } as unknown as AppOptions);
      const server = createServer(app).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
        method: 'POST',
        headers: {
          ...JSON_TYPE,
          authorization: 'Bearer token',
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify({ channel: 'c', conversation: 'v', content: { kind: 'text', text: 'x' } }),
      });
      assert.equal(answer.status, status);
      const body = (await answer.json()) as object;
      if (status === 202) assert.deepEqual(body, { id: 'new', direction: 'outbound', state: 'accepted' });
      server.closeAllConnections();
      server.close();
    });
  }
});

/** A request that has begun, and ends when it is told to. */
class Asking {
  readonly connected: Promise<unknown>;
  readonly #socket: ReturnType<typeof connect>;

  constructor(url: URL, line: string) {
    this.#socket = connect(Number(url.port), url.hostname);
    this.connected = new Promise(resolve => this.#socket.write(`${line}\r\nHost: x\r\n`, resolve));
  }

  async end(headers: readonly string[], body = ''): Promise<string> {
    const chunks: Buffer[] = [];
    this.#socket.on('data', chunk => chunks.push(chunk));
    const closed = once(this.#socket, 'close');
    this.#socket.write(`${[...headers, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
    await closed;
    return Buffer.concat(chunks).toString();
  }
}

/** The answer to a request whose body never ends, and whether the hub closed the connection by itself. */
async function rawRequest(
  base: string,
  head: readonly string[],
  body = '',
): Promise<{ readonly status: number; readonly closed: boolean }> {
  const url = new URL(base);
  const socket = connect(Number(url.port), url.hostname);
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => true);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  const answered = once(socket, 'data');
  await Promise.race([answered, closed]);
  const open = new Promise<false>(resolve => setTimeout(resolve, 5_000, false).unref());
  // A request without a body is answered on a connection that stays.
  const isClosed = head.some(line => /^(?:content-length|transfer-encoding)/i.test(line))
    ? await Promise.race([closed, open])
    : false;
  socket.destroy();
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(Buffer.concat(chunks).toString())?.[1]);
  return { status, closed: isClosed };
}
