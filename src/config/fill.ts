/** Fills references in: a secret is exactly one, any other text may hold several. */
import { compact } from '../channels/json.ts';
import type { ProblemCode } from './codes.ts';
import { type Part, partsOf, type Reference, wholeReference } from './references.ts';
import type { Notes, ResolveRules, Unset } from './resolve.ts';
import { bare, isSecret, type Schema } from './schema.ts';
import type { Span } from './source.ts';
import { dotted, type Node, type Path, type ScalarNode } from './tree.ts';

/** Each answers the value, or undefined where it is absent or a problem was noted. */
export interface ReferenceFiller {
  secret(node: Node, schema: Schema, path: Path): unknown;
  text(node: ScalarNode, schema: Schema | undefined, path: Path): unknown;
}

/** What is left unset all together or not at all. */
export const isCredential = (path: Path, schema: Schema): boolean =>
  path[0] === 'credentials' || isSecret(schema);

export function referenceFiller(rules: ResolveRules, notes: Notes): ReferenceFiller {
  const refuse = (code: ProblemCode, path: Path, why: string, span: Span, help?: string): undefined => {
    notes.drafts.push(compact({ code, message: `${dotted(path)}: ${why}`, span, help }));
    notes.told.push(path);
  };

  const filled = (
    reference: Reference,
    schema: Schema | undefined,
    path: Path,
    span: Span,
  ): string | undefined => {
    notes.referenced.push({ path, reference });
    const found = rules.lookUp(reference);
    if (found.kind === 'set') {
      if (schema !== undefined && isCredential(path, schema)) notes.secrets.push(found.value);
      return found.value;
    }
    if (found.kind === 'unusable') return refuse('PB-C013', path, `the file ${found.why}`, span);
    const answer = withoutValue(reference, schema, path);
    if (answer.kind === 'problem') return refuse('PB-C010', path, notSet(reference), span, answer.help);
    return answer.kind === 'value' ? answer.value : undefined;
  };

  const withoutValue = (reference: Reference, schema: Schema | undefined, path: Path): Unset => {
    if (reference.from === 'env' && reference.fallback !== undefined) {
      // An empty default is a way to say: nothing.
      return reference.fallback === '' ? { kind: 'absent' } : { kind: 'value', value: reference.fallback };
    }
    if (schema !== undefined && isCredential(path, schema)) return rules.unset(path, schema);
    return { kind: 'problem', help: defaultHelp(reference) };
  };

  return {
    secret(node, schema, path) {
      if (node.kind === 'scalar' && node.value === null) return undefined;
      const value = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : '';
      const reference = wholeReference(value);
      if (reference === undefined) {
        const [code, why] = whyNoReference(value);
        return refuse(code, path, why, node.span, FORMS);
      }
      if (reference.from === 'env' && reference.fallback !== undefined) {
        return refuse('PB-C012', path, 'a secret has no default', node.span, `write ${written(reference)}`);
      }
      return filled(reference, schema, path, node.span);
    },

    text(node, schema, path) {
      const value = String(node.value);
      const whole = wholeReference(value);
      if (whole !== undefined) return coerced(filled(whole, schema, path, node.span), schema);
      let out = '';
      for (const part of partsOf(value)) {
        if (part.kind === 'text') {
          out += part.text;
          continue;
        }
        const span = spanOf(node, value, part);
        if (part.kind === 'malformed') return refuse('PB-C012', path, part.why, span, FORMS);
        const { reference } = part;
        const optional = reference.from === 'env' && reference.fallback !== undefined;
        const found = filled(reference, schema, path, span);
        if (found === undefined && !optional) return undefined;
        out += found ?? '';
      }
      return out;
    },
  };
}

function whyNoReference(value: string): readonly [ProblemCode, string] {
  const parts = partsOf(value);
  const [first] = parts;
  if (first?.kind === 'malformed') return ['PB-C012', first.why];
  if (parts.some(part => part.kind === 'reference')) {
    return ['PB-C012', 'a secret is one reference with nothing beside it'];
  }
  return ['PB-C011', 'a secret may not stand in the file'];
}

const written = (reference: Reference): string =>
  reference.from === 'env' ? `\${env:${reference.name}}` : `\${file:${reference.path}}`;

/** What a reference looks like, for the help of a refusal. */
const FORMS = `write ${written({ from: 'env', name: 'NAME' })} or ${written({ from: 'file', path: '/path' })}`;

const notSet = (reference: Reference): string =>
  reference.from === 'env'
    ? `environment variable ${reference.name} is not set`
    : `the file ${reference.path} does not exist`;

const defaultHelp = (reference: Reference): string =>
  reference.from === 'env'
    ? `a default can be given: \${env:${reference.name}:-default}`
    : 'create the file, or correct the path';

/** Where the part stands in the file; the whole value where quotes and escapes make that uncertain. */
function spanOf(node: ScalarNode, value: string, part: Extract<Part, { at: number }>): Span {
  const at = node.written.indexOf(value.slice(part.at, part.at + part.length));
  if (at < 0 || node.origin !== undefined) return node.span;
  return { start: node.span.start + at, end: node.span.start + at + part.length };
}

/** What comes from outside is text; where a number or a truth value is meant, it is read as one. */
function coerced(value: string | undefined, schema: Schema | undefined): unknown {
  const type = schema === undefined ? undefined : bare(schema)._zod.def.type;
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  if (type === 'number' && value !== undefined && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return value;
}
