/**
 * How much of the journal still waits to be taken into the database. Acknowledging goes before working, so under
 * a lasting overload the backlog grows; it is bounded, and beyond the bound the platforms are told to come again.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Position } from '../log.ts';
import { segmentName } from './journal/frame.ts';
import { segments } from './journal/reader.ts';

export interface Backlog extends Disposable {
  readonly full: boolean;
  /** Why nobody knows how much waits; null while the store answers. */
  readonly trouble: string | null;
}

export interface BacklogOptions {
  readonly journalDir: string;
  readonly maxBytes: number;
  /** How far the log had been taken in at the start. */
  readonly takenIn: Position;
  /** How far it has been now. */
  readonly position: () => Promise<Position>;
  /** Everything before this is durable: a segment's file may be larger than what is in it. */
  readonly durable: () => Position;
  /** Never jumps. */
  readonly now?: () => number;
}

const LOOK_MS = 500;
/** A store that takes longer is asked no further; what it said last is gone by. */
const ANSWER_MS = 2_000;
/** Longer than any statement or wait for the disk takes. */
const SILENT_MS = 30_000;
/** Once full, it is taken up again when this share of the bound is left. */
const RELIEVED = 0.8;

export function watchBacklog(options: BacklogOptions): Backlog {
  const { journalDir, maxBytes, position, durable, now = () => performance.now() } = options;
  let full = false;
  let looking = false;
  let takenIn = options.takenIn;
  let heardAt = now();
  let asked: Promise<void> | null = null;
  /** One question at a time, however long it takes. */
  const ask = (): Promise<void> => {
    asked ??= position()
      .then(
        answer => {
          takenIn = answer;
          heardAt = now();
        },
        () => {},
      )
      .finally(() => {
        asked = null;
      });
    return asked;
  };
  async function look(): Promise<void> {
    const tooLate = Promise.withResolvers<void>();
    const timer = setTimeout(tooLate.resolve, ANSWER_MS).unref();
    await Promise.race([ask(), tooLate.promise]);
    clearTimeout(timer);
    // A store that does not answer has taken nothing in either, and the journal may have grown.
    full = bytesBetween(journalDir, takenIn, durable()) > maxBytes * (full ? RELIEVED : 1);
  }
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    // A folder that cannot be read just now, as with no file to spare: what was seen last holds until the next look.
    void look()
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, LOOK_MS);
  timer.unref();
  return {
    get full() {
      return full;
    },
    get trouble() {
      const silentMs = now() - heardAt;
      return silentMs < SILENT_MS ? null : `the store has not answered for ${Math.round(silentMs / 1_000)} s`;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Bytes of the journal between two positions. */
function bytesBetween(dir: string, from: Position, to: Position): number {
  let bytes = 0;
  for (const segment of segments(dir)) {
    if (segment < from.segment || segment > to.segment) continue;
    const size =
      segment === to.segment
        ? to.offset
        : (statSync(join(dir, segmentName(segment)), { throwIfNoEntry: false })?.size ?? 0);
    bytes += segment === from.segment ? Math.max(0, size - from.offset) : size;
  }
  return bytes;
}
