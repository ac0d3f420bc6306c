/** From the tree to plain values: references filled in, unknown keys and literal secrets found. */
import { referenceFiller } from './fill.ts';
import { showsKey } from './mask.ts';
import type { LookUp, Reference } from './references.ts';
import { childSchema, isSecret, type Schema, shapeOf } from './schema.ts';
import { nearest } from './suggest.ts';
import { type Draft, dotted, type MapNode, type Node, type Path } from './tree.ts';

/** What to do about a credential that is not set: leave it out, use a value instead, or say that it is missing. */
export type Unset =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'problem'; readonly help: string };

export interface ResolveRules {
  readonly lookUp: LookUp;
  /** Asked for every unset reference in credentials and secret fields. */
  unset(path: Path, schema: Schema): Unset;
  /** Whether keys at the top that the schema does not have are left to others to judge. */
  readonly openTop: boolean;
}

export interface Resolved {
  readonly value: unknown;
  readonly drafts: readonly Draft[];
  /** Where a problem is told already: what zod says about these is not told again. */
  readonly told: readonly Path[];
  /** Keys that were proposed in place of unknown ones: they are not missing as well. */
  readonly renamed: readonly Path[];
  /** Where the value comes from outside. */
  readonly referenced: readonly { readonly path: Path; readonly reference: Reference }[];
  /** The values of credentials, so that no message quotes one. */
  readonly secrets: readonly string[];
}

/** The same, while it is written. */
export type Notes = {
  readonly [K in 'drafts' | 'told' | 'renamed' | 'referenced' | 'secrets']: Resolved[K][number][];
};

/** Compared as they are written: a reference would only hide what the file is about. */
const LITERAL_KEYS = ['version', 'id', 'type'];

export function resolveTree(root: Node, schema: Schema, rules: ResolveRules): Resolved {
  const notes: Notes = { drafts: [], told: [], renamed: [], referenced: [], secrets: [] };
  const filler = referenceFiller(rules, notes);

  const walk = (node: Node, at: Schema | undefined, path: Path): unknown => {
    if (at !== undefined && isSecret(at)) return filler.secret(node, at, path);
    if (node.kind === 'map') return fields(node, at, path);
    if (node.kind === 'list')
      return node.items.map((item, i) => walk(item, childSchema(at, i), [...path, i]));
    const literal = typeof node.value !== 'string' || LITERAL_KEYS.includes(dotted(path));
    return literal ? (node.value ?? undefined) : filler.text(node, at, path);
  };

  const fields = (node: MapNode, at: Schema | undefined, path: Path): unknown => {
    const out: Record<string, unknown> = {};
    if (path.length > 0 || !rules.openTop) noteUnknownKeys(node, at, path, schema, notes);
    for (const { key, value } of node.entries) {
      const below = childSchema(at, key);
      if (below === undefined && shapeOf(at) !== undefined) continue;
      const found = walk(value, below, [...path, key]);
      // Not by assignment: a key `__proto__` would change the object instead of its fields.
      if (found !== undefined) {
        Object.defineProperty(out, key, {
          value: found,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
    }
    return out;
  };

  return { value: walk(root, schema, []), ...notes };
}

function noteUnknownKeys(
  node: MapNode,
  at: Schema | undefined,
  path: Path,
  top: Schema,
  notes: Pick<Notes, 'drafts' | 'renamed'>,
): void {
  const shape = shapeOf(at);
  if (at === undefined || shape === undefined) return;
  const keys = Object.keys(shape);
  const given = new Set(node.entries.map(entry => entry.key));
  const free = keys.filter(key => !given.has(key));
  for (const entry of node.entries) {
    if (Object.hasOwn(shape, entry.key)) continue;
    const proposal = nearest(entry.key, free);
    if (proposal !== undefined) notes.renamed.push([...path, proposal]);
    const better = proposal ?? elsewhere(top, entry.key);
    const name = showsKey(entry, at) ? ` "${entry.key}"` : '';
    notes.drafts.push({
      code: 'PB-C003',
      message: `unknown key${name}${path.length === 0 ? '' : ` in ${dotted(path)}`}`,
      span: entry.keySpan,
      help: better === undefined ? `known keys here: ${keys.join(', ')}` : `did you mean "${better}"?`,
    });
  }
}

/** Where below the top a key of this name is. */
function elsewhere(schema: Schema, key: string, above: Path = []): string | undefined {
  for (const [name, below] of Object.entries(shapeOf(schema) ?? {})) {
    const path = [...above, name];
    const found = name === key && above.length > 0 ? dotted(path) : elsewhere(below, key, path);
    if (found !== undefined) return found;
  }
  return undefined;
}
