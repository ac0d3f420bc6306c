/** How long a message may keep others of its conversation waiting. */
import assert from 'node:assert/strict';
import { standsInTheWay } from '../../src/delivery/hold.ts';
import type { FaultCode } from '../../src/message/fault.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import { refusing, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const HOLD_MS = 60_000;

describe('a message that holds up its conversation', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await deliveryBench();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  /** A platform that refuses what says `stuck`, each time a minute later than before. */
  function platform(code: FaultCode, holdMs: number | null, scope?: 'message') {
    const made = testChannel();
    const { channel } = made;
    const refuse = refusing(code, scope === undefined ? {} : { scope });
    const stuck = { until: Number.POSITIVE_INFINITY, tries: 0 };
    const send: typeof channel.send = async (wire, context) => {
      if ((wire as { text: string }).text !== 'stuck') return channel.send(wire, context);
      if (++stuck.tries > stuck.until) return channel.send(wire, context);
      bench.clock.advance(HOLD_MS / 2 + 1);
      return refuse();
    };
    const policy = {
      ...POLICY,
      retry: { ...POLICY.retry, maxAttempts: 100, holdMs },
      breaker: { probeMs: 1, maxProbeMs: 1 },
    };
    bench.outlets.set('test', { channel: { ...channel, send }, idempotent: false, policy });
    return { stuck, sent: () => made.sent.map(({ wire }) => (wire as { text: string }).text) };
  }

  it('is parked after so long, and the next goes on with the gap named', async () => {
    const { stuck } = platform('unavailable', HOLD_MS, 'message');
    const [held, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(held, next);
    bench.start();
    const { view } = await bench.ended(next);
    assert.deepEqual([view.state, view.gap], ['sent', held.id]);
    const parked = (await bench.ended(held)).view;
    assert.equal(parked.state, 'parked');
    assert.match(parked.reason ?? '', /^held-too-long: .+unavailable: the platform said no/);
    assert.ok(stuck.tries >= 3, 'not before its time');
  });

  it('keeps its place with no bound', async () => {
    const { stuck, sent } = platform('unavailable', null, 'message');
    stuck.until = 6;
    const [held, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(held, next);
    bench.start();
    assert.equal((await bench.ended(next)).view.gap, null);
    assert.deepEqual(sent(), ['stuck', 'next']);
  });

  it('keeps its place while nobody waits behind it, and is sent in the end', async () => {
    const { stuck, sent } = platform('unavailable', HOLD_MS, 'message');
    stuck.until = 8;
    const held = textTo('alice', 'stuck');
    await bench.ask(held);
    bench.start();
    assert.equal((await bench.ended(held)).view.state, 'sent');
    assert.deepEqual(sent(), ['stuck']);
  });

  it('keeps its place through an outage of all that began after others went well', async () => {
    const made = testChannel();
    const { channel } = made;
    const tries = { stuck: 0 };
    let down = false;
    let mended = false;
    const send: typeof channel.send = async (wire, context) => {
      const isStuck = (wire as { text: string }).text === 'stuck';
      if (isStuck) tries.stuck++;
      return down || (isStuck && !mended) ? refusing('unavailable')() : channel.send(wire, context);
    };
    const policy = {
      ...POLICY,
      retry: { ...POLICY.retry, baseMs: 50, maxMs: 50, maxAttempts: 100, holdMs: HOLD_MS },
      breaker: { probeMs: HOLD_MS, maxProbeMs: HOLD_MS },
    };
    bench.outlets.set('test', { channel: { ...channel, send }, idempotent: false, policy });
    const [held, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(held, next);
    const gate = bench.start();
    let well = 0;
    await until(async () => {
      const other = textTo(`well ${++well}`, 'well');
      await bench.ask(other);
      await bench.ended(other);
      return (await bench.traceOf(held)).deliveries[0]?.heldSince != null && well > 10;
    }, 'it to stand in the way while others go well');
    down = true;
    const others = Array.from({ length: 12 }, (_, n) => textTo(`o${n}`, `o${n}`));
    await bench.ask(...others);
    await until(() => gate.closed().length > 0, 'the breaker to open');
    const before = tries.stuck;
    await until(async () => {
      bench.clock.advance(HOLD_MS);
      return tries.stuck > before + 3 || (await bench.traceOf(held)).view.state !== 'open';
    }, 'it to be the probe again and again');
    assert.equal((await bench.traceOf(held)).view.state, 'open');
    mended = true;
    down = false;
    await until(async () => {
      bench.clock.advance(HOLD_MS);
      return (await bench.traceOf(next)).view.state !== 'open';
    }, 'the end of the outage');
    assert.deepEqual(
      [(await bench.ended(held)).view.state, (await bench.ended(next)).view.gap],
      ['sent', null],
    );
  });

  it('keeps its place through an outage, whoever waits', async () => {
    const { stuck, sent } = platform('unavailable', HOLD_MS);
    stuck.until = 8;
    const [held, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(held, next);
    bench.start();
    // The breaker reads the clock of the test, which stands still between the attempts.
    await until(async () => {
      bench.clock.advance(10);
      return (await bench.traceOf(next)).view.state !== 'open';
    }, 'the end of the outage');
    assert.equal((await bench.traceOf(next)).view.gap, null);
    assert.deepEqual(sent(), ['stuck', 'next']);
  });
});

describe('a message that holds up its conversation over a restart', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await deliveryBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** A platform that always refuses what says `stuck`, the next time not before so many real milliseconds. */
  function platform() {
    const { channel } = testChannel();
    const weather = { isDown: false, againMs: 300, tries: 0 };
    const send: typeof channel.send = async (wire, context) => {
      const isStuck = (wire as { text: string }).text === 'stuck';
      if (isStuck) weather.tries++;
      if (isStuck) return refusing('unavailable', { scope: 'message', retryAfterMs: weather.againMs })();
      return weather.isDown ? refusing('unavailable')() : channel.send(wire, context);
    };
    const policy = {
      ...POLICY,
      retry: { ...POLICY.retry, maxAttempts: 100, holdMs: HOLD_MS },
      breaker: { probeMs: HOLD_MS, maxProbeMs: HOLD_MS },
    };
    bench.outlets.set('test', { channel: { ...channel, send }, idempotent: false, policy });
    return weather;
  }
  async function triedAgain(weather: ReturnType<typeof platform>, held: OutboundMessage): Promise<void> {
    const before = weather.tries;
    await until(async () => {
      const { deliveries, view } = await bench.traceOf(held);
      return view.state !== 'open' || (weather.tries > before && deliveries[0]?.state !== 'intent');
    }, 'the next attempt');
  }
  async function makesWay(held: OutboundMessage, next: OutboundMessage): Promise<void> {
    assert.equal((await bench.ended(next)).view.gap, held.id);
    assert.match((await bench.ended(held)).view.reason ?? '', /^held-too-long: /);
  }

  it('goes on where it was: what it had held before counts', async () => {
    const weather = platform();
    const [held, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(held, next);
    bench.start();
    await triedAgain(weather, held);
    await bench.reopen();
    bench.clock.advance(HOLD_MS / 2);
    bench.start();
    await triedAgain(weather, held);
    assert.equal((await bench.traceOf(held)).view.state, 'open', 'not before its time');
    bench.clock.advance(HOLD_MS / 2);
    await makesWay(held, next);
  });

  it('begins anew behind an outage, also behind one that was over before', async () => {
    const weather = platform();
    // Others find out that the outage is over.
    weather.againMs = 10_000;
    const [held, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(held, next);
    const gate = bench.start();
    await triedAgain(weather, held);
    weather.againMs = 300;
    weather.isDown = true;
    await bench.ask(...Array.from({ length: 12 }, (_, n) => textTo(`o${n}`, `o${n}`)));
    await until(() => gate.closed().length > 0, 'the breaker to open');
    weather.isDown = false;
    bench.clock.advance(HOLD_MS);
    await until(() => gate.closed().length === 0, 'the end of the outage');
    await bench.reopen();
    bench.clock.advance(1_000);
    bench.start();
    await triedAgain(weather, held);
    await triedAgain(weather, held);
    assert.equal((await bench.traceOf(held)).view.state, 'open');
    bench.clock.advance(HOLD_MS);
    await makesWay(held, next);
  });
});

describe('what stands in the way', () => {
  const CASES: readonly [FaultCode, 'message' | undefined, boolean, number | null, number, boolean | null][] =
    [
      // The fault, its scope, in an outage, since the attempt before, since others went well; expected.
      ['unavailable', 'message', false, null, Number.POSITIVE_INFINITY, true],
      ['unavailable', 'message', true, 10, 5, false],
      ['rate-limited', 'message', false, 10, 0, null],
      ['rate-limited', undefined, false, 10, 0, null],
      ['unavailable', undefined, false, null, 0, null],
      ['unavailable', undefined, false, 10, 5, true],
      ['unavailable', undefined, true, 10, 5, false],
      ['unavailable', undefined, false, 10, 15, null],
      ['not-connected', undefined, false, 10, 25, null],
    ];
  for (const [code, scope, isOutage, sinceLastMs, wellMs, expected] of CASES) {
    const what = `${code} of ${scope ?? 'the account'}${isOutage ? ' in an outage' : ''}`;
    const name = `${what}, tried ${sinceLastMs} ago, others well ${wellMs} ago`;
    it(`${name}: ${expected === null ? 'nobody knows' : expected ? 'it does' : 'it does not'}`, () => {
      const fault = { code, detail: '', ...(scope === undefined ? {} : { scope }) };
      const held = { isOutage, sinceLastMs, wentWellWithin: (ms: number) => wellMs <= ms };
      assert.equal(standsInTheWay(fault, held), expected);
    });
  }
});
