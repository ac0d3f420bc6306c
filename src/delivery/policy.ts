/** What follows from how an attempt ended: the fault table of `message/fault.ts`, applied. Pure. */
import { FAULTS, type Fault, type SendResult, scopeOf } from '../message/fault.ts';
import type { Settlement } from '../storage/send-queue.ts';
import type { BreakerPolicy } from './breaker.ts';
import { heldTooLong, standsInTheWay } from './hold.ts';
import type { RateLimit } from './pace.ts';
import { LONGEST_CLOSED_MS } from './pace-bucket.ts';

/** A channel's `delivery` section. */
export interface DeliveryPolicy {
  readonly retry: {
    readonly maxAttempts: number;
    readonly baseMs: number;
    readonly maxMs: number;
    /** A message that has waited for longer is not sent any more. */
    readonly maxAgeMs: number;
    /** How long it may keep others of its conversation waiting while it is tried; null: no bound. */
    readonly holdMs: number | null;
  };
  /** Of one attempt, from the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly ambiguous: { readonly waitMs: number; readonly policy: 'resend' | 'park' };
  readonly rateLimit: RateLimit;
  readonly breaker: BreakerPolicy;
  readonly window: {
    /** Whether the adapter is told when the person last wrote. */
    readonly check: boolean;
    readonly fallbackTemplate: TemplateName | null;
  };
  readonly onFailed: { readonly template: TemplateName | null };
}

/** What the platform approved beforehand. */
export interface TemplateName {
  readonly name: string;
  readonly language: string;
}

/** What is known of a delivery when the end of an attempt is judged. */
export interface Past {
  /** How many attempts there were, this one included. */
  readonly attempts: number;
  /** How many of those before are not held against the message. */
  readonly spared: number;
  /** How long ago the attempt before began; null for the first. */
  readonly sinceLastMs: number | null;
  /** Others of the account went well within so many milliseconds. */
  readonly wentWellWithin: (ms: number) => boolean;
  /** For how long it has stood in the way of others of its conversation, no outage counted; null: it has not. */
  readonly heldMs: number | null;
  /** The account's breaker is open. */
  readonly isOutage: boolean;
  /** 0 to 1, for the jitter. */
  readonly random: number;
}

export interface Attempted extends Past {
  readonly result: SendResult;
  /** Others of the account went well since the attempt before. */
  readonly othersWentWell: boolean;
  /** Sending the same again has the effect of once. */
  readonly idempotent: boolean;
}

/** An attempt in doubt, of which the platform then said that it did not arrive. */
export interface Denied extends Past {
  /** How long ago that attempt began. */
  readonly sinceLastMs: number;
  /** How that is known. */
  readonly because: string;
}

export function settlementOf(attempted: Attempted, policy: DeliveryPolicy): Settlement {
  const { result } = attempted;
  if (result.ok) return { kind: 'sent', platformId: result.platformId };
  const { fault } = result;
  const { class: kind } = FAULTS[fault.code];
  if (kind === 'final') return { kind: 'dead', fault };
  if (kind === 'ambiguous')
    return attempted.idempotent
      ? repeated(fault, attempted, policy)
      : { kind: 'ambiguous', fault, afterMs: policy.ambiguous.waitMs };
  if (isItsOwn(fault, attempted)) return { kind: 'dead', fault: withWords(fault, OTHERS_GO) };
  if (isRefusedForGood(fault, attempted)) return { kind: 'parked', fault: withWords(fault, STILL) };
  return notSent(fault, attempted, policy);
}

/** Tried again like what was refused. Whether it arrived is no matter, until it is given up: nobody knows then. */
function repeated(fault: Fault, attempted: Attempted, policy: DeliveryPolicy): Settlement {
  const settlement = notSent(blamed(fault, attempted), attempted, policy);
  return settlement.kind === 'dead' ? { kind: 'parked', fault } : settlement;
}

