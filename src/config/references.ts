// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like this
/** `${env:NAME}`, `${env:NAME:-default}` and `${file:/path}`: how values get into configuration from outside. */
import { isAbsolute } from 'node:path';
import type { Files } from './files.ts';

export type Reference =
  | { readonly from: 'env'; readonly name: string; readonly fallback?: string }
  | { readonly from: 'file'; readonly path: string };

/** A piece of a value; `at` is its place in the value. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'reference';
      readonly reference: Reference;
      readonly at: number;
      readonly length: number;
    }
  | { readonly kind: 'malformed'; readonly why: string; readonly at: number; readonly length: number };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The value in pieces. `$${` stands for the two characters themselves. */
export function partsOf(value: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = 0;
  for (const found of value.matchAll(/\$\$\{|\$\{([^}]*)(\}?)/g)) {
    const [written, inner = '', end] = found;
    if (found.index > rest) parts.push({ kind: 'text', text: value.slice(rest, found.index) });
    rest = found.index + written.length;
    if (written === '$${') parts.push({ kind: 'text', text: '${' });
    else parts.push({ ...readReference(inner, end === '}'), at: found.index, length: written.length });
  }
  if (rest < value.length) parts.push({ kind: 'text', text: value.slice(rest) });
  return parts;
}

type Read =
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'malformed'; readonly why: string };

function readReference(inner: string, closed: boolean): Read {
  const malformed = (why: string): Read => ({ kind: 'malformed', why });
  if (!closed) return malformed('a reference without its closing brace');
  const [, from, what = ''] = /^(\w+):(.*)$/s.exec(inner) ?? [];
  if (from === 'env') {
    const [name = '', fallback] = splitOnce(what, ':-');
    if (!NAME.test(name))
      return malformed('the name of an environment variable has only letters, digits and _');
    return {
      kind: 'reference',
      reference: fallback === undefined ? { from, name } : { from, name, fallback },
    };
  }
  if (from === 'file') {
    return isAbsolute(what)
      ? { kind: 'reference', reference: { from, path: what } }
      : malformed('the path of a file reference begins with /');
  }
  return malformed('a reference begins with env: or file:');
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** The one reference the value consists of. */
export function wholeReference(value: string): Reference | undefined {
  const [part, ...others] = partsOf(value);
  return part?.kind === 'reference' && others.length === 0 ? part.reference : undefined;
}

export const nameOf = (reference: Reference): string =>
  reference.from === 'env' ? reference.name : `file:${reference.path}`;

export type Found =
  | { readonly kind: 'set'; readonly value: string }
  | { readonly kind: 'unset' }
  | { readonly kind: 'unusable'; readonly why: string };

/** What a reference stands for, without its default. An empty variable counts as unset, as container files set them. */
export type LookUp = (reference: Reference) => Found;

export function lookUpIn(env: Readonly<Record<string, string | undefined>>, files: Files): LookUp {
  return reference => {
    if (reference.from === 'file') return readSecretFile(reference.path, files);
    const value = Object.hasOwn(env, reference.name) ? env[reference.name] : undefined;
    return value === undefined || value === '' ? { kind: 'unset' } : { kind: 'set', value };
  };
}

const MAX_SECRET_BYTES = 64_000;

function readSecretFile(path: string, files: Files): Found {
  const content = files.read(path);
  if (!content.ok) {
    if (content.reason === 'missing') return { kind: 'unset' };
    return {
      kind: 'unusable',
      why: content.reason === 'not allowed' ? 'may not be read' : `is ${content.reason}`,
    };
  }
  if (content.bytes.length > MAX_SECRET_BYTES) return { kind: 'unusable', why: 'is too large' };
  try {
    const value = new TextDecoder('utf-8', { fatal: true }).decode(content.bytes).replace(/\r?\n$/, '');
    return value === '' ? { kind: 'unusable', why: 'is empty' } : { kind: 'set', value };
  } catch {
    return { kind: 'unusable', why: 'is not UTF-8 text' };
  }
}
