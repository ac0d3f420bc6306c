/** How a body is found wrong: the code and a sentence that names the parameter, as Meta words it. */
import { asObject } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { Wrong } from './errors.ts';

/** Null: nothing wrong. */
export type Check = Wrong | null;

export const invalid = (message: string, subcode?: number): Wrong => ({
  code: 100,
  message: `(#100) ${message}`,
  ...(subcode === undefined ? {} : { subcode }),
});
export const missing = (parameter: string): Wrong => invalid(`The parameter ${parameter} is required`);

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
  if (typeof value !== 'string') return invalid(`Param ${parameter} must be a string`);
  return value.length > max
    ? invalid(`Length of param ${parameter} must be less than or equal to ${max}`)
    : null;
}

export const optionalText = (value: JsonValue | undefined, parameter: string, max: number): Check =>
  value === undefined ? null : text(value, parameter, max);

export function oneOf(value: JsonValue | undefined, parameter: string, allowed: readonly string[]): Check {
  if (value === undefined) return missing(parameter);
  return allowed.includes(String(value))
    ? null
    : invalid(`Param ${parameter} must be one of {${allowed.join(', ')}}`);
}

export function address(value: JsonValue | undefined, parameter: string): Check {
  if (value === undefined) return missing(parameter);
  const fits = typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value);
  return fits ? null : invalid(`Param ${parameter} should represent a valid URL`);
}

export function object(
  value: JsonValue | undefined,
  parameter: string,
  check: (found: JsonObject) => Check,
): Check {
  const found = asObject(value);
  if (found !== undefined) return check(found);
  return value === undefined ? missing(parameter) : invalid(`Param ${parameter} must be an object`);
}

/** A list of so many items, each of them right. */
export function list(
  value: JsonValue | undefined,
  parameter: string,
  [min, max]: readonly [number, number],
  check: (item: JsonObject, parameter: string) => Check,
): Check {
  if (value === undefined) return missing(parameter);
  if (!Array.isArray(value)) return invalid(`Param ${parameter} must be an array`);
  if (value.length < min || value.length > max)
    return invalid(`Param ${parameter} must have between ${min} and ${max} items`);
  return first(
    ...value.map((item: JsonValue, index) => () => {
      const at = `${parameter}[${index}]`;
      return object(item, at, found => check(found, at));
    }),
  );
}
