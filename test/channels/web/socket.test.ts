import assert from 'node:assert/strict';
import { bearer, identityToken, said, testDoor } from './support.ts';

const text = (id: string, words = 'hi') => ({ id, type: 'text', text: words });

describe('web chat: socket', () => {
  for (const [name, options, status] of [
    ['no origin', { origin: undefined }, 403],
    ['the origin null', { origin: 'null' }, 403],
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['the token in its address', { path: 'socket?token=x' }, 401],
    ['another path', { path: 'sockets' }, 404],
  ] as const) {
    it(`is refused with ${name}`, async () => {
      await using door = await testDoor();
      assert.equal(await door.connect(options as object).refused, status);
    });
  }

  it('greets who brings a token, in the first frame or the sub-protocol', async () => {
    await using door = await testDoor();
    const { token, conversation } = await door.session();
    const first = door.connect();
    first.send({ type: 'hello', token });
    assert.equal((await first.next('ready')).conversation, conversation);
    const second = door.connect({ protocols: ['patchbay.v1', `token.${token}`] });
    second.send({ type: 'hello' });
    assert.equal((await second.next('ready')).conversation, conversation);
    assert.equal(second.socket.protocol, 'patchbay.v1');
  });

  for (const [name, frame] of [
    ['no token', { type: 'hello' }],
    ['a forged token', { type: 'hello', token: 'e30.e30.e30' }],
    ['a message before the hello', text('a')],
    ['something that is no hello', { type: 'hello', token: 7 }],
  ] as const) {
    it(`closes with 1008 on ${name}`, async () => {
      await using door = await testDoor();
      const client = door.connect();
      client.send(frame);
      assert.equal((await client.closed).code, 1008);
      assert.equal(door.hall.accepted.length, 0);
    });
  }

  it('acknowledges once stored, in the order written', async () => {
    await using door = await testDoor();
    const { token, conversation } = await door.session();
    const client = await door.hello(token);
    // The first takes longest to store: those behind it must wait for it.
    let turns = 200;
    door.hall.before.accept = async () => {
      const mine = turns;
      turns = 0;
      for (let turn = 0; turn < mine; turn++) await new Promise(resolve => setImmediate(resolve));
    };
    for (const id of ['a', 'b', 'c']) client.send(text(id));
    client.send('not json');
    await client.next('error');
    assert.deepEqual(
      client.frames.filter(frame => frame.type === 'ack'),
      ['a', 'b', 'c'].map(id => ({ type: 'ack', id, message: `${conversation}/${id}` })),
    );
    assert.deepEqual(
      door.hall.frames().map(frame => frame.id),
      ['a', 'b', 'c'],
    );
  });

  it('says what it could not take, and goes on', async () => {
    await using door = await testDoor();
    const client = await door.hello((await door.session()).token);
    client.send({ id: 'a', type: 'text', text: '' });
    assert.deepEqual((await client.next('error')).error, { code: 'invalid', message: 'text: too_small' });
    client.send(text('b'));
    assert.equal((await client.next('ack')).id, 'b');
  });

  it('pushes to every connection of the conversation and to no other', async () => {
    await using door = await testDoor();
    const mine = await door.session();
    const other = await door.session();
    const tabs = [await door.hello(mine.token), await door.hello(mine.token)];
    const stranger = await door.hello(other.token);
    const push = door.push(mine.conversation, 1);
    for (const tab of tabs) assert.deepEqual(await tab.next('message'), { type: 'message', ...push });
    // Something later on the same line proves that nothing came before it.
    const theirs = door.push(other.conversation, 2);
    assert.deepEqual(await stranger.next('message'), { type: 'message', ...theirs });
  });

  it('closes when the token has run out, and not when it was renewed', async () => {
    let now = Date.now();
    await using door = await testDoor({ now: () => now, limits: { heartbeatMs: 1_000 } });
    const { token } = await door.session();
    const renewed = await door.hello(token);
    const forgetful = await door.hello(token);
    now += 1_700_000;
    renewed.send({ type: 'auth', token: (await door.session({}, bearer(token))).token });
    renewed.send(text('a'));
    await renewed.next('ack');
    now += 200_000;
    assert.deepEqual(await forgetful.closed, { code: 1008, reason: 'token expired' });
    renewed.send(text('b'));
    assert.equal((await renewed.next('ack')).id, 'b');
  });

  it("is not renewed with another visitor's token", async () => {
    await using door = await testDoor();
    const client = await door.hello((await door.session()).token);
    client.send({ type: 'auth', token: (await door.session()).token });
    assert.equal((await client.closed).code, 1008);
  });

  it('ends a line that answers no ping, and keeps one that does', async () => {
    await using door = await testDoor({ limits: { heartbeatMs: 1_000 } });
    const { token, conversation } = await door.session();
    const dead = door.connect({ autoPong: false });
    dead.send({ type: 'hello', token });
    const alive = await door.hello(token);
    assert.equal((await dead.closed).code, 1006);
    door.push(conversation, 1);
    await alive.next('message');
    await alive.next('ping');
  });

  it('takes no frame above 64 KiB', async () => {
    await using door = await testDoor();
    const client = await door.hello((await door.session()).token);
    client.send(text('a', 'x'.repeat(64 * 1024)));
    assert.equal((await client.closed).code, 1009);
    assert.equal(door.hall.accepted.length, 0);
  });

  it('takes text only', async () => {
    await using door = await testDoor();
    const client = await door.hello((await door.session()).token);
    client.socket.send(Buffer.from([1]));
    assert.equal((await client.closed).code, 1008);
  });

  for (const [name, flood] of [
    ['frames', (send: (data: string) => void) => send('{"id":"t","type":"typing","active":true}')],
    ['frames of rubbish', (send: (data: string) => void) => send('x')],
  ] as const) {
    it(`closes with 1008 on a flood of ${name}`, async () => {
      await using door = await testDoor();
      const client = await door.hello((await door.session()).token);
      for (let n = 0; n < 10_000; n++) flood(data => client.socket.send(data));
      assert.deepEqual(await client.closed, { code: 1008, reason: 'too many frames' });
      assert.ok(door.hall.accepted.length <= 20);
    });
  }

  it('closes with 1008 on a flood of pings', async () => {
    await using door = await testDoor();
    const client = await door.hello((await door.session()).token);
    for (let n = 0; n < 1_000; n++) client.socket.ping();
    assert.equal((await client.closed).code, 1008);
  });

  it('bounds what waits to be stored', async () => {
    await using door = await testDoor({ limits: { waitingBytes: 20_000 } });
    const client = await door.hello((await door.session()).token);
    door.hall.before.accept = () => new Promise(() => undefined);
    for (let n = 0; n < 10; n++) client.send(text(`a${n}`, 'x'.repeat(3_000)));
    assert.equal((await client.closed).code, 1013);
  });

  it('closes who does not say hello', async () => {
    await using door = await testDoor({ limits: { patienceMs: 20 } });
    assert.deepEqual(await door.connect().closed, { code: 1008, reason: 'no hello' });
  });

  it('takes a bounded number of connections, of a visitor and in all', async () => {
    await using door = await testDoor({ limits: { connectionsPerVisitor: 2, connections: 4 } });
    const { token } = await door.session();
    const first = await door.hello(token);
    await door.hello(token);
    const third = door.connect();
    third.send({ type: 'hello', token });
    assert.equal((await third.next('error')).error.code, 'too-many-connections');
    assert.equal((await third.closed).code, 1013);
    const stream = await fetch(`${door.url}events`, { headers: { origin: door.origin, ...bearer(token) } });
    assert.equal(stream.status, 429);
    const others = [door.connect(), door.connect()];
    for (const other of others) await new Promise(resolve => other.socket.on('open', resolve));
    assert.equal(await door.connect().refused, 503);
    await first.close();
    await others[0]?.close();
    await door.hello(token);
  });

  it('says goodbye when the door closes', async () => {
    const door = await testDoor();
    const { token } = await door.session();
    const client = await door.hello(token);
    const rude = await door.hello(token);
    rude.socket.pause();
    await door[Symbol.asyncDispose]();
    assert.equal((await client.closed).code, 1001);
  });
});

