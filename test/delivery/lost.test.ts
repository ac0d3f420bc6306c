/** Something fails between the intent of an attempt and its outcome, and the process goes on. */
import assert from 'node:assert/strict';
import type { DeliveryPolicy } from '../../src/delivery/policy.ts';
import { type Store, StoreUnavailable } from '../../src/storage/store.ts';
import { refusing, type TestChannel, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

describe('an attempt whose end was not stored', () => {
  let bench: Bench;
  let platform: TestChannel;
  beforeEach(async () => {
    bench = await deliveryBench();
    platform = testChannel();
    open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  function open({ idempotent = false, policy = POLICY as DeliveryPolicy } = {}): void {
    bench.outlets.set('test', { channel: platform.channel, idempotent, policy });
  }
  /** From now on the store does these instead; waits are short. */
  function instead(calls: (store: Store) => Partial<Store>): void {
    const store = { ...bench.store };
    Object.assign(bench.store, {
      hold: (hold: Parameters<Store['hold']>[0]) =>
        store.hold({ ...hold, afterMs: Math.min(hold.afterMs, 10) }),
      ...calls(store),
    });
  }
  /** The first call fails, before it reaches the store. */
  const onceFails = (error: Error) => {
    let isFirst = true;
    return <Given, Got>(call: (given: Given) => Promise<Got>) =>
      async (given: Given): Promise<Got> => {
        if (!isFirst) return call(given);
        isFirst = false;
        throw error;
      };
  };
  /** The bugs there were; they are forgiven. */
  const forgiven = (): number => bench.bugs.splice(0).length;
  const texts = (): string[] => platform.sent.map(({ wire }) => (wire as { text: string }).text);

  it('is in doubt: proven by the history it is not sent again, and the next one goes', async () => {
    const once = onceFails(new TypeError('a bug'));
    instead(store => ({ settle: once(store.settle) }));
    platform.lookup = () => ({ found: true, platformId: 'found' });
    const [first, next] = [textTo('alice', 'first'), textTo('alice', 'next')];
    await bench.ask(first, next);
    bench.start();
    assert.equal((await bench.ended(next)).view.state, 'sent');
    const { view, deliveries } = await bench.ended(first);
    assert.deepEqual([view.state, view.platformIds, texts()], ['sent', ['found'], ['first', 'next']]);
    assert.deepEqual(
      deliveries[0]?.tries.map(({ result, fault }) => [result, fault?.detail]),
      [['ambiguous', 'how the attempt ended could not be stored']],
    );
    assert.deepEqual((await bench.store.ledger(true)).ambiguous, { total: 1, provenSent: 1, resent: 0 });
    assert.equal(forgiven(), 1);
  });

  it('is parked where nobody can say and the policy is to park, however old it is', async () => {
    open({ policy: { ...POLICY, ambiguous: { waitMs: 1, policy: 'park' } } });
    const once = onceFails(new TypeError('a bug'));
    instead(store => ({
      settle(settlement) {
        bench.clock.advance(POLICY.retry.maxAgeMs + 60_000);
        return once(store.settle)(settlement);
      },
    }));
    const [first, next] = [textTo('alice', 'first'), textTo('alice', 'next')];
    await bench.ask(first, next);
    bench.start();
    assert.equal((await bench.ended(first)).view.state, 'parked');
    assert.match((await bench.ended(next)).view.reason ?? '', /^expired/);
    assert.deepEqual([texts(), forgiven()], [['first'], 1]);
  });

  it('is tried again as often as the policy allows where that has the effect of once', async () => {
    open({ idempotent: true });
    let bugs = 0;
    instead(store => ({
      settle: settlement => {
        if (settlement.settlement.kind !== 'sent') return store.settle(settlement);
        bugs++;
        throw new TypeError('a bug');
      },
    }));
    const stuck = textTo('alice', 'stuck');
    await bench.ask(stuck);
    bench.start();
    const { view } = await bench.ended(stuck);
    assert.deepEqual([view.state, texts().length], ['parked', POLICY.retry.maxAttempts]);
    assert.equal(forgiven(), bugs);
  });

  it('is parked when it is too old, also where a copy does no harm and nothing goes out', async () => {
    open({ idempotent: true });
    const stuck = textTo('alice', 'stuck');
    await bench.ask(stuck);
    const [item] = await bench.store.claimSends(1);
    const wires = [{ id: 'attempted', wire: { text: 'stuck' } }];
    const [delivery] = await bench.store.plan({ seq: item?.seq ?? 0, wires, losses: [] });
    await bench.store.intend({ delivery: delivery?.id ?? '', at: bench.clock.wall, resend: false });
    // The process ends while it is under way.
    await bench.reopen();
    bench.clock.advance(2 * POLICY.retry.maxAgeMs);
    open({ idempotent: true });
    bench.start();
    const { view } = await bench.ended(stuck);
    assert.deepEqual([view.state, texts()], ['parked', []]);
    assert.match(view.reason ?? '', /^expired: /);
  });

  it('is looked at again also where the store was away just then', async () => {
    const bug = onceFails(new TypeError('a bug'));
    const away = onceFails(new StoreUnavailable('away'));
    instead(store => ({
      settle: bug(store.settle),
      hold: away(hold => store.hold({ ...hold, afterMs: 1 })),
    }));
    const first = textTo('alice', 'first');
    await bench.ask(first);
    bench.start();
    assert.equal((await bench.ended(first)).view.state, 'sent');
    assert.equal(forgiven(), 1);
  });

  it('does not let the next part go first where the store said that it failed, and did not', async () => {
    let isFirst = true;
    instead(store => ({
      async intend(intent) {
        const number = await store.intend(intent);
        if (!isFirst) return number;
        isFirst = false;
        throw new StoreUnavailable('it cannot say');
      },
    }));
    const [message, next] = [textTo('alice', 'a|b'), textTo('alice', 'next')];
    await bench.ask(message, next);
    bench.start();
    await until(async () => (await bench.traceOf(next)).view.state !== 'open', 'the end of both');
    assert.deepEqual(texts(), ['a', 'b', 'next']);
  });

  it('is parked in the end where the adapter throws instead of looking for it, and the next one goes', async () => {
    let looks = 0;
    platform.answers.push(refusing('ambiguous'));
    platform.lookup = () => {
      looks++;
      throw new RangeError('a bug');
    };
    open({ policy: { ...POLICY, ambiguous: { waitMs: 20, policy: 'park' } } });
    const [first, next] = [textTo('alice', 'first'), textTo('alice', 'next')];
    await bench.ask(first, next);
    bench.start();
    assert.equal((await bench.ended(next)).view.state, 'sent');
    const { view } = await bench.ended(first);
    assert.equal(view.state, 'parked');
    assert.ok(looks > 1);
  });
});
