import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Block, parseMarkdown, type Run } from '../../../src/channels/markdown/parse.ts';
import { type Dialect, write } from '../../../src/channels/markdown/write.ts';
import { dialect as messenger } from '../../../src/channels/messenger/dialect.ts';
import { mrkdwn } from '../../../src/channels/slack/dialect.ts';
import { teamsMarkdown } from '../../../src/channels/teams/dialect.ts';
import { dialect as whatsapp } from '../../../src/channels/whatsapp/dialect.ts';
import { bare } from './dialects.ts';

/** Slack-like: entities grow under escaping, which is what makes cutting hard. */
const marked: Dialect = {
  escape: text => text.replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char),
  escapeCode: text =>
    text.replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char),
  strong: ['*', '*'],
  emphasis: ['_', '_'],
  strike: ['~', '~'],
  code: ['`', '`'],
  fence: ['```', '```'],
  quote: '> ',
  bullet: '• ',
  link: (label, href, bare) => (bare ? `<${href}>` : `<${href}|${label}>`),
};
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

describe('Markdown writers', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['plain text', 'hello\nthere', 'hello\nthere'],
    ['strong, emphasis, strike', '**a** *b* ~~c~~', '*a* _b_ ~c~'],
    ['marks do not touch blanks', '**a** x', '*a* x'],
    ['marks do not span lines', '**a\nb**', '*a*\n*b*'],
    ['mentions in words stay words', '<!channel> & <@U1>', '&lt;!channel&gt; &amp; &lt;@U1&gt;'],
    ['raw HTML is text', '<b>x</b>', '&lt;b&gt;x&lt;/b&gt;'],
    ['a link', '[shop](https://x.example/a?b=1&c=2)', '<https://x.example/a?b=1&c=2|shop>'],
    ['a bare link', 'see https://x.example now', 'see <https://x.example> now'],
    ['an unsafe link is its label', '[x](javascript:alert(1))', 'x'],
    ['code keeps its stars', '`a*b*`', '`a*b*`'],
    ['a fence', '```js\nlet a = 1 < 2\n```', '```\nlet a = 1 &lt; 2\n```'],
    ['a list', '- a\n- b\n  - c', '• a\n• b\n  • c'],
    ['numbers keep their start', '3. a\n4. b', '3. a\n4. b'],
    ['a quote', '> a\n> b\n\nc', '> a\n> b\n\nc'],
    ['a quote behind a paragraph', 'a\n\n> b\n>\n> c', 'a\n\n> b\n>\n> c'],
    ['a heading', '# Title\n\ntext', '*Title*\n\ntext'],
    ['a table', '| a | b |\n|---|---|\n| 1 | 2 |', 'a | b\n1 | 2'],
    ['four blanks are no code', '    x', 'x'],
    ['an underlined line is no heading', 'x\n---', 'x\n\n———'],
    ['a checklist', '- [x] a\n- [ ] b', '• ☑ a\n• ☐ b'],
    ['a product is no emphasis', '2*3*4 and *a*', '2*3*4 and _a_'],
    ['line ends of other systems', 'a\r\nb\rc', 'a\nb\nc'],
    ['an address by mail', 'ada@x.example', '<mailto:ada@x.example>'],
    ['an image is a link', '![cat](https://x.example/c.png)', '<https://x.example/c.png|cat>'],
    ['nothing', '', ''],
  ];
  for (const [name, markdown, written] of cases) {
    it(name, () => assert.deepEqual(write(markdown, marked, 1000), [written]));
  }

  it('closes and reopens a fence that is cut', () => {
    const parts = write(`\`\`\`\n${'line of code\n'.repeat(20)}\`\`\``, marked, 100);
    assert.ok(parts.length > 2);
    for (const part of parts) assert.match(part, /^```\n[\s\S]*\n```$/);
  });

  it('cuts between paragraphs rather than in them', () => {
    assert.deepEqual(write('one two three\n\nfour five six', marked, 20), ['one two three', 'four five six']);
  });

  const pieces = fc.constantFrom(
    'a',
    'word ',
    '**bold** ',
    '`c&d` ',
    '👩‍👩‍👧‍👦',
    'é',
    '\n',
    '\n\n',
    '- x\n',
    '> q\n',
    '```\ncode\n```\n',
    '<',
    '&',
    '🇩🇪',
    '. ',
  );
  const texts = fc.array(pieces, { maxLength: 80 }).map(list => list.join(''));

  it('gives parts within the limit, whatever the text', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 30, max: 200 }), (text, max) => {
        for (const part of write(text, marked, max)) assert.ok(part.length <= max, `${part.length} > ${max}`);
      }),
      { numRuns: 500 },
    );
  });

  it('loses no character that can be seen', () => {
    const seen = (text: string): string => text.replace(/\s/g, '');
    fc.assert(
      fc.property(texts, fc.integer({ min: 30, max: 200 }), (text, max) => {
        assert.equal(seen(write(text, bare, max).join('')), seen(write(text, bare, 1e6).join('')));
      }),
      { numRuns: 500 },
    );
  });

  const address = (length: number): string => `https://x.example/${'A'.repeat(length)}`;

  it('goes on behind a link longer than a part, and keeps its address whole where that fits', () => {
    const signed = address(990);
    const parts = write(`[a paper](<${signed}>), then\n\nSecond`, marked, 1024);
    assert.deepEqual(parts, [`<${signed}|a paper>, then`, 'Second']);
    const longer = write(`[a paper](<${address(1000)}>) then\n\nSecond`, marked, 1024);
    assert.deepEqual(longer, ['a paper', `<${address(1000)}>`, 'then\n\nSecond']);
  });

  it('says where an address had to be torn, and leaves nothing of it out', () => {
    let torn = 0;
    const parts = write(`[a](<${address(1100)}>)\n\nSecond`, marked, 1024, { torn: () => torn++ });
    assert.equal(parts.join('').replaceAll('\n', ''), `a${address(1100)}Second`);
    assert.equal(torn, 1);
  });

  it('lets a link alone be as long as it may', () => {
    const link = `[a](<${address(1100)}>)`;
    const torn = () => assert.fail('torn');
    const parts = write(`First\n\n${link}\n\nSecond`, marked, 1024, { wide: 4096, torn });
    assert.deepEqual(parts, ['First', `<${address(1100)}|a>`, 'Second']);
  });

  it('does not cut an address into a label that leads elsewhere', () => {
    const parts = write(`${'word '.repeat(12)}${address(60)} end`, messenger, 100);
    assert.ok(parts.some(part => part.startsWith(address(60)) && !part.includes('(')));
  });

  const dialects = Object.entries({ messenger, mrkdwn, teamsMarkdown, whatsapp, marked });
  const long = fc.integer({ min: 1, max: 400 });
  const stretches: readonly fc.Arbitrary<(word: string) => string>[] = [
    fc.constant(word => `${word} `),
    fc.constant(word => `\n\n${word}`),
    fc.constant(word => `\n\n- ${word}\n  - ${word}`),
    fc.constant(word => `\n\n> > - ${word}\n`),
    fc.constant(word => `**_~~${word}~~_** `),
    fc.constant(word => `\n\n| ${word} | b |\n|---|---|\n| ${word} | c |\n\n`),
    long.map(length => word => `${'b'.repeat(length)} ${word} `),
    long.map(length => word => `\`${'&'.repeat(length)} ${word}\` `),
    long.map(length => word => `\n\n\`\`\`\n${'<'.repeat(length)}\n${word}\n\`\`\`\n\n`),
    long.map(length => word => `[${word}](<${address(length)}?b=_1_&c=${word}>) `),
    long.map(length => word => `[${'&'.repeat(length)} **${word}**](<${address(length)}>)`),
    long.map(length => word => ` ${address(length)}/${word} `),
  ];

  it('leaves no word out, however long links, words and code are', () => {
    const texts = fc
      .array(fc.oneof(...stretches), { maxLength: 8 })
      .map(list => list.map((stretch, index) => stretch(`word${index}x`)).join(''));
    const letters = (text: string): string => text.replace(/[^0-9A-Za-z]/g, '').replaceAll('amp', '');
    fc.assert(
      fc.property(texts, fc.integer({ min: 30, max: 300 }), fc.constantFrom(...dialects), (text, max, of) => {
        const [, dialect] = of;
        const parts = write(text, dialect, max);
        const all = letters(parts.join(''));
        for (const [word] of text.matchAll(/word\d+x/g)) assert.ok(all.includes(word), `${word} is missing`);
        for (const part of parts) assert.ok(part.length <= max, `${part.length} > ${max}`);
      }),
      { numRuns: 400 },
    );
  });

  it('reads text that is all marks in time that grows with its length', () => {
    const hostile = '*_~`['.repeat(8_000);
    assert.equal(write(hostile, bare, 1e6).join('').length, hostile.length);
  });

  it('never cuts inside a grapheme', () => {
    const family = '👩‍👩‍👧‍👦';
    for (const part of write(family.repeat(40), marked, 50)) {
      for (const { segment } of graphemes.segment(part)) assert.equal(segment, family);
    }
  });

  it('reads plain text as the parser would', () => {
    const plain = fc.array(
      fc.constantFrom('a', 'b c', ' ', '\n', '\n\n', 'é', '.', ',', '1', '?', '\t', '  ', '👍'),
      { maxLength: 30 },
    );
    const texted = (blocks: readonly Block[]): string[] =>
      blocks.map(block => ('runs' in block ? block.runs.map((run: Run) => run.text).join('') : block.kind));
    fc.assert(
      fc.property(plain, list => {
        const text = list.join('');
        // A last paragraph with formatting sends the text through the parser; the others must come out alike.
        const parsed = texted(parseMarkdown(`${text}\n\n**end**`));
        assert.deepEqual(texted(parseMarkdown(text)), parsed.slice(0, -1));
      }),
      { numRuns: 1000 },
    );
  });
});
