/**
 * What may go now: before every message the account's bucket, the conversation's, the tenant's and the breaker are
 * asked, and after every attempt they are told. What may not go yet stays in the store and takes no slot.
 */
import type { Rate } from '../channels/capabilities.ts';
import type { Ages } from '../clock/clock.ts';
import type { AccountState, SendItem } from '../storage/send-queue.ts';
import { type Allowance, accountKey } from '../storage/turns.ts';
import type { BreakerState } from './breaker.ts';
import type { Outlet } from './deliver-run.ts';
import { type Account, createAccount } from './gate-account.ts';
import { readKept } from './gate-kept.ts';
import { createPass, FREE_PASS, type Pass, type Sharer } from './gate-pass.ts';
import type { PaceState } from './pace.ts';
import { createBucket } from './pace-bucket.ts';

export interface GateOptions {
  /** Known from the start; others are when their first message comes. */
  readonly accounts: readonly AccountName[];
  /** Undefined for a channel that is not configured: nothing is sent there. */
  readonly outlet: (tenant: string, channel: string) => Outlet | undefined;
  /** How many messages are on their way at once. */
  readonly width: number;
  /** Of each tenant; null: no limit. */
  readonly tenantRate: Rate | null;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly ages: Pick<Ages, 'since'>;
  readonly keep: (account: AccountState) => Promise<void>;
  /** Attempts are being cut off from our side. */
  readonly stopping: () => boolean;
}

export interface AccountName {
  readonly tenant: string;
  readonly channel: string;
}

export interface Gate extends Disposable {
  /** Accounts as they were when the process before ended. */
  load(accounts: readonly AccountState[]): void;
  allowance(): Allowance;
  admit(item: SendItem): Pass;
  /** The rules of this account changed: what comes goes by the new ones, with what was learned. */
  renew(tenant: string, channel: string): void;
  /** How many wait for a slow platform, and leave their slots to others. */
  aside(): number;
  /** Calls back when something may go that could not. Ends with the returned function. */
  onOpening(wake: () => void): () => void;
  /** Accounts that send nothing at the moment, and why. */
  closed(): readonly (AccountName & { readonly reason: string })[];
  paceState(): readonly (AccountName & PaceState)[];
  breakerStates(): readonly (AccountName & BreakerState)[];
}

/** Of the slots: a platform that hangs, or a tenant that floods, leaves some to others. */
const ACCOUNT_SHARE = 1 / 2;
const TENANT_SHARE = 3 / 4;
/** What waits for slow platforms is bounded as well; beyond this it keeps its slots. */
const MAX_ASIDE = 1_024;
/** Finer than this, waking up costs more than it brings. */
const LEAST_WAKE_MS = 10;
const LONGEST_WAKE_MS = 60_000;

export function createGate(options: GateOptions): Gate {
  const { now, wallNow, ages, keep, stopping } = options;
  const perAccount = Math.max(1, Math.floor(options.width * ACCOUNT_SHARE));
  const perTenant = Math.max(1, Math.floor(options.width * TENANT_SHARE));
  const accounts = new Map<string, Account>();
  const tenants = new Map<string, Sharer>();
  const opening = alarm();
  let aside = 0;

  function putAside(): (() => void) | null {
    if (aside >= MAX_ASIDE) return null;
    aside++;
    opening.ring();
    return () => {
      aside--;
    };
  }

  function accountOf(
    tenant: string,
    channel: string,
    was?: AccountState,
    before?: Account,
  ): Account | undefined {
    const key = accountKey(tenant, channel);
    const known = accounts.get(key);
    const outlet = known === undefined ? options.outlet(tenant, channel) : undefined;
    if (outlet === undefined) return known;
    const { rates, policy } = outlet;
    const rules = { rates, rateLimit: policy.rateLimit, breaker: policy.breaker };
    const kept = readKept(was?.state, ages);
    const made = createAccount({ tenant, channel, rules, kept, before, now, stopping });
    accounts.set(key, made);
    return made;
  }

  function tenantOf(name: string): Sharer {
    const rates = options.tenantRate === null ? [] : [options.tenantRate];
    const found = tenants.get(name) ?? { bucket: createBucket(rates, 1, now()), inFlight: 0 };
    tenants.set(name, found);
    return found;
  }

  return {
    load(all) {
      for (const account of all) accountOf(account.tenant, account.channel, account);
      for (const { tenant, channel } of options.accounts) accountOf(tenant, channel);
    },
    allowance() {
      const at = now();
      const waits: number[] = [];
      const ofAccounts = new Map<string, number>();
      const ofTenants = new Map<string, number>();
      for (const [key, account] of accounts) {
        const count = account.allowed(at, perAccount);
        if (count < perAccount) ofAccounts.set(key, count);
        if (count === 0) waits.push(Math.max(account.breaker.wait(at), account.pace.account.wait(at)));
      }
      for (const [name, { bucket, inFlight }] of tenants) {
        const count = Math.max(0, Math.min(perTenant - inFlight, bucket.free(at)));
        if (count < perTenant) ofTenants.set(name, count);
        if (count === 0) waits.push(bucket.wait(at));
      }
      // Who waits for one under way is looked at again when that one ends.
      opening.set(waits.filter(waitMs => waitMs > 0));
      return { perTenant, perAccount, tenants: ofTenants, accounts: ofAccounts };
    },
    admit(item) {
      const { tenant: name, channel, conversation } = item.message.address;
      const account = accountOf(name, channel);
      if (account === undefined) return FREE_PASS;
      const tenant = tenantOf(name);
      return createPass({ account, tenant, conversation, now, wallNow, keep, putAside });
    },
    renew(tenant, channel) {
      const key = accountKey(tenant, channel);
      const old = accounts.get(key);
      if (old === undefined) return;
      accounts.delete(key);
      accountOf(tenant, channel, old.state(now(), wallNow()), old);
      old.retire();
      opening.ring();
    },
    aside: () => aside,
    onOpening: opening.listen,
    closed: () => [...accounts.values()].flatMap(account => closedNow(account, now())),
    paceState: () => [...accounts.values()].map(one => ({ ...nameOf(one), ...one.pace.state(now()) })),
    breakerStates: () => [...accounts.values()].map(one => ({ ...nameOf(one), ...one.breaker.state(now()) })),
    [Symbol.dispose]: () => opening.set([]),
  };
}

const nameOf = ({ tenant, channel }: Account): AccountName => ({ tenant, channel });

function closedNow(account: Account, now: number): readonly (AccountName & { readonly reason: string })[] {
  const { fault } = account.breaker.state(now);
  if (fault !== null)
    return [{ ...nameOf(account), reason: `sending is paused: ${fault.code}: ${fault.detail}` }];
  const closedMs = account.pace.account.closedFor(now);
  if (closedMs === 0) return [];
  const reason = `the platform asked us to wait; ${Math.ceil(closedMs / 1_000)} s of it are left`;
  return [{ ...nameOf(account), reason }];
}

/** Rings at the earliest of the waits, whichever was set last. */
function alarm() {
  let timer: NodeJS.Timeout | undefined;
  let ring = (): void => {};
  return {
    set(waits: readonly number[]): void {
      clearTimeout(timer);
      if (waits.length === 0) return;
      const waitMs = Math.min(Math.max(LEAST_WAKE_MS, Math.min(...waits)), LONGEST_WAKE_MS);
      timer = setTimeout(() => ring(), waitMs);
    },
    ring: () => ring(),
    listen(wake: () => void): () => void {
      ring = wake;
      return () => {
        ring = () => {};
      };
    },
  };
}
