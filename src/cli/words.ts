/** Messages in one line, safe to print: people write control characters, too. */
import type { InboundContent, Media, OutboundContent } from '../message/content.ts';
import type { Session } from './io.ts';

/** Everything that would do something to a terminal, or turn its text around, as an escape. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, found =>
    found === '\n' ? '\n' : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const MAX_LENGTH = 200;

/** In quotation marks, on one line, shortened. */
export function quoted(text: string, max = MAX_LENGTH): string {
  const chars = [...text];
  const shown = chars.length > max ? `${chars.slice(0, max - 1).join('')}…` : text;
  return printable(JSON.stringify(shown));
}

/** What was said, in a line. */
export function wordsOf(content: InboundContent | OutboundContent, max?: number): string {
  switch (content.kind) {
    case 'text':
      return quoted(content.text, max);
    case 'media':
      return [
        mediaWords(content.media),
        ...(content.caption === undefined ? [] : [quoted(content.caption, max)]),
      ].join(', ');
    case 'location':
      return `location ${content.latitude}, ${content.longitude}${content.label === undefined ? '' : ` ${quoted(content.label, max)}`}`;
    case 'contacts':
      return `contacts ${content.contacts.map(contact => quoted(contact.name ?? '?', max)).join(', ')}`;
    case 'choices':
    case 'card':
      return [
        content.kind === 'card' ? `card ${quoted(content.title, max)}` : '',
        content.text === undefined ? '' : quoted(content.text, max),
        ...content.choices.map(choice => `[${printable(choice.label)}]`),
      ]
        .filter(Boolean)
        .join(' ');
    case 'choice':
      return `${content.from} ${quoted(content.id, max)} (${quoted(content.label, max)})`;
    case 'form':
      return `form ${quoted(JSON.stringify(content.values), max)}`;
    case 'order':
      return `order of ${content.items.length} items`;
    case 'reaction':
      return content.removed ? 'reaction taken back' : `reaction ${printable(content.emoji)}`;
    case 'edit':
      return `edit ${content.text === undefined ? '' : quoted(content.text, max)}`;
    case 'template':
      return `template ${printable(content.name)}`;
    case 'system':
      return `system ${printable(content.name)}`;
    case 'membership':
      return `membership ${content.change}`;
    case 'unsupported':
      return `unsupported ${printable(content.platformType)}`;
    default:
      return content.kind;
  }
}

const mediaWords = ({ type, mimeType, name }: Media): string =>
  [printable(mimeType ?? type), ...(name === undefined ? [] : [quoted(name)])].join(' ');

/** Cells below each other, two spaces between them and none at the end. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const count = Math.max(0, ...rows.map(row => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map(row => row[column]?.length ?? 0)),
  );
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `0.2 ms`, `38 ms`, `1.2 s`: never more digits than anybody reads. */
export function duration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** A line of a report: its name in front, in a column of its own. */
export const label = (name: string, text: string, { paint }: Session): string =>
  `${paint('dim', name.padEnd(8))} ${text}`;
