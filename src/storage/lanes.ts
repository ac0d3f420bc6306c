/**
 * Who may be worked on next. One lane is one conversation: its items go one after the other, lanes go side by
 * side, and tenants take turns, so that one with a long queue does not hold up the others. Kept in memory by
 * whoever owns the conversations; what is open is loaded again from the store at start.
 */

/** A suspect was being worked on when the process or its thread ended: it is given out apart from the others. */
export type Kind = 'clean' | 'suspect';

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
  readonly #ready: Record<Kind, Map<string, Lane[]>> = { clean: new Map(), suspect: new Map() };
  readonly #suspects = new Set<number>();
  readonly #onReady: (kind: Kind) => void;
  #size = 0;

  /** `onReady` is told when there is something to claim; it may be told more often than needed. */
  constructor(onReady: (kind: Kind) => void) {
    this.#onReady = onReady;
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
  claim(limit: number, kind: Kind = 'clean'): readonly Claim[] {
    const ready = this.#ready[kind];
    const claims: Claim[] = [];
    while (claims.length < limit) {
      const [turn] = ready;
      if (turn === undefined) break;
      const [tenant, queue] = turn;
      const lane = queue.shift();
      // The tenant goes behind the others for its next turn.
      ready.delete(tenant);
      if (queue.length > 0) ready.set(tenant, queue);
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
    if (at === 0) this.#unqueue(lane);
    lane.items.splice(at, 1);
    this.#suspects.delete(item);
    this.#size--;
    if (at > 0) return;
    if (lane.items.length > 0) this.#schedule(lane, 0);
    else this.#lanes.delete(key);
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
    if (lane.state === 'ready') return;
    lane.state = 'ready';
    const kind = this.#kindOf(lane);
    const queue = this.#ready[kind].get(lane.tenant);
    if (queue === undefined) this.#ready[kind].set(lane.tenant, [lane]);
    else queue.push(lane);
    this.#onReady(kind);
  }

  #kindOf(lane: Lane): Kind {
    const [head] = lane.items;
    return head !== undefined && this.#suspects.has(head) ? 'suspect' : 'clean';
  }

  /** Neither ready nor waiting any more. */
  #unqueue(lane: Lane): void {
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = null;
    if (lane.state !== 'ready') return;
    lane.state = 'waiting';
    const ready = this.#ready[this.#kindOf(lane)];
    const queue = ready.get(lane.tenant);
    const at = queue?.indexOf(lane) ?? -1;
    if (queue === undefined || at === -1) return;
    queue.splice(at, 1);
    if (queue.length === 0) ready.delete(lane.tenant);
  }
}
