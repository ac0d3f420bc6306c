/**
 * The append side of the journal. Records that arrive while the disk is busy are written and synced together,
 * so the event loop never waits and a sync is shared by as many as came meanwhile. Only after the sync has
 * returned is anybody told that a record is stored.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Appended, Log, LogRecord, Position } from '../../log.ts';
import type { AcknowledgingFlag } from '../../yield-to-acknowledging.ts';
import { encodeRecord, segmentName, segmentNumber } from './frame.ts';
import { type Failure, isFull, Segment } from './segment.ts';

export interface JournalOptions {
  readonly dir: string;
  /** A segment is closed when it is larger than this. */
  readonly maxSegmentBytes: number;
  /** Bytes that may wait for the disk; more is refused as `busy`. */
  readonly maxPendingBytes: number;
  /** True while nothing more may be taken for the time being; it is refused as `busy`. */
  readonly isFull?: () => boolean;
  /** Shown while records wait for the disk. */
  readonly acknowledging?: AcknowledgingFlag;
  /** Told after each sync: everything before `next` is durable. */
  readonly onDurable: (next: Position) => void;
  /** Named points where tests end the process. */
  readonly crash?: (point: string) => void;
}

interface Waiting {
  readonly frame: Buffer;
  readonly resolve: (appended: Appended) => void;
}

/** Segments are forgotten as a whole: a quiet hub's must not grow over weeks. */
const MAX_SEGMENT_AGE_MS = 24 * 3_600_000;

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

  constructor(options: JournalOptions) {
    mkdirSync(options.dir, { recursive: true });
    this.#options = options;
    this.#nextNumber = firstFreeSegment(options.dir);
    this.start = { segment: this.#nextNumber, offset: 0 };
  }

  get trouble(): string | null {
    if (this.#trouble !== null) return this.#trouble;
    return this.#options.isFull?.() === true ? 'too much that was accepted still waits' : null;
  }

  append(record: LogRecord): Promise<Appended> {
    if (this.#closed !== null) return Promise.resolve({ ok: false, reason: 'closed' });
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
      if (failure !== null) return this.#refuse(segment, batch, failure);
      this.#options.crash?.('CP3');
      this.#accept(segment, batch, bytes.length);
    });
  }

  #setWriting(writing: boolean): void {
    this.#writing = writing;
    if (this.#options.acknowledging !== undefined)
      Atomics.store(this.#options.acknowledging, 0, writing ? 1 : 0);
  }

  #open(): Segment {
    const { dir, maxSegmentBytes } = this.#options;
    const last = this.#segment;
    const isYoung = last !== null && Date.now() - last.openedAt < MAX_SEGMENT_AGE_MS;
    if (last !== null && isYoung && last.offset < maxSegmentBytes) return last;
    this.#leave();
    const segment = new Segment(dir, this.#nextNumber, maxSegmentBytes);
    this.#segment = segment;
    this.#nextNumber++;
    syncFolder(dir);
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

/** Segments are never appended to after a restart, so a torn tail stays at the end of its file. */
function firstFreeSegment(dir: string): number {
  const numbers = readdirSync(dir)
    .map(segmentNumber)
    .filter(number => number !== null);
  const last = Math.max(0, ...numbers);
  if (last > 0 && statSync(join(dir, segmentName(last))).size === 0) return last;
  return last + 1;
}

function syncFolder(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
