/** Slack's notation and ours, in both directions. */
import assert from 'node:assert/strict';
import { readLiteral } from '../../../src/channels/markdown/literal.ts';
import { write } from '../../../src/channels/markdown/write.ts';
import { mrkdwn } from '../../../src/channels/slack/dialect.ts';
import { emojiName, emojiOf } from '../../../src/channels/slack/emoji.ts';
import { msOf, splitId } from '../../../src/channels/slack/ids.ts';
import { readSlackText } from '../../../src/channels/slack/text.ts';

describe('slack: reading text', () => {
  const readings: readonly (readonly [raw: string, text: string])[] = [
    ['plain', 'plain'],
    ['a &amp; b &lt;c&gt; &amp;lt;', 'a & b <c> &lt;'],
    ['&lt;@U1&gt;', '<@U1>'],
    ['<@U061F7AUR>', '@U061F7AUR'],
    ['<@U061F7AUR|ana &amp; co>', '@ana & co'],
    ['<#C024BE7LR> <#C024BE7LR|general>', '#C024BE7LR #general'],
    ['<!here> <!channel> <!everyone>', '@here @channel @everyone'],
    ['<!here|here>', '@here'],
    ['<!subteam^S1> <!subteam^S1|@helpers>', '@S1 @helpers'],
    ['<!date^1392734382^{date_short}|Feb 18>', 'Feb 18'],
    ['<!something^new|a label>', 'a label'],
    ['<https://example.com>', 'https://example.com'],
    ['<https://example.com/?a=1&amp;b=2>', 'https://example.com/?a=1&b=2'],
    ['<http://example.com|example.com>', 'example.com'],
    ['<https://example.com|docs>', '[docs](https://example.com)'],
    ['<https://example.com/a(b)|a [b]>', '[a \\[b\\]](<https://example.com/a(b)>)'],
    ['<mailto:a@example.com|a@example.com>', 'a@example.com'],
    ['<tel:+15550100001|call us>', '[call us](tel:+15550100001)'],
    ['<javascript:alert(1)|x>', 'x'],
    ['*bold* _slanted_ ~gone~', '**bold** _slanted_ ~~gone~~'],
    ['2*3*4 and * not this *', '2*3*4 and * not this *'],
    ['*see <@U1|ana>*', '**see @ana**'],
    ['`*code* &lt;b&gt; <https://a.example|a>`', '`*code* <b> a`'],
    ['```x *y*```', '```\nx *y*\n```'],
    ['before ```\nx\n``` after', 'before \n```\nx\n```\n after'],
    [':tada: :+1: :wave::skin-tone-3: :company_logo: 10:30:45', '🎉 👍 👋🏼 :company_logo: 10:30:45'],
    ['&gt; quoted', '> quoted'],
    ['<', '<'],
    ['a <b', 'a <b'],
    ['<>', '<>'],
    ['\uFDD00\uFDD1', '0'],
  ];
  for (const [raw, text] of readings)
    it(JSON.stringify(raw), () => assert.equal(readSlackText(raw).text, text));

  it('names everyone who is mentioned once', () => {
    const { mentions } = readSlackText('<@U1|ana> <@U2> <@U1> `<@U3>`');
    assert.deepEqual(mentions, [{ id: 'U1', name: 'ana' }, { id: 'U2' }, { id: 'U3' }]);
  });

  const addressed: readonly (readonly [raw: string, text: string])[] = [
    ['<@UBOT> help', 'help'],
    ['  <@UBOT|bot>: help', 'help'],
    ['<@UBOT>, *now*', '**now**'],
    ['<@UBOT>', '@UBOT'],
    ['please <@UBOT>', 'please @UBOT'],
    ['<@UBOTTOM> help', '@UBOTTOM help'],
  ];
  for (const [raw, text] of addressed)
    it(`said to us: ${raw}`, () => assert.equal(readSlackText(raw, 'UBOT').text, text));

  it('still names us when the address is left out', () => {
    assert.deepEqual(readSlackText('<@UBOT> help', 'UBOT').mentions, [{ id: 'UBOT' }]);
  });
});

