import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { niceCut, shorten } from '../../../src/channels/text.ts';

const FAMILY = '👨‍👩‍👧‍👦';
const graphemes = (text: string): string[] =>
  [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);

describe('cutting text', () => {
  const rows: readonly { name: string; text: string; max: number; head: string }[] = [
    { name: 'all that fits', text: 'short', max: 5, head: 'short' },
    { name: 'behind a paragraph', text: 'one two.\n\nthree four five', max: 20, head: 'one two.\n\n' },
    { name: 'behind a line', text: 'one two\nthree four five', max: 20, head: 'one two\n' },
    { name: 'behind a sentence', text: 'One two. Three four five', max: 20, head: 'One two. ' },
    { name: 'behind a word', text: 'one two three four five', max: 16, head: 'one two three ' },
    { name: 'within a word that is too long', text: 'x'.repeat(30), max: 10, head: 'x'.repeat(10) },
    {
      name: 'not for a break near the start',
      text: `a ${'x'.repeat(30)}`,
      max: 20,
      head: `a ${'x'.repeat(18)}`,
    },
    { name: 'between emoji', text: FAMILY.repeat(3), max: FAMILY.length * 2 + 3, head: FAMILY.repeat(2) },
    { name: 'between flags', text: '🇧🇷🇩🇪', max: 6, head: '🇧🇷' },
    { name: 'not before a combining mark', text: 'xxe\u0301', max: 3, head: 'xx' },
    { name: 'not between surrogates', text: 'a😀', max: 2, head: 'a' },
  ];
  for (const { name, text, max, head } of rows)
    it(`cuts ${name}`, () => assert.equal(text.slice(0, niceCut(text, max)), head));

  it('makes progress even through a grapheme longer than the limit', () => {
    assert.equal(niceCut(`Z${'\u0351'.repeat(1_000)}`, 100), 100);
  });

  it('shortens with an ellipsis, between graphemes', () => {
    assert.equal(shorten('short', 5), 'short');
    assert.equal(shorten('longer', 5), 'long…');
    assert.equal(shorten('one two three', 8), 'one two…');
    assert.equal(shorten(`a${FAMILY}b`, 6), 'a…');
  });

  it('never gives more than was asked for, nor half a grapheme', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 20, max: 60 }), (text, max) => {
        assert.ok(shorten(text, max).length <= max);
        const at = niceCut(text, max);
        assert.ok(at > 0 || text === '');
        assert.ok(at <= Math.max(max, 0) || text.length <= max);
        assert.deepEqual([...graphemes(text.slice(0, at)), ...graphemes(text.slice(at))], graphemes(text));
      }),
    );
  });
});
