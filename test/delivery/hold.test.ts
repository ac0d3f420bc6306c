/** How long a message may keep others of its conversation waiting. */
import assert from 'node:assert/strict';
import { standsInTheWay } from '../../src/delivery/hold.ts';
import type { FaultCode } from '../../src/message/fault.ts';
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

describe('what stands in the way', () => {
  const CASES: readonly [FaultCode, 'message' | undefined, number | null, number | null, number, boolean][] =
    [
      // The fault, its scope, held for, since the attempt before, since others went well; expected.
      ['unavailable', 'message', null, null, Number.POSITIVE_INFINITY, true],
      ['rate-limited', 'message', 10, 10, 0, false],
      ['rate-limited', undefined, 10, 10, 0, false],
      ['unavailable', undefined, null, null, 0, false],
      ['unavailable', undefined, null, 10, 5, true],
      ['unavailable', undefined, null, 10, 15, false],
      ['unavailable', undefined, 20, 10, 15, true],
      ['not-connected', undefined, 20, 10, 25, false],
    ];
  for (const [code, scope, heldMs, sinceLastMs, wellMs, expected] of CASES) {
    const name = `${code} of ${scope ?? 'the account'}, held ${heldMs}, tried ${sinceLastMs} ago, others well ${wellMs} ago`;
    it(`${name}: ${expected ? 'it does' : 'it does not'}`, () => {
      const fault = { code, detail: '', ...(scope === undefined ? {} : { scope }) };
      const held = { heldMs, sinceLastMs, wentWellWithin: (ms: number) => wellMs <= ms };
      assert.equal(standsInTheWay(fault, held), expected);
    });
  }
});