/** Where each attempt ends in doubt and each time it did not arrive, the same bounds hold as for what is refused. */
export function denialOf(denied: Denied, policy: DeliveryPolicy): NotSent {
  const { because, sinceLastMs } = denied;
  const fault: Fault = { code: 'ambiguous', detail: `no clear answer came; ${because}` };
  const settlement = notSent(blamed(fault, denied), denied, policy);
  if (settlement.kind !== 'not sent') return settlement;
  // It has waited already, before it was asked about.
  return { ...settlement, afterMs: Math.max(0, settlement.afterMs - sinceLastMs) };
}

/** What has no clear answer while the account is out of order is the account's. */
const blamed = (fault: Fault, { isOutage }: Past): Fault =>
  isOutage ? { ...fault, scope: 'account' } : fault;

/** How what was not sent goes on: it always says why. */
type NotSent = Extract<Settlement, { readonly kind: 'not sent' | 'dead' }>;

function notSent(fault: Fault, past: Past, { retry }: DeliveryPolicy): NotSent {
  const { attempts, spared, random } = past;
  // An outage is no fault of the message: it waits as long as a message may, however often it was tried.
  const isSpared = scopeOf(fault) !== 'message';
  if (!isSpared && attempts - spared >= retry.maxAttempts) return { kind: 'dead', fault };
  return {
    kind: 'not sent',
    fault,
    afterMs: Math.max(fault.retryAfterMs ?? 0, backoff(attempts, retry, random)),
    spared: isSpared,
    ...holding(fault, past, retry),
  };
}

function holding(
  fault: Fault,
  { heldMs, ...held }: Past,
  { holdMs }: DeliveryPolicy['retry'],
): { readonly holds?: boolean; readonly makesWay?: Fault } {
  const holds = standsInTheWay(fault, held);
  if (holds !== true) return holds === null ? {} : { holds };
  const isTooLong = holdMs !== null && heldMs !== null && heldMs >= holdMs;
  return isTooLong ? { holds, makesWay: heldTooLong(fault) } : { holds };
}

const OTHERS_GO = 'others of the account went through meanwhile, so it is about this message';
const STILL = 'still so after the longest wait';

const withWords = (fault: Fault, words: string): Fault => ({ ...fault, detail: `${fault.detail}; ${words}` });

/** What looks like the account's fault, and is not: the account would not go well in between. */
const isItsOwn = (fault: Fault, { othersWentWell }: Attempted): boolean =>
  FAULTS[fault.code].breaker === 'opens' && othersWentWell;

/** It waited for as long as anything is waited for, and is to wait for as long again. */
const isRefusedForGood = (fault: Fault, { sinceLastMs }: Attempted): boolean =>
  fault.code === 'rate-limited' &&
  (fault.retryAfterMs ?? 0) >= LONGEST_CLOSED_MS &&
  (sinceLastMs ?? 0) >= LONGEST_CLOSED_MS;

/**
 * Doubling waits with full jitter: anything between nothing and the whole wait, so that what failed together
 * does not come back together.
 */
function backoff(attempts: number, retry: DeliveryPolicy['retry'], random: number): number {
  return Math.ceil(Math.min(retry.baseMs * 2 ** (attempts - 1), retry.maxMs) * random);
}

/** It was about to be sent when its account closed. Nothing left us. */
export const withheld = (waitMs: number): Settlement => ({
  kind: 'not sent',
  fault: { code: 'unavailable', detail: 'held back before it was sent: the account had just paused' },
  afterMs: waitMs,
  spared: true,
});

export const isTooOld = (ageMs: number, { retry }: DeliveryPolicy): boolean => ageMs >= retry.maxAgeMs;

/** Why it was never sent, where that is known. */
export function tooOld({ retry }: DeliveryPolicy, because: string | null = null): Fault {
  const hours = Math.round(retry.maxAgeMs / 360_000) / 10;
  return {
    code: 'expired',
    detail: `it waited for more than ${hours} h, and retry.max_age allows no more${because === null ? '' : `; ${because}`}`,
  };
}
