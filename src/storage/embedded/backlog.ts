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
}

export interface BacklogOptions {
  readonly journalDir: string;
  readonly maxBytes: number;
  /** How far the log has been taken in. */
  readonly position: () => Promise<Position>;
  /** Everything before this is durable: a segment's file may be larger than what is in it. */
  readonly durable: () => Position;
}

const LOOK_MS = 500;
/** Once full, it is taken up again when this share of the bound is left. */
const RELIEVED = 0.8;

export function watchBacklog({ journalDir, maxBytes, position, durable }: BacklogOptions): Backlog {
  let full = false;
  let looking = false;
  async function look(): Promise<void> {
    // A store that does not answer has not taken anything in either.
    const from = await position().catch(() => null);
    if (from === null) return;
    full = bytesBetween(journalDir, from, durable()) > maxBytes * (full ? RELIEVED : 1);
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
