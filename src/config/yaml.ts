/** YAML to a tree. Every error is a draft in our own words: the library's messages quote the file. */
import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type Document as YamlDocument,
  type Node as YamlNode,
} from 'yaml';
import type { Source, Span } from './source.ts';
import type { Draft, Entry, Node } from './tree.ts';
import { explainSyntax, UNKNOWN_ALIAS } from './yaml-errors.ts';

const MAX_NODES = 10_000;
const MAX_DEPTH = 32;

export interface ParsedYaml {
  /** Absent where the file is no YAML, or empty. */
  readonly root?: Node;
  /** True where the text could not be understood, so that nobody can say which part of it is a secret. */
  readonly broken: boolean;
  readonly drafts: readonly Draft[];
}

export function parseYaml(source: Source): ParsedYaml {
  const document = parseDocument(source.text, {
    prettyErrors: false,
    // The library compares each key with all before it, which takes half a minute for a file of 60,000 keys.
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
    merge: false,
  });
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) return { broken: true, drafts: explainSyntax(source, errors, openedAt(document)) };
  if (document.contents === null || isEmpty(document.contents)) {
    return { broken: false, drafts: [{ code: 'PB-C019', message: 'the file is empty' }] };
  }
  const walk = treeWalk(source);
  const root = walk.build(document.contents, 0);
  return walk.wellFormed()
    ? { root, broken: false, drafts: walk.drafts }
    : { broken: true, drafts: walk.drafts };
}

const isEmpty = (node: YamlNode): boolean =>
  isScalar(node) && node.value === null && (node.range?.[0] ?? 0) === (node.range?.[1] ?? 0);

/** Where the quote or bracket was opened that has no end. */
function openedAt(document: YamlDocument): (error: YAMLError) => number | undefined {
  return error => {
    let found: number | undefined;
    visit(document, {
      Node(_, node, path) {
        // What the library could still build can be too deep for the stack of the visitor.
        if (path.length > 4 * MAX_DEPTH) return visit.SKIP;
        const range = 'range' in node ? node.range : undefined;
        const opens = isScalar(node) ? node.type?.startsWith('QUOTE') : 'flow' in node && node.flow === true;
        if (range && opens && range[0] < error.pos[0] && range[2] >= error.pos[0]) found = range[0];
        return undefined;
      },
    });
    return found;
  };
}

interface Walk {
  readonly drafts: Draft[];
  /** `span` is where a node stands that the library made up, as the value of a key without a colon. */
  build(node: unknown, depth: number, span?: Span): Node;
  /** False where there is more to the file than the tree says. */
  wellFormed(): boolean;
}

function treeWalk(source: Source): Walk {
  const drafts: Draft[] = [];
  /** The latest of each name: the tree is built in the order of the text, and an alias means the one before it. */
  const anchors = new Map<string, YamlNode>();
  let nodes = 0;
  let stopped = false;
  let odd = false;
  /** The alias, from the outside, whose value is being repeated. */
  let expanding: Span | undefined;
  const spanOf = (node: YamlNode): Span => {
    const [start, end] = node.range ?? [0, 0];
    const anchor = 'anchor' in node && node.anchor !== undefined ? `&${node.anchor}` : undefined;
    return { start: anchor === undefined ? start : source.text.lastIndexOf(anchor, start), end };
  };

  const stop = (span: Span): Node => {
    if (!stopped) {
      drafts.push({
        code: 'PB-C020',
        message:
          nodes > MAX_NODES ? `more than ${MAX_NODES} values` : `nested deeper than ${MAX_DEPTH} levels`,
        span: expanding ?? span,
        help: 'an alias may not repeat itself, nor repeat others without end',
      });
    }
    stopped = true;
    return { kind: 'scalar', span, value: null, written: '' };
  };

  const note = (node: unknown): void => {
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined)
      anchors.set(node.anchor, node);
  };

  const build = (node: unknown, depth: number, made: Span = { start: 0, end: 0 }): Node => {
    const span = isYamlNode(node) ? spanOf(node) : made;
    note(node);
    if (stopped || ++nodes > MAX_NODES || depth > MAX_DEPTH) return stop(span);
    if (isAlias(node)) return repeated(node, span, depth);
    if (isMap(node)) return { kind: 'map', span, entries: entriesOf(node.items, depth) };
    if (isSeq(node)) return { kind: 'list', span, items: node.items.map(item => build(item, depth + 1)) };
    const value = isScalar(node) ? node.value : null;
    const written = source.text.slice(span.start, span.end);
    return { kind: 'scalar', span, value: isPlain(value) ? value : written, written };
  };

  const repeated = (alias: Alias, span: Span, depth: number): Node => {
    const target = anchors.get(alias.source);
    if (target === undefined) {
      drafts.push({ code: 'PB-C001', ...UNKNOWN_ALIAS, span });
      const written = source.text.slice(span.start, span.end);
      return { kind: 'scalar', span, value: written, written };
    }
    const outer = expanding;
    expanding ??= span;
    const copy = build(target, depth + 1);
    expanding = outer;
    return { ...copy, span, origin: copy.origin ?? copy.span };
  };

  const entriesOf = (pairs: readonly Pair[], depth: number): readonly Entry[] => {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    for (const { key, value } of pairs) {
      if (stopped) break;
      if (!isScalar(key)) {
        odd = true;
        drafts.push({
          code: 'PB-C001',
          message: 'a key is a word, not a list or a mapping',
          ...(isYamlNode(key) ? { span: spanOf(key) } : {}),
        });
        continue;
      }
      note(key);
      const keySpan = spanOf(key);
      const name = typeof key.value === 'string' ? key.value : source.text.slice(keySpan.start, keySpan.end);
      const entry = {
        key: name,
        keySpan,
        value: build(value, depth + 1, { start: keySpan.end, end: keySpan.end }),
      };
      if (seen.has(name))
        drafts.push({ code: 'PB-C014', message: 'this key was given before', span: keySpan });
      seen.add(name);
      entries.push(entry);
    }
    return entries;
  };
  return { drafts, build, wellFormed: () => !stopped && !odd };
}

const isYamlNode = (node: unknown): node is YamlNode =>
  isAlias(node) || isMap(node) || isSeq(node) || isScalar(node) || isPair(node);

const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null ||
  ['string', 'boolean'].includes(typeof value) ||
  (typeof value === 'number' && Number.isFinite(value));
