/** JSON Schemas (draft 7, which editors know) of the configuration files and of messages. */
import { z } from 'zod';
import { isObject } from '../channels/json.ts';
import type { JsonObject, JsonValue } from '../message/json.ts';
import { InboundMessage, OutboundMessage } from '../message/message.ts';
import { type AdapterConfig, channelFileOf } from './channel-schema.ts';
import { HubFile } from './hub-schema.ts';
import type { Schema } from './schema.ts';

export const hubJsonSchema = (): JsonObject => ({
  ...heading('Patchbay: hub.yaml'),
  ...referable(plainSchema(HubFile, 'input')),
});

/** One alternative for each type of channel. */
export const channelJsonSchema = (definitions: readonly AdapterConfig[]): JsonObject => ({
  ...heading('Patchbay: a channel file'),
  type: 'object',
  oneOf: definitions.map(definition => ({
    title: definition.type,
    ...referable(plainSchema(channelFileOf(definition), 'input')),
  })),
});

/** Messages as the hub puts them out (inbound) and takes them (outbound). */
export function messageJsonSchema(): JsonObject {
  const inbound = named(plainSchema(InboundMessage, 'output'));
  const outbound = named(plainSchema(OutboundMessage, 'input'));
  return {
    ...heading('Patchbay: messages'),
    anyOf: [{ $ref: '#/definitions/InboundMessage' }, { $ref: '#/definitions/OutboundMessage' }],
    definitions: {
      InboundMessage: inbound.schema,
      OutboundMessage: outbound.schema,
      ...inbound.definitions,
      ...outbound.definitions,
    },
  };
}

const heading = (title: string): JsonObject => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title,
});

function plainSchema(schema: Schema, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io });
  // zod's own type of a JSON Schema is wider than JSON; what it puts out is JSON.
  return JSON.parse(JSON.stringify(rest));
}

/** zod numbers the schemas that refer to themselves; ours is only one: any JSON. */
function named(schema: JsonObject): { readonly schema: JsonObject; readonly definitions: JsonObject } {
  const text = JSON.stringify(schema).replaceAll('__schema0', 'JsonValue');
  const { definitions, ...rest }: Record<string, JsonValue> = JSON.parse(text);
  return { schema: rest, definitions: isObject(definitions) ? definitions : {} };
}

const REFERENCE: JsonObject = { type: 'string', pattern: '\\$\\{(env|file):[^}]+\\}' };
const SECRET: JsonObject = { type: 'string', pattern: '^\\$\\{(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^}]*)\\}$' };
const CONSTRAINTS = ['pattern', 'format', 'enum'];

/** The same schema, with a reference allowed where the loader takes one, and nothing else where a secret is meant. */
function referable(schema: JsonObject): JsonObject {
  const { description, default: fallback, ...rest } = schema;
  const about: JsonObject = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined || isObject(fallback) ? {} : { default: fallback }),
  };
  if (rest.secret === true) return { ...about, ...SECRET };
  const constrained = rest.type === 'string' && CONSTRAINTS.some(key => key in rest);
  const scalar = ['integer', 'number', 'boolean'].includes(String(rest.type)) && !('const' in rest);
  if (constrained || scalar) return { ...about, anyOf: [rest, REFERENCE] };
  const below = Object.entries(rest).map(([key, value]) => [key, referableParts(key, value)] as const);
  return { ...about, ...Object.fromEntries(below) };
}

function referableParts(key: string, value: JsonValue | undefined): JsonValue {
  if (key === 'properties' && isObject(value)) {
    const fields = Object.entries(value).map(
      ([name, field]) => [name, isObject(field) ? referable(field) : field] as const,
    );
    return Object.fromEntries(fields);
  }
  if ((key === 'items' || key === 'additionalProperties') && isObject(value)) return referable(value);
  if (['anyOf', 'oneOf', 'allOf'].includes(key) && Array.isArray(value)) {
    return value.map((one: JsonValue) => (isObject(one) ? referable(one) : one));
  }
  return value ?? null;
}
