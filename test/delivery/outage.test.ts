/** A platform that is down, or refuses our credentials, with a real store: nothing is lost and nothing is spent. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lapseOnce } from '../../src/delivery/lapse.ts';
import { FAULTS, type FaultCode, type SendResult } from '../../src/message/fault.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import { agesBy } from '../support/ages.ts';
import { refusing, type TestChannel, testChannel } from '../support/channel.ts';
import { type Bench, deliveryBench, POLICY, textTo } from '../support/delivery.ts';
import { until } from '../support/wait.ts';

const textOf = (wire: unknown): string => (wire as { text: string }).text;

describe('an outage', () => {
  let bench: Bench;
  let platform: TestChannel;
  /** What the platform does with every message; null: it takes it. */
  let weather: ((text: string) => SendResult | null) | null;
  let sent: string[];
  let taken: string[];

  function open(id: string, policy = POLICY): TestChannel {
    const made = testChannel(id);
    bench.outlets.set(id, { channel: made.channel, idempotent: false, policy });
    return made;
  }
  beforeEach(async () => {
    bench = await deliveryBench();
    weather = null;
    sent = [];
    taken = [];
    platform = open('test');
    open('other');
    const { channel } = platform;
    const outlet = {
      idempotent: false,
      policy: POLICY,
      channel: {
        ...channel,
        async send(wire: Parameters<typeof channel.send>[0], context: Parameters<typeof channel.send>[1]) {
          const text = textOf(wire);
          sent.push(text);
          const refused = weather?.(text) ?? null;
          if (refused !== null) return refused;
          taken.push(text);
          return channel.send(wire, context);
        },
      },
    };
    bench.outlets.set('test', outlet);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const down = (code: FaultCode) => (): SendResult => refusing(code)();
  /** Another account's messages that were asked for later have gone. */
  async function pass(): Promise<void> {
    for (let n = 0; n < 3; n++) {
      const later = textTo(`later ${n}`, 'later', 'other');
      await bench.ask(later);
      await bench.ended(later);
    }
  }
  const many = (count: number, name = 'm'): OutboundMessage[] =>
    Array.from({ length: count }, (_, n) => textTo(`${name}${n}`, `${name}${n}`));

  for (const code of ['unavailable', 'not-connected'] as const) {
    it(`(${code}) opens the breaker, probes one at a time, and spends no attempts`, async () => {
      weather = down(code);
      const gate = bench.start();
      const messages = many(40);
      await bench.ask(...messages);
      await until(() => gate.closed().length > 0, 'the breaker to open');
      await pass();
      const before = sent.length;
      assert.ok(before >= 10 && before <= 10 + 8, `${before} until it opened`);
      for (const [wait, probes] of [
        [1_000, 1],
        [2_000, 2],
        [4_000, 3],
        [8_000, 4],
        [8_000, 5],
      ] as const) {
        bench.clock.advance(wait - 1);
        await pass();
        assert.equal(sent.length, before + probes - 1, 'not before its time');
        bench.clock.advance(1);
        await until(() => sent.length === before + probes, 'the probe');
        await pass();
        assert.equal(sent.length, before + probes, 'one, and no more');
      }
      weather = null;
      bench.clock.advance(8_000);
      for (const message of messages) {
        const { view, deliveries } = await bench.ended(message);
        const [delivery] = deliveries;
        assert.equal(view.state, 'sent');
        assert.ok(delivery !== undefined && delivery.attempts - delivery.spared === 1);
      }
      assert.equal(new Set(taken).size, 40);
      assert.equal(taken.length, 40);
      assert.deepEqual(gate.closed(), []);
    });
  }

  it('outlasts more failed attempts than the policy allows', async () => {
    let failures = 12;
    weather = () => (failures-- > 0 ? refusing('unavailable')() : null);
    bench.start();
    const message = textTo('alice', 'alice');
    await bench.ask(message);
    const ticking = setInterval(() => bench.clock.advance(500), 5);
    const { view, deliveries } = await bench.ended(message);
    clearInterval(ticking);
    assert.equal(view.state, 'sent');
    assert.ok((deliveries[0]?.attempts ?? 0) > POLICY.retry.maxAttempts);
  });

  it('keeps the order of every conversation through the outage', async () => {
    let failing = 15;
    weather = () => (failing-- > 0 ? refusing('unavailable')() : null);
    bench.start();
    const messages = Array.from({ length: 60 }, (_, n) =>
      textTo(`c${n % 6}`, `${n % 6}:${Math.floor(n / 6)}`),
    );
    await bench.ask(...messages);
    const ticking = setInterval(() => bench.clock.advance(500), 5);
    for (const message of messages) await bench.ended(message);
    clearInterval(ticking);
    for (let c = 0; c < 6; c++) {
      const own = taken.filter(text => text.startsWith(`${c}:`));
      assert.deepEqual(
        own,
        Array.from({ length: 10 }, (_, n) => `${c}:${n}`),
      );
    }
  });

  it('goes on over a restart: still open, and closed again by the next probe', async () => {
    weather = down('unavailable');
    let gate = bench.start();
    const messages = many(20);
    await bench.ask(...messages);
    await until(() => gate.closed().length > 0, 'the breaker to open');
    await pass();
    await bench.reopen();
    const before = sent.length;
    bench.clock.now = 77;
    gate = bench.start();
    await pass();
    assert.equal(sent.length, before);
    assert.equal(gate.breakerStates().find(({ channel }) => channel === 'test')?.state, 'open');
    weather = null;
    bench.clock.advance(POLICY.breaker.maxProbeMs);
    for (const message of messages) assert.equal((await bench.ended(message)).view.state, 'sent');
    await bench.reopen();
    gate = bench.start();
    await pass();
    assert.deepEqual(gate.closed(), []);
  });

  it('comes back gently: a few at once, and more with every one that goes well', async () => {
    weather = down('unavailable');
    const gate = bench.start({ width: 64 });
    await bench.ask(...many(80));
    await until(() => gate.closed().length > 0, 'the breaker to open');
    await pass();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let atOnce = 0;
    const first = sent.length;
    platform.answers.push(
      () => ({ ok: true, platformId: 'probe' }),
      ...Array.from({ length: 80 }, (_, n) => async (): Promise<SendResult> => {
        atOnce = Math.max(atOnce, sent.length - first - 1);
        await released;
        return { ok: true, platformId: String(n) };
      }),
    );
    weather = null;
    bench.clock.advance(1_000);
    await until(() => sent.length > first + 1, 'more than the probe');
    await pass();
    const slots = sent.length - first - 1;
    assert.ok(slots >= 1 && slots <= 3, `${slots} at once after the probe, of 32 that it may have`);
    release();
    await until(() => taken.length === 80, 'all of them');
  });

  for (const code of ['unauthorized', 'misconfigured'] as const) {
    it(`(${code}) pauses the account with the reason in view, and loses nothing`, async () => {
      weather = () => refusing(code, { platformCode: '190' })();
      const gate = bench.start({ width: 1 });
      const messages = many(10);
      await bench.ask(...messages);
      await until(() => gate.closed().length > 0, 'the account to pause');
      await pass();
      assert.equal(sent.length, 1, 'one was enough to know');
      const [closed] = gate.closed();
      assert.equal(closed?.reason, `sending is paused: ${code}: the platform said no`);
      assert.ok(messages[9] !== undefined);
      assert.equal(
        (await bench.traceOf(messages[9])).held,
        closed?.reason,
        'the trace of one that waits says so',
      );
      weather = null;
      bench.clock.advance(1_000);
      for (const message of messages) {
        const trace = await bench.ended(message);
        assert.deepEqual([trace.view.state, trace.held], ['sent', null]);
      }
      assert.equal(taken.length, 10);
    });
  }

  it('ends the one message that only looks like the fault of its account', async () => {
    weather = text => (text === 'm0' ? refusing('unauthorized')() : null);
    bench.start({ width: 1 });
    const messages = many(6);
    await bench.ask(...messages);
    const ticking = setInterval(() => bench.clock.advance(200), 5);
    for (const [n, message] of messages.entries()) {
      const { view } = await bench.ended(message);
      assert.equal(view.state, n === 0 ? 'dead' : 'sent');
      if (n === 0) assert.match(view.reason ?? '', /others of the account went through/);
    }
    clearInterval(ticking);
  });

  it('learns nothing from what the adapter refuses by itself: still closed, and nobody else is to blame', async () => {
    weather = text =>
      text.startsWith('late') ? refusing('window-closed')() : refusing('unauthorized', { httpStatus: 401 })();
    const gate = bench.start({ width: 1 });
    const [first, late, second] = ['a', 'late', 'b'].map(name => textTo(name, name));
    assert.ok(first !== undefined && late !== undefined && second !== undefined);
    await bench.ask(first);
    await until(() => gate.closed().length > 0, 'the account to pause');
    await bench.ask(late, second);
    let tried = 1;
    for (const probes of [1, 2, 3, 4]) {
      bench.clock.advance(POLICY.breaker.maxProbeMs);
      await until(() => sent.filter(text => text !== 'late').length > tried, `probe ${probes}`);
      await pass();
      tried = sent.filter(text => text !== 'late').length;
      assert.equal(tried, 1 + probes, 'what goes to nobody is no probe');
      assert.equal(gate.breakerStates().find(({ channel }) => channel === 'test')?.state, 'open');
    }
    assert.equal((await bench.ended(late)).view.state, 'dead');
    for (const message of [first, second]) assert.equal((await bench.traceOf(message)).view.state, 'open');
  });

  it('ends what waited behind a closed account for longer than it may, with the reason, and parks what is in doubt', async () => {
    weather = text => (text === 'doubt' ? refusing('ambiguous')() : refusing('unauthorized')());
    const gate = bench.start({ width: 1 });
    const doubt = textTo('doubt', 'doubt');
    await bench.ask(doubt);
    await until(() => sent.length === 1, 'the ambiguous one');
    const messages = many(5);
    await bench.ask(...messages);
    await until(() => gate.closed().length > 0, 'the account to pause');
    await pass();
    bench.clock.wall += POLICY.retry.maxAgeMs - 60_000;
    const outlet = (_: string, id: string) => bench.outlets.get(id);
    const options = {
      store: bench.store,
      gate,
      outlet,
      ages: agesBy(() => bench.clock.wall),
      stop: new AbortController().signal,
    };
    await lapseOnce(options);
    assert.ok(messages[0] !== undefined);
    assert.equal((await bench.traceOf(messages[0])).view.state, 'open');
    bench.clock.wall += 120_000;
    await lapseOnce(options);
    for (const message of messages) {
      const { view } = await bench.ended(message);
      assert.equal(view.state, 'dead');
      assert.match(view.reason ?? '', /^expired: .*24 h.*paused: unauthorized/);
    }
    assert.equal((await bench.ended(doubt)).view.state, 'parked');
  });

  it('sends nothing that is too old where messages do go out', async () => {
    const message = textTo('alice', 'old');
    await bench.ask(message);
    bench.clock.wall += POLICY.retry.maxAgeMs + 60_000;
    bench.start();
    const { view } = await bench.ended(message);
    assert.match(`${view.state}: ${view.reason}`, /^dead: expired: /);
    assert.deepEqual(sent, []);
  });

  it('of a platform that fails half the time opens on the rate, and sends only probes then', async () => {
    let n = 0;
    weather = () => (n++ % 3 === 0 ? null : refusing('unavailable')());
    const gate = bench.start();
    await bench.ask(...many(60));
    await until(() => gate.closed().length > 0, 'the breaker to open');
    await pass();
    const before = sent.length;
    await pass();
    assert.equal(sent.length, before);
    weather = null;
    const ticking = setInterval(() => bench.clock.advance(500), 5);
    await until(() => taken.length === 60, 'all of them');
    clearInterval(ticking);
  });

  it('is told apart by the table: every fault of the account has an effect on the breaker or on the pace', () => {
    for (const [code, row] of Object.entries(FAULTS))
      if (row.account) assert.ok(row.breaker !== 'ignores' || code === 'rate-limited', code);
  });

  it('lets fresh conversations have their fifth while the backlog drains, over the claims of the store', async () => {
    const backlog = many(400, 'old');
    await bench.ask(...backlog);
    // Found at the start as old as it is.
    await bench.reopen(makeOld);
    await bench.ask(...many(100, 'new'));
    bench.start({ width: 1 });
    await until(() => taken.length >= 100, 'a hundred sends');
    const fresh = taken.slice(0, 100).filter(text => text.startsWith('new'));
    assert.ok(fresh.length >= 20, `${fresh.length} of a hundred`);
    assert.ok(fresh.length <= 40, 'and the backlog drains');
    await until(() => taken.length === 500, 'all of them');
  });
});

/** The rows as an outage of an hour would have left them. */
function makeOld(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('UPDATE outbound SET created_at = created_at - 3600000');
  db.close();
  // What was written past the hub would be taken for damage and undone.
  rmSync(join(dirname(path), 'redo'), { recursive: true });
  rmSync(`${path}.sums`, { force: true });
}
