/** Pacing with a real store: what may not go yet holds up nobody, and spends nothing. */
import assert from 'node:assert/strict';
import { createPace } from '../../src/delivery/pace.ts';
import { type FaultScope, failed } from '../../src/message/fault.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import { refusing, type TestChannel, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const textsOf = (platform: TestChannel): readonly string[] =>
  platform.sent.map(({ wire }) => (wire as { text: string }).text);

interface Rules {
  readonly rateLimit?: (typeof POLICY)['rateLimit'];
  readonly tenant?: string;
}

function open(bench: Bench, id: string, { rateLimit = {}, tenant }: Rules = {}): TestChannel {
  const platform = testChannel(id, tenant);
  const policy = { ...POLICY, rateLimit };
  bench.outlets.set(id, { channel: platform.channel, idempotent: false, policy });
  return platform;
}

/** Something of another account that was asked for later has gone: what had its turn before had it. */
async function pass(bench: Bench, channel = 'other'): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const later = textTo(`later ${n}`, 'later', channel);
    await bench.ask(later);
    await bench.ended(later);
  }
}

describe('pacing', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await deliveryBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('lets an account go at its rate, and others as fast as they can', async () => {
    const slow = open(bench, 'test', { rateLimit: { account: { count: 2, perMs: 10_000 } } });
    open(bench, 'other');
    bench.start();
    const messages = Array.from({ length: 6 }, (_, n) => textTo(`c${n}`, String(n)));
    await bench.ask(...messages);
    await until(() => slow.sent.length === 2, 'the burst');
    await pass(bench);
    assert.deepEqual(textsOf(slow), ['0', '1']);
    for (const count of [3, 4, 5, 6]) {
      bench.clock.advance(5_000);
      await until(() => slow.sent.length === count, 'the next');
      await pass(bench);
      assert.equal(slow.sent.length, count);
    }
    assert.deepEqual(textsOf(slow), ['0', '1', '2', '3', '4', '5']);
    for (const message of messages) {
      const { deliveries } = await bench.ended(message);
      assert.equal(deliveries[0]?.attempts, 1, 'waiting spent no attempt');
    }
  });

  it('takes no slot while it waits: one slot is enough for the others', async () => {
    const slow = open(bench, 'test', { rateLimit: { account: { count: 1, perMs: 60_000 } } });
    open(bench, 'other');
    bench.start({ width: 1 });
    await bench.ask(...Array.from({ length: 20 }, (_, n) => textTo(`c${n}`, String(n))));
    await pass(bench);
    assert.ok(slow.sent.length <= 1);
    const { outbound } = await bench.store.ledger(true);
    assert.equal(outbound.parked + outbound.dead, 0);
  });

  it('holds a conversation over its rate in the store, in order, and none beside it', async () => {
    const slow = open(bench, 'test', { rateLimit: { conversation: { count: 1, perMs: 300, burst: 2 } } });
    bench.start();
    const alice = Array.from({ length: 4 }, (_, n) => textTo('alice', `alice ${n}`));
    const bob = textTo('bob', 'bob');
    await bench.ask(...alice, bob);
    await bench.ended(bob);
    await until(() => slow.sent.length === 3, 'the burst');
    // The store waits in real time, and finds then that the gate's clock stood still.
    await pass(bench, 'test');
    assert.deepEqual(
      textsOf(slow).filter(text => text.startsWith('alice')),
      ['alice 0', 'alice 1'],
    );
    const ticking = setInterval(() => bench.clock.advance(20), 5);
    for (const message of alice) await bench.ended(message);
    clearInterval(ticking);
    assert.deepEqual(
      textsOf(slow).filter(text => text.startsWith('alice')),
      ['alice 0', 'alice 1', 'alice 2', 'alice 3'],
    );
    for (const message of alice) assert.equal((await bench.ended(message)).deliveries[0]?.attempts, 1);
  });

  it('counts each wire message, not only the first of a message', async () => {
    const slow = open(bench, 'test', { rateLimit: { account: { count: 2, perMs: 600_000 } } });
    open(bench, 'other');
    bench.start();
    await bench.ask(textTo('alice', 'a|b|c'));
    await until(() => slow.sent.length === 2, 'two parts');
    await pass(bench);
    assert.deepEqual(textsOf(slow), ['a', 'b']);
  });

  it('lets an adapter that throws ask no faster than the rate: its call may have gone out', async () => {
    const slow = open(bench, 'test', { rateLimit: { account: { count: 1, perMs: 1_000 } } });
    open(bench, 'other');
    const throwing = async (): Promise<never> => {
      throw new TypeError('a bug behind the call');
    };
    slow.answers.push(...Array.from({ length: 5 }, () => throwing));
    bench.start();
    const messages = Array.from({ length: 5 }, (_, n) => textTo(`c${n}`, String(n)));
    await bench.ask(...messages);
    for (const count of [1, 2, 3, 4, 5]) {
      await until(() => slow.sent.length >= count, 'the next');
      await pass(bench);
      assert.equal(slow.sent.length, count);
      bench.clock.advance(1_000);
    }
    for (const message of messages) assert.equal((await bench.ended(message)).view.state, 'dead');
  });

  it('keeps all channels of a tenant below its rate', async () => {
    const [one, two] = [open(bench, 'one', { tenant: 'big' }), open(bench, 'two', { tenant: 'big' })];
    open(bench, 'other');
    bench.start({ perTenant: { count: 3, perMs: 60_000 } });
    const messages = ['one', 'two'].flatMap(channel =>
      Array.from({ length: 5 }, (_, n) => textTo(`c${n}`, String(n), channel, 'big')),
    );
    await bench.ask(...messages);
    const sent = (): number => one.sent.length + two.sent.length;
    await until(() => sent() === 3, 'the burst');
    bench.clock.advance(1);
    await pass(bench);
    assert.equal(sent(), 3);
    bench.clock.advance(20_000);
    await until(() => sent() === 4, 'the next');
  });

  it('closes an account for as long as the platform said, also for messages that were given out already', async () => {
    const limited = open(bench, 'test');
    open(bench, 'other');
    const gate = bench.start();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    // One is refused while another is on its way that has a part left.
    limited.answers.push(
      async () => {
        await until(() => limited.sent.length === 2, 'both to be on their way');
        return refusing('rate-limited', { retryAfterMs: 30_000 })();
      },
      async () => {
        await released;
        return { ok: true, platformId: 'given out' };
      },
    );
    const partly = textTo('second', 'a|b');
    await bench.ask(textTo('first', 'first'), partly);
    await until(() => gate.closed().length === 1, 'the account to close');
    release();
    await until(
      async () => (await bench.traceOf(partly)).deliveries[0]?.state === 'sent',
      'the part that was on its way',
    );
    await bench.ask(...Array.from({ length: 30 }, (_, n) => textTo(`c${n}`, String(n))));
    await pass(bench);
    bench.clock.advance(29_999);
    await pass(bench);
    assert.deepEqual(textsOf(limited), ['first', 'a']);
    assert.match(gate.closed()[0]?.reason ?? '', /asked us to wait/);
    bench.clock.advance(1);
    await until(() => textsOf(limited).filter(text => /^\d+$/.test(text)).length === 30, 'all that waited');
  });

  it('holds back what had its place already when the platform asked to wait', async () => {
    open(bench, 'test');
    const gate = bench.start();
    const [first, placed, given] = ['alice', 'bob', 'carol'].map((conversation, seq) => {
      const message = textTo(conversation, 'hi');
      return gate.admit({ seq, message, createdAt: 0, lastInboundAt: null, route: null, deliveries: null });
    });
    assert.ok(first !== undefined && placed !== undefined && given !== undefined);
    assert.deepEqual([first.wait(), placed.wait()], [0, 0]);
    await first.run(async () => refusing('rate-limited', { retryAfterMs: 30_000 })());
    assert.deepEqual([placed.wait(), given.wait()], [30_000, 30_000]);
    assert.equal(await placed.run(() => assert.fail('it was sent')), null);
    bench.clock.advance(30_000);
    assert.equal(placed.wait(), 0);
    for (const pass of [first, placed, given]) pass[Symbol.dispose]();
  });

  it('remembers over a restart that the platform asked to wait', async () => {
    const limited = open(bench, 'test');
    open(bench, 'other');
    bench.start();
    limited.answers.push(refusing('rate-limited', { retryAfterMs: 600_000 }));
    await bench.ask(textTo('first', 'first'));
    await until(() => limited.sent.length === 1, 'the refusal');
    await bench.reopen();
    bench.clock.now = 5;
    bench.clock.wall += 120_000;
    await bench.ask(textTo('second', 'second'));
    const gate = bench.start();
    await pass(bench);
    assert.equal(limited.sent.length, 1);
    const [state] = gate.paceState().filter(({ channel }) => channel === 'test');
    assert.ok(
      state !== undefined && state.closedForMs > 0 && state.closedForMs <= 480_000 && state.speed < 1,
    );
    bench.clock.advance(480_000);
    await until(() => limited.sent.length === 2, 'the rest of the wait');
  });

  for (const text of ['one', 'one|two|three'])
    it(`remembers over a restart that a conversation is to wait (${text})`, async () => {
      const limited = open(bench, 'test');
      open(bench, 'other');
      bench.start();
      limited.answers.push(refusing('rate-limited', { scope: 'conversation', retryAfterMs: 600_000 }));
      const message = textTo('alice', text);
      await bench.ask(message);
      await until(async () => (await bench.traceOf(message)).deliveries[0]?.fault != null, 'the refusal');
      await bench.reopen();
      bench.start();
      await pass(bench);
      assert.deepEqual(textsOf(limited), ['one']);
    });

  it('obeys what the platform says beside a message it took', async () => {
    const limited = open(bench, 'test');
    open(bench, 'other');
    bench.start();
    limited.answers.push(() => ({ ok: true, platformId: 'x', pace: { waitMs: 60_000, scope: 'account' } }));
    const first = textTo('first', 'first');
    await bench.ask(first);
    await bench.ended(first);
    await bench.ask(textTo('second', 'second'));
    await pass(bench);
    assert.equal(limited.sent.length, 1);
    bench.clock.advance(60_000);
    await until(() => limited.sent.length === 2, 'the second');
  });

  it('slows one conversation for its own limit, and not the account', async () => {
    const limited = open(bench, 'test');
    const gate = bench.start();
    limited.answers.push(refusing('rate-limited', { scope: 'conversation', retryAfterMs: 600_000 }));
    const [alice, bob] = [textTo('alice', 'alice'), textTo('bob', 'bob')];
    await bench.ask(alice);
    await until(() => limited.sent.length === 1, 'the refusal');
    await bench.ask(textTo('alice', 'alice again'), bob);
    await bench.ended(bob);
    assert.deepEqual(textsOf(limited), ['alice', 'bob']);
    assert.deepEqual(gate.closed(), []);
    const trace = await bench.traceOf(alice);
    assert.deepEqual([trace.view.state, trace.deliveries[0]?.spared], ['open', 1]);
  });

  it('leaves slots to other accounts and tenants while one hangs', async () => {
    const hanging = open(bench, 'test', { tenant: 'big' });
    open(bench, 'other');
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    for (let n = 0; n < 100; n++) {
      hanging.answers.push(async () => {
        await released;
        return { ok: true, platformId: String(n) };
      });
    }
    bench.start({ width: 8 });
    const flood = Array.from({ length: 50 }, (_, n) => textTo(`c${n}`, String(n), 'test', 'big'));
    await bench.ask(...flood);
    await until(() => hanging.sent.length >= 4, 'its share of the slots');
    await pass(bench);
    assert.equal(hanging.sent.length, 4);
    release();
    for (const message of flood) await bench.ended(message);
  });

  it('is fair: nine quiet tenants are served while one floods', async () => {
    const order: string[] = [];
    const tenants = ['noisy', ...Array.from({ length: 9 }, (_, n) => `quiet${n}`)];
    for (const tenant of tenants) {
      const platform = open(bench, tenant, { tenant });
      const take = () => {
        order.push(tenant);
        return { ok: true, platformId: String(order.length) } as const;
      };
      platform.answers.push(...Array.from({ length: 600 }, () => take));
    }
    const flood = Array.from({ length: 500 }, (_, n) => textTo(`c${n}`, 'x', 'noisy', 'noisy'));
    const quiet: OutboundMessage[] = [];
    for (let n = 0; n < 5; n++)
      for (const tenant of tenants.slice(1)) quiet.push(textTo(`c${n}`, 'x', tenant, tenant));
    await bench.ask(...flood, ...quiet);
    bench.start({ width: 8 });
    for (const message of [...flood, ...quiet]) await bench.ended(message);
    // Each in its turn: the nth message of everybody quiet in the nth round of ten, but for what was on its way.
    for (const tenant of tenants.slice(1)) {
      const places = order.flatMap((one, place) => (one === tenant ? [place] : []));
      assert.equal(places.length, 5);
      for (const [round, place] of places.entries())
        assert.ok(place < (round + 1) * 10 + 8, `${tenant} had turn ${round + 1} as the ${place}th`);
    }
  });
});

