/**
 * The append side of the journal. Records that arrive while the disk is busy are written and synced together,
 * so the event loop never waits and a sync is shared by as many as came meanwhile. Only after the sync has
 * returned is anybody told that a record is stored.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Appended, Log, LogRecord, Position } from '../../log.ts';
import type { AcknowledgingFlag } from '../../yield-to-acknowledging.ts';
import { syncFolder } from '../redo/files.ts';
import { encodeRecord } from './frame.ts';
import { segments } from './reader.ts';
import { type Failure, isFull, Segment } from './segment.ts';

export interface JournalOptions {
  readonly dir: string;
  /** How far the store has taken it in: what is appended goes behind that, whatever is left of the journal. */
  readonly takenIn: Position;
  /** A segment is closed when it is larger than this. */
  readonly maxSegmentBytes: number;
  /** Bytes that may wait for the disk; more is refused as `busy`. */
  readonly maxPendingBytes: number;
  /** True while nothing more may be taken for the time being; it is refused as `busy`. */
  readonly isFull?: () => boolean;
  /** True once the files are not the hub's any more: nothing more is taken. */
  readonly isLost?: () => boolean;
  /** Told of a segment that was deleted or replaced; nothing of it is acknowledged from then on. */
  readonly onGone?: (path: string) => void;
  /** Shown while records wait for the disk. */
  readonly acknowledging?: AcknowledgingFlag;
  /** Told after each sync: everything before `next` is durable. */
  readonly onDurable: (next: Position) => void;
  /**
   * For tests that end the process when records are written and not yet synced. On Linux that is one call, and two
   * only where this is given.
   */
  readonly onWritten?: () => void;
}

interface Waiting {
  readonly frame: Buffer;
  readonly resolve: (appended: Appended) => void;
}

/** Segments are forgotten as a whole: a quiet hub's must not grow over weeks. */
const MAX_SEGMENT_AGE_MS = 24 * 3_600_000;

const LOST: Failure = { error: Object.assign(new Error('deleted'), { code: 'ENOENT' }), doubtful: true };

export class Journal implements Log {
  readonly #options: JournalOptions;
  readonly start: Position;
  #nextNumber: number;
  #segment: Segment | null = null;
  readonly #closing = new Set<Promise<void>>();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing = false;
  #closed: (() => void) | null = null;
  #trouble: string | null = null;
  /** Earlier records went with a segment: to begin another would hide it. */
  #gone = false;

