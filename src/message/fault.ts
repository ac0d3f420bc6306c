/** Why a send failed, classified once. Adapters pick a code, delivery reads the table, the docs print it. */

export type FaultClass = 'not sent' | 'ambiguous' | 'final';

/** What a fault says of its account's next messages. */
export type FaultScope = 'account' | 'conversation' | 'message';

interface FaultRow {
  /** `not sent`: retry freely. `ambiguous`: it may have arrived; reconcile, then the channel's policy. `final`: dead. */
  readonly class: FaultClass;
  /** Whether the fault is the account's and not the message's: others of the account would meet it as well. */
  readonly account: boolean;
  /**
   * `counts`: when too many of the last attempts ended so, the account pauses. `opens`: it pauses at once.
   * `ignores`: the platform is there and answers.
   */
  readonly breaker: 'counts' | 'opens' | 'ignores';
  readonly meaning: string;
}

export const FAULTS = {
  'rate-limited': {
    class: 'not sent',
    account: true,
    breaker: 'ignores',
    meaning: 'The platform asked us to slow down; the wait it named is obeyed.',
  },
  unavailable: {
    class: 'not sent',
    account: true,
    breaker: 'counts',
    meaning: 'The platform said that it did not process the message and may later.',
  },
  'not-connected': {
    class: 'not sent',
    account: true,
    breaker: 'counts',
    meaning: 'Name lookup, refusal, connect time-out or TLS: no byte left us.',
  },
  ambiguous: {
    class: 'ambiguous',
    account: false,
    breaker: 'counts',
    meaning: 'Bytes left us and no clear answer came.',
  },
  unauthorized: {
    class: 'not sent',
    account: true,
    breaker: 'opens',
    meaning: 'Our credentials are wrong or lack a permission; messages wait until an operator acts.',
  },
  misconfigured: {
    class: 'not sent',
    account: true,
    breaker: 'opens',
    meaning: 'The account cannot send as it is set up: billing, registration, policy. Messages wait.',
  },
  unreachable: {
    class: 'final',
    account: false,
    breaker: 'ignores',
    meaning: 'This recipient cannot be reached: blocked, gone, never here.',
  },
  'window-closed': {
    class: 'final',
    account: false,
    breaker: 'ignores',
    meaning: 'The platform allows no free message now; a template may go.',
  },
  'invalid-message': {
    class: 'final',
    account: false,
    breaker: 'ignores',
    meaning: 'The platform refused the message itself; the same again would be refused again.',
  },
  unsupported: {
    class: 'final',
    account: false,
    breaker: 'ignores',
    meaning: 'The platform has no way to say this.',
  },
  expired: {
    class: 'final',
    account: false,
    breaker: 'ignores',
    meaning: 'It waited for longer than a message of its channel may.',
  },
  'held-too-long': {
    class: 'final',
    account: false,
    breaker: 'ignores',
    meaning:
      'It kept others of its conversation waiting for longer than `delivery.retry.hold` and made way for them.',
  },
  internal: { class: 'final', account: false, breaker: 'ignores', meaning: 'Our own bug.' },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

export interface Fault {
  readonly code: FaultCode;
  /** For an operator: never a secret, never message text. */
  readonly detail: string;
  /** How long the platform told us to wait. */
  readonly retryAfterMs?: number;
  /** Of the platform's answer. Absent: it gave none, so a refusal is no sign that it works. */
  readonly httpStatus?: number;
  /** The platform's own code, as `131047` or `channel_not_found`. */
  readonly platformCode?: string;
  /** Whom it concerns, where that is not what the table says of its code. */
  readonly scope?: FaultScope;
}

export const scopeOf = (fault: Fault): FaultScope =>
  fault.scope ?? (FAULTS[fault.code].account ? 'account' : 'message');

/** The platform itself said so. */
export const isAnswered = ({ httpStatus }: Fault): boolean => httpStatus !== undefined;

/** The platform took the message and asked us to slow down all the same. */
export interface PaceHint {
  readonly waitMs: number;
  readonly scope: 'account' | 'conversation';
}

/** What one attempt to send one wire message came to. Never thrown. */
export type SendResult =
  | {
      readonly ok: true;
      /** The platform's id; null where it gives none. */
      readonly platformId: string | null;
      readonly pace?: PaceHint;
    }
  | { readonly ok: false; readonly fault: Fault };

export function failed(
  code: FaultCode,
  detail: string,
  more: Omit<Fault, 'code' | 'detail'> = {},
): SendResult {
  return { ok: false, fault: { code, detail, ...more } };
}
