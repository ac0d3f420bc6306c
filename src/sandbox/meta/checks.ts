/** How a body of a Graph call is found wrong: the same looks on both platforms, each with its own words for it. */
import { asObject } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';

/** The first that is wrong; null where nothing is. */
export function first<Wrong>(...checks: readonly (() => Wrong | null)[]): Wrong | null {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== null) return wrong;
  }
  return null;
}

/** How a platform says it. */
export interface Wording<Wrong> {
  missing(parameter: string): Wrong;
  noText(parameter: string): Wrong;
  tooLong(parameter: string, max: number): Wrong;
  noObject(parameter: string): Wrong;
}

export function checksWith<Wrong>({ missing, noText, tooLong, noObject }: Wording<Wrong>) {
  type Check = Wrong | null;

  /** A text of 1 to `max` characters. */
  function text(value: JsonValue | undefined, parameter: string, max: number): Check {
    if (value === undefined || value === '') return missing(parameter);
    if (typeof value !== 'string') return noText(parameter);
    return value.length > max ? tooLong(parameter, max) : null;
  }

  function object(
    value: JsonValue | undefined,
    parameter: string,
    check: (found: JsonObject) => Check,
  ): Check {
    const found = asObject(value);
    if (found !== undefined) return check(found);
    return value === undefined ? missing(parameter) : noObject(parameter);
  }

  return {
    text,
    optionalText: (value: JsonValue | undefined, parameter: string, max: number): Check =>
      value === undefined ? null : text(value, parameter, max),
    object,
    /** Each item of a list that was found to be one. */
    each: (
      items: readonly JsonValue[],
      parameter: string,
      check: (item: JsonObject, parameter: string) => Check,
    ): Check =>
      first(
        ...items.map((item, index) => () => {
          const at = `${parameter}[${index}]`;
          return object(item, at, found => check(found, at));
        }),
      ),
  };
}
