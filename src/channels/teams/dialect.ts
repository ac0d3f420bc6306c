/**
 * Teams' Markdown, for texts and for the text of cards. A mention is `<at>` with an entity that names the person:
 * a person's words bring neither. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
 */
import type { Dialect } from '../markdown/write.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A lone half of a surrogate pair cannot be sent at all. */
const escapeEntities = (text: string): string =>
  text.toWellFormed().replace(/[&<>]/g, character => ENTITIES[character] ?? character);

/** Marks everywhere, and what would begin a list or a heading at the beginning of a line. */
const literal = (text: string): string =>
  escapeEntities(
    text
      .replace(/[\\`*_~[\]]/g, '\\$&')
      .replace(/^([ \t]*)([-+#])/gm, '$1\\$2')
      .replace(/^([ \t]*\d{1,9})([.)])(?=\s|$)/gm, '$1\\$2'),
  );

const JOINER = '\u2060';

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
  escapeCode: text => text.toWellFormed().replaceAll('`', `${JOINER}\`${JOINER}`),
  escapeFence: text => text.toWellFormed().replaceAll('```', `\`${JOINER}\`${JOINER}\``),
  strong: ['**', '**'],
  emphasis: ['_', '_'],
  strike: ['~~', '~~'],
  code: ['`', '`'],
  fence: ['```', '```'],
  quote: '> ',
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
  written
    .replaceAll(JOINER, '')
    .replace(/ {2}$/gm, '')
    .replace(/\\([\\`*_~[\]\-+#.)])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
