import assert from 'node:assert/strict';
import { type Entry, HARNESSES, judged, type Printed } from './all/harnesses.ts';
import { GOALS } from './support/figures.ts';
import { isMissed } from './support/report.ts';

const entryOf = (name: string): Entry => {
  const entry = HARNESSES.find(one => one.name === name);
  assert.ok(entry);
  return entry;
};
const missedOf = (name: string, code: number | null, printed: Printed | null): readonly string[] =>
  judged(entryOf(name), code, printed)
    .filter(isMissed)
    .map(({ what }) => what);

const WELL: Printed = {
  ...Object.fromEntries(GOALS.map(goal => [goal, 0])),
  kills: 10,
  acknowledged: 100,
  ambiguous: 3,
};
const PART = { flips: 10, missed: 0, changed: 0 };
const FLIPS: Printed = { parts: { database: PART, wal: PART }, hubFlips: 3, hubTold: 3, hub: WELL };

describe('all fault harnesses together', () => {
  it('find nothing where every command found nothing', () => {
    assert.deepEqual(missedOf('kill', 0, WELL), []);
    assert.deepEqual(missedOf('flips', 0, FLIPS), []);
    assert.deepEqual(missedOf('clean', 0, { kills: 10, alarms: [], records: 7, lost: 0 }), []);
  });

  for (const goal of GOALS)
    it(`miss what the command missed: ${goal}`, () => {
      assert.equal(missedOf('kill', 0, { ...WELL, [goal]: 1 }).length, 1);
      assert.equal(missedOf('crash', 0, { ...WELL, [goal]: undefined }).length, 1, 'absent is no 0');
      assert.equal(missedOf('flips', 0, { ...FLIPS, hub: { ...WELL, [goal]: 1 } }).length, 1);
    });

  it('know what may be where nothing proves what arrived', () => {
    const twice = { ...WELL, doubled: 3, doubledBeyondResent: 0, wronglyParked: 2 };
    assert.deepEqual(missedOf('kill-resend', 0, twice), []);
    assert.equal(missedOf('kill-resend', 0, { ...twice, doubledBeyondResent: 1 }).length, 1);
    assert.deepEqual(missedOf('kill-park', 0, { ...twice, doubled: 0 }), []);
    assert.equal(missedOf('kill-park', 0, twice).length, 1);
  });

  it('miss a false alarm', () => {
    assert.equal(missedOf('clean', 0, { kills: 10, alarms: ['x'], records: 7, lost: 0 }).length, 1);
    assert.equal(missedOf('clean', 0, { kills: 10, alarms: [], records: 7, lost: 1 }).length, 1);
  });

  it('miss a command that ended badly although its figures are well, or without any', () => {
    assert.deepEqual(missedOf('kill', 1, WELL), ['kill']);
    assert.deepEqual(missedOf('kill', null, WELL), ['kill']);
    assert.deepEqual(missedOf('noisy', 2, { figures: [] }), ['noisy']);
    assert.deepEqual(missedOf('noisy', 0, null), ['noisy']);
  });

  it('count a miss once where the command itself has it', () => {
    assert.equal(missedOf('kill', 1, { ...WELL, lost: 2 }).length, 1);
  });
});
