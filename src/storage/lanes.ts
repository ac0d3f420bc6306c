/**
 * Who may be worked on next. One lane is one conversation: its items go one after the other, lanes go side by
 * side, and tenants take turns, so that one with a long queue does not hold up the others. Kept in memory by
 * whoever owns the conversations; what is open is loaded again from the store at start.
 */

export interface Claim {
  readonly lane: number;
  readonly item: number;
}

interface Lane {
  readonly key: number;
  readonly tenant: string;
  readonly items: number[];
  state: 'ready' | 'claimed' | 'waiting';
  timer: NodeJS.Timeout | null;
}

export class Lanes {
  readonly #lanes = new Map<number, Lane>();
  /** Lanes whose head may be claimed, by tenant; tenants in the order of their turns. */
  readonly #ready = new Map<string, Lane[]>();
  readonly #onReady: () => void;
  #size = 0;

  /** `onReady` is told when there is something to claim; it may be told more often than needed. */
  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  /** Items in all lanes, claimed ones included. */
  get size(): number {
    return this.#size;
  }

  /** Appends an item to its lane. The wait counts only where it becomes the lane's head. */
  add(key: number, tenant: string, item: number, waitMs = 0): void {
    this.#size++;
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.items.push(item);
      return;
    }
    const made: Lane = { key, tenant, items: [item], state: 'waiting', timer: null };
    this.#lanes.set(key, made);
    this.#schedule(made, waitMs);
  }

  /** The heads of up to `limit` lanes. Each lane is the caller's until `done`, `hold` or `putBack`. */
  claim(limit: number): readonly Claim[] {
    const claims: Claim[] = [];
    while (claims.length < limit) {
      const [turn] = this.#ready;
      if (turn === undefined) break;
      const [tenant, queue] = turn;
      const lane = queue.shift();
      // The tenant goes behind the others for its next turn.
      this.#ready.delete(tenant);
      if (queue.length > 0) this.#ready.set(tenant, queue);
      const item = lane?.items[0];
      if (lane === undefined || item === undefined) continue;
      lane.state = 'claimed';
      claims.push({ lane: lane.key, item });
    }
    return claims;
  }

  /** The item is finished, claimed or waiting; the next of its lane becomes the head. */
  done(key: number, item: number): void {
    const lane = this.#lanes.get(key);
    const at = lane?.items.indexOf(item) ?? -1;
    if (lane === undefined || at === -1) return;
    lane.items.splice(at, 1);
    this.#size--;
    if (at > 0) return;
    if (lane.items.length > 0) this.#schedule(lane, 0);
    else this.#drop(lane);
  }

  /** The claimed head stays the head, and waits. Not below zero and not beyond what a timer takes. */
  hold(key: number, waitMs: number): void {
    const lane = this.#lanes.get(key);
    if (lane?.state === 'claimed') this.#schedule(lane, waitMs);
  }

  /** Ends a wait at once. */
  wake(key: number): void {
    const lane = this.#lanes.get(key);
    if (lane?.state === 'waiting') this.#schedule(lane, 0);
  }

  isClaimed(key: number): boolean {
    return this.#lanes.get(key)?.state === 'claimed';
  }

  /** Forgets everything; timers end. */
  clear(): void {
    for (const lane of this.#lanes.values()) if (lane.timer !== null) clearTimeout(lane.timer);
    this.#lanes.clear();
    this.#ready.clear();
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
    if (lane.state === 'ready') return;
    lane.state = 'ready';
    const queue = this.#ready.get(lane.tenant);
    if (queue === undefined) this.#ready.set(lane.tenant, [lane]);
    else queue.push(lane);
    this.#onReady();
  }

  #drop(lane: Lane): void {
    if (lane.timer !== null) clearTimeout(lane.timer);
    this.#lanes.delete(lane.key);
    const queue = this.#ready.get(lane.tenant);
    const at = queue?.indexOf(lane) ?? -1;
    if (queue !== undefined && at !== -1) {
      queue.splice(at, 1);
      if (queue.length === 0) this.#ready.delete(lane.tenant);
    }
  }
}
