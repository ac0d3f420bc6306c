/** Every key of a configuration file, for people: what `config.md` of the reference prints. */
import { z } from 'zod';
import { isObject } from '../channels/json.ts';
import type { JsonObject } from '../message/json.ts';
import { descriptionOf, isOptional, isSecret, type Schema, shapeOf } from './schema.ts';

export interface KeyRow {
  /** `delivery.retry.max` */
  readonly key: string;
  /** In words: `text`, `one of auto, off`, `duration`. */
  readonly type: string;
  readonly required: boolean;
  /** As it is written in a file. */
  readonly fallback: string | undefined;
  readonly description: string;
  /** A section has no value of its own. */
  readonly section: boolean;
}

export function keysOf(schema: Schema, above = ''): readonly KeyRow[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, field]) => {
    const key = above === '' ? name : `${above}.${name}`;
    const section = shapeOf(field) !== undefined;
    const json: JsonObject = JSON.parse(
      JSON.stringify(z.toJSONSchema(field, { target: 'draft-7', io: 'input' })),
    );
    const row: KeyRow = {
      key,
      type: section ? 'section' : isSecret(field) ? 'secret' : typeIn(json),
      required: !isOptional(field),
      fallback: section || json.default === undefined ? undefined : yamlOf(json.default),
      description: descriptionOf(field),
      section,
    };
    return [row, ...keysOf(field, key)];
  });
}

const yamlOf = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(', ')}]`;
  return value === '' ? '""' : String(value);
};

function typeIn(json: JsonObject): string {
  if (json.const !== undefined) return `always ${String(json.const)}`;
  if (Array.isArray(json.enum)) return `one of ${json.enum.join(', ')}`;
  if (Array.isArray(json.anyOf)) return json.anyOf.filter(isObject).map(typeIn).join(', or ');
  if (json.type === 'array') return `list of ${isObject(json.items) ? typeIn(json.items) : 'values'}`;
  if (json.type === 'string') return textType(json);
  if (json.type === 'boolean') return 'true or false';
  return `${json.type === 'integer' ? 'whole number' : String(json.type ?? 'any value')}${boundsIn(json)}`;
}

function textType({ pattern, format }: JsonObject): string {
  if (format === 'uri') return 'address';
  // The forms of fields.ts, told by their units.
  if (String(pattern).includes('ms|s|m|h|d')) return 'duration';
  if (String(pattern).includes('kb|mb|gb')) return 'size';
  return 'text';
}

function boundsIn({ minimum, maximum, exclusiveMinimum }: JsonObject): string {
  const least = minimum ?? (exclusiveMinimum === 0 ? 1 : undefined);
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least === undefined) return most === undefined ? '' : ` up to ${String(most)}`;
  return most === undefined ? ` from ${String(least)}` : ` from ${String(least)} to ${String(most)}`;
}