describe('the pace of an account', () => {
  it('takes what the platform documents, a file over that, and no limit where the file says so', () => {
    const documented = { account: [{ count: 80, perMs: 1_000 }], conversation: [{ count: 1, perMs: 6_000 }] };
    const at = { now: 0, speed: 1 };
    const own = { count: 5, perMs: 1_000 };
    assert.equal(createPace(documented, {}, at).state(0).free, 80);
    assert.equal(createPace(documented, { account: own }, at).state(0).free, 5);
    assert.equal(createPace(documented, { account: null }, at).state(0).free, null);
    assert.equal(createPace(undefined, {}, at).state(0).free, null);
    const { conversationRates } = createPace(documented, { account: null }, at).state(0);
    assert.deepEqual(conversationRates, documented.conversation);
  });

  it('forgets conversations that are as good as new, and keeps within its bound', () => {
    const pace = createPace(undefined, { conversation: { count: 1, perMs: 1_000 } }, { now: 0, speed: 1 });
    for (let n = 0; n < 25_000; n++) pace.conversation(`c${n}`, 0).take(0);
    assert.equal(pace.state(0).conversations, 20_000);
    assert.ok(pace.conversation('c24999', 0).wait(0) > 0);
    for (let n = 0; n < 10; n++) pace.conversation('x', 5_000);
    assert.equal(pace.state(5_000).conversations, 1);
  });

  for (const isAlone of [true, false])
    it(`doubles the wait of a conversation that is refused again and again, ${isAlone ? 'alone' : 'while others are sent'}`, () => {
      const pace = createPace(undefined, {}, { now: 0, speed: 1 });
      const result = failed('rate-limited', 'x', { scope: 'conversation', httpStatus: 429 });
      assert.ok(!result.ok);
      const waits: number[] = [];
      for (let now = 0, startedAt = 0; waits.length < 7; startedAt = now) {
        pace.conversation('alice', startedAt);
        now += 200;
        if (!isAlone) pace.conversation('bob', now);
        // Two were under way: they are refused together, and that counts once.
        for (let n = 0; n < 2; n++)
          pace.told({ conversation: 'alice', startedAt, fault: result.fault }, now + n);
        waits.push(pace.conversation('alice', now + 1).closedFor(now + 1));
        now += 1 + pace.conversation('alice', now + 1).closedFor(now + 1);
      }
      assert.deepEqual(
        waits,
        [1, 2, 4, 8, 16, 32, 60].map(seconds => seconds * 1_000),
      );
    });

  it('tells the bucket that is meant, by the scope of the fault', () => {
    for (const scope of ['account', 'conversation'] satisfies FaultScope[]) {
      const pace = createPace(undefined, {}, { now: 0, speed: 1 });
      const result = failed('rate-limited', 'x', { retryAfterMs: 5_000, scope });
      assert.ok(!result.ok);
      pace.told({ conversation: 'alice', startedAt: 0, fault: result.fault }, 0);
      const closed = [pace.account.closedFor(0), pace.conversation('alice', 0).closedFor(0)];
      assert.deepEqual(closed, scope === 'account' ? [5_000, 0] : [0, 5_000]);
      assert.equal(pace.conversation('bob', 0).closedFor(0), 0);
    }
  });
});
