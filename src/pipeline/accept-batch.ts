/** A batch of what was read, into the store; and what becomes of it where the store cannot take a part of it. */
import { isBefore } from '../storage/log.ts';
import { type ReadRecord, type Store, StoreUnavailable } from '../storage/store.ts';
import { inForm } from './event-form.ts';
import { NOT_STORABLE, unreadable } from './read.ts';

export type Batch = Parameters<Store['accept']>[0];

/**
 * As `accept`, but for a batch it fails on though it is available: its records one after the other, so that one
 * channel's adapter holds up no other's messages, and what cannot be taken in ends as a dead letter that can be read
 * again. Rejects with `StoreUnavailable`, or with what the store fails on even so.
 */
export async function acceptBatch(store: Pick<Store, 'accept'>, batch: Batch): Promise<boolean> {
  try {
    return await store.accept(batch);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
  }
  let from = batch.from;
  for (const [index, record] of batch.records.entries()) {
    const next = batch.records[index + 1]?.position ?? batch.next;
    if (!(await acceptOne(store, { from, next }, record))) return false;
    from = next;
  }
  return isBefore(from, batch.next) ? store.accept({ from, next: batch.next, records: [] }) : true;
}

/** First what was read, then what of it is of any form, at last that nothing of it could be read. */
async function acceptOne(
  store: Pick<Store, 'accept'>,
  place: Pick<Batch, 'from' | 'next'>,
  record: ReadRecord,
): Promise<boolean> {
  const { events } = record;
  const readings = [() => events, () => inForm(events), () => unreadable(NOT_STORABLE)];
  let cause: unknown;
  for (const reading of readings) {
    try {
      return await store.accept({ ...place, records: [{ ...record, events: reading() }] });
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      cause = error;
    }
  }
  throw cause;
}
