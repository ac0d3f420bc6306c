/** Plain JSON, the only thing a message is made of: what can be written to a log and read back a year later. */

import { z } from 'zod';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Any JSON, for fields that only one platform or one form can explain. */
export const anyJson: z.ZodType<JsonValue> = z.json();

/** The same shape with every field, at every depth, read-only. */
export type Immutable<T> = [JsonValue] extends [T] ? T : ImmutableParts<T>;
type ImmutableParts<T> = T extends string | number | boolean | null | undefined
  ? T
  : { readonly [K in keyof T]: Immutable<T[K]> };

/** For the end of a switch over a union: adding a variant then lists, as compile errors, every place to visit. */
export function assertNever(value: never): never {
  throw new Error(`unhandled variant ${(value as { kind?: string })?.kind ?? typeof value}`);
}
