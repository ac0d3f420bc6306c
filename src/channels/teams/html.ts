/**
 * The HTML of a Teams message as a list of tokens, in one linear pass. Whatever is no tag is text; scripts, styles
 * and comments are neither.
 */

export type HtmlToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close'; readonly name: string };

/** Nobody writes more by hand; the rest is text. */
const MAX_TAGS = 5_000;
const TAG = /^<(\/?)([a-z][a-z0-9]{0,30})((?:\s[^<>]{0,4000})?)\/?>/i;
const SILENT = new Set(['script', 'style', 'head', 'title']);

export function readHtml(html: string): readonly HtmlToken[] {
  const tokens: HtmlToken[] = [];
  // Where the text began that is still to be told, and how far it was read.
  let from = 0;
  let at = 0;
  let tags = 0;
  const flush = (end: number): void => {
    if (end > from) tokens.push({ kind: 'text', text: decodeEntities(html.slice(from, end)) });
  };
  while (tags < MAX_TAGS) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    const tag = readTag(html, open);
    if (tag === null) {
      at = open + 1;
      continue;
    }
    flush(open);
    tags++;
    if (tag.token !== null) tokens.push(tag.token);
    at = tag.end;
    from = at;
  }
  flush(html.length);
  return tokens;
}

interface Tag {
  /** Null for what is neither text nor an element. */
  readonly token: HtmlToken | null;
  readonly end: number;
}

/** What begins with this bracket; null where it is just a bracket. */
function readTag(html: string, open: number): Tag | null {
  if (html.startsWith('<!--', open)) return { token: null, end: behind(html, /-->/g, open + 4) };
  const [whole, slash, written = '', rest = ''] = TAG.exec(html.slice(open, open + 4_100)) ?? [];
  if (whole === undefined) return null;
  const name = written.toLowerCase();
  const end = open + whole.length;
  if (slash === '/') return { token: { kind: 'close', name }, end };
  if (SILENT.has(name))
    return { token: null, end: behind(html, new RegExp(`</${name}[^>]{0,100}>`, 'gi'), end) };
  return { token: { kind: 'open', name, attributes: attributesOf(rest) }, end };
}

/** Behind the next match, or at the end. */
function behind(html: string, mark: RegExp, from: number): number {
  mark.lastIndex = from;
  return mark.test(html) ? mark.lastIndex : html.length;
}

const ATTRIBUTE = /([a-z][\w:-]{0,40})(?:\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi;

function attributesOf(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const lower = name.toLowerCase();
    if (!attributes.has(lower)) attributes.set(lower, decodeEntities(double ?? single ?? bare ?? ''));
  }
  return attributes;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Once, from left to right: `&amp;lt;` is the text `&lt;`. */
export const decodeEntities = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code === 0xa0 ? ' ' : code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
