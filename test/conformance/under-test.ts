/** What the suites of a store share: a store of its own for each test, records taken in, and books that balance. */
import assert from 'node:assert/strict';
import type { InboundEvent } from '../../src/message/event.ts';
import type { Position } from '../../src/storage/log.ts';
import type { ReadRecord, Store } from '../../src/storage/store.ts';
import { readRecord } from '../support/messages.ts';

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  /** Ends the store's process or thread as a crash would, and opens it again on the same data. */
  crash(): Promise<void>;
}

export type OpenStore = () => Promise<StoreUnderTest>;

export const CLEAN = { name: 'clean', suspects: false } as const;
/** What was worked on when a process ended is given out apart. */
export const SUSPECTS = { name: 'suspects', suspects: true } as const;

export interface Subject {
  /** The one of this test. */
  store(): Store;
  crash(): Promise<void>;
  /** Where the next record of the log stands. */
  place(): Position;
  accept(...records: readonly ReadRecord[]): Promise<void>;
  /** Takes in one record for each list of events. */
  take(...records: readonly (readonly InboundEvent[])[]): Promise<void>;
}

/** Whatever a test did, its books balance when it is over, as they are kept and as they are counted anew. */
export function storeUnderTest(open: OpenStore): Subject {
  let opened: StoreUnderTest;
  let offset = 0;
  const store = (): Store => opened.store;
  const place = (): Position => ({ segment: 1, offset: offset++ });
  async function accept(...records: readonly ReadRecord[]): Promise<void> {
    const from = await store().position();
    assert.equal(await store().accept({ from, next: { segment: 1, offset }, records }), true);
  }
  beforeEach(async () => {
    opened = await open();
    offset = 0;
  });
  afterEach(async () => {
    await using _closed = opened;
    for (const recount of [false, true]) {
      const { inbound, outbound } = await store().ledger(recount);
      assert.deepEqual([inbound.difference, outbound.difference], [0, 0]);
    }
  });
  return {
    store,
    crash: () => opened.crash(),
    place,
    accept,
    take: (...records) => accept(...records.map(events => readRecord(events, place()))),
  };
}
