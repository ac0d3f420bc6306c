/**
 * The time in which a platform wants to hear nothing, over real HTTP: the sandbox refuses once, and counts every
 * call that comes before that time is over.
 */
import assert from 'node:assert/strict';
import { ACCOUNT, definitionFor, type Stage, stage } from '../sandbox/support.ts';
import { testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const HOUR = 3_600_000;
/** Where nothing, or nothing sensible, is said of a wait. */
const UNTOLD = 1_000;
const WALL = Date.parse('2026-10-21T07:27:50Z');

const SHAPES: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
  ['nothing', {}, UNTOLD],
  ['seconds', { 'retry-after': '30' }, 30_000],
  ['zero', { 'retry-after': '0' }, UNTOLD],
  ['a fraction', { 'retry-after': '2.5' }, 2_500],
  ['a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 10_000],
  ['a date that is over', { 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT' }, UNTOLD],
  ['garbage', { 'retry-after': 'soon' }, UNTOLD],
  ['a negative number', { 'retry-after': '-1' }, UNTOLD],
  ['ten years', { 'retry-after': '315360000' }, HOUR],
];

describe('after a 429', () => {
  let bench: Bench;
  let at: Stage;

  async function open(type: string): Promise<void> {
    bench = await deliveryBench();
    bench.clock.wall = WALL;
    at = await stage(type, { behaviour: { rates: 'none' }, now: () => bench.clock.wall });
    const { rates } = definitionFor(type).capabilities;
    bench.outlets.set(ACCOUNT, { channel: at.channel, idempotent: false, rates, policy: POLICY });
    bench.outlets.set('other', { channel: testChannel('other').channel, idempotent: false, policy: POLICY });
  }
  afterEach(async () => {
    await bench.stop();
    await at[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  const calls = (): number => at.sandbox.received.length;
  async function pass(): Promise<void> {
    for (let n = 0; n < 3; n++) {
      const later = textTo(`later ${n}`, 'later', 'other');
      await bench.ask(later);
      await bench.ended(later);
    }
  }
  const refuseOnce = (headers: Readonly<Record<string, string>>): void =>
    at.sandbox.scenario({
      rules: [{ times: 1, do: { kind: 'answer', status: 429, headers: { ...headers }, body: {} } }],
    });

  for (const [shape, headers, waitMs] of SHAPES) {
    it(`with ${shape} as Retry-After nothing is sent before its time, and all of it afterwards`, async () => {
      await open('whatsapp');
      refuseOnce(headers);
      const messages = Array.from({ length: 12 }, (_, n) => textTo(`1555010000${n}`, 'Hello', ACCOUNT));
      await bench.ask(...messages);
      // One at a time: what is on its way already when the first answer comes cannot be called back.
      bench.start({ width: 1 });
      await until(() => calls() === 1, 'the first call');
      await pass();
      bench.clock.advance(waitMs - 1);
      await pass();
      assert.equal(calls(), 1, 'calls inside the forbidden time');
      bench.clock.advance(1);
      // The refused one itself waits in the store, in real time.
      const others = messages.slice(1);
      const ticking = setInterval(() => bench.clock.advance(100), 5);
      for (const message of others) assert.equal((await bench.ended(message)).view.state, 'sent');
      clearInterval(ticking);
    });
  }

  it('goes on more slowly, and not with all that has waited at once', async () => {
    await open('whatsapp');
    refuseOnce({ 'retry-after': '10' });
    await bench.ask(
      ...Array.from({ length: 100 }, (_, n) =>
        textTo(`155501${String(n).padStart(5, '0')}`, 'Hello', ACCOUNT),
      ),
    );
    const gate = bench.start({ width: 1 });
    await until(() => calls() === 1, 'the first call');
    await pass();
    bench.clock.advance(10_000);
    await until(() => calls() === 2, 'the second call');
    await pass();
    assert.equal(calls(), 2);
    bench.clock.advance(500);
    await until(() => calls() > 10, 'some more');
    await pass();
    assert.ok(calls() <= 2 + 22, `${calls() - 2} in half a second, of the 80 a second that are documented`);
    assert.ok(gate.paceState().some(({ channel, speed }) => channel === ACCOUNT && speed < 0.6));
  });

  it('about one recipient the others are written to, and that one is not', async () => {
    await open('whatsapp');
    at.sandbox.scenario({ rules: [{ times: 1, do: { kind: 'refuse', code: '131056' } }] });
    const [alice, again, bob] = [
      textTo('15550100001', 'Hello', ACCOUNT),
      textTo('15550100001', 'Hello again', ACCOUNT),
      textTo('15550100002', 'Hello', ACCOUNT),
    ];
    await bench.ask(alice, again);
    const gate = bench.start({ width: 1 });
    await until(() => calls() === 1, 'the refusal');
    await bench.ask(bob);
    assert.equal((await bench.ended(bob)).view.state, 'sent');
    await pass();
    assert.equal(calls(), 2);
    assert.deepEqual(gate.closed(), []);
    const [delivery] = (await bench.traceOf(alice)).deliveries;
    assert.deepEqual([delivery?.fault?.platformCode, delivery?.fault?.retryAfterMs], ['131056', 4_000]);
  });

  it('of a channel other channels of the workspace go on', async () => {
    await open('slack');
    refuseOnce({ 'retry-after': '600' });
    await bench.ask(textTo('C1', 'Hello', ACCOUNT));
    const gate = bench.start({ width: 1 });
    await until(() => calls() === 1, 'the refusal');
    const second = textTo('C2', 'Hello', ACCOUNT);
    await bench.ask(textTo('C1', 'Hello again', ACCOUNT), second);
    await until(() => calls() === 2, 'the other channel');
    await pass();
    assert.equal(calls(), 2);
    assert.deepEqual(gate.closed(), []);
  });

  it('waits where a message was taken and the hour is used up', async () => {
    await open('whatsapp');
    const usage = JSON.stringify({ '1': [{ type: 'whatsapp', estimated_time_to_regain_access: 2 }] });
    at.sandbox.scenario({
      rules: [
        {
          times: 1,
          do: {
            kind: 'answer',
            status: 200,
            headers: { 'x-business-use-case-usage': usage },
            body: { messaging_product: 'whatsapp', messages: [{ id: 'wamid.taken' }] },
          },
        },
      ],
    });
    const [first, second] = [
      textTo('15550100001', 'Hello', ACCOUNT),
      textTo('15550100002', 'Hello', ACCOUNT),
    ];
    await bench.ask(first);
    const gate = bench.start({ width: 1 });
    assert.equal((await bench.ended(first)).view.state, 'sent');
    await bench.ask(second);
    await pass();
    assert.equal(calls(), 1);
    assert.equal(gate.paceState().find(({ channel }) => channel === ACCOUNT)?.closedForMs, 120_000);
    bench.clock.advance(120_000);
    assert.equal((await bench.ended(second)).view.state, 'sent');
  });
});
