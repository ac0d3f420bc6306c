/**
 * What a bad processor can do to a running hub, in real threads: its message ends as a dead letter that says where
 * and why, after a bounded number of tries, and everybody else is answered.
 */
import assert from 'node:assert/strict';
import pino from 'pino';
import { hubFolder, startOn, type TestHub, testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const trial = {
  module: new URL('./trial/processors.ts', import.meta.url).href,
  limitMs: 200,
  maxAttempts: 3,
  hangMs: 600,
  maxMemoryMb: 128,
};

/** Threads are ended and started anew, one after the other. */
const PATIENCE_MS = 50_000;

const phone = (who: number): string => `1555010${String(who).padStart(4, '0')}`;

async function say(hub: TestHub, who: number, text: string): Promise<void> {
  const webhook = hub.draft(CHANNEL, 'text', { from: phone(who), text });
  assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
}

/** What the platform was told to say to this person, in order. */
const answered = async (hub: TestHub): Promise<readonly (string | null)[]> =>
  (await hub.received()).map(({ text }) => text);

const textOf = (message: unknown): string => (message as { content: { text: string } }).content.text;

/** Every way to end badly, what the dead letter says, and whether it takes the whole thread along. */
const ENDS: readonly (readonly [string, RegExp, 'thread' | 'message'])[] = [
  ['throw', /^process\/obey: RangeError at processors\.ts:\d+ \(3 attempts\)$/, 'message'],
  ['never', /^process\/obey: took longer than 200 ms \(3 attempts\)$/, 'message'],
  ['reject', /^process\/obey: not wanted$/, 'message'],
  ['unstorable', /^its result could not be stored$/, 'message'],
  ['hang', /^hung in process\/obey, 3 times$/, 'thread'],
  ['wait', /^hung in process\/obey, 3 times$/, 'thread'],
  ['memory', /^used up its memory in process\/obey, 3 times$/, 'thread'],
  ['exit', /^ended by itself in process\/obey, 3 times$/, 'thread'],
  ['reject later', /^ended with Error in process\/obey, 3 times$/, 'thread'],
];

describe('a processor that fails', function () {
  this.timeout(120_000);
  for (const [what, reason, ends] of ENDS) {
    it(`${what}: a dead letter with its cause after bounded tries; the others are answered`, async () => {
      // Filling the memory takes long on a slow machine, and is no hanging.
      const hangMs = what === 'memory' ? 6_000 : trial.hangMs;
      await using hub = await testHub({}, { trial: { ...trial, hangMs } });
      await say(hub, 1, 'before');
      await say(hub, 2, `${what}: my words`);
      await say(hub, 2, 'after it, in the same conversation');
      for (let who = 3; who < 9; who++) await say(hub, who, `meanwhile ${who}`);
      const ledger = await hub.idle(PATIENCE_MS);

      const messages = await hub.messages('?limit=200');
      const [bad, ...more] = messages.filter(({ state }) => state !== 'done');
      assert.deepEqual(more, [], 'only the one message is lost to it');
      assert.ok(bad !== undefined);
      assert.equal(textOf(bad.message), `${what}: my words`);
      assert.equal(bad.state, 'dead');
      assert.match(bad.reason ?? '', reason);
      assert.doesNotMatch(bad.reason ?? '', /my words/);
      assert.deepEqual(
        (await answered(hub)).toSorted(),
        [
          'echo of before',
          'echo of after it, in the same conversation',
          ...[3, 4, 5, 6, 7, 8].map(who => `echo of meanwhile ${who}`),
        ].toSorted(),
      );
      assert.deepEqual(
        [ledger.inbound.dead, ledger.inbound.difference, ledger.outbound.difference],
        [1, 0, 0],
      );
      const { attempts, stages } = (await hub.trace(bad.id)).inbound ?? {};
      assert.ok((attempts ?? 0) <= 3, 'it was not tried more often than it may');
      // What it made can only be found wanting behind all of them.
      if (ends === 'message')
        assert.equal(stages?.at(-1)?.processor, what === 'unstorable' ? 'echo' : 'obey');

      // A new thread is at work, and messages that come now are answered as before.
      await say(hub, 1, 'later');
      await hub.idle(PATIENCE_MS);
      assert.equal((await answered(hub)).at(-1), 'echo of later');
      assert.deepEqual(hub.hub.health().troubles, []);
      assert.deepEqual(hub.fatal, []);
    });
  }

  it('is tried again, and then all is well', async () => {
    await using hub = await testHub({}, { trial });
    await say(hub, 1, 'throw once');
    await say(hub, 1, 'drop');
    await say(hub, 1, 'last');
    await hub.idle(PATIENCE_MS);
    const [first, second, third] = await hub.messages();
    assert.deepEqual([first?.state, second?.state, third?.state], ['done', 'dropped', 'done']);
    assert.equal(second?.reason, 'process/obey: of no interest');
    const { inbound } = await hub.trace(first?.id ?? '');
    assert.deepEqual(
      inbound?.stages.map(({ attempt, processor, step }) => [attempt, processor, step]),
      [
        [1, 'obey', 'threw'],
        [2, 'obey', 'next'],
        [2, 'echo', 'next'],
      ],
    );
    assert.deepEqual(await answered(hub), ['echo of throw once', 'echo of last'], 'in the order they came');
  });

  it('several at once end only themselves', async () => {
    await using hub = await testHub({}, { trial });
    await Promise.all([
      say(hub, 1, 'exit'),
      say(hub, 2, 'exit'),
      say(hub, 3, 'throw'),
      ...[4, 5, 6].map(who => say(hub, who, `fine ${who}`)),
    ]);
    const ledger = await hub.idle(PATIENCE_MS);
    assert.deepEqual([ledger.inbound.dead, ledger.inbound.done], [3, 3]);
    assert.deepEqual((await answered(hub)).toSorted(), [
      'echo of fine 4',
      'echo of fine 5',
      'echo of fine 6',
    ]);
  });

  const READINGS: readonly (readonly [string, string])[] = [
    ['throw', 'unreadable: the adapter threw RangeError'],
    ['exit', 'unreadable: reading it ended the pipeline 3 times'],
  ];
  for (const [what, reason] of READINGS) {
    it(`an adapter's reading as well, ${what}: quarantined with its raw bytes; the others are answered`, async () => {
      await using hub = await testHub({}, { trial });
      await say(hub, 1, 'before');
      await say(hub, 2, `reader: ${what}`);
      await say(hub, 2, 'after');
      await until(async () => (await answered(hub)).includes('echo of after'), 'the others', PATIENCE_MS);
      const ledger = await hub.idle(PATIENCE_MS);
      assert.deepEqual([ledger.inbound.accepted, ledger.inbound.dead, ledger.inbound.difference], [3, 1, 0]);
      assert.deepEqual((await answered(hub)).toSorted(), ['echo of after', 'echo of before']);
      const [bad] = (await hub.messages()).filter(({ state }) => state === 'dead');
      assert.equal(bad?.reason, reason);
      assert.match((await hub.trace(bad?.id ?? '')).raw?.body ?? '', new RegExp(`reader: ${what}`));
      assert.deepEqual(hub.hub.health().troubles, []);
    });
  }

  it('that stands in a call of the system: the hub says that it is not ready, and goes on after it', async () => {
    const log: string[] = [];
    const logger = pino({ level: 'error' }, { write: line => void log.push(line) });
    const hasEnded = (): boolean => log.some(line => line.includes('a pipeline thread ended'));
    await using hub = await testHub({}, { trial, logger });
    const troubles = (): readonly string[] => hub.hub.health().troubles;
    // Not ready yet, at its start, would look the same.
    await until(() => troubles().length === 0, 'the hub to be ready', PATIENCE_MS);
    await say(hub, 1, 'before');
    await until(async () => (await answered(hub)).length === 1, 'the pipeline to be at work', PATIENCE_MS);
    assert.deepEqual(troubles(), []);
    await say(hub, 1, 'block');
    const isDown = (): boolean => troubles().includes('the pipeline is not running');
    await until(isDown, 'the hub to notice', PATIENCE_MS);
    assert.equal(hasEnded(), false, 'it says so while the thread stands, not only between two threads');
    await until(() => troubles().length === 0, 'the hub to be ready again', PATIENCE_MS);
    assert.equal(hasEnded(), true);
    await say(hub, 2, 'fine');
    await until(async () => (await answered(hub)).includes('echo of fine'), 'the answer', PATIENCE_MS);
  });

  it('a message that was hung on when the hub stopped is given up after as many tries in all', async () => {
    using folder = hubFolder();
    {
      // Far more patience than the test has: the hub is stopped while the thread hangs.
      await using hub = await startOn(folder, { trial: { ...trial, limitMs: 60_000 } });
      await say(hub, 1, 'never');
      await say(hub, 2, 'fine');
      await until(async () => (await answered(hub)).length === 1, 'the answer to the other', PATIENCE_MS);
    }
    await using hub = await startOn(folder, { trial });
    const ledger = await hub.idle(PATIENCE_MS);
    assert.deepEqual([ledger.inbound.dead, ledger.inbound.done, ledger.inbound.difference], [1, 1, 0]);
  });
});
