/** How a body is found wrong: the code and a sentence that names the parameter, as Meta words it. */
import { asObject } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';

export interface Wrong {
  readonly code: number;
  readonly details: string;
}

/** Null: nothing wrong. */
export type Check = Wrong | null;

export const missing = (parameter: string): Wrong => ({
  code: 131008,
  details: `Parameter '${parameter}' is required`,
});
export const invalid = (parameter: string, why: string): Wrong => ({
  code: 131009,
  details: `Parameter '${parameter}' ${why}`,
});

/** The first that is wrong. */
export function first(...checks: readonly (() => Check)[]): Check {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== null) return wrong;
  }
  return null;
}

/** A text of 1 to `max` characters. */
export function text(value: JsonValue | undefined, parameter: string, max: number): Check {
  if (value === undefined || value === '') return missing(parameter);
  if (typeof value !== 'string') return invalid(parameter, 'is not a string');
  return value.length > max ? invalid(parameter, `length must be at most ${max} characters`) : null;
}

export function optionalText(value: JsonValue | undefined, parameter: string, max: number): Check {
  return value === undefined ? null : text(value, parameter, max);
}

export function object(
  value: JsonValue | undefined,
  parameter: string,
  check: (found: JsonObject) => Check,
): Check {
  const found = asObject(value);
  if (found === undefined)
    return value === undefined ? missing(parameter) : invalid(parameter, 'is not an object');
  return check(found);
}

export function list(
  value: JsonValue | undefined,
  parameter: string,
  [min, max]: readonly [number, number],
): Check {
  if (value === undefined) return missing(parameter);
  if (!Array.isArray(value)) return invalid(parameter, 'is not an array');
  if (value.length < min) return invalid(parameter, `must have at least ${min} items`);
  return value.length > max ? invalid(parameter, `must have at most ${max} items`) : null;
}

/** Each item of a list that was found to be one. */
export function each(
  value: JsonValue | undefined,
  parameter: string,
  check: (item: JsonObject, parameter: string) => Check,
): Check {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return first(
    ...items.map((item, index) => () => {
      const at = `${parameter}[${index}]`;
      return object(item, at, found => check(found, at));
    }),
  );
}

export function distinct(values: readonly (JsonValue | undefined)[], parameter: string): Check {
  return new Set(values).size < values.length ? invalid(parameter, 'must be unique') : null;
}
