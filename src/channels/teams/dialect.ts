/**
 * Teams' Markdown, for texts and for the text of cards. A mention is `<at>` with an entity that names the person:
 * a person's words bring neither. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
 */
import { backticks, escapeCode, escapeEntities, escapeFence, readLiteral } from '../markdown/literal.ts';
import type { Dialect } from '../markdown/write.ts';

/** Marks everywhere, and what would begin a list or a heading at the beginning of a line. */
const literal = (text: string): string =>
  escapeEntities(
    text
      .replace(/[\\`*_~[\]]/g, '\\$&')
      .replace(/^([ \t]*)([-+#])/gm, '$1\\$2')
      .replace(/^([ \t]*\d{1,9})([.)])(?=\s|$)/gm, '$1\\$2'),
  );

const escapeUrl = (href: string): string =>
  href
    .toWellFormed()
    .replace(
      /[<>()[\]\\\s]/g,
      character => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
    )
    .replaceAll('&', '&amp;');

/** A label that looks like an address but is another than the one behind it would deceive: both are shown. */
const LOOKS_LIKE_ADDRESS = /^\s*(?:\w+:\/\/|www\.|[\w\\-]+(?:\.[\w\\-]+)+(?:[/:?#]|\s*$))/;

export const teamsMarkdown: Dialect = {
  escape: literal,
  escapeCode: text => escapeCode(text.toWellFormed()),
  escapeFence: text => escapeFence(text.toWellFormed()),
  strong: ['**', '**'],
  emphasis: ['_', '_'],
  strike: ['~~', '~~'],
  ...backticks,
  bullet: '- ',
  link: (label, href, bare) => {
    const target = escapeUrl(href);
    if (!bare && LOOKS_LIKE_ADDRESS.test(label)) return `${label} ([${literal(href)}](${target}))`;
    return `[${label.replaceAll('\n', ' ')}](${target})`;
  },
};

/** Teams joins lines that follow each other; two blanks at the end keep them apart, but not in code. */
export function withLineBreaks(written: string): string {
  let inCode = false;
  const lines = written.split('\n');
  return lines
    .map((line, index) => {
      const isFence = /^[\s>]*(?:[-\d.]+ +)?```/.test(line);
      if (isFence) inCode = !inCode;
      const next = lines[index + 1];
      if (isFence || inCode || line.trim() === '' || next === undefined || next.trim() === '') return line;
      return `${line}  `;
    })
    .join('\n');
}

/** The text as people read it: without what only keeps marks from working. */
export const readable = (written: string): string =>
  readLiteral(written.replace(/ {2}$/gm, '').replace(/\\([\\`*_~[\]\-+#.)])/g, '$1'));
