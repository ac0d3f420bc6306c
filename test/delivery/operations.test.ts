import assert from 'node:assert/strict';
import { newPace } from '../../src/delivery/operations.ts';

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
