import assert from 'node:assert/strict';
import { judge, type Taken, type Told, type Verdict } from './support/judge.ts';
import { chanceOf } from './support/random.ts';

const WORDS = new Set(['alpha', 'omega']);
const NOTHING: Verdict = { lost: [], doubled: [], outOfOrder: [], strange: [], wronglyParked: [] };

const told = (number: number, over: Partial<Told> = {}): Told => ({
  number: 100_000_000 + number,
  type: 'one',
  conversation: 'ana',
  words: ['alpha'],
  acknowledged: true,
  ...over,
});

let last = 0;
const taken = (number: number, over: Partial<Taken> = {}): Taken => ({
  seq: ++last,
  type: 'one',
  conversation: 'ana',
  text: `alpha ${100_000_000 + number} is noted`,
  marker: null,
  platformId: null,
  ...over,
});

const counts = (verdict: Verdict): Record<string, number> =>
  Object.fromEntries(
    Object.entries(verdict)
      .filter(([, findings]) => findings.length > 0)
      .map(([name, findings]) => [name, findings.length]),
  );

describe('the verdict of the kill oracle', () => {
  it('finds nothing where every message has its reply, in order', () => {
    const long = { words: ['alpha', 'omega'] };
    const parts = { text: 'alpha 100000002 begins' };
    const rest = { text: 'omega 100000002 ends' };
    const verdict = judge(
      [told(1), told(2, long), told(3)],
      [taken(1), taken(2, parts), taken(2, rest), taken(3)],
      WORDS,
    );
    assert.deepEqual(verdict, NOTHING);
  });

  const cases: readonly (readonly [string, readonly Told[], readonly Taken[], Record<string, number>])[] = [
    ['a reply that never came', [told(1), told(2)], [taken(1)], { lost: 1 }],
    ['a part that never came', [told(1, { words: ['alpha', 'omega'] })], [taken(1)], { lost: 1 }],
    ['nothing wrong without an acknowledgement', [told(1, { acknowledged: false })], [], {}],
    ['a reply that came twice', [told(1)], [taken(1), taken(1)], { doubled: 1 }],
    [
      'a reply that came twice without an acknowledgement',
      [told(1, { acknowledged: false })],
      [taken(1), taken(1)],
      { doubled: 1 },
    ],
    ['a reply that overtook another', [told(1), told(2)], [taken(2), taken(1)], { outOfOrder: 1 }],
    [
      'no order between conversations',
      [told(1), told(2, { conversation: 'bob' })],
      [taken(2, { conversation: 'bob' }), taken(1)],
      {},
    ],
    ['a reply to nobody', [told(1)], [taken(1), taken(2)], { strange: 1 }],
    ['a reply to somebody else', [told(1)], [taken(1, { conversation: 'bob' })], { lost: 1, strange: 1 }],
    ['a reply on another platform', [told(1)], [taken(1, { type: 'two' })], { lost: 1, strange: 1 }],
    ['nothing in words of others', [told(1)], [taken(1), taken(9, { text: 'order 100000009' })], {}],
  ];
  for (const [name, sent, came, expected] of cases)
    it(`finds ${name}`, () => assert.deepEqual(counts(judge(sent, came, WORDS)), expected));

  it('takes a parked reply for neither lost nor right', () => {
    const parked = new Set([100_000_001]);
    assert.deepEqual(counts(judge([told(1)], [], WORDS, parked)), {});
    assert.deepEqual(counts(judge([told(1)], [taken(1)], WORDS, parked)), { wronglyParked: 1 });
  });

  it('names the calls', () => {
    const [first, second] = [taken(1), taken(1)];
    const [finding] = judge([told(1)], [first, second], WORDS).doubled;
    assert.deepEqual(finding, {
      what: 'alpha 100000001',
      number: 100_000_001,
      conversation: 'one/ana',
      calls: [first.seq, second.seq],
    });
  });
});

describe('the chance of the fault harnesses', () => {
  it('is the same again with the same seed, and another with another', () => {
    const numbers = (seed: number): number[] => {
      const chance = chanceOf(seed);
      return Array.from({ length: 20 }, () => chance.between(0, 1_000));
    };
    assert.deepEqual(numbers(7), numbers(7));
    assert.notDeepEqual(numbers(7), numbers(8));
  });
});
