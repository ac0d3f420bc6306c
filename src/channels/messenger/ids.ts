/** Ids and times of things that Messenger gives none, or gives in several ways. */
import { createHash } from 'node:crypto';
import type { JsonValue } from '../../message/json.ts';

/** The place of an attachment behind the first, of which the platform knows nothing. */
const PART = /\/\d{1,4}$/;

/** An attachment's message: the first has the id of the message itself. */
export const partId = (mid: string, index: number): string => (index === 0 ? mid : `${mid}/${index + 1}`);

/** The id by which the platform knows the message. */
export const midOf = (id: string): string => id.replace(PART, '');

/**
 * For what comes without an id of its own (reactions, referrals, older postbacks): made of all that tells it from
 * another, so that a redelivery has the same.
 */
export function madeId(kind: string, person: string, time: number, ...more: readonly string[]): string {
  const base = `${kind}:${person}:${time}`;
  if (more.length === 0) return base;
  return `${base}:${createHash('sha256').update(JSON.stringify(more)).digest('hex').slice(0, 16)}`;
}

const DIGITS = /^\d{1,14}$/;
/** In milliseconds, March 1973; in seconds, far off. */
const SECONDS_END_AT = 100_000_000_000;

/** Milliseconds since 1970. Messages tell milliseconds, calls seconds, and some write them as text. */
export function timeOf(value: JsonValue | undefined): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !DIGITS.test(text)) return undefined;
  const time = Number(text);
  return time < SECONDS_END_AT ? time * 1_000 : time;
}
