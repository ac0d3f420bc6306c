/** Cutting text to a platform's limit without breaking what people read. */

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const SEPARATORS = ['\n\n', '\n', '. ', ' '];

/**
 * Where to cut so that at most `max` UTF-16 units come before: behind a paragraph, else a line, a sentence, a
 * word, else between graphemes. Never inside a grapheme, unless that alone is longer than `max`.
 */
export function niceCut(text: string, max: number, separators: readonly string[] = SEPARATORS): number {
  if (text.length <= max) return text.length;
  const window = text.slice(0, max);
  for (const separator of separators) {
    const at = window.lastIndexOf(separator);
    if (at >= max / 4) return at + separator.length;
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