describe('slack: writing text', () => {
  const shown = (text: string): string => write(text, mrkdwn, 4_000).join('|');
  const writings: readonly (readonly [text: string, written: string])[] = [
    ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['**bold** *slanted* ~~gone~~ `a<b`', '*bold* _slanted_ ~gone~ `a&lt;b`'],
    ['<!channel> <@U1> <#C1>', '&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;'],
    ['[docs](https://example.com/?a=1&b=2)', '<https://example.com/?a=1&amp;b=2|docs>'],
    ['[a|b](https://example.com)', '<https://example.com|a¦b>'],
    ['[docs](https://example.com/a|b)', '<https://example.com/a%7Cb|docs>'],
    ['[<!channel>](https://example.com)', '<https://example.com|&lt;!channel&gt;>'],
    ['https://example.com', '<https://example.com>'],
    ['[https://bank.example](https://evil.example)', 'https://bank.example (<https://evil.example>)'],
    ['[bank.example](https://evil.example)', 'bank.example (<https://evil.example>)'],
    ['- one\n- two', '• one\n• two'],
    ['# Title', '*Title*'],
    ['```\na < b\n```', '```\na &lt; b\n```'],
    ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
    ['half \ud83d of one', 'half \ufffd of one'],
  ];
  for (const [text, written] of writings) it(JSON.stringify(text), () => assert.equal(shown(text), written));

  for (const literal of ['\\*not bold\\*', '\\_not slanted\\_', '\\~not gone\\~', '\\`not code\\`'])
    it(`keeps ${literal} as it is`, () => {
      const written = shown(literal);
      assert.equal(readLiteral(written), literal.replaceAll('\\', ''));
      assert.ok(written.startsWith('\u2060'), 'nothing keeps Slack from formatting it');
    });
});

describe('slack: names and numbers', () => {
  const emoji: readonly (readonly [name: string, character: string])[] = [
    ['+1', '👍'],
    ['tada', '🎉'],
    ['wave::skin-tone-2', '👋🏻'],
    ['wave::skin-tone-6', '👋🏿'],
    ['heart', '❤️'],
  ];
  for (const [name, character] of emoji)
    it(`:${name}: is ${character}`, () => {
      assert.equal(emojiOf(name), character);
      assert.equal(emojiName(character), name);
    });

  it('takes names as they are and knows no others', () => {
    assert.deepEqual([':tada:', 'tada', 'company_logo', '❤'].map(emojiName), [
      'tada',
      'tada',
      'company_logo',
      'heart',
    ]);
    assert.deepEqual(['', '🜁', 'two words', 'Ünïcode'].map(emojiName), [
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual(['constructor', '__proto__', 'company_logo'].map(emojiOf), [
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('reads a ts without losing a digit', () => {
    assert.equal(msOf('1700000000.123456'), 1_700_000_000_123);
    assert.equal(msOf('1700000000.000009'), 1_700_000_000_000);
    assert.equal(msOf('1700000000.1'), 1_700_000_000_100);
    for (const odd of ['1700000000', '1e9.1', 'NaN', '', '-1.0', '1.2.3', ' 1.1'])
      assert.equal(msOf(odd), undefined, odd);
  });

  it('finds the message behind an id, and behind the ids of its files', () => {
    const expected = { channel: 'C061EG9SL', ts: '1699999998.000200' };
    assert.deepEqual(splitId('C061EG9SL:1699999998.000200'), expected);
    assert.deepEqual(splitId('C061EG9SL:1699999998.000200/3'), expected);
    for (const odd of ['1699999998.000200', 'C061EG9SL', 'Ev0PV52K21', 'C1:1', 'C1:1.1/x', ''])
      assert.equal(splitId(odd), undefined, odd);
  });
});
