import assert from 'node:assert/strict';
import { consumeSends } from '../../src/delivery/consume.ts';
import { createGate } from '../../src/delivery/gate.ts';
import { lookupPace } from '../../src/delivery/pace-lookups.ts';
import type { DeliveryPolicy } from '../../src/delivery/policy.ts';
import type { Receipt } from '../../src/message/event.ts';
import { failed } from '../../src/message/fault.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import type { OutboundTrace } from '../../src/storage/look-up.ts';
import type { Store } from '../../src/storage/store.ts';
import { agesBy } from '../support/ages.ts';
import { refusing, type TestChannel, testChannel } from '../support/channel.ts';
import { temporaryFolder } from '../support/folder.ts';
import { newId, outboundMessage, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

const POLICY: DeliveryPolicy = {
  retry: { maxAttempts: 3, baseMs: 5, maxMs: 20, maxAgeMs: 86_400_000, holdMs: null },
  timeoutMs: 2_000,
  ambiguous: { waitMs: 20, policy: 'resend' },
  rateLimit: {},
  breaker: { probeMs: 1, maxProbeMs: 5 },
  window: { check: false, fallbackTemplate: null },
  onFailed: { template: null },
};

describe('delivery', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let storage: Embedded;
  let platform: TestChannel;
  let policy: DeliveryPolicy;
  let idempotent: boolean;
  let bugs: unknown[];
  let end: (() => Promise<void>) | null;
  let offset: number;
  let startedAt: number;
  let caughtUp: () => Promise<boolean>;

  beforeEach(async () => {
    folder = temporaryFolder();
    storage = await openStorage(folder.path);
    platform = testChannel();
    policy = POLICY;
    idempotent = false;
    bugs = [];
    end = null;
    offset = 0;
    startedAt = 0;
    caughtUp = async () => true;
  });
  afterEach(async () => {
    await end?.();
    const ledger = await storage.store.ledger(true);
    assert.equal(ledger.outbound.difference, 0);
    await storage[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
    assert.deepEqual(bugs, []);
  });

  function start(store: Partial<Store> = {}): void {
    const stop = new AbortController();
    const abort = new AbortController();
    const outlet = (_: string, id: string) =>
      id === 'test' ? { channel: platform.channel, idempotent, policy } : undefined;
    const gate = createGate({
      accounts: [],
      outlet,
      width: 8,
      tenantRate: null,
      now: () => performance.now(),
      wallNow: Date.now,
      ages: agesBy(Date.now),
      keep: account => storage.store.keepAccount(account),
      stopping: () => abort.signal.aborted,
    });
    const lookups = lookupPace();
    const running = consumeSends({
      store: { ...storage.store, ...store },
      gate,
      lookups,
      outlet,
      width: 8,
      newId: () => newId('delivery'),
      now: Date.now,
      ages: agesBy(Date.now),
      startedAt,
      caughtUp: () => caughtUp(),
      random: () => 1,
      stop: stop.signal,
      abort: abort.signal,
      crash: () => {},
      onBug: error => bugs.push(error),
    });
    end = async () => {
      stop.abort();
      await running;
      gate[Symbol.dispose]();
      await lookups[Symbol.asyncDispose]();
      end = null;
    };
  }
  /** Asks for messages to be sent, as the API does. */
  async function ask(...messages: OutboundMessage[]): Promise<void> {
    const from = await storage.store.position();
    const records = messages.map(message =>
      readRecord([{ kind: 'outbound', message, idempotencyKey: null, digest: '' }], {
        segment: 1,
        offset: ++offset,
      }),
    );
    await storage.store.accept({ from, next: { segment: 1, offset: ++offset }, records });
  }
  /** A receipt, as the platform brings it. */
  async function tell(receipt: Receipt): Promise<void> {
    const from = await storage.store.position();
    const place = { segment: 1, offset: ++offset };
    const records = [readRecord([{ kind: 'receipt', receipt }], place)];
    await storage.store.accept({ from, next: { segment: 1, offset: ++offset }, records });
  }
  const say = (text: string, conversation = 'alice'): OutboundMessage =>
    outboundMessage({
      content: { kind: 'text', text },
      address: { tenant: 'default', channel: 'test', conversation },
    });
  async function ended(message: OutboundMessage): Promise<OutboundTrace> {
    let trace: OutboundTrace | undefined;
    await until(async () => {
      [trace] = (await storage.store.trace(message.id))?.outbound ?? [];
      return trace !== undefined && trace.view.state !== 'open';
    }, 'the end of the message');
    assert.ok(trace);
    return trace;
  }
  const texts = (): string[] => platform.sent.map(({ wire }) => (wire as { text: string }).text);

  it('sends the parts of a message in order, each once, each with its own marker', async () => {
    start();
    const message = say('a|b|c');
    await ask(message);
    const { view, deliveries } = await ended(message);
    assert.equal(view.state, 'sent');
    assert.deepEqual(texts(), ['a', 'b', 'c']);
    assert.deepEqual(
      platform.sent.map(({ context }) => context.marker),
      deliveries.map(delivery => delivery.id),
    );
    assert.deepEqual(view.platformIds, ['p1', 'p2', 'p3']);
  });

  it('resumes at the part that failed and repeats none before it', async () => {
    platform.answers.push(() => ({ ok: true, platformId: 'x' }), refusing('unavailable'));
    start();
    const message = say('a|b|c');
    await ask(message);
    assert.equal((await ended(message)).view.state, 'sent');
    assert.deepEqual(texts(), ['a', 'b', 'b', 'c']);
  });

  it('keeps the order of a conversation while its head waits, and lets other conversations go', async () => {
    let release = (): void => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    platform.answers.push(async () => {
      await held;
      return failed('unavailable', 'later');
    });
    start();
    const [first, second, other] = [say('1'), say('2'), say('other', 'bob')];
    await ask(first, second, other);
    await ended(other);
    assert.deepEqual(texts(), ['1', 'other']);
    release();
    await ended(second);
    assert.deepEqual(texts(), ['1', 'other', '1', '2']);
  });

  it('ends a message that the platform refuses, with its fault, and goes on', async () => {
    platform.answers.push(refusing('window-closed', { platformCode: '131047', httpStatus: 400 }));
    start();
    const [refused, next] = [say('a'), say('b')];
    await ask(refused, next);
    const { view, deliveries } = await ended(refused);
    assert.equal(view.state, 'dead');
    assert.match(view.reason ?? '', /^window-closed/);
    assert.equal(deliveries[0]?.tries[0]?.fault?.platformCode, '131047');
    assert.equal((await ended(next)).view.state, 'sent');
  });

  it('gives up after the attempts of the policy, with every attempt kept', async () => {
    const scope = 'message';
    platform.answers.push(
      refusing('unavailable', { scope }),
      refusing('rate-limited', { scope, retryAfterMs: 1 }),
      refusing('not-connected', { scope }),
    );
    start();
    const message = say('a');
    await ask(message);
    const { view, deliveries } = await ended(message);
    assert.equal(view.state, 'dead');
    assert.deepEqual(
      deliveries[0]?.tries.map(attempt => [attempt.number, attempt.result, attempt.fault?.code]),
      [
        [1, 'not sent', 'unavailable'],
        [2, 'not sent', 'rate-limited'],
        [3, 'dead', 'not-connected'],
      ],
    );
  });

  it('keeps its retry over a restart, with the attempts counted', async () => {
    policy = { ...POLICY, retry: { ...POLICY.retry, maxAttempts: 2, baseMs: 60_000, maxMs: 60_000 } };
    platform.answers.push(refusing('unavailable'));
    start();
    const message = say('a');
    await ask(message);
    await until(() => platform.sent.length === 1, 'the first attempt');
    await end?.();
    await storage[Symbol.asyncDispose]();
    storage = await openStorage(folder.path);
    const trace = (await storage.store.trace(message.id))?.outbound[0];
    assert.equal(trace?.deliveries[0]?.attempts, 1);
    assert.equal(trace?.view.state, 'open');
  });

  it('asks the platform after an ambiguous send, and does not send again what arrived', async () => {
    platform.answers.push(refusing('ambiguous'));
    platform.lookup = () => ({ found: true, platformId: 'found' });
    start();
    const message = say('a');
    await ask(message);
    const { view } = await ended(message);
    assert.deepEqual([view.state, view.platformIds], ['sent', ['found']]);
    assert.equal(platform.sent.length, 1);
    assert.deepEqual((await storage.store.ledger(false)).ambiguous, { total: 1, provenSent: 1, resent: 0 });
  });

  it('sends again what the platform says never came, and calls that no resend', async () => {
    platform.answers.push(refusing('ambiguous'));
    platform.lookup = () => ({ found: false });
    start();
    const message = say('a');
    await ask(message);
    assert.equal((await ended(message)).view.state, 'sent');
    assert.equal(platform.sent.length, 2);
    assert.equal((await storage.store.ledger(false)).ambiguous.resent, 0);
  });

  it('sends again once where nobody can say, then parks', async () => {
    platform.answers.push(refusing('ambiguous'), refusing('ambiguous'));
    start();
    const [message, next] = [say('a'), say('b')];
    await ask(message, next);
    const { view } = await ended(message);
    assert.equal(view.state, 'parked');
    assert.match(view.reason ?? '', /also after it was sent again/);
    assert.equal((await ended(next)).view.state, 'sent');
    assert.deepEqual(texts(), ['a', 'a', 'b']);
    assert.deepEqual((await storage.store.ledger(false)).ambiguous, { total: 2, provenSent: 0, resent: 1 });
  });

  it('takes the proof that came in while it asked, and does not send again', async () => {
    platform.answers.push(refusing('ambiguous'));
    caughtUp = async () => {
      const marker = platform.sent[0]?.context.marker;
      assert.ok(marker !== undefined);
      await tell({ marker, status: 'delivered', time: 1, target: 'wamid.1' });
      return true;
    };
    start();
    const message = say('a');
    await ask(message);
    const { view } = await ended(message);
    assert.deepEqual([view.state, view.platformIds], ['sent', ['wamid.1']]);
    assert.deepEqual(texts(), ['a']);
  });

  it('does not count the time in which no proof could come in', async () => {
    policy = { ...POLICY, ambiguous: { waitMs: 1, policy: 'resend' } };
    caughtUp = async () => false;
    platform.answers.push(refusing('ambiguous'));
    start();
    const message = say('a');
    await ask(message);
    await until(() => texts().length === 1, 'the first try');
    await end?.();
    const waits: number[] = [];
    policy = { ...POLICY, ambiguous: { waitMs: 600_000, policy: 'resend' } };
    // Long after the try, which was long enough ago for more than the wait.
    startedAt = Date.now() + 3_600_000;
    start({
      hold: async hold => {
        waits.push(hold.afterMs);
        await storage.store.hold(hold);
      },
    });
    await until(() => waits.length > 0, 'the look after the start');
    assert.ok((waits[0] ?? 0) > 500_000, 'the whole wait is before it');
    assert.deepEqual(texts(), ['a']);
    await tell({ marker: platform.sent[0]?.context.marker ?? '', status: 'sent', time: 1, target: 'x' });
    assert.equal((await ended(message)).view.state, 'sent');
  });

  it('parks at once where the channel says so', async () => {
    policy = { ...POLICY, ambiguous: { waitMs: 1, policy: 'park' } };
    platform.answers.push(refusing('ambiguous'));
    start();
    const message = say('a');
    await ask(message);
    assert.equal((await ended(message)).view.state, 'parked');
    assert.equal(platform.sent.length, 1);
  });

  it('just sends again where that has the effect of once', async () => {
    idempotent = true;
    platform.answers.push(refusing('ambiguous'));
    start();
    const message = say('a');
    await ask(message);
    assert.equal((await ended(message)).view.state, 'sent');
    assert.deepEqual((await storage.store.ledger(false)).ambiguous, { total: 0, provenSent: 0, resent: 0 });
  });

  const refusals: readonly (readonly [string, OutboundMessage, string, RegExp])[] = [
    [
      'what the platform cannot say',
      outboundMessage({ content: { kind: 'deletion', target: 'x' } }),
      'dead',
      /^unsupported: no deletion here/,
    ],
    ['a bug in rendering', say('bug'), 'dead', /^internal: rendering failed: TypeError$/],
    [
      'a channel that is gone',
      outboundMessage({ address: { tenant: 'default', channel: 'gone', conversation: 'x' } }),
      'dead',
      /^misconfigured: channel gone/,
    ],
    ['nothing to say', say(''), 'skipped', /nothing in it/],
  ];
  for (const [name, message, state, reason] of refusals) {
    it(`ends ${name} as ${state}`, async () => {
      start();
      await ask(message);
      const { view } = await ended(message);
      assert.equal(view.state, state);
      assert.match(view.reason ?? '', reason);
    });
  }

  it('takes an adapter that throws for a bug and does not try again', async () => {
    platform.answers.push(() => {
      throw new Error('SECRET');
    });
    start();
    const message = say('a');
    await ask(message);
    const { view } = await ended(message);
    assert.equal(view.state, 'dead');
    assert.equal(view.reason, 'internal: the adapter threw Error');
  });

  it('stops between two messages and leaves the rest waiting', async () => {
    let release = (): void => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    platform.answers.push(async () => {
      await held;
      return { ok: true, platformId: 'x' };
    });
    start();
    const [first, second] = [say('1'), say('2')];
    await ask(first, second);
    await until(() => platform.sent.length === 1, 'the send under way');
    const ending = end?.();
    release();
    await ending;
    assert.deepEqual(texts(), ['1']);
    const { outbound } = await storage.store.ledger(true);
    assert.deepEqual([outbound.done, outbound.inFlight], [1, 1]);
  });
});
