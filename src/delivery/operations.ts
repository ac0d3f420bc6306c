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
  /** The record it came in with; null where that is no longer kept. Throws what the system says against it. */
  readonly open: (quarantined: Quarantined) => OpenRecord | null;
  /** An operation waits until it can go on, or was stopped because of something nobody expected; and why. */
  readonly onTrouble: (operation: string, what: 'waits' | 'stopped', cause: string) => void;
  readonly newId: () => string;
  readonly stop: AbortSignal;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
  /** Another time, for tests. */
  readonly lookAgainMs?: number;
}

/** A record whose bytes are at hand. */
export interface OpenRecord {
  /** What it says now. */
  read(): ReadRecord;
  /** The same record, of which nothing can be read: where the store cannot take what was. */
  unreadable(): ReadRecord;
}

/** A step this long holds up nobody's acknowledgement. */
const MAX_STEP = 100;
const STEP_MS = 50;
const LOOK_AGAIN_MS = 5_000;

interface Loop extends OperationsOptions {
  readonly lookAgainMs: number;
  /** By this name the store knows what this process has begun to read. */
  readonly reader: string;
}

/** An operation that is under way. */
interface Going {
  readonly pace: Pace;
  /** What it waits for. */
  scarce: string | null;
}

/** Runs until the signal. */
export async function runOperations(options: OperationsOptions): Promise<void> {
  const { store, stop, newId, lookAgainMs = LOOK_AGAIN_MS } = options;
  const loop: Loop = { ...options, lookAgainMs, reader: newId() };
  const bell = createBell();
  const stopListening = store.onReady('operations', bell.ring);
  const under = new Map<string, Going>();
  while (!stop.aborted) {
    const running = await persist(() => store.runningOperations(), stop).catch(ifStopped(stop));
    for (const id of under.keys()) if (!running.some(operation => operation.id === id)) under.delete(id);
    let waitMs = lookAgainMs;
    for (const { id, rate } of running) {
      const going = under.get(id) ?? { pace: newPace(rate, performance.now()), scarce: null };
      under.set(id, going);
      await goOn(id, going, loop);
      waitMs = Math.min(waitMs, going.pace.waitMs());
    }
    if (!stop.aborted) await bell.rest(waitMs, stop);
  }
  stopListening();
}

async function goOn(operation: string, going: Going, loop: Loop): Promise<void> {
  const limit = going.pace.take(performance.now());
  if (limit === 0) return;
  const { scarce } = await step(operation, limit, loop);
  if (scarce !== null) {
    if (going.scarce === null) loop.onTrouble(operation, 'waits', scarce);
    going.pace.rest(loop.lookAgainMs);
  }
  going.scarce = scarce;
}

/** `scarce`: what there is not enough of at the moment, so that it goes on later. */
interface Stepped {
  readonly scarce: string | null;
}

const WENT_ON: Stepped = { scarce: null };

/** One operation that fails ends neither the others nor the hub, which would do the same at its next start. */
async function step(operation: string, limit: number, loop: Loop): Promise<Stepped> {
  const { store, stop, newId, onTrouble } = loop;
  try {
    return await advance(operation, limit, loop);
  } catch (error) {
    if (stop.aborted) return WENT_ON;
    const action = { id: newId(), who: 'hub', key: null, digest: '' };
    await persist(() => store.stopOperation(operation, action), stop).catch(ifStopped(stop));
    onTrouble(operation, 'stopped', error instanceof Error ? error.message : 'it failed');
    return WENT_ON;
  }
}

async function advance(operation: string, limit: number, loop: Loop): Promise<Stepped> {
  const { store, stop, crash } = loop;
  for (let left = limit; left > 0 && !stop.aborted; ) {
    const progress = await persist(() => store.advanceOperation({ operation, limit: left }), stop);
    left -= progress.processed;
    crash('CP14');
    if (progress.quarantined === null) break;
    const { scarce } = await readAgain(operation, progress.quarantined, loop);
    if (scarce !== null) return { scarce };
    left--;
  }
  return WENT_ON;
}

async function readAgain(operation: string, quarantined: Quarantined, loop: Loop): Promise<Stepped> {
  const { store, stop, newId, open, reader } = loop;
  const { item } = quarantined;
  const again = { operation, item, id: newId() };
  const settle = (record: ReadRecord | 'raw-gone' | 'raw-failed'): Promise<void> =>
    persist(() => store.reread({ ...again, record }), stop);
  const opened = opening(() => open(quarantined));
  if ('scarce' in opened) return opened;
  const { record } = opened;
  if (typeof record === 'string') await settle(record);
  // Whatever an adapter does to this process from here on, the next one knows what it was about to read.
  else if (await persist(() => store.beginReread({ operation, item, reader }), stop)) {
    try {
      await settle(record.read());
    } catch (error) {
      if (stop.aborted || error instanceof StoreUnavailable) throw error;
      // What an adapter makes of it cannot be stored: it is a letter again, and the operation goes on.
      await settle(record.unreadable());
    }
  }
  return WENT_ON;
}

/** Of files that may be open, of memory: there will be more. */
const SCARCE: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

function opening(
  open: () => OpenRecord | null,
): { readonly record: OpenRecord | 'raw-gone' | 'raw-failed' } | { readonly scarce: string } {
  try {
    return { record: open() ?? 'raw-gone' };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined || code === undefined) throw error;
    return SCARCE.has(code) ? { scarce: code } : { record: 'raw-failed' };
  }
}

interface Pace {
  /** How many may go now; they are spent. */
  take(now: number): number;
  waitMs(): number;
  /** None before this time is over. */
  rest(ms: number): void;
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
      const whole = Math.max(0, Math.floor(saved));
      saved -= whole;
      return whole;
    },
    waitMs: () => Math.max(STEP_MS, ((1 - saved) * 1_000) / rate),
    rest(ms) {
      saved = 1 - (ms * rate) / 1_000;
    },
  };
}

const ifStopped =
  (stop: AbortSignal) =>
  (error: unknown): never[] => {
    if (stop.aborted) return [];
    throw error;
  };