  constructor(options: JournalOptions) {
    mkdirSync(options.dir, { recursive: true });
    // A folder that a power cut takes back takes with it what is in it; the one around it has the store as well.
    syncFolder(dirname(options.dir));
    this.#options = options;
    this.#nextNumber = firstFreeSegment(options.dir, options.takenIn);
    this.start = { segment: this.#nextNumber, offset: 0 };
  }

  get trouble(): string | null {
    if (this.#trouble !== null) return this.#trouble;
    return this.#options.isFull?.() === true ? 'too much that was accepted still waits' : null;
  }

  append(record: LogRecord): Promise<Appended> {
    if (this.#closed !== null) return Promise.resolve({ ok: false, reason: 'closed' });
    if (this.#isLost) return Promise.resolve({ ok: false, reason: 'unavailable' });
    if (this.#options.isFull?.() === true) return Promise.resolve({ ok: false, reason: 'busy' });
    const frame = encodeRecord(record);
    if (this.#waitingBytes + frame.length > this.#options.maxPendingBytes) {
      return Promise.resolve({ ok: false, reason: 'busy' });
    }
    this.#waitingBytes += frame.length;
    return new Promise(resolve => {
      this.#waiting.push({ frame, resolve });
      if (this.#writing) return;
      this.#setWriting(true);
      // Those that arrive in the same turn of the loop share the sync.
      setImmediate(() => this.#flush());
    });
  }

  /** Takes nothing more; resolves when all that waited is settled. */
  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>(resolve => {
      this.#closed = resolve;
      if (!this.#writing) resolve();
    });
    this.#leave();
    await Promise.all(this.#closing);
  }

  /** Writes and syncs all that waits. One round at a time; each begins the next while there is more. */
  #flush(): void {
    this.#setWriting(this.#waiting.length > 0);
    if (!this.#writing) {
      this.#closed?.();
      return;
    }
    const batch = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#isLost) return this.#fail(batch, LOST.error);
    let segment: Segment;
    try {
      segment = this.#open();
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    const bytes =
      batch.length === 1 && batch[0] ? batch[0].frame : Buffer.concat(batch.map(entry => entry.frame));
    segment.append(bytes, failure => {
      const refusal = failure ?? this.#lossOf(segment);
      if (refusal !== null) return this.#refuse(segment, batch, refusal);
      this.#accept(segment, batch, bytes.length);
    });
  }

  get #isLost(): boolean {
    return this.#gone || this.#options.isLost?.() === true;
  }

  /** Looked at before each acknowledgement: two calls of a microsecond, where the sync took hundreds. */
  #lossOf(segment: Segment): Failure | null {
    if (this.#isLost) return LOST;
    try {
      if (!segment.isGone()) return null;
    } catch (error) {
      return { error, doubtful: false };
    }
    this.#gone = true;
    this.#options.onGone?.(segment.path);
    return LOST;
  }

  #setWriting(writing: boolean): void {
    this.#writing = writing;
    if (this.#options.acknowledging !== undefined)
      Atomics.store(this.#options.acknowledging, 0, writing ? 1 : 0);
  }

  #open(): Segment {
    const { dir, maxSegmentBytes, onWritten } = this.#options;
    const last = this.#segment;
    const isYoung = last !== null && Date.now() - last.openedAt < MAX_SEGMENT_AGE_MS;
    if (last !== null && isYoung && last.offset < maxSegmentBytes) return last;
    this.#leave();
    const segment = new Segment(dir, this.#nextNumber, maxSegmentBytes, onWritten);
    try {
      syncFolder(dir);
    } catch (error) {
      // Used as it is, it would be written to with nobody asking again whether its name is on the disk.
      segment.discard();
      throw error;
    }
    this.#segment = segment;
    this.#nextNumber++;
    return segment;
  }

  /** Nothing more is written to the segment. */
  #leave(): void {
    if (this.#segment === null) return;
    const closing = this.#segment.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#segment = null;
  }

  #accept(segment: Segment, batch: readonly Waiting[], bytes: number): void {
    this.#trouble = null;
    const { number } = segment;
    let offset = segment.offset;
    segment.advance(bytes);
    for (const { frame, resolve } of batch) {
      const position = { segment: number, offset };
      offset += frame.length;
      resolve({ ok: true, position, next: { segment: number, offset } });
    }
    this.#options.onDurable({ segment: number, offset });
    this.#flush();
  }

  /**
   * After a failed sync nobody knows which pages reached the disk, and a later sync would not tell: the segment
   * is given up. After a failed write the half-written bytes are cut off and overwritten by the next batch.
   */
  #refuse(segment: Segment, batch: readonly Waiting[], { error, doubtful }: Failure): void {
    const usable = segment.cut() && !doubtful;
    if (!usable) this.#leave();
    this.#fail(batch, error);
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const full = isFull(error);
    this.#trouble = full ? 'the disk is full' : `the journal cannot be written: ${code}`;
    for (const { resolve } of batch) resolve({ ok: false, reason: full ? 'full' : 'unavailable' });
    setImmediate(() => this.#flush());
  }
}

/**
 * Segments are never appended to after a restart, so a torn tail stays at the end of its file; and never before the
 * position of the store, which would pass over them for ever: a journal that was forgotten or lost begins anew there.
 */
function firstFreeSegment(dir: string, takenIn: Position): number {
  const last = segments(dir).at(-1) ?? 0;
  return Math.max(last + 1, takenIn.segment + (takenIn.offset > 0 ? 1 : 0));
}
