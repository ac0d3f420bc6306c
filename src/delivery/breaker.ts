/**
 * One account's breaker: closed while things go well, open when they do not, and from time to time one attempt is
 * let through to find out. cockatiel decides and keeps the state; when to try is decided here, on a clock that
 * never jumps.
 */
import {
  CircuitState,
  CountBreaker,
  circuitBreaker,
  handleWhenResult,
  type IBackoff,
  type IBreaker,
} from 'cockatiel';
import { FAULTS, type Fault, isAnswered, type SendResult, scopeOf } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';

export interface BreakerPolicy {
  /** The wait before the first probe; it doubles from one to the next. */
  readonly probeMs: number;
  readonly maxProbeMs: number;
}

export interface BreakerState {
  readonly state: 'closed' | 'open' | 'probing';
  /** What it opened on; null while it is closed. */
  readonly fault: Fault | null;
  /** How long until one is tried; 0 while it is closed. */
  readonly waitMs: number;
  /** How often it opened since things last went well. */
  readonly opened: number;
}

/** What is kept over a restart. */
export interface KeptBreaker {
  readonly policy: JsonValue;
  readonly fault: Fault;
  readonly waitMs: number;
  readonly opened: number;
}

export interface Breaker {
  /** How long until one may go; 0: now. While one is being tried, until it should be known. */
  wait(now: number): number;
  readonly isOpen: boolean;
  /** Null when it opened meanwhile: nothing was sent. */
  run(send: () => Promise<SendResult>): Promise<SendResult | null>;
  state(now: number): BreakerState;
  /** Null while it is closed. */
  kept(now: number): KeptBreaker | null;
}

export interface BreakerOptions {
  readonly policy: BreakerPolicy;
  readonly now: () => number;
  /** It opened, or closed. */
  readonly onChange: (open: boolean) => void;
  /** Attempts are being cut off from our side: how they end says nothing of the platform. */
  readonly stopping: () => boolean;
  readonly kept: KeptBreaker | null;
}

/** More than half of the last twenty attempts, and never on the evidence of fewer than ten. */
const RATE = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 };

/** cockatiel reads the wall clock, which may be set back for a day: it is to find that its time has always come. */
const OUR_CLOCK: IBackoff<unknown> = { duration: Number.NEGATIVE_INFINITY, next: () => OUR_CLOCK };

const LONGEST_KEPT_MS = 3_600_000;

export function createBreaker({ policy, now, onChange, stopping, kept }: BreakerOptions): Breaker {
  const bounded = kept === null ? 0 : Math.min(Math.max(0, kept.waitMs), LONGEST_KEPT_MS);
  let fault: Fault | null = kept?.fault ?? null;
  let opened = kept?.opened ?? 0;
  let until = now() + bounded;
  let opensNow = false;

  const counted = new CountBreaker(RATE);
  const rate: IBreaker = {
    get state() {
      return counted.state;
    },
    set state(value) {
      counted.state = value as CountBreaker['state'];
    },
    success: state => counted.success(state),
    failure: state => counted.failure(state) || opensNow,
  };
  const isFailure = (value: unknown): boolean => {
    const result = value as SendResult;
    const effect = result.ok ? 'ignores' : effectOf(result.fault);
    opensNow = effect === 'opens';
    if (!result.ok && effect !== 'ignores') fault = result.fault;
    return effect !== 'ignores';
  };
  const circuit = circuitBreaker(handleWhenResult(isFailure), {
    breaker: rate,
    halfOpenAfter: OUR_CLOCK,
    ...(kept === null ? {} : { initialState: kept.policy }),
  });
  /** How long nothing goes after the try before, of that many. */
  const probeMs = (before: number): number =>
    Math.min(policy.probeMs * 2 ** Math.min(before, 30), policy.maxProbeMs);
  circuit.onBreak(() => {
    until = now() + probeMs(opened);
    opened++;
    onChange(true);
  });
  circuit.onReset(() => {
    opened = 0;
    fault = null;
    onChange(false);
  });

  let probing = false;
  const isOpen = (): boolean => circuit.state !== CircuitState.Closed;
  function wait(at: number): number {
    if (!isOpen()) return 0;
    return probing ? policy.probeMs : Math.max(0, Math.ceil(until - at));
  }

  return {
    wait,
    get isOpen() {
      return isOpen();
    },
    async run(send) {
      // A second one while one is tried would wait for its end, in a slot that others need.
      if (wait(now()) > 0) return null;
      const isProbe = isOpen();
      probing ||= isProbe;
      try {
        const result = await send();
        // Of what says nothing it is not told: the next one is the probe then.
        const isNothing = saysNothing(result) || (!result.ok && stopping());
        if (!isNothing && isProbe === isOpen()) await circuit.execute(() => result);
        // As long again, and no longer: it may have been a call, and the platform's answer is not known.
        else if (isProbe && isOpen() && !askedNobody(result)) until = now() + probeMs(opened - 1);
        return result;
      } finally {
        if (isProbe) probing = false;
      }
    },
    state: at => ({
      state: probing ? 'probing' : isOpen() ? 'open' : 'closed',
      fault: isOpen() ? fault : null,
      waitMs: wait(at),
      opened,
    }),
    kept(at) {
      if (!isOpen() || fault === null) return null;
      return { policy: circuit.toJSON() as JsonValue, fault, waitMs: wait(at), opened };
    },
  };
}

/** The adapter refused the message by itself, or failed on it. */
const saysNothing = (result: SendResult): boolean =>
  !result.ok && effectOf(result.fault) === 'ignores' && !isAnswered(result.fault);

/** It was refused before any call. An adapter that failed on its own bug may have done so behind one. */
export const askedNobody = (result: SendResult): boolean =>
  saysNothing(result) && !result.ok && result.fault.code !== 'internal';

/** A limit of one recipient, or a fault of one message, says nothing of the account. */
function effectOf(fault: Fault): 'counts' | 'opens' | 'ignores' {
  const { breaker } = FAULTS[fault.code];
  const scope = scopeOf(fault);
  if (scope === 'conversation' || (scope === 'message' && breaker === 'opens')) return 'ignores';
  return breaker;
}
