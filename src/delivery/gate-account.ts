/** One account as the gate sees it: its pace, its breaker, and how much of it is on its way. */
import type { Rates } from '../channels/capabilities.ts';
import { FAULTS, isAnswered, type SendResult, scopeOf } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import type { AccountState } from '../storage/send-queue.ts';
import { type Breaker, type BreakerPolicy, createBreaker } from './breaker.ts';
import { type KeptAccount, keptState } from './gate-kept.ts';
import { createPace, type Pace, type RateLimit } from './pace.ts';

/** What the gate has to know of an account. */
export interface AccountRules {
  /** As the platform documents them. */
  readonly rates: Rates | undefined;
  readonly rateLimit: RateLimit;
  readonly breaker: BreakerPolicy;
}

export interface Account {
  readonly tenant: string;
  readonly channel: string;
  readonly pace: Pace;
  readonly breaker: Breaker;
  inFlight: number;
  /** Another stands in its place: nothing of this one is kept any more. */
  retire(): void;
  /** How many more may go now. */
  allowed(now: number, atOnce: number): number;
  /** How an attempt ended. */
  learn(learned: Learned, now: number): void;
  /** When the last that the platform worked for began, by the clock of `now`; minus infinity for none. */
  readonly wentWellAt: number;
  /** When its breaker closed, by the same clock; minus infinity: it was never open. */
  readonly worksSince: number;
  /** As it is, to go on elsewhere. */
  state(now: number, wallNow: number): AccountState;
  /** What is to be kept; null when nothing changed since this was asked for, and of what we cut off ourselves. */
  toKeep(now: number, wallNow: number): AccountState | null;
}

export interface Learned {
  readonly conversation: string;
  readonly startedAt: number;
  readonly result: SendResult;
}

export interface AccountOptions {
  readonly tenant: string;
  readonly channel: string;
  readonly rules: AccountRules;
  readonly kept: KeptAccount;
  /** The account in whose place this one stands: what of it is under way counts here as well. */
  readonly before?: Account | undefined;
  readonly now: () => number;
  /** Attempts are being cut off from our side. */
  readonly stopping: () => boolean;
}

/** After a pause so many at once, and one more with each that goes well: what waited does not come all at once. */
const FIRST_AT_ONCE = 2;

export function createAccount(options: AccountOptions): Account {
  const { tenant, channel, rules, kept, now, stopping } = options;
  let { before } = options;
  const born = now();
  const pace = createPace(rules.rates, rules.rateLimit, { now: born, speed: kept.speed });
  if (kept.closedForMs > 0) pace.account.close(born, kept.closedForMs);
  let changed = false;
  let ramp = kept.breaker === null ? Number.POSITIVE_INFINITY : FIRST_AT_ONCE;
  let wentWellAt = before?.wentWellAt ?? Number.NEGATIVE_INFINITY;
  let isRetired = false;
  let inFlight = 0;
  let worksSince = kept.worksForMs === null ? Number.NEGATIVE_INFINITY : born - kept.worksForMs;
  const breaker = createBreaker({
    policy: rules.breaker,
    now,
    stopping,
    kept: kept.breaker,
    onChange(open) {
      changed = true;
      ramp = FIRST_AT_ONCE;
      if (open) return;
      worksSince = now();
      pace.account.drain(worksSince);
    },
  });

  const account: Account = {
    tenant,
    channel,
    pace,
    breaker,
    get inFlight() {
      if (before?.inFlight === 0) before = undefined;
      return inFlight + (before?.inFlight ?? 0);
    },
    set inFlight(count) {
      inFlight = count - (before?.inFlight ?? 0);
    },
    retire() {
      isRetired = true;
    },
    get wentWellAt() {
      return wentWellAt;
    },
    get worksSince() {
      return worksSince;
    },
    allowed(at, atOnce) {
      if (breaker.wait(at) > 0) return 0;
      const most = breaker.isOpen ? 1 : Math.min(atOnce, ramp);
      return Math.max(0, Math.min(most - account.inFlight, pace.account.free(at)));
    },
    learn({ conversation, startedAt, result }, at) {
      const told = { conversation, startedAt };
      if (result.ok) {
        wentWellAt = startedAt;
        ramp++;
        pace.account.succeeded();
        pace.conversation(conversation, at).succeeded();
        if (result.pace === undefined) return;
        pace.told({ ...told, hint: result.pace }, at);
        changed ||= result.pace.scope === 'account';
      } else if (result.fault.code === 'rate-limited') {
        pace.told({ ...told, fault: result.fault }, at);
        changed ||= scopeOf(result.fault) === 'account';
      } else if (FAULTS[result.fault.code].breaker === 'ignores' && isAnswered(result.fault))
        wentWellAt = startedAt;
    },
    toKeep(at, wallNow) {
      // What is cut off now says nothing of it.
      if (!changed || isRetired || stopping()) return null;
      changed = false;
      return account.state(at, wallNow);
    },
    state(at, wallNow) {
      const open = breaker.kept(at);
      const reason = open === null ? null : `sending is paused: ${open.fault.code}: ${open.fault.detail}`;
      const { speed, closedForMs } = pace.account.state(at);
      const worksForMs = Number.isFinite(worksSince) ? at - worksSince : null;
      const state: JsonValue = keptState({ speed, closedForMs, breaker: open, worksForMs }, wallNow);
      return { tenant, channel, state, reason };
    },
  };
  return account;
}
