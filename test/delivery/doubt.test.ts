import assert from 'node:assert/strict';
import { doubtBook } from '../../src/delivery/doubt.ts';

describe('for how long a delivery has been in doubt', () => {
  it('is counted from when it began, by the clock that is given', () => {
    let now = 1_000;
    const doubts = doubtBook(() => now);
    doubts.begin('a');
    now += 50;
    assert.equal(doubts.ageOf('a', 9_999), 50);
  });

  it('begins with what is known where it began before, and goes on from there', () => {
    let now = 1_000;
    const doubts = doubtBook(() => now);
    assert.equal(doubts.ageOf('a', 30), 30);
    now += 5;
    assert.equal(doubts.ageOf('a', 0), 35);
  });

  it('is forgotten at its end', () => {
    let now = 0;
    const doubts = doubtBook(() => now);
    doubts.begin('a');
    now += 50;
    doubts.end('a');
    assert.equal(doubts.ageOf('a', 0), 0);
  });

  it('is another thing than for how long it has been asked about in vain, which begins with the first time', () => {
    let now = 0;
    const doubts = doubtBook(() => now);
    doubts.begin('a');
    now += 50;
    assert.equal(doubts.unansweredFor('a'), 0);
    now += 7;
    assert.deepEqual([doubts.unansweredFor('a'), doubts.unansweredFor('b')], [7, 0]);
    doubts.begin('a');
    assert.equal(doubts.unansweredFor('a'), 0, 'it was sent again, and is in doubt anew');
  });
});
