/** A configuration file as text, and places in it as they are shown: one line, cut to a screen, secrets masked. */
import type { Place } from './problem.ts';

/** From `start` up to but not including `end`, in UTF-16 units of the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Source {
  /** As it is shown to people. */
  readonly file: string;
  readonly text: string;
}

/** What nobody may see of a text: shown as eight stars, or `gone` altogether. */
export interface Hidden extends Span {
  readonly gone?: true;
}

const MASK = '********';
const MAX_EXCERPT = 100;
const BEFORE_MARK = 30;

/** Where the span begins, with its line. What is hidden leaves eight stars, however long it is. */
export function placeOf(source: Source, span: Span, hidden: readonly Hidden[]): Place {
  const { text } = source;
  const at = Math.min(span.start, text.length);
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const newline = text.indexOf('\n', at);
  const lineEnd = newline < 0 ? text.length : newline;
  const masked = maskLine(text, { start: lineStart, end: lineEnd }, hidden);
  const from = masked.shown(at);
  const to = Math.max(from + 1, masked.shown(Math.min(span.end, lineEnd)));
  return {
    file: source.file,
    line: text.slice(0, lineStart).split('\n').length,
    column: at - lineStart + 1,
    ...cut(masked.line, from, to),
  };
}

interface MaskedLine {
  readonly line: string;
  /** Where an offset of the text is in the line shown. */
  shown(offset: number): number;
}

function maskLine(text: string, line: Span, hidden: readonly Hidden[]): MaskedLine {
  const inside = hidden
    .filter(({ start, end }) => start < line.end && end > line.start && start < end)
    .map(({ start, end, gone }) => ({
      start: Math.max(start, line.start),
      end: Math.min(end, line.end),
      mask: gone ? '' : MASK,
    }))
    .sort((one, other) => one.start - other.start);
  let out = '';
  let at = line.start;
  const cuts: {
    readonly from: number;
    readonly to: number;
    readonly shown: number;
    readonly shift: number;
  }[] = [];
  for (const { start, end, mask } of inside) {
    if (end <= at) continue;
    const from = Math.max(at, start);
    out += text.slice(at, from);
    cuts.push({ from, to: end, shown: out.length, shift: out.length + mask.length - end });
    out += mask;
    at = end;
  }
  out += text.slice(at, line.end);
  return {
    line: out,
    shown(offset) {
      let shift = -line.start;
      for (const cut of cuts) {
        if (offset <= cut.from) break;
        if (offset < cut.to) return cut.shown;
        shift = cut.shift;
      }
      return Math.min(Math.max(0, offset + shift), out.length);
    },
  };
}

/** The part of the line around the mark; what a terminal would act on is replaced. */
function cut(line: string, from: number, to: number): Pick<Place, 'excerpt' | 'mark'> {
  const start = line.length <= MAX_EXCERPT || from <= BEFORE_MARK ? 0 : from - BEFORE_MARK;
  const end = Math.min(line.length, start + MAX_EXCERPT);
  const head = start > 0 ? '…' : '';
  const tail = end < line.length ? '…' : '';
  const shift = head.length - start;
  return {
    excerpt: `${head}${printable(line.slice(start, end))}${tail}`,
    mark: { at: from + shift, length: Math.max(1, Math.min(to, end) - from) },
  };
}

/** One unit for one, so that what is underlined stays below its mark. A tab shows as an arrow. */
export function printable(text: string): string {
  return text
    .replace(/\r$/, '')
    .replaceAll('\t', '→')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, found => '�'.repeat(found.length));
}
