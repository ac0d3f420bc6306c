/** The way of one message through the gate, from when it was given out until it is laid down again. */
import type { SendResult } from '../message/fault.ts';
import type { AccountState } from '../storage/send-queue.ts';
import { askedNobody } from './breaker.ts';
import type { Account } from './gate-account.ts';
import type { Bucket } from './pace-bucket.ts';

export interface Pass extends Disposable {
  /** How long until its next wire message may go. 0: it may, and has its place. */
  wait(): number;
  /** Null when that changed meanwhile: nothing was sent. What was learned is kept when it resolves. */
  run(send: () => Promise<SendResult>): Promise<SendResult | null>;
  /** Whether another message of the account went well within the last so many milliseconds. */
  wentWellWithin(ms: number): boolean;
  /** The account's breaker is open: that one fails now says little of its message. */
  isOutage(): boolean;
  /** How long ago the breaker closed; infinity: it was never open. */
  worksForMs(): number;
  /** Waits for the platform; when that takes long, others have the place meanwhile. */
  patiently<T>(work: () => Promise<T>): Promise<T>;
}

/** Who shares the slots. */
export interface Sharer {
  readonly bucket: Bucket;
  inFlight: number;
}

export interface PassOptions {
  readonly account: Account;
  readonly tenant: Sharer;
  readonly conversation: string;
  readonly now: () => number;
  readonly wallNow: () => number;
  readonly keep: (account: AccountState) => Promise<void>;
  /** Puts one more aside, unless too many are; ends with the returned function. */
  readonly putAside: () => (() => void) | null;
}

/** A platform that answers at all has mostly done so by then. */
const SLOW_MS = 1_000;

export function createPass(options: PassOptions): Pass {
  const { account, tenant, conversation, now, wallNow, keep, putAside } = options;
  const shared = [account.pace.account, tenant.bucket];
  const own = (at: number): Bucket => account.pace.conversation(conversation, at);
  /** `token`: one of the account's and one of the tenant's are set aside. `place`: one of the conversation's too. */
  let has: 'nothing' | 'token' | 'place' = 'nothing';
  let giveBacks: (() => void)[] = [];
  account.inFlight++;
  tenant.inFlight++;

  function setAside(at: number): void {
    giveBacks = shared.map(bucket => bucket.take(at));
    has = 'token';
  }
  function used(): void {
    giveBacks = [];
    has = 'nothing';
  }
  const closedFor = (at: number): number =>
    Math.max(account.breaker.wait(at), account.pace.account.closedFor(at), own(at).closedFor(at));

  /** The account still has it in flight: a platform that hangs may have no more than its share. */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    const aside: { end: (() => void) | null } = { end: null };
    const timer = setTimeout(() => {
      // Before others are told that there is room.
      tenant.inFlight--;
      aside.end = putAside();
      if (aside.end === null) tenant.inFlight++;
    }, SLOW_MS);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      if (aside.end !== null) {
        tenant.inFlight++;
        aside.end();
      }
    }
  }

  // The allowance counted on it: others that are given out before this one is sent must not get it as well.
  if (shared.every(bucket => bucket.free(now()) > 0)) setAside(now());
  return {
    wait() {
      const at = now();
      const closedMs = closedFor(at);
      if (closedMs > 0 || has === 'place') return closedMs;
      const asked = has === 'token' ? [own(at)] : [own(at), ...shared];
      const waitMs = Math.max(...asked.map(bucket => bucket.wait(at)));
      if (waitMs > 0) return waitMs;
      if (has === 'nothing') setAside(at);
      giveBacks.push(own(at).take(at));
      has = 'place';
      return 0;
    },
    async run(send) {
      const startedAt = now();
      if (closedFor(startedAt) > 0) return null;
      const result = await account.breaker.run(() => patiently(send));
      if (result === null) return null;
      // What nobody was asked has its place still.
      if (!askedNobody(result)) used();
      account.learn({ conversation, startedAt, result }, now());
      const kept = account.toKeep(now(), wallNow());
      if (kept !== null) await keep(kept);
      return result;
    },
    wentWellWithin: ms => now() - account.wentWellAt <= ms,
    isOutage: () => account.breaker.isOpen,
    worksForMs: () => now() - account.worksSince,
    patiently,
    [Symbol.dispose]() {
      for (const giveBack of giveBacks) giveBack();
      account.inFlight--;
      tenant.inFlight--;
    },
  };
}

/** For a channel that is not configured: its messages end before they would be sent. */
export const FREE_PASS: Pass = {
  wait: () => 0,
  run: send => send(),
  wentWellWithin: () => false,
  isOutage: () => false,
  worksForMs: () => Number.POSITIVE_INFINITY,
  patiently: work => work(),
  [Symbol.dispose]() {},
};
