/** What follows from how an attempt ended: the fault table of `message/fault.ts`, applied. Pure. */
import { FAULTS, type SendResult } from '../message/fault.ts';
import type { Settlement } from '../storage/store.ts';

/** A channel's `delivery` section. */
export interface DeliveryPolicy {
  readonly retry: { readonly maxAttempts: number; readonly baseMs: number; readonly maxMs: number };
  /** Of one attempt, from the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly ambiguous: { readonly waitMs: number; readonly policy: 'resend' | 'park' };
}

export interface Attempted {
  readonly result: SendResult;
  /** How many attempts there were, this one included. */
  readonly attempts: number;
  /** Sending the same again has the effect of once. */
  readonly idempotent: boolean;
  /** 0 to 1, for the jitter. */
  readonly random: number;
}

export function settlementOf(
  { result, attempts, idempotent, random }: Attempted,
  policy: DeliveryPolicy,
): Settlement {
  if (result.ok) return { kind: 'sent', platformId: result.platformId };
  const { fault } = result;
  const kind = FAULTS[fault.code].class;
  if (kind === 'final') return { kind: 'dead', fault };
  if (kind === 'ambiguous' && !idempotent)
    return { kind: 'ambiguous', fault, afterMs: policy.ambiguous.waitMs };
  if (attempts >= policy.retry.maxAttempts) return { kind: 'dead', fault };
  return {
    kind: 'not sent',
    fault,
    afterMs: Math.max(fault.retryAfterMs ?? 0, backoff(attempts, policy.retry, random)),
  };
}

/**
 * Doubling waits with full jitter: anything between nothing and the whole wait, so that what failed together
 * does not come back together.
 */
function backoff(attempts: number, retry: DeliveryPolicy['retry'], random: number): number {
  return Math.ceil(Math.min(retry.baseMs * 2 ** (attempts - 1), retry.maxMs) * random);
}
