/**
 * Markdown as a short list of blocks and runs: what the writers for each platform, and the web widget, need to
 * know. Raw HTML, indented code and link definitions are read as literal text: in a chat they are what was typed.
 */
import type { List, Nodes, Parents, PhrasingContent, Root, RootContent } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';

/** A stretch of text with one formatting. `href` is http, https, mailto or tel, nothing else. */
export interface Run {
  readonly text: string;
  readonly strong?: true;
  readonly emphasis?: true;
  readonly strike?: true;
  readonly code?: true;
  readonly href?: string;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly runs: readonly Run[] }
  | { readonly kind: 'heading'; readonly runs: readonly Run[] }
  | { readonly kind: 'code'; readonly language?: string; readonly text: string }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'list';
      /** The first number; null for bullets. */
      readonly start: number | null;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly kind: 'table'; readonly rows: readonly (readonly (readonly Run[])[])[] }
  | { readonly kind: 'rule' };

type Marks = Omit<Run, 'text'>;

const LITERAL = ['codeIndented', 'htmlFlow', 'htmlText', 'definition', 'setextUnderline', 'gfmFootnoteCall'];

const parser = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(function readAsTyped() {
    const data = this.data();
    data.micromarkExtensions = [...(data.micromarkExtensions ?? []), { disable: { null: LITERAL } }];
  })
  .freeze();

/** Anything that could mean formatting somewhere; text without it needs no parser (which costs a millisecond). */
const MAY_FORMAT =
  /[\\`*_~[\]<>#|&!@\r\0\uFFFD]|^[ \t]*(?:[-+]|\d{1,9}[.)])(?:[ \t]|$)|^[ \t]*-{3,}|:\/\/|www\.|mailto:|xmpp:/im;

/** The parser's time grows faster than the number of marks: nobody who formats a message uses this many. */
const MAX_MARKS = 2_000;
const MARKS = /[\\`*_~[\]<>|&!]/g;

export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.replace(/\r\n?/g, '\n');
  if (!MAY_FORMAT.test(lines) || (lines.match(MARKS)?.length ?? 0) > MAX_MARKS) return plainParagraphs(lines);
  return blocks(parser.parse(lines) as Root);
}

function plainParagraphs(text: string): readonly Block[] {
  return text
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .map(paragraph => paragraph.replace(/[ \t]*\n[ \t]*/g, '\n').replace(/^[ \t\n]+|[ \t\n]+$/g, ''))
    .filter(paragraph => paragraph !== '')
    .map(paragraph => ({ kind: 'paragraph', runs: [{ text: paragraph }] }));
}

const blocks = (parent: Parents): readonly Block[] => (parent.children as RootContent[]).flatMap(block);

function block(node: RootContent): readonly Block[] {
  switch (node.type) {
    case 'paragraph':
      return [{ kind: 'paragraph', runs: runs(node.children, {}) }];
    case 'heading':
      return [{ kind: 'heading', runs: runs(node.children, {}) }];
    case 'code':
      return [{ kind: 'code', ...(node.lang ? { language: node.lang } : {}), text: node.value }];
    case 'blockquote':
      return [{ kind: 'quote', blocks: blocks(node) }];
    case 'list':
      return [{ kind: 'list', start: node.ordered ? (node.start ?? 1) : null, items: items(node) }];
    case 'table':
      return [
        { kind: 'table', rows: node.children.map(row => row.children.map(cell => runs(cell.children, {}))) },
      ];
    case 'thematicBreak':
      return [{ kind: 'rule' }];
    default: {
      const text = textOf(node);
      return text === '' ? [] : [{ kind: 'paragraph', runs: [{ text }] }];
    }
  }
}

function items(list: List): readonly (readonly Block[])[] {
  return list.children.map(item => {
    const inner = blocks(item);
    if (typeof item.checked !== 'boolean') return inner;
    const box: Run = { text: item.checked ? '☑ ' : '☐ ' };
    const [first, ...rest] = inner;
    return first?.kind === 'paragraph'
      ? [{ kind: 'paragraph', runs: merge([box, ...first.runs]) }, ...rest]
      : [{ kind: 'paragraph', runs: [box] }, ...inner];
  });
}

function runs(nodes: readonly PhrasingContent[], marks: Marks): readonly Run[] {
  return merge(
    nodes.flatMap((node, index) => {
      const inner = phrase(node, marks);
      if (node.type !== 'emphasis' || !isProduct(nodes[index - 1], nodes[index + 1])) return inner;
      return [{ text: '*', ...marks }, ...runs(node.children, marks), { text: '*', ...marks }];
    }),
  );
}

/** `2*3*4`: single stars inside a word are a product or a pattern, and only Markdown would read emphasis there. */
const isProduct = (before: PhrasingContent | undefined, after: PhrasingContent | undefined): boolean =>
  before?.type === 'text' &&
  after?.type === 'text' &&
  /[0-9A-Za-z]$/.test(before.value) &&
  /^[0-9A-Za-z]/.test(after.value);

function phrase(node: PhrasingContent, marks: Marks): readonly Run[] {
  switch (node.type) {
    case 'text':
      return [{ text: node.value, ...marks }];
    case 'break':
      return [{ text: '\n', ...marks }];
    case 'strong':
      return runs(node.children, { ...marks, strong: true });
    case 'emphasis':
      return runs(node.children, { ...marks, emphasis: true });
    case 'delete':
      return runs(node.children, { ...marks, strike: true });
    case 'inlineCode':
      return [{ text: node.value, ...marks, code: true }];
    case 'link':
      return linked(runs(node.children, marks), node.url, marks);
    case 'image':
      return linked([{ text: node.alt || node.url, ...marks }], node.url, marks);
    default:
      return [{ text: textOf(node), ...marks }];
  }
}

const SAFE_LINK = /^(?:https?:\/\/|mailto:|tel:)/i;

function linked(label: readonly Run[], href: string, marks: Marks): readonly Run[] {
  if (!SAFE_LINK.test(href)) return label;
  if (label.length === 0) return [{ text: href, ...marks, href }];
  return label.map(run => ({ ...run, href }));
}

function textOf(node: Nodes): string {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

/** Neighbours with the same formatting become one run. */
function merge(list: readonly Run[]): readonly Run[] {
  const out: Run[] = [];
  for (const run of list) {
    const last = out.at(-1);
    if (run.text === '') continue;
    if (last !== undefined && sameMarks(last, run))
      out[out.length - 1] = { ...last, text: last.text + run.text };
    else out.push(run);
  }
  return out;
}

const sameMarks = (one: Marks, other: Marks): boolean =>
  one.strong === other.strong &&
  one.emphasis === other.emphasis &&
  one.strike === other.strike &&
  one.code === other.code &&
  one.href === other.href;
