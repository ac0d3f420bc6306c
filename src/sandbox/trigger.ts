/** From a trigger and what was asked for to the bytes of a webhook. */
import type { JsonObject, JsonValue } from '../message/json.ts';
import type { Draft, Trigger, Webhook } from './platform.ts';

export interface TriggerOptions {
  /** The adapter's part of the channel file. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The address of the account at the sandbox: files of people are there. */
  readonly url?: string | undefined;
  /** By name; a name that the trigger does not have is a path into the body, as `entry.0.id`. */
  readonly params: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** 0 to 1. */
  readonly random: () => number;
}

export type Built =
  | { readonly ok: true; readonly webhook: Webhook; readonly draft: Draft }
  | { readonly ok: false; readonly problem: string };

/** Made anew each time: no two have the same ids. */
export function buildTrigger(trigger: Trigger, options: TriggerOptions): Built {
  const { config, url, params, now, random } = options;
  const named = new Map(Object.entries(params).filter(([name]) => trigger.params.includes(name)));
  const param = (name: string, fallback: string): string => named.get(name) ?? fallback;
  const { json, encoding } = trigger.draft({
    config,
    now,
    random,
    param,
    ...(url === undefined ? {} : { url }),
  });
  const changed = structuredClone(json) as Changeable;
  for (const [path, value] of Object.entries(params)) {
    if (named.has(path)) continue;
    const problem = setAt(changed, path.split('.'), value);
    if (problem !== null) {
      const takes = trigger.params.length === 0 ? 'no parameters' : trigger.params.join(', ');
      return { ok: false, problem: `${path}: ${problem}; ${trigger.name} takes ${takes}` };
    }
  }
  // Changed in place, and plain JSON as before.
  const draft: Draft = { json: changed as JsonObject, encoding };
  return { ok: true, webhook: encode(draft), draft };
}

interface Changeable {
  [key: string]: unknown;
}

const isChangeable = (value: unknown): value is Changeable => typeof value === 'object' && value !== null;

/** Null, or why it cannot be set. What is on the way has to be there; the last key may be new. */
function setAt(root: Changeable, path: readonly string[], value: string): string | null {
  let place = root;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(place, key) ? place[key] : undefined;
    if (!isChangeable(next)) return 'there is no such place in the body';
    place = next;
  }
  const last = path.at(-1) ?? '';
  if (path.length === 1 && !Object.hasOwn(root, last)) return 'there is no such field in the body';
  if (last === '' || last === '__proto__') return 'this is no name of a field';
  place[last] = typeof place[last] === 'string' ? value : jsonOf(value);
  return null;
}

/** Texts stay texts; else numbers, truth values and JSON are what they look like. */
function jsonOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

export function encode({ json, encoding }: Draft): Webhook {
  const form = 'application/x-www-form-urlencoded';
  switch (encoding) {
    case 'json':
      return { body: JSON.stringify(json), contentType: 'application/json' };
    case 'payload':
      return { body: new URLSearchParams({ payload: JSON.stringify(json) }).toString(), contentType: form };
    case 'form': {
      const fields = Object.entries(json).map(([name, value]): [string, string] => [name, String(value)]);
      return { body: new URLSearchParams(fields).toString(), contentType: form };
    }
  }
}

/** The JSON of a webhook's body, whichever way it was encoded; undefined where there is none. */
export function decode({ body, contentType }: Webhook): JsonObject | undefined {
  const isForm = contentType.startsWith('application/x-www-form-urlencoded');
  const fields = isForm ? Object.fromEntries(new URLSearchParams(body)) : undefined;
  if (fields !== undefined && fields.payload === undefined) return fields;
  const value = jsonOf(fields?.payload ?? body);
  // Neither a text nor a list: what is left is an object.
  return isChangeable(value) && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
