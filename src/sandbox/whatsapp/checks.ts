/** How a body is found wrong: the code and a sentence that names the parameter, as Meta words it. */
import { asList } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { checksWith } from '../meta/checks.ts';

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

const checks = checksWith<Wrong>({
  missing,
  noText: parameter => invalid(parameter, 'is not a string'),
  tooLong: (parameter, max) => invalid(parameter, `length must be at most ${max} characters`),
  noObject: parameter => invalid(parameter, 'is not an object'),
});

export const { text, optionalText, object } = checks;

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
export const each = (
  value: JsonValue | undefined,
  parameter: string,
  check: (item: JsonObject, parameter: string) => Check,
): Check => checks.each(asList(value), parameter, check);

export function distinct(values: readonly (JsonValue | undefined)[], parameter: string): Check {
  return new Set(values).size < values.length ? invalid(parameter, 'must be unique') : null;
}
