/**
 * Who may be worked on next. One lane is one conversation: its items go one after the other, lanes go side by
 * side, and tenants take turns, so that one with a long queue does not hold up the others. Kept in memory by
 * whoever owns the conversations; what is open is loaded again from the store at start.
 */
import { type Allowance, type Turns, turns, type Waiting } from './turns.ts';

/** A suspect was being worked on when the process or its thread ended: it is given out apart from the others. */
export type Kind = 'clean' | 'suspect';

export interface Claim {
  readonly lane: number;
  readonly item: number;
}

/** What else is known of an item. */
export interface ItemFacts {
  /** The account its lane belongs to, by `accountKey`. */
  readonly account?: string;
  /** How long it has waited already. */
  readonly ageMs?: number;
}

interface Item {
  readonly item: number;
  readonly since: number;
}

interface Lane {
  readonly key: number;
  readonly tenant: string;
  readonly account: string;
  readonly items: Item[];
  state: 'ready' | 'claimed' | 'waiting';
  /** Its place among those that are ready; one that it gave up is passed over. */
  place: Place | null;
  timer: NodeJS.Timeout | null;
}

interface Place extends Waiting {
  readonly lane: Lane;
}

const LONGEST_LEFT_MS = 3_600_000;

/**
 * What is left at a start of a wait that ends at `dueAt`. Nothing where that is very long: most likely the clock was
 * set back meanwhile, and what is tried too early waits again.
 */
export const remainingWait = (dueAt: number, now: number): number =>
  dueAt - now > LONGEST_LEFT_MS ? 0 : dueAt - now;

/** The monotonic clock: a jump of the wall clock makes nothing old. */
const monotonic = (): number => performance.now();

export class Lanes {
  readonly #lanes = new Map<number, Lane>();
  /** Lanes whose head may be claimed. */
  readonly #ready: Record<Kind, Turns<Place>>;
  readonly #suspects = new Set<number>();
  readonly #onReady: (kind: Kind) => void;
  readonly #now: () => number;
  #size = 0;

  /** `onReady` is told when there is something to claim; it may be told more often than needed. */
  constructor(onReady: (kind: Kind) => void, now: () => number = monotonic) {
    this.#onReady = onReady;
    this.#now = now;
    this.#ready = { clean: turns(now), suspect: turns(now) };
  }

  /** From now on the item is only given out among suspects. */
  suspect(item: number): void {
    this.#suspects.add(item);
  }

  /** Items in all lanes, claimed ones included. */
  get size(): number {
    return this.#size;
  }

  /** Appends an item to its lane. The wait counts only where it becomes the lane's head. */
  add(
    key: number,
    tenant: string,
    item: number,
    waitMs = 0,
    { account = '', ageMs = 0 }: ItemFacts = {},
  ): void {
    this.#size++;
    const entry = { item, since: this.#now() - ageMs };
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.items.push(entry);
      return;
    }
    const made: Lane = { key, tenant, account, items: [entry], state: 'waiting', place: null, timer: null };
    this.#lanes.set(key, made);
    this.#schedule(made, waitMs);
  }

  /** The heads of up to `limit` lanes. Each lane is the caller's until `done`, `hold` or `putBack`. */
  claim(limit: number, kind: Kind = 'clean', allowance?: Allowance): readonly Claim[] {
    return this.#ready[kind].take(limit, allowance).flatMap(({ lane }) => {
      const [head] = lane.items;
      if (head === undefined) return [];
      lane.state = 'claimed';
      lane.place = null;
      return [{ lane: lane.key, item: head.item }];
    });
  }

  /** The item is finished, claimed or waiting; the next of its lane becomes the head. */
  done(key: number, item: number): void {
    const lane = this.#lanes.get(key);
    const at = lane?.items.findIndex(entry => entry.item === item) ?? -1;
    if (lane === undefined || at === -1) return;
    if (at === 0) this.#unqueue(lane);
    lane.items.splice(at, 1);
    this.#suspects.delete(item);
    this.#size--;
    if (at > 0) return;
    if (lane.items.length > 0) this.#schedule(lane, 0);
    else this.#lanes.delete(key);
  }

  /** Puts items right behind another one that is in the lane, in their order. */
  addBehind(key: number, item: number, added: readonly number[]): void {
    const items = this.#lanes.get(key)?.items;
    const at = items?.findIndex(entry => entry.item === item) ?? -1;
    if (items === undefined || at === -1) return;
    const since = this.#now();
    items.splice(at + 1, 0, ...added.map(each => ({ item: each, since })));
    this.#size += added.length;
  }

  /**
   * The claimed head stays the head, and waits. Not below zero and not beyond what a timer takes. No effect where the
   * item is not the head any more: it was finished from outside, and the lane is somebody else's.
   */
  hold(key: number, item: number, waitMs: number): void {
    const lane = this.#lanes.get(key);
    if (lane?.state === 'claimed' && lane.items[0]?.item === item) this.#schedule(lane, waitMs);
  }

  /** Tells whoever claims that there is something to see to, beside what can be claimed. */
  nudge(): void {
    this.#onReady('clean');
  }

  /** Ends a wait at once. */
  wake(key: number): void {
    const lane = this.#lanes.get(key);
    if (lane?.state === 'waiting') this.#schedule(lane, 0);
  }

  /** The item right behind another one of its lane. */
  behind(key: number, item: number): number | null {
    const items = this.#lanes.get(key)?.items ?? [];
    const at = items.findIndex(entry => entry.item === item);
    return at === -1 ? null : (items[at + 1]?.item ?? null);
  }

  /** The first items of a lane, and for how long each has been in it. */
  waiting(key: number, limit: number): readonly { readonly item: number; readonly ageMs: number }[] {
    const items = this.#lanes.get(key)?.items.slice(0, limit) ?? [];
    return items.map(({ item, since }) => ({ item, ageMs: this.#now() - since }));
  }

  /** Takes an item out of a lane that is claimed, and stays so for the next of its items. */
  skip(key: number, item: number): void {
    const lane = this.#lanes.get(key);
    const at = lane?.items.findIndex(entry => entry.item === item) ?? -1;
    if (lane === undefined || at === -1) return;
    lane.items.splice(at, 1);
    this.#size--;
  }

  isClaimed(key: number): boolean {
    return this.#lanes.get(key)?.state === 'claimed';
  }

  /** Forgets everything; timers end. */
  clear(): void {
    for (const lane of this.#lanes.values()) if (lane.timer !== null) clearTimeout(lane.timer);
    this.#lanes.clear();
    this.#suspects.clear();
    for (const ready of Object.values(this.#ready)) ready.clear();
    this.#size = 0;
  }

  #schedule(lane: Lane, waitMs: number): void {
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = null;
    if (waitMs > 0) {
      lane.state = 'waiting';
      // Timers run on the monotonic clock: a jump of the wall clock moves no retry.
      lane.timer = setTimeout(() => this.#schedule(lane, 0), Math.min(waitMs, 2 ** 31 - 1));
      return;
    }
    const [head] = lane.items;
    if (lane.state === 'ready' || head === undefined) return;
    lane.state = 'ready';
    const { tenant, account } = lane;
    const place: Place = { lane, tenant, account, since: head.since, isValid: () => lane.place === place };
    lane.place = place;
    const kind = this.#suspects.has(head.item) ? 'suspect' : 'clean';
    this.#ready[kind].add(place);
    this.#onReady(kind);
  }

  /** Neither ready nor waiting any more. */
  #unqueue(lane: Lane): void {
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = null;
    lane.place = null;
    if (lane.state === 'ready') lane.state = 'waiting';
  }
}
