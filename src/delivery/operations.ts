/**
 * Replays and discards of dead letters, carried out: a few at a time, as many a second as each operation may. Where
 * an operation stands is in the store, so whatever ends this loop, the next one goes on from there.
 */
import { createBell } from '../storage/bell.ts';
import type { Quarantined } from '../storage/dead-letters.ts';
import { persist } from '../storage/persist.ts';
import { type ReadRecord, type Store, StoreUnavailable } from '../storage/store.ts';

export interface OperationsOptions {
  readonly store: Store;
  /** What the record it came in with says now; null where that is no longer kept. */
  readonly read: (quarantined: Quarantined) => ReadRecord | null;
  /** The same record, of which nothing can be read: where the store cannot take what was. */
  readonly unreadable: (quarantined: Quarantined) => ReadRecord | null;
  readonly newId: () => string;
  readonly stop: AbortSignal;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
}

/** A step this long holds up nobody's acknowledgement. */
const MAX_STEP = 100;
const STEP_MS = 50;
const LOOK_AGAIN_MS = 5_000;

/** Runs until the signal. */
export async function runOperations(options: OperationsOptions): Promise<void> {
  const { store, stop } = options;
  const bell = createBell();
  const stopListening = store.onReady('operations', bell.ring);
  const paces = new Map<string, Pace>();
  while (!stop.aborted) {
    const running = await persist(() => store.runningOperations(), stop).catch(ifStopped(stop));
    for (const id of paces.keys()) if (!running.some(operation => operation.id === id)) paces.delete(id);
    let waitMs = LOOK_AGAIN_MS;
    for (const { id, rate } of running) {
      const pace = paces.get(id) ?? newPace(rate, performance.now());
      paces.set(id, pace);
      const limit = pace.take(performance.now());
      if (limit > 0) await advance(id, limit, options).catch(ifStopped(stop));
      waitMs = Math.min(waitMs, pace.waitMs());
    }
    if (!stop.aborted) await bell.rest(waitMs, stop);
  }
  stopListening();
}

async function advance(operation: string, limit: number, options: OperationsOptions): Promise<never[]> {
  const { store, stop, crash } = options;
  for (let left = limit; left > 0 && !stop.aborted; ) {
    const progress = await persist(() => store.advanceOperation({ operation, limit: left }), stop);
    left -= progress.processed;
    crash('CP14');
    if (progress.quarantined === null) break;
    await readAgain(operation, progress.quarantined, options);
    left--;
  }
  return [];
}

async function readAgain(
  operation: string,
  quarantined: Quarantined,
  options: OperationsOptions,
): Promise<void> {
  const { store, stop, newId, read, unreadable } = options;
  const again = { operation, item: quarantined.item, id: newId() };
  const take = (record: ReadRecord | null): Promise<void> =>
    persist(() => store.reread({ ...again, record }), stop);
  try {
    await take(read(quarantined));
  } catch (error) {
    if (stop.aborted || error instanceof StoreUnavailable) throw error;
    // What an adapter makes of it cannot be stored: it is a letter again, and the operation goes on.
    await take(unreadable(quarantined));
  }
}

interface Pace {
  /** How many may go now; they are spent. */
  take(now: number): number;
  waitMs(): number;
}

/** At most a step's worth is saved up, and one: what is left of a whole letter after a step is not lost. */
export function newPace(rate: number, begunAt: number): Pace {
  const most = Math.min(MAX_STEP, (rate * STEP_MS) / 1_000) + 1;
  let saved = Math.max(1, most - 1);
  let at = begunAt;
  return {
    take(now) {
      saved = Math.min(most, saved + ((now - at) * rate) / 1_000);
      at = now;
      const whole = Math.floor(saved);
      saved -= whole;
      return whole;
    },
    waitMs: () => Math.max(STEP_MS, ((1 - saved) * 1_000) / rate),
  };
}

const ifStopped =
  (stop: AbortSignal) =>
  (error: unknown): never[] => {
    if (stop.aborted) return [];
    throw error;
  };
