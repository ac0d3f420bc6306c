/** How long a message that is tried again and again may keep others of its conversation waiting. */
import { type Fault, scopeOf } from '../message/fault.ts';

export interface Held {
  /** How long ago the attempt before began; null for the first. */
  readonly sinceLastMs: number | null;
  /** Whether another message of the account went well within the last so many milliseconds. */
  readonly wentWellWithin: (ms: number) => boolean;
  /** The account's breaker is open. */
  readonly isOutage: boolean;
}

/**
 * Whether this message, and no more than this one, stands in the way. An outage holds up everybody, and nobody would
 * go on in its place; a limit of rates is meant for those behind it as well. Null: that is not known of this attempt.
 */
export function standsInTheWay(fault: Fault, held: Held): boolean | null {
  const { sinceLastMs, wentWellWithin, isOutage } = held;
  if (isOutage) return false;
  if (fault.code === 'rate-limited') return null;
  if (scopeOf(fault) === 'message') return true;
  return sinceLastMs !== null && wentWellWithin(sinceLastMs) ? true : null;
}

/** The end of one that stood in the way for too long. */
export const heldTooLong = (fault: Fault): Fault => ({
  code: 'held-too-long',
  detail: `others of its conversation waited behind it; last: ${fault.code}: ${fault.detail}`,
  ...(fault.platformCode === undefined ? {} : { platformCode: fault.platformCode }),
});
