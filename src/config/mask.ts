/**
 * Which parts of a configuration file nobody may see. Shown is only what the schema knows to be no secret: the
 * value of a misspelt key may be one.
 */
import { partsOf } from './references.ts';
import { childSchema, choicesOf, holdsSecret, isSecret, type Schema, shapeOf } from './schema.ts';
import type { Hidden, Source, Span } from './source.ts';
import type { Entry, Node, ScalarNode } from './tree.ts';

/** What to hide in a file that could be read. Comments are gone: often they hold the secret before. */
export function hiddenIn(source: Source, root: Node, schema: Schema): readonly Hidden[] {
  const hidden: Hidden[] = [];
  const known: Span[] = [];
  const value = (node: ScalarNode, at: Schema | undefined, secret: boolean): void => {
    known.push(node.span);
    if (mayShow(node, at, secret)) return;
    hidden.push(node.span, ...(node.origin === undefined ? [] : [node.origin]));
  };
  const walk = (node: Node, at: Schema | undefined, secret: boolean): void => {
    if (node.kind === 'scalar') return value(node, at, secret);
    if (node.kind === 'list') {
      for (const [index, item] of node.items.entries()) walk(item, childSchema(at, index), secret);
      return;
    }
    for (const entry of node.entries) {
      const below = childSchema(at, entry.key);
      known.push(entry.keySpan);
      if (below === undefined && !showsKey(entry, at)) hidden.push(entry.keySpan);
      walk(entry.value, below, secret || (node === root && entry.key === 'credentials'));
    }
  };
  walk(root, schema, false);
  return [...hidden, ...commentsIn(source.text, known)];
}

/** From the space before each comment to the end of its line. A `#` inside a value or a key begins none. */
function commentsIn(text: string, known: readonly Span[]): readonly Hidden[] {
  const spans = known.toSorted((one, other) => one.start - other.start);
  const comments: Hidden[] = [];
  let next = 0;
  let covered = 0;
  let ended = 0;
  for (const { index, 0: found } of text.matchAll(/(?:^|[ \t])#/gm)) {
    const sign = index + found.length - 1;
    for (let span = spans[next]; span !== undefined && span.start <= sign; span = spans[++next]) {
      covered = Math.max(covered, span.end);
    }
    if (sign < covered || sign < ended) continue;
    ended = text.indexOf('\n', sign);
    if (ended < 0) ended = text.length;
    comments.push({ start: index, end: ended, gone: true });
  }
  return comments;
}

function mayShow({ value, written }: ScalarNode, schema: Schema | undefined, secret: boolean): boolean {
  // Nothing behind an anchor: the anchor may be meant as the value.
  if (value === null) return !written.startsWith('&');
  if (typeof value === 'string' && isBareReference(value)) return true;
  return !secret && schema !== undefined && shapeOf(schema) === undefined && !holdsSecret(schema);
}

/** References and nothing else, without defaults. */
function isBareReference(value: string): boolean {
  const [part, ...others] = partsOf(value);
  if (others.length > 0 || part?.kind !== 'reference') return false;
  return part.reference.from === 'file' || part.reference.fallback === undefined;
}

const KEY_LIKE = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;

/** Whether an unknown key is surely a key: in `{ s3cret }` or a line without a colon it may be a secret itself. */
export function showsKey(entry: Entry, owner: Schema | undefined): boolean {
  const empty = entry.value.kind === 'scalar' && entry.value.value === null;
  return KEY_LIKE.test(entry.key) && !(empty && (owner === undefined || holdsSecret(owner)));
}

const NUMBER = /^\d{1,5}(?:\.\d+)?(?:ms|s|m|h|d|b|kb|mb|gb)?$/i;
const HARMLESS = /^[\s:,\-[\]{}#'"|>?&*!%@`=<.]+$/;

/**
 * The spans to hide in a text that is no YAML: every word but those of the schemas, small numbers and
 * references. Where a quote is missing, a secret can stand anywhere.
 */
export function hiddenInText(source: Source, known: ReadonlySet<string>): readonly Hidden[] {
  const hidden: Hidden[] = [];
  for (const word of source.text.matchAll(/\$\{(?:env|file):[\w./]+\}|[^\s:,[\]{}#'"]+/g)) {
    const [text] = word;
    const shown = text.startsWith('${') || known.has(text) || NUMBER.test(text) || HARMLESS.test(text);
    if (!shown) hidden.push({ start: word.index, end: word.index + text.length });
  }
  return hidden;
}

/** Every key and choice of the schemas, and the words given. */
export function wordsOf(schemas: readonly Schema[], more: readonly string[]): ReadonlySet<string> {
  const words = new Set(['true', 'false', 'null', ...more]);
  const collect = (schema: Schema): void => {
    if (isSecret(schema)) return;
    for (const choice of choicesOf(schema)) words.add(choice);
    for (const [key, value] of Object.entries(shapeOf(schema) ?? {})) {
      words.add(key);
      collect(value);
    }
  };
  for (const schema of schemas) collect(schema);
  return words;
}
