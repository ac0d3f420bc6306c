import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Rate } from '../../src/channels/capabilities.ts';
import { createBucket, LONGEST_CLOSED_MS, RECOVERY_MS } from '../../src/delivery/pace-bucket.ts';

const SECOND: Rate = { count: 10, perMs: 1_000 };
const PAIR: Rate = { count: 1, perMs: 6_000, burst: 45 };
const THREAD: readonly Rate[] = [
  { count: 7, perMs: 1_000 },
  { count: 8, perMs: 2_000 },
  { count: 60, perMs: 30_000 },
];

/** Takes as soon as it may, for so long; when each went. */
function goes(subject: ReturnType<typeof createBucket>, from: number, forMs: number): readonly number[] {
  const times: number[] = [];
  for (let now = from; ; ) {
    const waitMs = subject.wait(now);
    now += waitMs;
    if (now > from + forMs) return times;
    if (waitMs > 0) continue;
    subject.take(now);
    times.push(now);
  }
}

const within = (times: readonly number[], start: number, ms: number): number =>
  times.filter(time => time >= start && time < start + ms).length;

describe('a bucket', () => {
  it('lets a burst go at once, and then one at a time, with the exact wait', () => {
    const subject = createBucket([PAIR]);
    assert.equal(subject.free(0), 45);
    const times = goes(subject, 0, 60_000);
    assert.equal(within(times, 0, 1), 45);
    assert.deepEqual(times.slice(45, 48), [6_000, 12_000, 18_000]);
    assert.equal(subject.wait(60_000), 6_000);
    assert.equal(subject.wait(62_500), 3_500);
  });

  it('borrows from the future: twenty at once take two minutes to make good', () => {
    const subject = createBucket([{ ...PAIR, burst: 20 }]);
    for (let n = 0; n < 20; n++) subject.take(0);
    assert.equal(subject.free(119_999), 19);
    assert.equal(subject.free(120_000), 20);
  });

  it('keeps all rates of a list at the same time', () => {
    const times = goes(createBucket(THREAD), 0, 120_000);
    for (const { count, perMs } of THREAD) {
      const counts = times.map(start => within(times, start, perMs));
      assert.ok(Math.max(...counts) <= 2 * count, `${count} in ${perMs} ms`);
    }
    // In the long run as fast as the slowest of them, and not slower.
    assert.ok(Math.abs(within(times, 60_000, 60_000) - 120) <= 1);
  });

  it('never lets go more than the burst and what has come in since, whoever asks when', () => {
    const rate = fc.record({
      count: fc.integer({ min: 1, max: 50 }),
      perMs: fc.integer({ min: 10, max: 60_000 }),
      burst: fc.integer({ min: 1, max: 60 }),
    });
    const step = fc.record({
      passed: fc.integer({ min: 0, max: 5_000 }),
      tries: fc.integer({ min: 1, max: 80 }),
    });
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 30 }), ({ count, perMs, burst }, steps) => {
        const subject = createBucket([{ count, perMs, burst }]);
        let now = 0;
        let taken = 0;
        for (const { passed, tries } of steps) {
          now += passed;
          for (let n = 0; n < tries; n++) {
            if (subject.wait(now) > 0) break;
            subject.take(now);
            taken++;
          }
          assert.ok(taken <= burst + (now / perMs) * count + 0.01);
        }
        const waitMs = subject.wait(now);
        if (waitMs > 1) assert.ok(subject.wait(now + waitMs - 2) > 0, 'the wait is not more than it must be');
        if (waitMs > 0) assert.ok(subject.wait(now + waitMs) === 0, 'the wait is enough');
      }),
    );
  });

  it('gives back what did not go', () => {
    const subject = createBucket([{ count: 1, perMs: 1_000 }]);
    const giveBack = subject.take(0);
    assert.equal(subject.wait(0), 1_000);
    giveBack();
    assert.equal(subject.wait(0), 0);
    giveBack();
    assert.equal(subject.free(0), 1, 'and never more than fits');
  });

  it('is not filled by what was taken before it was closed: one goes at the end, as after any wait', () => {
    const subject = createBucket([{ count: 80, perMs: 1_000 }]);
    const taken = Array.from({ length: 64 }, () => subject.take(0));
    subject.limited(1, { startedAt: 0, retryAfterMs: 5_000 });
    for (const giveBack of taken.slice(1)) giveBack();
    assert.equal(subject.free(5_001), 1);
    const giveBack = subject.take(5_001);
    giveBack();
    assert.equal(subject.free(5_001), 1, 'what was taken since then is given back');
  });

  it('is closed for as long as the platform said, and then lets one go, not all that has waited', () => {
    const subject = createBucket([SECOND]);
    subject.limited(0, { startedAt: 0, retryAfterMs: 30_000 });
    assert.deepEqual([subject.wait(0), subject.free(0), subject.wait(29_999)], [30_000, 0, 1]);
    assert.equal(subject.free(30_000), 1);
    const times = goes(subject, 30_000, 1_000);
    assert.ok(times.length <= 7, 'at half the rate');
  });

  it('waits no more than an hour for what it is told', () => {
    const subject = createBucket([]);
    subject.limited(0, { startedAt: 0, retryAfterMs: 10 * 365 * 86_400_000 });
    assert.equal(subject.closedFor(0), LONGEST_CLOSED_MS);
  });

  it('doubles the wait where nothing is said of one, until something goes well', () => {
    const subject = createBucket([]);
    const waits: number[] = [];
    let now = 0;
    for (let n = 0; n < 9; n++) {
      subject.limited(now, { startedAt: now });
      waits.push(subject.closedFor(now));
      now += subject.closedFor(now);
    }
    assert.deepEqual(
      waits,
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map(seconds => seconds * 1_000),
    );
    subject.succeeded();
    subject.limited(now, { startedAt: now });
    assert.equal(subject.closedFor(now), 1_000);
  });

  it('takes the refusals of what was under way together for one', () => {
    const subject = createBucket([SECOND]);
    for (let n = 0; n < 10; n++) subject.limited(1 + n, { startedAt: 0 });
    assert.equal(subject.closedFor(10), 1_000);
    subject.limited(1_010, { startedAt: 1_010 });
    assert.equal(subject.closedFor(1_010), 2_000, 'and the next one for the second');
  });

  it('never opens earlier because a second refusal named a shorter wait', () => {
    const subject = createBucket([]);
    subject.limited(0, { startedAt: 0, retryAfterMs: 10_000 });
    subject.limited(10, { startedAt: 0, retryAfterMs: 100 });
    assert.equal(subject.closedFor(10), 9_990);
  });

  it('goes at half its speed after a refusal, once for those that were under way together', () => {
    const subject = createBucket([SECOND]);
    for (const at of [10, 20, 30]) subject.limited(at, { startedAt: 5, retryAfterMs: 1 });
    assert.ok(Math.abs(subject.state(30).speed - 0.5) < 0.001);
    subject.limited(1_000, { startedAt: 900, retryAfterMs: 1 });
    assert.ok(Math.abs(subject.state(1_000).speed - 0.25) < 0.01);
    for (let n = 0; n < 20; n++) subject.limited(2_000 + n, { startedAt: 2_000 + n, retryAfterMs: 1 });
    assert.ok(subject.state(2_020).speed >= 1 / 16, 'and never stands still');
  });

  it('recovers bit by bit, until it is as good as new', () => {
    const subject = createBucket([SECOND]);
    subject.limited(0, { startedAt: 0, retryAfterMs: 1 });
    const speeds = [0, 0.1, 0.25, 0.5].map(share => subject.state(share * RECOVERY_MS).speed);
    assert.deepEqual(speeds, [0.5, 0.6, 0.75, 1]);
    assert.equal(subject.isFresh(RECOVERY_MS), false);
    subject.succeeded();
    assert.equal(subject.isFresh(RECOVERY_MS), true);
  });

  it('has no limit where no rate is known, until the platform names one', () => {
    const subject = createBucket([]);
    assert.deepEqual(subject.state(0), { speed: 1, closedForMs: 0, free: null });
    for (let n = 0; n < 1_000; n++) subject.take(0);
    assert.equal(subject.wait(0), 0);
  });
});
