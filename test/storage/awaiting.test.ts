/** What waits for a message that has not come, and for how long still after a start. */
import assert from 'node:assert/strict';
import { type Awaiting, awaiting } from '../../src/storage/awaiting.ts';
import { leftAtStart } from '../../src/storage/embedded/database/work-early.ts';
import { Lanes } from '../../src/storage/lanes.ts';
import { TARGET_WAIT_MS } from '../../src/storage/work-queue.ts';

const MINUTE_MS = 60_000;
const MAX_OF_ALL = 20_000;
const long = { ms: MINUTE_MS, onEnd: () => assert.fail('it waits for longer than this test takes') };

describe('what waits for its message', () => {
  const add = (subject: Awaiting, lane: number, item: number, target: string): void =>
    subject.add({ lane, item, target }, long);

  it('is taken with its message, once, in the order in which it was accepted', () => {
    const subject = awaiting();
    add(subject, 1, 7, 'one');
    add(subject, 1, 5, 'one');
    add(subject, 1, 6, 'other');
    add(subject, 2, 4, 'one');
    assert.deepEqual(subject.take(1, ['one', 'nobody']), [5, 7]);
    assert.deepEqual(subject.take(1, ['one']), []);
    assert.deepEqual([subject.isAwaited(1), subject.isAwaited(2)], [true, true]);
    assert.deepEqual(subject.take(1, ['other']), [6]);
    assert.deepEqual([subject.isAwaited(1), subject.isAwaited(2)], [false, true]);
    subject.take(2, ['one']);
  });

  it('is bounded in all lanes together, and there is room again afterwards', () => {
    const subject = awaiting();
    for (let item = 0; item < MAX_OF_ALL; item++) add(subject, item, item, 'x');
    assert.equal(subject.hasRoom(MAX_OF_ALL), false);
    subject.take(3, ['x']);
    assert.equal(subject.hasRoom(MAX_OF_ALL), true);
    for (let lane = 0; lane < MAX_OF_ALL; lane++) subject.take(lane, ['x']);
  });

  it('is told when its time is up, and not awaited any more then', async () => {
    const subject = awaiting();
    const ended = Promise.withResolvers<void>();
    // The wait alone keeps no process alive.
    const alive = setTimeout(ended.reject, MINUTE_MS);
    subject.add({ lane: 1, item: 1, target: 'x' }, { ms: 1, onEnd: ended.resolve });
    await ended.promise;
    clearTimeout(alive);
    assert.equal(subject.isAwaited(1), false);
    assert.deepEqual(subject.take(1, ['x']), []);
  });

  it('has a minute at the least and no more than the whole wait at a start, whatever the clock shows', () => {
    const now = 1_750_000_000_000;
    const left = (dueInMs: number): number => leftAtStart(now + dueInMs, now);
    assert.equal(left(2 * MINUTE_MS), 2 * MINUTE_MS);
    assert.equal(left(-86_400_000), MINUTE_MS);
    assert.equal(left(86_400_000), TARGET_WAIT_MS);
  });

  it('is put right behind its message in the lane, which goes on with it', () => {
    const lanes = new Lanes(() => {});
    for (const item of [1, 2]) lanes.add(9, 'tenant', item);
    assert.deepEqual(lanes.claim(1), [{ lane: 9, item: 1 }]);
    lanes.addBehind(9, 1, [5, 6]);
    // Not in the lane, or no lane at all: nothing is added.
    lanes.addBehind(9, 77, [8]);
    lanes.addBehind(10, 1, [8]);
    assert.equal(lanes.size, 4);
    const order: number[] = [];
    for (let item: number | undefined = 1; item !== undefined; item = lanes.claim(1)[0]?.item) {
      order.push(item);
      lanes.done(9, item);
    }
    assert.deepEqual(order, [1, 5, 6, 2]);
    assert.equal(lanes.size, 0);
  });
});
