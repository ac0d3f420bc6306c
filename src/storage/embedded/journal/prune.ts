/** Forgetting raw requests: whole segments of the journal, once everything in them is old and taken in. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Position } from '../../log.ts';
import { segmentName } from './frame.ts';
import { segments } from './reader.ts';

/** Removes segments last written before the time (ms since 1970), and wholly before the position. How many. */
export function pruneJournal(dir: string, writtenBefore: number, takenIn: Position): number {
  let removed = 0;
  for (const segment of segments(dir)) {
    // In order, so that what is left never has a hole.
    if (segment >= takenIn.segment) break;
    const path = join(dir, segmentName(segment));
    if (statSync(path).mtimeMs >= writtenBefore) break;
    rmSync(path);
    removed++;
  }
  return removed;
}
