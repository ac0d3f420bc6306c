/** A configuration file as a tree that knows where everything stands. */
import { compact } from '../channels/json.ts';
import type { ProblemCode } from './codes.ts';
import type { Place, Problem } from './problem.ts';
import { type Hidden, placeOf, printable, type Source, type Span } from './source.ts';

interface NodeBase {
  readonly span: Span;
  /** For an alias: where the value it repeats stands. */
  readonly origin?: Span;
}

export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Node;
}

export interface ListNode extends NodeBase {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As it stands in the file. */
  readonly written: string;
}

export type Node = MapNode | ListNode | ScalarNode;
export type Path = readonly PropertyKey[];

/** A problem before it is shown: only offsets, so that secrets are found before any line is copied. */
export interface Draft {
  readonly code: ProblemCode;
  readonly message: string;
  /** Absent where the file as a whole is meant. */
  readonly span?: Span;
  readonly also?: { readonly place: Place; readonly label: string };
  readonly help?: string;
}

export const entryOf = (node: Node | undefined, key: PropertyKey): Entry | undefined =>
  node?.kind === 'map' ? node.entries.find(entry => entry.key === key) : undefined;

export function childOf(node: Node | undefined, key: PropertyKey): Node | undefined {
  if (node?.kind === 'list') return typeof key === 'number' ? node.items[key] : undefined;
  return entryOf(node, key)?.value;
}

export const nodeAt = (root: Node | undefined, path: Path): Node | undefined =>
  path.reduce<Node | undefined>(childOf, root);

/**
 * What to underline for the value at `path`: the value itself where it is short, the key of a section, and for
 * what is not there the key of the nearest section that is.
 */
export function spanAt(root: Node, path: Path): Span {
  let node = root;
  let span = headOf(root);
  for (const key of path) {
    const entry = entryOf(node, key);
    const child = childOf(node, key);
    if (child === undefined) return span;
    const { keySpan } = entry ?? {};
    span =
      child.kind === 'scalar' && child.span.end > child.span.start ? child.span : (keySpan ?? headOf(child));
    node = child;
  }
  return span;
}

/** The first key of a section, the first value of a list. */
function headOf(node: Node): Span {
  if (node.kind === 'map') return node.entries[0]?.keySpan ?? node.span;
  if (node.kind === 'list') return node.items[0] === undefined ? node.span : headOf(node.items[0]);
  return node.span;
}

/** `delivery.retry.max`, `pipeline.languages[0]`. */
export const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );

const MAX_SHOWN = 100;
const MAX_MESSAGE = 300;

/** One line without anything a terminal would act on: names in it come from the file. */
const brief = (text: string): string =>
  printable(text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text);

/** The drafts as problems of one file, from its top; what is hidden is hidden in every line shown. */
export function settle(
  source: Source,
  drafts: readonly Draft[],
  hidden: readonly Hidden[],
): readonly Problem[] {
  const ordered = [...drafts].sort((one, other) => (one.span?.start ?? -1) - (other.span?.start ?? -1));
  const more = ordered.length - MAX_SHOWN;
  return ordered.slice(0, MAX_SHOWN).map((draft, index) => {
    const { span, help, message, ...rest } = draft;
    const note = more > 0 && index === MAX_SHOWN - 1 ? `${more} more problems in this file` : help;
    return compact({
      ...rest,
      message: brief(message),
      file: source.file,
      place: span === undefined ? undefined : placeOf(source, span, hidden),
      help: note === undefined ? undefined : brief(note),
    });
  });
}
