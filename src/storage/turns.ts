/**
 * Whose turn it is: tenants take turns, and the accounts of a tenant. Within an account what is fresh and what has
 * waited for long stand in two lines, so that a backlog, as after an outage, does not hold up conversations that
 * have only begun.
 */
import { type Fifo, fifo } from './fifo.ts';

/** How much may be given out; whoever is not named has the bound of all. */
export interface Allowance {
  readonly perTenant: number;
  readonly perAccount: number;
  readonly tenants: ReadonlyMap<string, number>;
  /** By `accountKey`. */
  readonly accounts: ReadonlyMap<string, number>;
}

export const accountKey = (tenant: string, channel: string): string => `${tenant}/${channel}`;

/** Something that waits for its turn; one that is not valid any more is passed over. */
export interface Waiting {
  readonly tenant: string;
  readonly account: string;
  /** Since when it waits, on the clock of `now`. */
  readonly since: number;
  isValid(): boolean;
}

export interface Turns<Entry extends Waiting> {
  add(entry: Entry): void;
  /** Up to `limit`, and no more of anyone than it is allowed. */
  take(limit: number, allowance?: Allowance): readonly Entry[];
  clear(): void;
}

/** What has waited for longer than this is backlog. */
export const FRESH_MS = 60_000;
/** While there is a backlog, one of so many is fresh. */
const FRESH_SHARE = 5;

interface Lines<Entry> {
  readonly fresh: Fifo<Entry>;
  readonly backlog: Fifo<Entry>;
  taken: number;
}

type Accounts<Entry> = Map<string, Lines<Entry>>;

export function turns<Entry extends Waiting>(now: () => number): Turns<Entry> {
  /** In the order of their turns. */
  const tenants = new Map<string, Accounts<Entry>>();

  function nextOf(accounts: Accounts<Entry>, mayGive: (account: string) => boolean): Entry | undefined {
    const passed: [string, Lines<Entry>][] = [];
    let found: Entry | undefined;
    for (const [account, lines] of accounts) {
      if (!mayGive(account)) continue;
      found = pick(lines, now());
      accounts.delete(account);
      if (lines.fresh.size + lines.backlog.size > 0) passed.push([account, lines]);
      if (found !== undefined) break;
    }
    for (const [account, lines] of passed) accounts.set(account, lines);
    return found;
  }

  const entryOf = ([tenant, accounts]: [string, Accounts<Entry>], left: Left): Entry | undefined =>
    left.tenant(tenant) > 0 ? nextOf(accounts, key => left.account(key) > 0) : undefined;

  return {
    add(entry) {
      const accounts: Accounts<Entry> = tenants.get(entry.tenant) ?? new Map();
      tenants.set(entry.tenant, accounts);
      const lines = accounts.get(entry.account) ?? { fresh: fifo<Entry>(), backlog: fifo<Entry>(), taken: 0 };
      accounts.set(entry.account, lines);
      (isOld(entry, now()) ? lines.backlog : lines.fresh).push(entry);
    },
    take(limit, allowance) {
      const left = counting(allowance);
      const taken: Entry[] = [];
      const passed: [string, Accounts<Entry>][] = [];
      // A tenant that is passed over is not asked again: no more rounds than tenants can be in vain.
      let chances = tenants.size;
      while (taken.length < limit && chances > 0) {
        const [turn] = tenants;
        if (turn === undefined) break;
        const [tenant, accounts] = turn;
        const entry = entryOf(turn, left);
        // The tenant goes behind the others for its next turn.
        tenants.delete(tenant);
        if (entry === undefined) {
          chances--;
          if (accounts.size > 0) passed.push(turn);
          continue;
        }
        if (accounts.size > 0) tenants.set(tenant, accounts);
        left.took(entry);
        taken.push(entry);
      }
      for (const [tenant, accounts] of passed) tenants.set(tenant, accounts);
      return taken;
    },
    clear: () => tenants.clear(),
  };
}

const isOld = (entry: Waiting, now: number): boolean => now - entry.since >= FRESH_MS;

/** The one that has waited longest, but now and then a fresh one. */
function pick<Entry extends Waiting>(lines: Lines<Entry>, now: number): Entry | undefined {
  const { fresh, backlog } = lines;
  for (let first = fresh.first(); first !== undefined && isOld(first, now); first = fresh.first()) {
    fresh.shift();
    if (first.isValid()) backlog.push(first);
  }
  const freshFirst = backlog.size === 0 || ++lines.taken % FRESH_SHARE === 0;
  const order = freshFirst ? [fresh, backlog] : [backlog, fresh];
  for (const line of order) {
    for (let entry = line.shift(); entry !== undefined; entry = line.shift())
      if (entry.isValid()) return entry;
  }
  return undefined;
}

/** What is left to give out. */
type Left = ReturnType<typeof counting>;

function counting(allowance: Allowance | undefined) {
  const tenants = new Map(allowance?.tenants);
  const accounts = new Map(allowance?.accounts);
  const tenant = (name: string): number =>
    tenants.get(name) ?? allowance?.perTenant ?? Number.POSITIVE_INFINITY;
  const account = (key: string): number =>
    accounts.get(key) ?? allowance?.perAccount ?? Number.POSITIVE_INFINITY;
  return {
    tenant,
    account,
    took(entry: Waiting) {
      tenants.set(entry.tenant, tenant(entry.tenant) - 1);
      accounts.set(entry.account, account(entry.account) - 1);
    },
  };
}
