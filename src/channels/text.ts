/** Cutting text to a platform's limit without breaking what people read. */

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The text in parts of at most `max` UTF-16 units: cut between paragraphs, else lines, else sentences, else
 * words, and only where a single word is longer than a part, between graphemes. Never inside a grapheme. A code
 * fence that is cut is closed at the end of its part and opened again in the next.
 */
export function splitText(text: string, max: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const room = insideFence(rest.slice(0, max)) ? max - FENCE.length - 1 : max;
    const at = cutAt(rest, room);
    let part = rest.slice(0, at).trimEnd();
    rest = rest.slice(at).replace(/^[ \t]*\n?/, '');
    if (insideFence(part)) {
      part = `${part}\n${FENCE}`;
      rest = `${FENCE}\n${rest}`;
    }
    parts.push(part);
  }
  if (rest !== '' || parts.length === 0) parts.push(rest);
  return parts;
}

const FENCE = '```';

function insideFence(text: string): boolean {
  return (text.match(/^```/gm)?.length ?? 0) % 2 === 1;
}

function cutAt(text: string, max: number): number {
  const window = text.slice(0, max);
  for (const separator of ['\n\n', '\n', '. ', ' ']) {
    const at = window.lastIndexOf(separator);
    if (at > max / 4) return at + separator.length;
  }
  return graphemeBoundary(text, max);
}

/** The last boundary between graphemes at or before `max`; `max` itself when one grapheme alone is longer. */
function graphemeBoundary(text: string, max: number): number {
  const from = Math.max(0, max - 256);
  let last = from;
  for (const { index, segment } of graphemes.segment(text.slice(from, max + 256))) {
    const end = from + index + segment.length;
    if (end > max) break;
    last = end;
  }
  return last > 0 ? last : max;
}

/** At most `max` UTF-16 units, cut between graphemes, with an ellipsis where something was cut. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, graphemeBoundary(text, max - 1)).trimEnd()}…`;
}
