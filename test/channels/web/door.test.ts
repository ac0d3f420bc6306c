import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import {
  bearer,
  IDENTITY_SECRET,
  identityToken,
  SIGNING_SECRET,
  type TestDoor,
  testDoor,
} from './support.ts';

const text = (id: string, words = 'hi') => ({ id, type: 'text', text: words });
const errorOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code;

describe('web chat: sessions', () => {
  it('gives an anonymous visitor an id nobody guesses, and the same conversation again before it ends', async () => {
    await using door = await testDoor();
    const first = await door.session();
    const other = await door.session();
    assert.match(first.visitor.id, /^anonymous-[A-Za-z0-9_-]{24}$/);
    assert.notEqual(first.conversation, other.conversation);
    const again = await door.session({}, bearer(first.token));
    assert.equal(again.conversation, first.conversation);
    assert.equal(again.expires_in, 1_800);
  });

  it('lets a session go on half an hour at a time, and not once it has ended', async () => {
    let now = Date.now();
    await using door = await testDoor({ now: () => now });
    const first = await door.session();
    now += 1_790_000;
    const second = await door.session({}, bearer(first.token));
    now += 1_790_000;
    const late = await door.post('session', {}, bearer(first.token));
    assert.equal(late.status, 401);
    assert.equal(await errorOf(late), 'token-expired');
    assert.equal((await door.session({}, bearer(second.token))).conversation, first.conversation);
  });

  it('knows a visitor the site vouches for, in every browser', async () => {
    await using door = await testDoor();
    const here = await door.session({ identity: await identityToken({ sub: '42', name: 'Ada' }) });
    const there = await door.session({ identity: await identityToken({ sub: '42' }) });
    assert.deepEqual(here.visitor, { id: '42', anonymous: false });
    assert.equal(here.conversation, there.conversation);
    await door.post('messages', text('a'), bearer(here.token));
    const [body] = door.hall.accepted.map(request => JSON.parse(Buffer.from(request.body).toString()));
    assert.deepEqual(body.visitor, { id: '42', anonymous: false, name: 'Ada' });
    assert.equal(body.conversation, '42');
  });

  const untrusted: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['a bare id', () => '42'],
    [
      'signed with another secret',
      () => identityToken({ sub: '42' }, { secret: 'another secret altogether' }),
    ],
    ['expired', () => identityToken({ sub: '42' }, { expiresInSeconds: -120 })],
    ['valid for a day', () => identityToken({ sub: '42' }, { expiresInSeconds: 86_400 })],
    ['without a subject', () => identityToken({})],
    ['with the id of an anonymous visitor', () => identityToken({ sub: 'anonymous-x' })],
    ['unsigned', () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    ['of 40 kB', () => identityToken({ sub: '42', padding: 'x'.repeat(30_000) })],
  ];
  for (const [name, make] of untrusted) {
    it(`does not trust an identity ${name}`, async () => {
      await using door = await testDoor();
      const answer = await door.post('session', { identity: await make() });
      assert.equal(answer.status, 401);
      assert.equal(await errorOf(answer), 'identity-invalid');
    });
  }

  it('takes neither kind of token for the other', async () => {
    await using door = await testDoor();
    const claims = { sub: '42', cid: '42', anonymous: false, aud: 'patchbay:acme/site-chat' };
    const identity = await identityToken(claims);
    assert.equal((await door.post('messages', text('a'), bearer(identity))).status, 401);
    const { token } = await door.session({ identity });
    const swapped = await door.post('session', { identity: token });
    assert.equal(await errorOf(swapped), 'identity-invalid');
    assert.equal(door.hall.accepted.length, 0);
  });

  it('takes the secret before the present one while it is rotated, and a forged one never', async () => {
    const credentials = {
      identity_secret: 'the identity secret after it',
      previous_identity_secret: IDENTITY_SECRET,
      signing_secret: SIGNING_SECRET,
    };
    await using door = await testDoor({ config: { credentials } });
    for (const secret of [IDENTITY_SECRET, credentials.identity_secret])
      await door.session({ identity: await identityToken({ sub: '42' }, { secret }) });
    const forged = await identityToken({ sub: '42' }, { secret: 'neither of the two secrets' });
    assert.equal((await door.post('session', { identity: forged })).status, 401);
  });

  it('asks for an identity where anonymous visitors may not write', async () => {
    await using door = await testDoor({ config: { receive: { anonymous: false } } });
    const answer = await door.post('session', {});
    assert.equal(answer.status, 401);
    assert.equal(await errorOf(answer), 'identity-required');
    await door.session({ identity: await identityToken({ sub: '42' }) });
  });

  it('limits new sessions of an address, on loopback as well, and not the renewal of one', async () => {
    const now = Date.now();
    await using door = await testDoor({
      now: () => now,
      config: { receive: { limits: { sessions_per_minute: 2 } } },
    });
    const { token } = await door.session();
    await door.session();
    const third = await door.post('session', {});
    assert.equal(third.status, 429);
    assert.equal(third.headers.get('retry-after'), '30');
    assert.equal((await door.post('session', {}, bearer(token))).status, 200);
  });
});

