/** Forgetting raw requests: whole segments of the journal, once everything in them is old and taken in. */
import { rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Position } from '../../log.ts';
import { segmentName } from './frame.ts';
import { segments } from './reader.ts';

/**
 * Forgets segments last written before the time (ms since 1970), and wholly before the position, which must be one
 * that a power cut does not take back. How many.
 */
export function pruneJournal(dir: string, writtenBefore: number, takenIn: Position): number {
  let forgotten = 0;
  const all = segments(dir);
  for (const segment of all) {
    // In order, so that what is left never has a hole.
    if (segment >= takenIn.segment) break;
    const path = join(dir, segmentName(segment));
    const { mtimeMs, size } = statSync(path);
    if (mtimeMs >= writtenBefore) break;
    if (segment !== all.at(-1)) rmSync(path);
    // The newest keeps its name: the journal must not begin anew with numbers that were used before.
    else if (size > 0) truncateSync(path);
    else break;
    forgotten++;
  }
  return forgotten;
}
