import assert from 'node:assert/strict';
import { newPace, runOperations } from '../../src/delivery/operations.ts';
import type { InboundEvent } from '../../src/message/event.ts';
import { acceptBatch } from '../../src/pipeline/accept-batch.ts';
import type { ReadRecord } from '../../src/storage/store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { newId, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

/** How many are let through in so many seconds, looked at this often. */
function passedIn(rate: number, seconds: number, everyMs: number): number {
  const pace = newPace(rate, 0);
  let passed = 0;
  for (let now = 0; now <= seconds * 1_000; now += everyMs) passed += pace.take(now);
  return passed;
}

describe('the pace of an operation', () => {
  const cases: readonly (readonly [number, number])[] = [
    [0.1, 50],
    [1, 50],
    [50, 50],
    [1_000, 50],
    [50, 10],
    [50, 37],
  ];
  for (const [rate, everyMs] of cases) {
    it(`is ${rate} a second, looked at every ${everyMs} ms`, () => {
      const passed = passedIn(rate, 100, everyMs);
      const most = rate * 100 + Math.max(1, rate / 20) + 1;
      assert.ok(passed <= most, `${passed} are more than ${most}`);
      assert.ok(passed >= rate * 90, `${passed} are too few`);
    });
  }
  it('saves up no more than one step, however long nobody looked', () => {
    const pace = newPace(1_000, 0);
    pace.take(0);
    assert.equal(pace.take(3_600_000), 51);
  });
  it('waits until the next may go', () => {
    const pace = newPace(2, 0);
    assert.equal(pace.take(0), 1);
    assert.equal(pace.waitMs(), 500);
    assert.equal(pace.take(499), 0);
    assert.equal(pace.take(500), 1);
  });
});

describe('a replay of what an adapter makes so that it cannot be stored', () => {
  const nothing: readonly InboundEvent[] = [{ kind: 'unreadable', reason: 'nothing of it', at: '' }];
  // Of the right form as far as that is looked at, as an adapter from outside may hand it over.
  const unstorable = [{ kind: 'outbound' }] as unknown as readonly InboundEvent[];
  const readings: readonly (readonly [string, () => ReadRecord])[] = [
    ['which the store fails on', () => readRecord(unstorable, { segment: 1, offset: 0 })],
    [
      'which fails while it is read',
      () => {
        throw new RangeError('too deep');
      },
    ],
  ];
  for (const [what, read] of readings) {
    it(`ends, ${what}: it is a letter again`, async () => {
      using folder = temporaryFolder();
      await using storage = await openStorage(folder.path);
      const { store } = storage;
      const place = { segment: 1, offset: 0 };
      const from = await store.position();
      const records = [readRecord(unstorable, place)];
      await acceptBatch(store, { from, next: { segment: 1, offset: 9 }, records });
      const target = { kind: 'filter', filter: {}, limit: null } as const;
      const asked = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
      const action = { id: newId('action'), who: 'olga', key: null, digest: '' };
      const started = await store.startOperation(asked, action);
      assert.ok(started.kind === 'started', started.kind);
      const stop = new AbortController();
      const running = runOperations({
        store,
        open: () => ({ read, unreadable: () => readRecord(nothing, place) }),
        onTrouble: (_, what) => assert.fail(what),
        newId: () => newId('again'),
        stop: stop.signal,
        crash: () => {},
      });
      const { id } = started.operation;
      const isDone = async () => (await store.operation(id))?.state === 'done';
      await Promise.race([running, until(isDone, 'the end of the replay')]);
      stop.abort();
      await running;
      const { letters } = await store.deadLetters({ limit: 9 });
      assert.deepEqual(
        letters.map(({ state, times, code }) => [state, times, code]),
        [['open', 2, 'unreadable']],
      );
    });
  }
});
