/** What may have arrived, from the attempt to its end: nothing is sent twice without a word, and nothing called dead. */
import assert from 'node:assert/strict';
import type { Outlet } from '../../src/delivery/deliver-run.ts';
import type { SendResult } from '../../src/message/fault.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import type { Refusal } from '../../src/storage/dead-letters.ts';
import { refusing, type TestChannel, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { newId } from '../support/messages.ts';
import { until } from '../support/wait.ts';

const TEMPLATE = { name: 'sorry', language: 'en' };
const HOUR_MS = 3_600_000;

describe('what may have arrived', () => {
  let bench: Bench;
  let platform: TestChannel;
  const unanswered: (() => void)[] = [];
  beforeEach(async () => {
    bench = await deliveryBench();
    platform = testChannel();
  });
  afterEach(async () => {
    for (const end of unanswered.splice(0)) end();
    await bench[Symbol.asyncDispose]();
  });

  function open(policy: Partial<Outlet['policy']> = {}): void {
    const { channel } = platform;
    const render: typeof channel.render = message =>
      message.content.kind === 'template'
        ? { wires: [{ text: 'template' }], losses: [] }
        : channel.render(message);
    bench.outlets.set('test', {
      channel: { ...channel, render },
      idempotent: false,
      policy: { ...POLICY, ...policy },
    });
  }
  const resending = (waitMs = 1) => ({ ambiguous: { waitMs, policy: 'resend' as const } });
  /** The platform answers when it is told to. */
  function answering(): (result: SendResult) => void {
    const held = Promise.withResolvers<SendResult>();
    platform.answers.push(() => held.promise);
    unanswered.push(() => held.resolve({ ok: true, platformId: 'late' }));
    return held.resolve;
  }
  const TAKEN = (platformId: string) => (): SendResult => ({ ok: true, platformId });
  const texts = (): string[] => platform.sent.map(({ wire }) => (wire as { text: string }).text);
  const marker = (at = 0): string => platform.sent[at]?.context.marker ?? '';
  const sent = (count: number): Promise<void> =>
    until(() => platform.sent.length >= count, `send number ${count}`);
  const states = async (message: OutboundMessage): Promise<readonly string[]> => {
    const { view, deliveries } = await bench.traceOf(message);
    return [view.state, ...deliveries.map(({ state }) => state)];
  };
  async function replay({ id }: OutboundMessage): Promise<readonly Refusal[]> {
    const target = { kind: 'ids', ids: [id] } as const;
    const request = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
    const action = { id: newId('action'), who: 'test', key: null, digest: 'digest' };
    const started = await bench.store.startOperation(request, action);
    if (started.kind === 'refused') return started.refusals.map(({ why }) => why);
    assert.ok(started.kind === 'started');
    await bench.store.advanceOperation({ operation: started.operation.id, limit: 10 });
    return [];
  }

  it('is parked where its channel is not there after a restart, and not sent twice when it is again', async () => {
    // So long a wait is not waited for again at a start.
    open(resending(2 * HOUR_MS));
    platform.answers.push(refusing('ambiguous'));
    bench.start();
    const message = textTo('alice', 'hi');
    await bench.ask(message);
    await until(async () => (await bench.store.ledger(false)).ambiguous.total === 1, 'the doubt');
    await bench.reopen();
    bench.outlets.delete('test');
    bench.start();
    await bench.ended(message);
    assert.deepEqual(await states(message), ['parked', 'parked']);
    open();
    await bench.tell({ marker: marker(), target: 'p1', status: 'delivered', time: 5 });
    assert.equal((await bench.store.deadLetter(message.id))?.proven, true);
    assert.deepEqual(await replay(message), ['already-delivered']);
    assert.deepEqual(texts(), ['hi']);
  });

  it('is parked when it is too old, also where sending it again went wrong for sure', async () => {
    const retry = { ...POLICY.retry, baseMs: 1, maxAgeMs: HOUR_MS };
    open({ ...resending(), retry, breaker: { probeMs: HOUR_MS, maxProbeMs: HOUR_MS } });
    platform.answers.push(refusing('ambiguous'), () => {
      bench.clock.advance(2 * HOUR_MS);
      return refusing('not-connected')();
    });
    bench.start();
    const message = textTo('alice', 'hi');
    await bench.ask(message);
    await bench.ended(message);
    assert.deepEqual(await states(message), ['parked', 'parked']);
    await bench.tell({ marker: marker(), target: 'p1', status: 'delivered', time: 5 });
    assert.deepEqual(await replay(message), ['already-delivered']);
    assert.deepEqual(texts(), ['hi', 'hi']);
    assert.equal((await bench.store.ledger(true)).ambiguous.resent, 0);
  });

  it('is looked for from the first attempt that may have arrived', async () => {
    const asked: number[] = [];
    open(resending());
    const outlet = bench.outlets.get('test');
    assert.ok(outlet !== undefined);
    const lookup: NonNullable<typeof outlet.channel.lookup> = async (_, { since }) => {
      asked.push(since);
      bench.clock.advance(HOUR_MS);
      return { found: null, detail: 'cannot be asked' };
    };
    bench.outlets.set('test', { ...outlet, channel: { ...outlet.channel, lookup } });
    platform.answers.push(refusing('ambiguous'), refusing('ambiguous'));
    const begin = bench.clock.wall;
    bench.start();
    const message = textTo('alice', 'hi');
    await bench.ask(message);
    assert.equal((await bench.ended(message)).view.state, 'parked');
    assert.deepEqual(asked, [begin, begin]);
  });

  describe('of two parts, when the first fails while the second is under way', () => {
    async function underWay() {
      open();
      platform.answers.push(TAKEN('one'));
      const answer = answering();
      bench.start();
      const [message, next] = [textTo('alice', 'one|two'), textTo('alice', 'three|four')];
      await bench.ask(message, next);
      await sent(2);
      return { message, next, answer };
    }
    const fail = (): Promise<void> => bench.tell({ target: 'one', status: 'failed', time: 5 });

    it('is parked, refused while it is under way, and counted when it goes out again', async () => {
      const { message, next, answer } = await underWay();
      await fail();
      assert.deepEqual(await replay(message), ['in-flight']);
      answer(refusing('ambiguous')());
      await bench.ended(next);
      await until(async () => (await states(message))[2] === 'parked', 'its end');
      assert.deepEqual(await replay(message), []);
      await until(async () => (await bench.traceOf(message)).view.state === 'sent', 'the replay');
      assert.equal((await bench.store.ledger(true)).ambiguous.resent, 1);
    });
    it('and was not sent, does not disturb the message behind it', async () => {
      const { message, next, answer } = await underWay();
      const third = answering();
      await fail();
      await sent(3);
      answer(refusing('not-connected')());
      await until(async () => (await states(message))[2] === 'skipped', 'its end');
      third({ ok: true, platformId: 'three' });
      await bench.ended(next);
      assert.deepEqual(texts(), ['one', 'two', 'three', 'four']);
      assert.deepEqual(await states(next), ['sent', 'sent', 'sent']);
    });
  });

  describe('and was sent again', () => {
    it('is not dead because the first of the attempts is said to have failed', async () => {
      open({ ...resending(), onFailed: { template: TEMPLATE } });
      platform.answers.push(refusing('ambiguous'));
      const answer = answering();
      bench.start();
      const [message, next] = [textTo('alice', 'hi'), textTo('alice', 'next')];
      await bench.ask(message);
      await sent(2);
      const failed = { marker: marker(), target: 'p1', status: 'failed', time: 5 } as const;
      await bench.tell(failed);
      answer({ ok: true, platformId: 'p2' });
      assert.equal((await bench.ended(message)).view.state, 'sent');
      for (const status of ['delivered', 'failed'] as const)
        await bench.tell({ marker: marker(), target: 'p2', status, time: 6 });
      await bench.tell(failed);
      assert.deepEqual(await bench.store.failedSends(10), []);
      await bench.ask(next);
      await bench.ended(next);
      assert.deepEqual(await states(message), ['sent', 'sent']);
      assert.deepEqual(texts(), ['hi', 'hi', 'next']);
    });
  });

  it('has one in its place, however often messages fail and wherever the clock was set', async () => {
    open({ onFailed: { template: TEMPLATE } });
    await bench.hear('alice', Date.now() + HOUR_MS);
    bench.start();
    for (const n of [1, 2]) {
      const message = textTo('alice', `message ${n}`);
      await bench.ask(message);
      const target = (await bench.ended(message)).deliveries[0]?.platformId ?? '';
      await bench.tell({ target, status: 'failed', time: 5 });
      await until(async () => (await bench.store.failedSends(1)).length === 0, 'the decision');
    }
    const last = textTo('alice', 'last');
    await bench.ask(last);
    await bench.ended(last);
    assert.deepEqual(texts(), ['message 1', 'template', 'message 2', 'last']);
  });
});
