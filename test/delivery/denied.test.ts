/** Attempts that end in doubt, again and again, of a message of which the platform's history says that it is not there. */
import assert from 'node:assert/strict';
import type { Lookup } from '../../src/channels/channel.ts';
import type { DeliveryPolicy } from '../../src/delivery/policy.ts';
import { failed } from '../../src/message/fault.ts';
import { type TestChannel, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const HOLD_MS = 60_000;
const HOUR = 3_600_000;

describe('a message that never arrives, with no clear answer to any attempt', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await deliveryBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** `stuck` has no clear answer, each time so much later than before, and is nowhere to be found. */
  function platform(
    retry: Partial<DeliveryPolicy['retry']>,
    eachMs = 0,
    ends = Number.POSITIVE_INFINITY,
    repeatable = false,
  ) {
    const made: TestChannel = testChannel();
    made.lookup = (): Lookup => ({ found: false });
    const tries = { stuck: 0 };
    const { channel } = made;
    const send: typeof channel.send = async (wire, context) => {
      if ((wire as { text: string }).text !== 'stuck' || tries.stuck >= ends)
        return channel.send(wire, context);
      tries.stuck++;
      bench.clock.advance(eachMs);
      return failed('ambiguous', 'the platform answered 500');
    };
    const policy: DeliveryPolicy = {
      ...POLICY,
      retry: { ...POLICY.retry, ...retry },
      rateLimit: { lookups: null },
      breaker: { probeMs: 1, maxProbeMs: 1 },
    };
    const platform = { ...channel, send, repeatable: () => repeatable };
    bench.outlets.set('test', { channel: platform, idempotent: false, policy });
    return { tries, taken: () => made.sent.map(({ wire }) => (wire as { text: string }).text) };
  }

  it('is dead after the attempts of the policy, and the next one goes', async () => {
    const { tries, taken } = platform({ maxAttempts: 3 });
    const [stuck, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(stuck, next);
    bench.start();
    const { view } = await bench.ended(next);
    assert.deepEqual([view.state, view.gap, tries.stuck], ['sent', stuck.id, 3]);
    const ended = await bench.ended(stuck);
    assert.equal(ended.view.state, 'dead');
    assert.match(ended.view.reason ?? '', /^ambiguous: no clear answer came; the platform does not have it/);
    assert.deepEqual(
      ended.deliveries[0]?.tries.map(({ number, fault }) => [number, fault?.detail]),
      [1, 2, 3].map(number => [number, 'the platform answered 500']),
    );
    assert.deepEqual(taken(), ['next']);
    assert.deepEqual((await bench.store.ledger(true)).ambiguous, { total: 3, provenSent: 0, resent: 0 });
  });

  it('is parked where doing it again does no harm, as nobody knows that it did not arrive', async () => {
    const { tries } = platform({ maxAttempts: 3 }, 0, 99, true);
    const [stuck, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(stuck, next);
    bench.start();
    assert.equal((await bench.ended(next)).view.state, 'sent');
    const { view, deliveries } = await bench.ended(stuck);
    assert.deepEqual([view.state, tries.stuck], ['parked', 3]);
    assert.match(view.reason ?? '', /^ambiguous: the platform answered 500/);
    assert.equal((await bench.store.ledger(true)).ambiguous.total, 0);
    assert.deepEqual(
      deliveries[0]?.tries.map(({ result }) => result),
      ['ambiguous', 'ambiguous', 'ambiguous'],
    );
  });

  for (const repeatable of [false, true])
    it(`makes way for the next one after the hold${repeatable ? ', also where doing it again does no harm' : ''}`, async () => {
      const { tries } = platform({ maxAttempts: 100, holdMs: HOLD_MS }, HOLD_MS / 2 + 1, 99, repeatable);
      const [stuck, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
      await bench.ask(stuck, next);
      bench.start();
      const { view } = await bench.ended(next);
      assert.deepEqual([view.state, view.gap], ['sent', stuck.id]);
      const ended = (await bench.ended(stuck)).view;
      assert.equal(ended.state, 'parked');
      assert.match(ended.reason ?? '', /^held-too-long: .+ambiguous: /);
      assert.ok(tries.stuck >= 3 && tries.stuck < 10, `${tries.stuck} attempts`);
    });

  it('is dead when it is too old', async () => {
    const { tries } = platform({ maxAttempts: 100, maxAgeMs: 4 * HOUR }, HOUR);
    const stuck = textTo('alice', 'stuck');
    await bench.ask(stuck);
    bench.start();
    const { view } = await bench.ended(stuck);
    assert.equal(view.state, 'dead');
    assert.match(view.reason ?? '', /^expired: /);
    assert.ok(tries.stuck <= 5, `${tries.stuck} attempts`);
  });

  it('is parked when it is too old behind a single attempt that doing again does no harm', async () => {
    const { tries } = platform({ maxAttempts: 100, maxAgeMs: HOUR }, 2 * HOUR, 99, true);
    const stuck = textTo('alice', 'stuck');
    await bench.ask(stuck);
    bench.start();
    const { view, deliveries } = await bench.ended(stuck);
    assert.deepEqual([view.state, tries.stuck], ['parked', 1]);
    assert.match(view.reason ?? '', /^expired: /);
    assert.deepEqual(
      deliveries[0]?.tries.map(({ result }) => result),
      ['ambiguous'],
    );
    assert.equal((await bench.store.ledger(true)).outbound.difference, 0);
  });

  it('spends no attempts while all of its account fails, and goes out afterwards', async () => {
    const { tries, taken } = platform({ maxAttempts: 11 }, 0, 30);
    const [stuck, next] = [textTo('alice', 'stuck'), textTo('alice', 'next')];
    await bench.ask(stuck, next);
    bench.start();
    // The breaker reads the clock of the test.
    await until(async () => {
      bench.clock.advance(10);
      return (await bench.traceOf(next)).view.state !== 'open';
    }, 'the end of the outage');
    assert.deepEqual([tries.stuck, taken()], [30, ['stuck', 'next']]);
  });
});
