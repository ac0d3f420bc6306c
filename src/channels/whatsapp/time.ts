/** Times on WhatsApp: seconds since 1970, as text nearly everywhere and as a number in some notices. */
import type { JsonValue } from '../../message/json.ts';

const SECONDS = /^\d{1,11}$/;

/** Milliseconds since 1970; undefined for anything that is no such time. */
export function timeOf(value: JsonValue | undefined): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && SECONDS.test(text) ? Number(text) * 1000 : undefined;
}
