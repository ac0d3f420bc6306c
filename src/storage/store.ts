/**
 * What the hub keeps and looks up. Every method is one transaction and durable when its promise resolves; it
 * rejects with `StoreUnavailable` when nothing was changed, or when that is not known, and may then be called
 * again with the same arguments. Nothing here blocks the event loop.
 */
import type { InboundEvent } from '../message/event.ts';
import type { DeadLetterDesk } from './dead-letters.ts';
import type { Position } from './log.ts';
import type { LookUp } from './look-up.ts';
import type { MediaBooks } from './media.ts';
import type { Retention } from './retention.ts';
import type { SendQueue } from './send-queue.ts';
import type { WorkQueue } from './work-queue.ts';

/** The store cannot answer now. Callers wait and repeat the call. */
export class StoreUnavailable extends Error {}

/** One record of the log, read: its events in order, or why it could not be read. */
export interface ReadRecord {
  readonly id: string;
  readonly at: number;
  readonly tenant: string;
  readonly channel: string;
  readonly position: Position;
  readonly events: readonly InboundEvent[];
}

export interface Intake {
  /** How far the log has been taken in. */
  position(): Promise<Position>;
  /**
   * The same, once it is on the disk with all that was taken in: what lies before it is never taken in again, not even
   * after a power cut. Rejects where nobody knows.
   */
  syncedPosition(): Promise<Position>;
  /**
   * Takes in what was read between `from` and `next`, all or nothing: messages once each (the same platform id
   * on the same channel again changes nothing), receipts applied upwards only, a work item for each new message.
   * False when `from` is not where the store stands: somebody else was there first.
   */
  accept(batch: {
    readonly from: Position;
    readonly next: Position;
    readonly records: readonly ReadRecord[];
  }): Promise<boolean>;
  /** True once everything before the position has been taken in; false when it was not within the time. */
  reached(position: Position, withinMs?: number): Promise<boolean>;
}

export type Queue = 'work' | 'suspects' | 'sends' | 'media' | 'operations';

export interface Store
  extends Intake,
    WorkQueue,
    SendQueue,
    LookUp,
    MediaBooks,
    DeadLetterDesk,
    Retention,
    AsyncDisposable {
  /** Calls back when there may be work, or sends, to claim. Ends with the returned function. */
  onReady(queue: Queue, callback: () => void): () => void;
}