describe('web chat: requests', () => {
  let door: TestDoor;
  let token: string;
  beforeEach(async () => {
    door = await testDoor({ config: { receive: { allowed_origins: ['https://shop.example'] } } });
    token = (await door.session()).token;
  });
  afterEach(() => door[Symbol.asyncDispose]());

  it('tells how the chat looks, to sites that may embed it', async () => {
    const answer = await fetch(`${door.url}config`, { headers: { origin: 'https://shop.example' } });
    assert.deepEqual(await answer.json(), {
      title: 'Chat',
      colour: '#2563eb',
      anonymous: true,
      max_text: 4_000,
      uploads: {
        max_bytes: 20_000_000,
        types: ['image/*', 'audio/*', 'video/*', 'application/pdf', 'text/plain'],
      },
    });
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://shop.example');
    assert.equal(answer.headers.get('vary'), 'Origin');
  });

  for (const origin of [
    'null',
    'https://evil.example',
    'https://shop.example.evil.example',
    'http://shop.example',
    'https://shop.example:8443',
  ]) {
    it(`refuses a page of ${origin}`, async () => {
      const answer = await door.post('session', {}, { origin });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      const preflight = await fetch(`${door.url}session`, { method: 'OPTIONS', headers: { origin } });
      assert.equal(preflight.status, 403);
    });
  }

  it('compares the whole origin, not its host alone', async () => {
    assert.equal((await door.post('session', {}, { origin: `${door.origin}/` })).status, 403);
    assert.equal(
      (await door.post('session', {}, { origin: door.origin.replace('http', 'ftp') })).status,
      403,
    );
  });

  it('refuses a POST that names no origin: browsers always do', async () => {
    const answer = await fetch(`${door.url}session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(answer.status, 403);
  });

  it('lets a browser ask first', async () => {
    const answer = await fetch(`${door.url}messages`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(answer.status, 204);
    assert.match(answer.headers.get('access-control-allow-headers') ?? '', /authorization/);
  });

  it('stores a message before it says so, and gives the same answer again', async () => {
    const first = await door.post('messages', text('a'), bearer(token));
    assert.equal(first.status, 200);
    const answer = await first.json();
    assert.deepEqual(door.hall.frames(), [text('a')]);
    assert.deepEqual(await (await door.post('messages', text('a'), bearer(token))).json(), answer);
    assert.equal(door.hall.accepted.length, 1);
  });

  it('asks once for a frame that comes twice at a time', async () => {
    const stored = Promise.withResolvers<void>();
    door.hall.before.accept = () => stored.promise;
    const both = [1, 2].map(() => door.post('messages', text('a'), bearer(token)));
    stored.resolve();
    for (const answer of await Promise.all(both)) assert.equal(answer.status, 200);
    assert.equal(door.hall.accepted.length, 1);
  });

  it('does not acknowledge what was not stored, and takes it again', async () => {
    door.hall.refusing = true;
    const answer = await door.post('messages', text('a'), bearer(token));
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '1');
    door.hall.refusing = false;
    assert.equal((await door.post('messages', text('a'), bearer(token))).status, 200);
  });

  it('keeps the ids of two visitors apart', async () => {
    const other = await door.session();
    await door.post('messages', text('a'), bearer(token));
    const answer = await door.post('messages', text('a', 'another'), bearer(other.token));
    assert.equal(answer.status, 200);
    assert.equal(door.hall.accepted.length, 2);
  });

  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

  const refused: readonly (readonly [number, string, unknown, Record<string, string>?])[] = [
    [409, 'conflict', text('used', 'other words')],
    [413, 'too-large', text('b', 'x'.repeat(70_000))],
    [413, 'too-large', text('b', 'x'.repeat(4_001))],
    [415, 'unsupported-media-type', text('b'), { 'content-type': 'text/plain' }],
    [415, 'unsupported-media-type', text('b'), { 'content-type': 'application/json; charset=utf-16' }],
    [415, 'unsupported-media-type', text('b'), { 'content-encoding': 'gzip' }],
    [422, 'invalid', 'not json'],
    [422, 'invalid', `${'['.repeat(100)}${']'.repeat(100)}`],
    [422, 'invalid', { id: 'b', type: 'form', values: { v: nested(61) } }],
    [422, 'invalid', { id: 'b', type: 'text' }],
    [422, 'invalid', { id: 'not/an/id', type: 'text', text: 'x' }],
  ];
  for (const [status, code, body, headers] of refused) {
    it(`answers ${status} ${code} to ${JSON.stringify(body).slice(0, 40)} ${JSON.stringify(headers ?? '')}`, async () => {
      await door.post('messages', text('used'), bearer(token));
      const answer = await door.post('messages', body, { ...bearer(token), ...headers });
      assert.equal(answer.status, status);
      assert.equal(await errorOf(answer), code);
      assert.equal(door.hall.accepted.length, 1);
    });
  }

  it('wants the token in a header, never in the address', async () => {
    assert.equal((await door.post('messages', text('a'))).status, 401);
    assert.equal((await door.post(`messages?token=${token}`, text('a'))).status, 401);
    assert.equal((await door.post(`messages?token=${token}`, text('a'), bearer(token))).status, 401);
    assert.equal(await doubledAuthorization(door, token), 401);
  });

  it('knows its paths and methods', async () => {
    assert.equal((await door.post('nothing', {})).status, 404);
    assert.equal((await door.post('constructor', {})).status, 404);
    assert.equal((await door.post('events', {})).status, 405);
    assert.equal((await fetch(`${door.url}session`, { headers: { origin: door.origin } })).status, 405);
  });

  it('limits how fast a visitor writes, and says how long to wait', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 25; n++) {
      const answer = await door.post(
        'messages',
        { id: `t${n}`, type: 'typing', active: true },
        bearer(token),
      );
      statuses.push(answer.status);
      if (answer.status === 429) assert.equal(answer.headers.get('retry-after'), '1');
    }
    assert.equal(statuses[0], 200);
    assert.ok(statuses.includes(429));
  });
});

describe('web chat: messages a minute', () => {
  it('counts what is said, not signs of life, over all transports', async () => {
    const now = Date.now();
    await using door = await testDoor({
      now: () => now,
      config: { receive: { limits: { messages_per_minute: 2 } } },
    });
    const { token } = await door.session();
    const socket = await door.hello(token);
    socket.send(text('a'));
    await socket.next('ack');
    await door.post('messages', { id: 't', type: 'typing', active: true }, bearer(token));
    assert.equal((await door.post('messages', text('b'), bearer(token))).status, 200);
    socket.send(text('c'));
    const { error, id } = await socket.next('error');
    assert.deepEqual([id, error.code, error.retry_after_ms], ['c', 'rate-limited', 30_000]);
  });
});

/** Fetch joins two headers of one name; a hand-written client need not. */
function doubledAuthorization(door: TestDoor, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const value = `Bearer ${token}`;
    const headers = [
      'Host',
      `127.0.0.1:${door.port}`,
      'Origin',
      door.origin,
      'Content-Type',
      'application/json',
      ...['Authorization', value, 'Authorization', value],
    ];
    const asked = httpRequest(`${door.url}messages`, { method: 'POST', headers }, answer => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end(JSON.stringify(text('a')));
  });
}
