/**
 * Signs of life of a pipeline thread, in memory that its watcher can read even while the thread hangs: when its
 * event loop last turned, and what it is doing.
 */
import { formatPosition, type Position } from '../storage/log.ts';

const SLOTS = 4;
const BEAT = 0;
const KIND = 1;
const FIRST = 2;
const SECOND = 3;

const NOTHING = 0n;
const READING = 1n;
const WORKING = 2n;

export const newBeat = (): SharedArrayBuffer => new SharedArrayBuffer(SLOTS * 8);

/** The thread's side. */
export interface Beat {
  /** The event loop turned. */
  beat(): void;
  /** About to read a record of the log. */
  reading(position: Position): void;
  /** About to run the processor with this index on a message. */
  working(seq: number, processor: number): void;
  idle(): void;
}

export function beatOf(buffer: SharedArrayBuffer): Beat {
  const slots = new BigInt64Array(buffer);
  const set = (kind: bigint, first: number, second: number): void => {
    slots[FIRST] = BigInt(first);
    slots[SECOND] = BigInt(second);
    slots[KIND] = kind;
  };
  return {
    beat: () => {
      slots[BEAT] = process.hrtime.bigint();
    },
    reading: position => set(READING, position.segment, position.offset),
    working: (seq, processor) => set(WORKING, seq, processor),
    idle: () => {
      slots[KIND] = NOTHING;
    },
  };
}

/** The watcher's side. */
export interface Doing {
  /** Milliseconds since the loop last turned. */
  readonly silentMs: number;
  readonly reading: string | null;
  readonly processor: number | null;
  /** The message that a processor was begun on last; others may have been under way beside it. */
  readonly seq: number | null;
}

export function readBeat(buffer: SharedArrayBuffer): Doing {
  const slots = new BigInt64Array(buffer);
  const silentMs = Number(process.hrtime.bigint() - (slots[BEAT] ?? 0n)) / 1e6;
  const [first, second] = [Number(slots[FIRST]), Number(slots[SECOND])];
  return {
    silentMs,
    reading: slots[KIND] === READING ? formatPosition({ segment: first, offset: second }) : null,
    processor: slots[KIND] === WORKING ? second : null,
    seq: slots[KIND] === WORKING ? Number(slots[FIRST]) : null,
  };
}
