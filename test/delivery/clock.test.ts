/** A wall clock that is set while messages wait, with the real store: only time that went by makes them too old. */
import assert from 'node:assert/strict';
import { type Clock, type ClockState, createClock } from '../../src/clock/clock.ts';
import { lapseOnce } from '../../src/delivery/lapse.ts';
import { refusing, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MANY = ['one', 'two', 'three'];

describe('delivery, when the wall clock is set', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await deliveryBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const watched = (left: ClockState | null = null): Clock =>
    createClock(
      {
        wall: () => bench.clock.wall,
        monotonic: () => bench.clock.now,
        uptime: () => bench.clock.now,
        boot: 'one',
      },
      left,
    );
  /** Messages are in the store, and a second has gone by since. */
  async function waiting() {
    const messages = MANY.map(name => textTo(name, name));
    await bench.ask(...messages);
    bench.clock.wall = Math.max(bench.clock.wall, Date.now());
    bench.clock.advance(1_000);
    return messages;
  }

  for (const byMs of [DAY, 30 * DAY, -DAY]) {
    it(`sends what waited when it is set by ${byMs / HOUR} h`, async () => {
      const { channel, sent } = testChannel();
      bench.outlets.set('test', { channel, idempotent: false, policy: POLICY });
      const ages = watched();
      const messages = await waiting();
      bench.clock.wall += byMs;
      bench.start({ ages });
      for (const message of messages) assert.equal((await bench.ended(message)).view.state, 'sent');
      assert.equal(sent.length, MANY.length);
    });
  }

  it('sends what waited when it is set, and the hub starts anew', async () => {
    const { channel } = testChannel();
    bench.outlets.set('test', { channel, idempotent: false, policy: POLICY });
    const ages = watched();
    const messages = await waiting();
    bench.clock.wall += DAY;
    const left = ages.state();
    await bench.reopen();
    bench.clock.advance(HOUR);
    bench.start({ ages: watched(left) });
    for (const message of messages) assert.equal((await bench.ended(message)).view.state, 'sent');
  });

  it('gives up what was too old, whatever the clock says', async () => {
    const { channel, sent } = testChannel();
    bench.outlets.set('test', { channel, idempotent: false, policy: POLICY });
    const ages = watched();
    const messages = await waiting();
    bench.clock.wall -= 3 * DAY;
    bench.clock.advance(DAY);
    bench.start({ ages });
    for (const message of messages) {
      const { view } = await bench.ended(message);
      assert.equal(view.state, 'dead');
      assert.match(view.reason ?? '', /^expired/);
    }
    assert.equal(sent.length, 0);
  });

  it('keeps what waits behind a closed account', async () => {
    const { channel } = testChannel();
    bench.outlets.set('test', { channel, idempotent: false, policy: POLICY });
    const ages = watched();
    const messages = await waiting();
    const closed = () => [{ tenant: 'default', channel: 'test', reason: 'paused' }];
    const outlet = (_: string, id: string) => bench.outlets.get(id);
    const stop = new AbortController().signal;
    const lapse = () => lapseOnce({ store: bench.store, gate: { closed }, outlet, ages, stop });
    bench.clock.wall += DAY;
    await lapse();
    for (const message of messages) assert.equal((await bench.traceOf(message)).view.state, 'open');
    bench.clock.advance(DAY);
    await lapse();
    for (const message of messages) assert.equal((await bench.traceOf(message)).view.state, 'dead');
  });

  it('tells the adapter when somebody wrote on the clock as it is now', async () => {
    const { channel } = testChannel();
    const told: (number | null | undefined)[] = [];
    const send: typeof channel.send = async (wire, context) => {
      told.push(context.lastInboundAt);
      return channel.send(wire, context);
    };
    const policy = { ...POLICY, window: { check: true, fallbackTemplate: null } };
    bench.outlets.set('test', { channel: { ...channel, send }, idempotent: false, policy });
    const messages = await waiting();
    const ages = watched();
    const wroteAt = bench.clock.wall;
    await bench.hear('one', wroteAt);
    bench.clock.wall += DAY;
    bench.start({ ages });
    for (const message of messages) assert.equal((await bench.ended(message)).view.state, 'sent');
    assert.deepEqual(
      told.filter(at => at !== null),
      [wroteAt + DAY],
    );
  });

  it('keeps an account closed for as long as it was to be, over a restart and a jump', async () => {
    const { channel } = testChannel();
    let limits = 1;
    const send: typeof channel.send = async (wire, context) =>
      limits-- > 0 ? refusing('rate-limited', { retryAfterMs: 60_000 })() : channel.send(wire, context);
    bench.outlets.set('test', { channel: { ...channel, send }, idempotent: false, policy: POLICY });
    const ages = watched();
    await bench.ask(textTo('one', 'one'));
    const gate = bench.start({ ages });
    await until(() => gate.closed().length > 0, 'the account to be closed');
    await bench.reopen();
    const left = ages.state();
    bench.clock.advance(20_000);
    bench.clock.wall -= DAY;
    const again = bench.start({ ages: watched(left) });
    await until(() => again.closed().length > 0, 'the account to be closed still');
    assert.match(again.closed()[0]?.reason ?? '', /; (39|40) s of it are left/);
  });

  it('lets no message make way before its time', async () => {
    const { channel, sent } = testChannel();
    let tries = 0;
    const send: typeof channel.send = async (wire, context) => {
      if (++tries > 4) return channel.send(wire, context);
      bench.clock.wall += DAY;
      return refusing('unavailable', { scope: 'message' })();
    };
    const policy = { ...POLICY, retry: { ...POLICY.retry, maxAttempts: 100, holdMs: HOUR } };
    bench.outlets.set('test', { channel: { ...channel, send }, idempotent: false, policy });
    const ages = watched();
    const [held, next] = [textTo('alice', 'held'), textTo('alice', 'next')];
    await bench.ask(held, next);
    bench.start({ ages });
    assert.deepEqual((await bench.ended(next)).view.gap, null);
    assert.equal((await bench.ended(held)).view.state, 'sent');
    assert.equal(sent.length, 2);
  });
});
