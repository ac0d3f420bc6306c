/** Questions to a zod schema: which keys, of what kind, which of them secret. */
import { z } from 'zod';

export type Schema = z.core.$ZodType;

/** The schema inside `optional`, `default`, a transform and the like. */
export function bare(schema: Schema): Schema {
  const inner = wrapped(schema);
  return inner === undefined ? schema : bare(inner);
}

function wrapped(schema: Schema): Schema | undefined {
  if (schema instanceof z.ZodPipe) return schema.in;
  if (schema instanceof z.ZodLazy) return schema.unwrap();
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch
  ) {
    return schema.unwrap();
  }
  return undefined;
}

/** The first layer, from the outside, that knows `key` of its description. */
function metaOf(schema: Schema, key: string): unknown {
  const value = z.globalRegistry.get(schema)?.[key];
  if (value !== undefined) return value;
  const inner = wrapped(schema);
  return inner === undefined ? undefined : metaOf(inner, key);
}

export const isSecret = (schema: Schema): boolean => metaOf(schema, 'secret') === true;

export function descriptionOf(schema: Schema): string {
  const text = metaOf(schema, 'description');
  return typeof text === 'string' ? text : '';
}

/** Whether a file may leave it out. */
export const isOptional = (schema: Schema): boolean => z.safeParse(schema, undefined).success;

/** The keys and their schemas; undefined for what is no object with known keys. */
export function shapeOf(schema: Schema | undefined): Readonly<Record<string, Schema>> | undefined {
  if (schema === undefined) return undefined;
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

/** The schema of every value, where keys or items are free. */
function elementOf(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined) return undefined;
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodRecord) return inner.valueType;
  return undefined;
}

export function childSchema(schema: Schema | undefined, key: PropertyKey): Schema | undefined {
  const shape = shapeOf(schema);
  if (shape === undefined) return elementOf(schema);
  return Object.hasOwn(shape, key) ? shape[String(key)] : undefined;
}

/** Whether a secret is meant here or anywhere below. */
export function holdsSecret(schema: Schema, above: readonly Schema[] = []): boolean {
  if (isSecret(schema)) return true;
  // A schema that refers to itself does so by its wrapper: what is inside is made anew each time.
  if (above.includes(schema)) return false;
  const below = [...above, schema];
  const inner = bare(schema);
  const shape = shapeOf(inner);
  const element = elementOf(inner);
  const parts =
    shape !== undefined
      ? Object.values(shape)
      : element !== undefined
        ? [element]
        : inner instanceof z.ZodUnion
          ? inner.options
          : [];
  return parts.some(part => holdsSecret(part, below));
}

/** The values that can be chosen from, where they are a list. */
export function choicesOf(schema: Schema): readonly string[] {
  const inner = bare(schema);
  return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
}

/** An object schema with the same keys, all optional and without defaults, at every depth. */
export function overridesOf(schema: Schema): z.ZodOptional<z.ZodType> {
  const shape = shapeOf(schema);
  if (shape === undefined) return typed(inward(schema)).describe(descriptionOf(schema)).optional();
  const entries = Object.entries(shape).map(([key, value]) => [key, overridesOf(value)] as const);
  return z.strictObject(Object.fromEntries(entries)).describe(descriptionOf(schema)).optional();
}

/** Without what makes it optional; a transform stays. */
function inward(schema: Schema): Schema {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? inward(schema.unwrap())
    : schema;
}

/** zod's inner types are declared without methods; every schema made by `z` has them. */
const typed = (schema: Schema): z.ZodType => schema as z.ZodType;
