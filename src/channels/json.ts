/**
 * Reading JSON from outside: strict UTF-8, bounded depth and size before `JSON.parse` sees it.
 * `JSON.parse` takes a million nested levels that `JSON.stringify` then overflows on, so a body we accept and
 * cannot write down again would stop the hub for ever.
 */
import type { JsonObject, JsonValue } from '../message/json.ts';
import { Unreadable } from './channel.ts';

export const MAX_JSON_DEPTH = 64;
/** Values and keys: commas and brackets are counted. A full WhatsApp batch of 1,000 messages has about 25,000. */
export const MAX_JSON_TOKENS = 50_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text. Throws `Unreadable` on invalid UTF-8: a silent replacement character would change what was said. */
export function readText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Unreadable('the body is not valid UTF-8');
  }
}

/** Parses a JSON object from outside. Throws `Unreadable`, with the reason and never the text. */
export function readJson(source: Uint8Array | string): JsonObject {
  const text = typeof source === 'string' ? source : readText(source);
  checkBounds(text);
  let value: JsonValue;
  try {
    value = JSON.parse(text, dropPrototypeKeys(text));
  } catch {
    throw new Unreadable('the body is not valid JSON');
  }
  if (!isObject(value)) throw new Unreadable('the body is not a JSON object');
  return value;
}

/** The same; undefined for whatever it would not read. */
export function readableJson(source: Uint8Array | string): JsonObject | undefined {
  try {
    return readJson(source);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** One linear pass; text inside strings does not count. */
function checkBounds(text: string): void {
  let depth = 0;
  let tokens = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
      continue;
    }
    switch (code) {
      case 0x22: // "
        inString = true;
        break;
      case 0x7b: // {
      case 0x5b: // [
        tokens++;
        if (++depth > MAX_JSON_DEPTH)
          throw new Unreadable(`the JSON is nested deeper than ${MAX_JSON_DEPTH} levels`);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case 0x2c: // ,
        tokens++;
        break;
    }
    if (tokens > MAX_JSON_TOKENS) throw new Unreadable(`the JSON has more than ${MAX_JSON_TOKENS} values`);
  }
}

/** A reviver costs time, so it is used only on the rare text that could need it. */
function dropPrototypeKeys(
  text: string,
): ((key: string, value: JsonValue) => JsonValue | undefined) | undefined {
  if (!text.includes('__proto__') && !text.includes('\\u005f') && !text.includes('\\u005F')) return undefined;
  return (key, value) => (key === '__proto__' ? undefined : value);
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// Reading fields of a body we do not control: the wrong type is the same as absent.
export const asObject = (value: JsonValue | undefined): JsonObject | undefined =>
  isObject(value) ? value : undefined;
export const asList = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : [];
export const asObjects = (value: JsonValue | undefined): readonly JsonObject[] =>
  asList(value).filter(isObject);
export const asText = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
export const asNumber = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** A string that is not empty. */
export const asId = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The object without its undefined fields, so that optional fields are absent and not `undefined`. */
export function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) if (field !== undefined) out[key] = field;
  return out as { [K in keyof T]: Exclude<T[K], undefined> };
}
