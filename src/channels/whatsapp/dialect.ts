/** WhatsApp's own markup. https://faq.whatsapp.com/539178204879377 */
import { backticks, writtenLink } from '../markdown/literal.ts';
import type { Dialect } from '../markdown/write.ts';

/** There is no escape character, so a mark that would format is replaced by its double. */
const DOUBLES: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };
const ANY_MARK = /[*_~`]/;
const WORD = /[\p{L}\p{N}]/u;
const BLANK = /\s/;

/** Fences format across lines; the other marks within one. */
const literal = (text: string): string =>
  ANY_MARK.test(text) ? text.replaceAll('```', 'ˋˋˋ').split('\n').map(literalLine).join('\n') : text;

function literalLine(line: string): string {
  if (!ANY_MARK.test(line)) return line;
  return Object.keys(DOUBLES).reduce(withoutPairs, line);
}

/**
 * Marks format only in pairs that hug their text, at the edges of words: `snake_case` and `2 * 3` stay. Where
 * there is such a pair, every mark that could be part of one is replaced. Linear, whatever people write.
 */
function withoutPairs(line: string, mark: string): string {
  let firstOpening = -1;
  let lastClosing = -1;
  for (let at = line.indexOf(mark); at >= 0; at = line.indexOf(mark, at + 1)) {
    if (firstOpening < 0 && opens(line, at)) firstOpening = at;
    if (closes(line, at)) lastClosing = at;
  }
  if (firstOpening < 0 || lastClosing < firstOpening + 2) return line;
  const chars = line.split('');
  for (let at = firstOpening; at >= 0 && at <= lastClosing; at = line.indexOf(mark, at + 1))
    if (opens(line, at) || closes(line, at)) chars[at] = DOUBLES[mark] ?? mark;
  return chars.join('');
}

/** No word before it, and something right behind it. */
const opens = (line: string, at: number): boolean =>
  !WORD.test(line[at - 1] ?? '') && !BLANK.test(line[at + 1] ?? ' ');
/** Something right before it, and no word behind it. */
const closes = (line: string, at: number): boolean =>
  !BLANK.test(line[at - 1] ?? ' ') && !WORD.test(line[at + 1] ?? '');

export const dialect: Dialect = {
  escape: literal,
  escapeCode: text => text.replaceAll('```', 'ˋˋˋ'),
  strong: ['*', '*'],
  emphasis: ['_', '_'],
  strike: ['~', '~'],
  ...backticks,
  bullet: '- ',
  link: writtenLink,
};
