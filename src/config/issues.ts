/** What zod found, in words for an operator, with the place in the file. */
import { z } from 'zod';
import { compact } from '../channels/json.ts';
import { nameOf } from './references.ts';
import type { Resolved } from './resolve.ts';
import { childSchema, choicesOf, isOptional, isSecret, type Schema, shapeOf } from './schema.ts';
import { nearest } from './suggest.ts';
import { type Draft, dotted, entryOf, type Node, nodeAt, type Path, spanAt } from './tree.ts';

type Issue = z.core.$ZodIssue;

/** The issues that are not told yet, at their places. */
export function draftsOf(
  issues: readonly Issue[],
  root: Node,
  schema: Schema,
  resolved: Pick<Resolved, 'told' | 'renamed' | 'referenced' | 'secrets'>,
): readonly Draft[] {
  return issues
    .flatMap(likelier)
    .filter(issue => ![...resolved.told, ...resolved.renamed].some(path => startsWith(issue.path, path)))
    .map(issue =>
      isMissing(issue, root) ? missing(issue.path, root, schema) : wrong(issue, root, schema, resolved),
    );
}

/** Of a value that fits none of several forms: what is wrong by the form it comes nearest to, where it goes into one. */
function likelier(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [deepest = []] = [...issue.errors].sort((one, other) => depthOf(other) - depthOf(one));
  if (depthOf(deepest) === 0) return [issue];
  return deepest.flatMap(inner => likelier({ ...inner, path: [...issue.path, ...inner.path] }));
}

const depthOf = (issues: readonly Issue[]): number => Math.max(0, ...issues.map(issue => issue.path.length));

const startsWith = (path: Path, start: Path): boolean => start.every((key, index) => path[index] === key);

function isMissing(issue: Issue, root: Node): boolean {
  const node = nodeAt(root, issue.path);
  // What a check of the schema's own says of an absent key is no "missing": it may be that of another.
  return (
    issue.code !== 'custom' &&
    issue.path.length > 0 &&
    (node === undefined || (node.kind === 'scalar' && node.value === null))
  );
}

function missing(path: Path, root: Node, schema: Schema): Draft {
  const above = path.slice(0, -1);
  const key = String(path.at(-1));
  const at = path.reduce<Schema | undefined>(childSchema, schema);
  const required = Object.entries(shapeOf(at) ?? {}).filter(([, below]) => !isOptional(below));
  const written = entryOf(nodeAt(root, above), key);
  return compact({
    code: 'PB-C004' as const,
    message:
      written === undefined
        ? `missing required key "${key}"${above.length === 0 ? '' : ` in ${dotted(above)}`}`
        : `required key "${dotted(path)}" has no value`,
    span: written?.keySpan ?? spanAt(root, above),
    help: required.length === 0 ? undefined : `it holds ${required.map(([name]) => name).join(', ')}`,
  });
}

function wrong(
  issue: Issue,
  root: Node,
  schema: Schema,
  resolved: Pick<Resolved, 'referenced' | 'secrets'>,
): Draft {
  const { path } = issue;
  const node = nodeAt(root, path);
  const at = path.reduce<Schema | undefined>(childSchema, schema);
  const badKey =
    issue.code === 'invalid_key' ? entryOf(nodeAt(root, path.slice(0, -1)), path.at(-1) ?? '') : undefined;
  const span = badKey?.keySpan ?? spanAt(root, path);
  const name = path.length === 0 ? '' : `${dotted(path)}: `;
  const source = resolved.referenced.find(one => dotted(one.path) === dotted(path));
  if (issue.code === 'invalid_type' && issue.expected === 'string' && isUnquoted(node) && at !== undefined) {
    const [other] = z.safeParse(at, node.written).error?.issues ?? [];
    if (other !== undefined) return { code: 'PB-C005', message: `${name}${wordsFor(other)}`, span };
    return {
      code: 'PB-C015',
      message: `${name}expected text, and this is read as a ${typeof node.value === 'number' ? 'number' : 'truth value'}`,
      span,
      help: node.written.length > 40 ? 'put it in quotes' : `quote it: "${node.written}"`,
    };
  }
  const choice =
    at === undefined || isSecret(at) || node?.kind !== 'scalar' || source !== undefined
      ? undefined
      : nearest(String(node.value), choicesOf(at));
  const help =
    source !== undefined
      ? `the value comes from ${nameOf(source.reference)}`
      : choice !== undefined
        ? `did you mean "${choice}"?`
        : undefined;
  // A check of an adapter's own could quote what it was given.
  const quotes =
    !OWN_WORDS.test(issue.message) && resolved.secrets.some(secret => issue.message.includes(secret));
  return compact({
    code: 'PB-C005' as const,
    message: `${name}${quotes ? UNFIT : wordsFor(issue)}`,
    span,
    help,
  });
}

const isUnquoted = (node: Node | undefined): node is Extract<Node, { kind: 'scalar' }> =>
  node?.kind === 'scalar' && (typeof node.value === 'number' || typeof node.value === 'boolean');

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values below it',
  record: 'keys with values below it',
};

/** zod's own words begin like this; a schema's are kept as they are. */
const OWN_WORDS = /^(Invalid|Too (small|big)|Unrecognized)/;

function wordsFor(issue: Issue): string {
  if (!OWN_WORDS.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${list(issue.values.map(String))}`;
    case 'too_small':
      return bound(issue.origin, 'at least', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, 'at most', Number(issue.maximum));
    case 'invalid_format':
      return issue.format === 'url'
        ? 'expected an address such as https://www.acme.example'
        : 'not of the expected form';
    case 'unrecognized_keys':
      return 'an unknown key';
    case 'invalid_key':
      return `a key that is not allowed here${issue.issues[0] === undefined ? '' : `: ${wordsFor(issue.issues[0])}`}`;
    default:
      return UNFIT;
  }
}

const UNFIT = 'not a value that can be used here';

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: [' character', ' characters'],
  array: [' item', ' items'],
};

function bound(origin: string, words: string, limit: number): string {
  if (origin === 'string' && words === 'at least' && limit === 1) return 'may not be empty';
  const [one, many] = UNITS[origin] ?? ['', ''];
  return `expected ${words} ${limit}${limit === 1 ? one : many}`;
}

const list = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