describe('web chat: a slow reader', () => {
  it('is closed with 1013, holds a bounded buffer, and gets everything on coming back', async () => {
    await using door = await testDoor({ limits: { bufferedBytes: 200_000 } });
    const { token, conversation } = await door.session();
    const slow = await door.hello(token);
    slow.socket.pause();
    const words = 'x'.repeat(9_000);
    const pushes = Array.from({ length: 2_000 }, (_, n) => {
      const push = { seq: n + 1, id: `delivery-${n + 1}`, wire: said(conversation, words), at: 0 };
      door.push(conversation, push.seq, words);
      door.record(conversation, push);
      return push;
    });
    slow.socket.resume();
    const { code, reason } = await slow.closed;
    assert.deepEqual({ code, reason }, { code: 1013, reason: 'slow reader' });
    const got = slow.frames.flatMap(frame => (frame.type === 'message' ? [frame.seq] : []));
    assert.ok(got.length < pushes.length);
    const back = await door.hello(token, got.at(-1) ?? 0);
    while (got.length < pushes.length) got.push((await back.next('message')).seq);
    assert.deepEqual(
      got,
      pushes.map(push => push.seq),
    );
  });
});

describe('web chat: resuming', () => {
  const seqs = async (client: Awaited<ReturnType<typeof openVisitor>>['client'], count: number) => {
    const got: number[] = [];
    for (let n = 0; n < count; n++) got.push((await client.next('message')).seq);
    return got;
  };
  const openVisitor = async (after: number, recorded: number, limits = {}) => {
    const door = await testDoor({ limits });
    const { token, conversation } = await door.session({ identity: await identityToken({ sub: '42' }) });
    for (let seq = 1; seq <= recorded; seq++) {
      door.record(conversation, {
        seq,
        id: `delivery-${seq}`,
        wire: said(conversation, `message ${seq}`),
        at: 0,
      });
    }
    const client = door.connect();
    return {
      door,
      conversation,
      client,
      token,
      greet: () => client.send({ type: 'hello', token, after }),
      [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
    };
  };

  it('gives what was missed, page by page, and nothing the browser has', async () => {
    await using visitor = await openVisitor(3, 12, { feedPage: 4 });
    visitor.greet();
    assert.deepEqual(await seqs(visitor.client, 9), [4, 5, 6, 7, 8, 9, 10, 11, 12]);
    visitor.door.push(visitor.conversation, 13);
    assert.deepEqual(await seqs(visitor.client, 1), [13]);
  });

  it('keeps what is said while the past is read, and says it after', async () => {
    await using visitor = await openVisitor(0, 2);
    const reading = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    visitor.door.hall.before.feed = () => {
      reading.resolve();
      return mayGoOn.promise;
    };
    visitor.greet();
    await reading.promise;
    visitor.door.push(visitor.conversation, 3);
    visitor.door.push(visitor.conversation, 4);
    mayGoOn.resolve();
    visitor.door.hall.before.feed = () => Promise.resolve();
    assert.deepEqual(await seqs(visitor.client, 4), [1, 2, 3, 4]);
  });

  it('says once what the store and the line both have', async () => {
    await using visitor = await openVisitor(0, 0, { feedPage: 1 });
    const reads: (() => void)[] = [];
    const page = Promise.withResolvers<void>();
    visitor.door.hall.before.feed = () => {
      if (reads.push(() => undefined) > 1) return Promise.resolve();
      page.resolve();
      return Promise.resolve();
    };
    visitor.door.record(visitor.conversation, visitor.door.push(visitor.conversation, 1));
    visitor.greet();
    await page.promise;
    const two = visitor.door.push(visitor.conversation, 2);
    visitor.door.record(visitor.conversation, two);
    assert.deepEqual(await seqs(visitor.client, 2), [1, 2]);
    visitor.door.push(visitor.conversation, 3);
    assert.deepEqual(await seqs(visitor.client, 1), [3]);
  });

  it('gives what was pushed a moment ago and is not recorded yet', async () => {
    await using visitor = await openVisitor(1, 1);
    visitor.door.push(visitor.conversation, 1);
    visitor.door.push(visitor.conversation, 2);
    visitor.greet();
    assert.deepEqual(await seqs(visitor.client, 1), [2]);
  });

  it('closes with 1013 when the store cannot be read', async () => {
    await using visitor = await openVisitor(0, 1);
    visitor.door.hall.before.feed = () => Promise.reject(new Error('the store is away'));
    visitor.greet();
    assert.equal((await visitor.client.closed).code, 1013);
  });

  it('closes with 1013 when too much comes meanwhile', async () => {
    await using visitor = await openVisitor(0, 1, { bufferedPushes: 2 });
    visitor.door.hall.before.feed = () => new Promise(() => undefined);
    visitor.greet();
    await visitor.client.next('ready');
    for (let seq = 2; seq < 5; seq++) visitor.door.push(visitor.conversation, seq);
    assert.equal((await visitor.client.closed).code, 1013);
  });
});
