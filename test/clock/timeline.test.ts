/** Ages by a clock with jumps, against the time that really went by. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { elapsedSince, lastJump, NO_JUMPS, timeBefore, withJump } from '../../src/clock/timeline.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGAN = 1_700_000_000_000;

describe('the timeline of a clock', () => {
  it('counts as the clock does where it never jumped', () => {
    assert.equal(elapsedSince(NO_JUMPS, BEGAN, BEGAN + HOUR), HOUR);
    assert.equal(timeBefore(NO_JUMPS, HOUR, BEGAN + HOUR), BEGAN);
    assert.equal(lastJump(NO_JUMPS), null);
  });

  it('does not count a day that was only set', () => {
    const past = withJump(NO_JUMPS, { seen: BEGAN + DAY, byMs: DAY, lagMs: 0 });
    const now = BEGAN + DAY + HOUR;
    assert.equal(elapsedSince(past, BEGAN - HOUR, now), 2 * HOUR);
    assert.equal(elapsedSince(past, BEGAN + DAY, now), HOUR);
    assert.equal(elapsedSince(past, BEGAN + DAY / 2, now), HOUR, 'what it jumped over is as old as the jump');
    assert.equal(timeBefore(past, 2 * HOUR, now), BEGAN - HOUR);
    assert.deepEqual(lastJump(past), { at: BEGAN + DAY, byMs: DAY });
  });

  it('counts what was noted before the clock was set back, and that it was set on again', () => {
    const back = withJump(NO_JUMPS, { seen: BEGAN - DAY, byMs: -DAY, lagMs: 0 });
    assert.equal(elapsedSince(back, BEGAN - HOUR, BEGAN - DAY + HOUR), 2 * HOUR);
    assert.equal(elapsedSince(back, BEGAN - DAY, BEGAN - DAY + HOUR), HOUR);
    const on = withJump(back, { seen: BEGAN + HOUR, byMs: DAY, lagMs: 0 });
    assert.equal(elapsedSince(on, BEGAN - HOUR, BEGAN + 2 * HOUR), 3 * HOUR);
    assert.equal(elapsedSince(on, BEGAN - DAY + HOUR / 2, BEGAN + 2 * HOUR), 1.5 * HOUR);
  });

  it('knows what was noted between a jump and the moment it was seen', () => {
    for (const byMs of [DAY, -DAY]) {
      const seen = BEGAN + byMs + 5_000;
      const past = withJump(NO_JUMPS, { seen, byMs, lagMs: 10_000 });
      assert.equal(elapsedSince(past, BEGAN + byMs, seen), 5_000, 'after the jump');
      assert.equal(elapsedSince(past, BEGAN, seen), 5_000, 'before the jump');
      assert.ok(timeBefore(past, 4_000, seen) <= BEGAN + byMs + 1_000);
    }
  });

  it('calls nothing older than it is, and all as old as it is where the clock showed each time once', () => {
    const jump = fc.record({
      after: fc.integer({ min: 1, max: 2 * DAY }),
      by: fc.integer({ min: -3 * DAY, max: 3 * DAY }),
    });
    const history = fc.array(jump, { maxLength: 6 });
    const moment = fc.integer({ min: 0, max: 12 * DAY });
    fc.assert(
      fc.property(history, moment, moment, moment, (jumps, one, other, agoMs) => {
        const ends = jumps.reduce((sum, { after }) => sum + after, 0);
        const noted = Math.min(one, other) - DAY;
        const now = ends + Math.max(one, other);
        // What the clock shows `real` milliseconds after it began.
        const shown = (real: number): number => {
          let [at, ahead] = [0, 0];
          for (const { after, by } of jumps) {
            at += after;
            if (real >= at) ahead += by;
          }
          return BEGAN + real + ahead;
        };
        let past = NO_JUMPS;
        let at = 0;
        for (const { after, by } of jumps) {
          at += after;
          past = withJump(past, { seen: shown(at), byMs: by, lagMs: 0 });
        }
        const truth = now - noted;
        const age = elapsedSince(past, shown(noted), shown(now));
        assert.ok(age <= truth, `${age} > ${truth}`);
        if (jumps.every(({ by }) => by >= 0)) assert.equal(age, truth);
        const cutOff = timeBefore(past, truth, shown(now));
        assert.ok(shown(noted) >= cutOff, 'what is as old is not older');
        const isCut = shown(noted) < timeBefore(past, agoMs, shown(now));
        assert.ok(!isCut || truth > agoMs, 'whatever is cut off is older');
      }),
      { numRuns: 2_000 },
    );
  });

  it('forgets the first of many jumps', () => {
    let past = NO_JUMPS;
    for (let jump = 1; jump <= 1_000; jump++)
      past = withJump(past, { seen: BEGAN + jump * DAY, byMs: HOUR, lagMs: 0 });
    assert.ok(past.length < 100);
    assert.equal(elapsedSince(past, BEGAN + 1_000 * DAY - 2 * HOUR, BEGAN + 1_000 * DAY), HOUR);
  });
});
