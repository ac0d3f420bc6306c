/** The HTML of a Teams message as Markdown. What is not formatting is left out, and what it holds is kept. */
import { type HtmlToken, readHtml } from './html.ts';

export interface Quote {
  readonly id: string;
  readonly text: string;
}

/** The name to show for the mention with this index, from what is written there; '' to leave it out. */
export type NameOf = (index: number, written: string) => string;

const MARKS: Readonly<Record<string, string>> = {
  b: '**',
  strong: '**',
  i: '*',
  em: '*',
  s: '~~',
  del: '~~',
  strike: '~~',
};
const BLOCKS = new Set(['p', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'section', 'article']);
const MENTION = 'http://schema.skype.com/mention';
const EMOJI = 'http://schema.skype.com/emoji';
const REPLY = 'http://schema.skype.com/reply';

/** What an element in the making holds, and how it is written once it is closed. */
interface Frame {
  readonly name: string;
  text: string;
  readonly close: (text: string) => string;
  /** Items counted so far, in an ordered list. */
  count: number;
}

const MAX_DEPTH = 50;

/** For at most so many characters: whatever is more was not typed. */
export const MAX_HTML = 200_000;

export function htmlToMarkdown(
  html: string,
  nameOf: NameOf,
): { readonly text: string; readonly quote?: Quote } {
  let quote: Quote | undefined;
  let mentions = 0;
  const root: Frame = { name: '', text: '', close: text => text, count: 0 };
  const stack: Frame[] = [root];
  const top = (): Frame => stack.at(-1) ?? root;
  const inCode = (): boolean => stack.some(({ name }) => name === 'pre' || name === 'codeblock');

  const pop = (): void => {
    const frame = stack.length > 1 ? stack.pop() : undefined;
    if (frame !== undefined) top().text += frame.close(frame.text);
  };
  const push = (name: string, close: Frame['close']): void => {
    if (stack.length <= MAX_DEPTH) stack.push({ name, text: '', close, count: 0 });
  };

  function mention(name: string, attributes: ReadonlyMap<string, string>): void {
    const written = Number(attributes.get('itemid') ?? attributes.get('id'));
    const index = Number.isInteger(written) ? written : mentions;
    mentions++;
    push(name, text => nameOf(index, text));
  }

  /** A quotation of another message stands beside the text, not in it. */
  function reply(name: string, id: string): void {
    push(name, text => {
      if (id !== '') quote ??= { id, text: tidyBlocks(text) };
      return '';
    });
  }

  function open({ name, attributes }: Extract<HtmlToken, { kind: 'open' }>): void {
    const type = attributes.get('itemtype')?.toLowerCase() ?? '';
    const alone = aloneAs(name, type, attributes);
    if (alone !== undefined) top().text += alone;
    else if (name === 'at' || type === MENTION) mention(name, attributes);
    else if (name === 'blockquote' && type === REPLY) reply(name, attributes.get('itemid') ?? '');
    // A link in a link is none: each would escape what the other has escaped, twice as much every time.
    else if (name === 'a' && stack.some(frame => frame.name === 'a')) push(name, text => text);
    else push(name, closing(name, attributes, top(), inCode()));
  }

  for (const token of readHtml(html)) {
    if (token.kind === 'text') top().text += inCode() ? token.text : flowing(token.text, top().text);
    else if (token.kind === 'open') open(token);
    else if (stack.some(({ name }) => name === token.name)) {
      while (top().name !== token.name) pop();
      pop();
    }
  }
  while (stack.length > 1) pop();
  const text = tidyBlocks(root.text);
  return quote === undefined ? { text } : { text, quote };
}

/** Blanks and line ends are one blank, and none at the beginning of a line or behind another. */
function flowing(text: string, before: string): string {
  const flat = text.replace(/\s+/g, ' ');
  const last = before.at(-1);
  return last === ' ' || last === '\n' ? flat.trimStart() : flat;
}

/** What stands for an element that holds nothing; undefined for the others. */
function aloneAs(name: string, type: string, attributes: ReadonlyMap<string, string>): string | undefined {
  switch (name) {
    case 'br':
      return '\n';
    case 'hr':
      return '\n\n---\n\n';
    case 'emoji':
      return attributes.get('alt') ?? '';
    case 'img':
      // Any other picture is attached as well.
      return type === EMOJI ? (attributes.get('alt') ?? '') : '';
    default:
      return undefined;
  }
}

/** How an element is written, by its name. */
function closing(
  name: string,
  attributes: ReadonlyMap<string, string>,
  parent: Frame,
  inCode: boolean,
): Frame['close'] {
  if (inCode) return text => text;
  const mark = MARKS[name];
  if (mark !== undefined) return text => marked(text, mark);
  if (BLOCKS.has(name)) {
    const heading = /^h([1-6])$/.exec(name)?.[1];
    const before = heading === undefined ? '' : `${'#'.repeat(Number(heading))} `;
    return text => (text.trim() === '' ? '\n\n' : `\n\n${before}${text.trim()}\n\n`);
  }
  switch (name) {
    case 'a':
      return text => link(text, attributes.get('href') ?? '');
    case 'code':
      return text => (text.trim() === '' ? text : `\`${text}\``);
    case 'pre':
    case 'codeblock':
      return text => `\n\n\`\`\`\n${text.replace(/^\n|\n$/g, '')}\n\`\`\`\n\n`;
    case 'blockquote':
      return text => `\n\n${tidyBlocks(text).replace(/^/gm, '> ')}\n\n`;
    case 'ul':
    case 'ol':
      return text => `\n\n${text.trim()}\n\n`;
    case 'li': {
      const marker = parent.name === 'ol' ? `${++parent.count}. ` : '- ';
      return text => `\n${marker}${tidyBlocks(text).replace(/\n+/g, `\n${' '.repeat(marker.length)}`)}`;
    }
    case 'tr':
      return text => `\n${text.replace(/^ \| /, '')}`;
    case 'td':
    case 'th':
      return text => ` | ${text.trim()}`;
    default:
      return text => text;
  }
}

/** Marks stand right beside words, and not across lines. */
const marked = (text: string, mark: string): string =>
  text.replace(
    /^([^\S\n]*)(\S(?:.*\S)?)([^\S\n]*)$/gm,
    (_, before, inner, after) => `${before}${mark}${inner}${mark}${after}`,
  );

function link(text: string, href: string): string {
  if (!/^(?:https?:\/\/|mailto:|tel:)/i.test(href) || text.trim() === '') return text;
  const bare = href.replace(/^(?:mailto|tel):/i, '').replace(/\/$/, '');
  if (bare === text.trim().replace(/\/$/, '')) return text;
  return `[${text.replace(/[[\]\\]/g, '\\$&')}](${/[()\s]/.test(href) ? `<${href}>` : href})`;
}

/** At most one empty line between two blocks, no blanks at the ends of lines. */
export const tidyBlocks = (text: string): string =>
  text
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
