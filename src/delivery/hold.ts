/** How long a message that is tried again and again may keep others of its conversation waiting. */
import { type Fault, scopeOf } from '../message/fault.ts';

export interface Held {
  /** For how long it has stood in the way of others; null: not yet. */
  readonly heldMs: number | null;
  /** How long ago the attempt before began; null for the first. */
  readonly sinceLastMs: number | null;
  /** Whether another message of the account went well within the last so many milliseconds. */
  readonly wentWellWithin: (ms: number) => boolean;
}

/**
 * Whether this message, and no more than this one, stands in the way. An outage holds up everybody, and nobody would
 * go on in its place; a limit of rates is meant for those behind it as well.
 */
export function standsInTheWay(fault: Fault, { heldMs, sinceLastMs, wentWellWithin }: Held): boolean {
  if (fault.code === 'rate-limited') return false;
  if (scopeOf(fault) === 'message') return true;
  const knownMs = heldMs ?? sinceLastMs;
  return knownMs !== null && wentWellWithin(knownMs);
}

/** The end of one that stood in the way for too long. */
export const heldTooLong = (fault: Fault): Fault => ({
  code: 'held-too-long',
  detail: `others of its conversation waited behind it; last: ${fault.code}: ${fault.detail}`,
  ...(fault.platformCode === undefined ? {} : { platformCode: fault.platformCode }),
});
