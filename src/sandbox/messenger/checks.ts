/** How a body is found wrong: the code and a sentence that names the parameter, as Meta words it. */
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { checksWith } from '../meta/checks.ts';
import type { Wrong } from './errors.ts';

/** Null: nothing wrong. */
export type Check = Wrong | null;

export const invalid = (message: string, subcode?: number): Wrong => ({
  code: 100,
  message: `(#100) ${message}`,
  ...(subcode === undefined ? {} : { subcode }),
});
export const missing = (parameter: string): Wrong => invalid(`The parameter ${parameter} is required`);

const checks = checksWith<Wrong>({
  missing,
  noText: parameter => invalid(`Param ${parameter} must be a string`),
  tooLong: (parameter, max) => invalid(`Length of param ${parameter} must be less than or equal to ${max}`),
  noObject: parameter => invalid(`Param ${parameter} must be an object`),
});

export const { text, optionalText, object } = checks;

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
  return checks.each(value, parameter, check);
}
