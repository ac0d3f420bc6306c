/** From the log into the store: each record read by its channel's adapter, in the order they were accepted. */
import type { InboundEvent } from '../message/event.ts';
import { createBell } from '../storage/bell.ts';
import {
  type Damage,
  formatPosition,
  isBefore,
  type LogReader,
  type LogRecord,
  type Position,
} from '../storage/log.ts';
import { pause, persist } from '../storage/persist.ts';
import { type ReadRecord, type Store, StoreUnavailable } from '../storage/store.ts';
import type { Yielder } from '../storage/yield-to-acknowledging.ts';
import { acceptBatch, type Batch } from './accept-batch.ts';
import { ripening } from './unreadable-places.ts';

export interface Intake {
  readonly reader: LogReader;
  readonly store: Store;
  /** Every event of a record; what cannot be read is an `unreadable` event, never a throw. */
  readonly read: (record: LogRecord, position: Position) => readonly InboundEvent[];
  /** All records of a batch are read. */
  readonly onRead?: () => void;
  /** Everything before this is durable and may be read. */
  readonly durable: () => Position;
  /** Calls back when more is durable. Ends with the returned function. */
  readonly onDurable: (wake: () => void) => () => void;
  readonly onDamage: (damage: Damage) => void;
  /** Nothing can be taken in, and why, for a reason other than the store's being unavailable; null: it can again. */
  readonly onTrouble: (trouble: string | null) => void;
  readonly yielder: Yielder;
  readonly stop: AbortSignal;
  /** Milliseconds, of a clock that nobody sets; another one for tests. */
  readonly now?: () => number;
}

const READ_BYTES = 256 * 1024;
const LOOK_AGAIN_MS = 1_000;
const UNAVAILABLE_MS = 50;
/** Batches begin this far apart at the least: under load a commit then carries many records instead of a few. */
const PACE_MS = 8;

/** Runs until the signal. */
export async function takeInLog(intake: Intake): Promise<void> {
  const { reader, store, yielder, stop } = intake;
  const bell = createBell();
  const stopListening = intake.onDurable(bell.ring);
  const tell = troubleOf(intake);
  const accept = acceptor(intake, trouble => tell('store', trouble));
  const ripe = ripening(intake.now ?? (() => performance.now()));
  let from = await persist(() => store.position(), stop);
  let begunAt = Number.NEGATIVE_INFINITY;
  while (!stop.aborted) {
    const durable = intake.durable();
    if (!isBefore(from, durable)) {
      await bell.rest(LOOK_AGAIN_MS, stop);
      continue;
    }
    const early = begunAt + PACE_MS - performance.now();
    if (early > 0) {
      await pause(early, stop);
      continue;
    }
    begunAt = performance.now();
    yielder.begin();
    const ripened = ripe(reader.read(from, READ_BYTES, durable));
    if (ripened.kind === 'wait') {
      const place = formatPosition(ripened.place);
      tell('disk', `the disk does not give the journal at ${place} (EIO); it is asked again`);
      await pause(LOOK_AGAIN_MS, stop);
      continue;
    }
    tell('disk', null);
    const { batch } = ripened;
    for (const damage of batch.damage) intake.onDamage(damage);
    // Without records there is only what a crash left, or damage, which the reader has named: it is passed over.
    const next = batch.records.length === 0 ? durable : batch.next;
    const records = batch.records.map(({ record, position }): ReadRecord => {
      yielder.pause();
      const { id, at, tenant, channel } = record;
      return { id, at, tenant, channel, position, events: intake.read(record, position) };
    });
    intake.onRead?.();
    // Where it was not stored, or nobody knows, the store's own position says.
    if (await accept({ from, next, records })) from = next;
    else from = await persist(() => store.position(), stop).catch(() => from);
  }
  stopListening();
}

/** Each of the two may be out of order; told is what is worst, and that only when it changes. */
function troubleOf({ onTrouble }: Intake): (of: 'disk' | 'store', trouble: string | null) => void {
  const known: { disk: string | null; store: string | null } = { disk: null, store: null };
  let told: string | null = null;
  return (of, trouble) => {
    known[of] = trouble;
    const now = known.disk ?? known.store;
    if (now === told) return;
    told = now;
    onTrouble(now);
  };
}

/** Stores a batch; false where it was not stored, or that is not known: then a while has gone by. */
function acceptor(
  { store, stop }: Intake,
  tell: (trouble: string | null) => void,
): (batch: Batch) => Promise<boolean> {
  let isStuck = false;
  return async batch => {
    try {
      const taken = await acceptBatch(store, batch);
      tell(null);
      isStuck = false;
      return taken;
    } catch (error) {
      const isFailed = !(error instanceof StoreUnavailable);
      if (isFailed && !isStuck) tell(error instanceof Error ? error.message : 'the store failed');
      isStuck ||= isFailed;
      await pause(isStuck ? LOOK_AGAIN_MS : UNAVAILABLE_MS, stop);
      return false;
    }
  };
}
