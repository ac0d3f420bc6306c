/** Which requests of the journal may have lost what became of them. */
import type { DatabaseSync } from 'node:sqlite';
import { isBefore, type Position, parsePosition } from '../../log.ts';
import { query } from '../database/rows.ts';
import { journalReader, segments } from '../journal/reader.ts';
import type { Window } from './apply.ts';
import { logPosition } from './state.ts';

const READ_BYTES = 256 * 1024;
const MAX_LISTED = 10_000;

/** Those between the positions that have no message: lost, or receipts and the like, which never had one. */
export function lostRecords(
  db: DatabaseSync,
  journal: string,
  windows: readonly Window[],
): readonly string[] {
  const known = query<{ n: number }>(
    db,
    'SELECT (SELECT COUNT(*) FROM inbound WHERE id = ?1) + (SELECT COUNT(*) FROM outbound WHERE id = ?1) AS n',
  );
  const reader = journalReader(journal);
  const lost: string[] = [];
  const reached = logPosition(db);
  for (const { from, to } of windows) {
    // What lies behind the position the database has reached is taken in by itself, and parked where it is in doubt.
    const stop = parsePosition(to ?? reached);
    let next = parsePosition(from);
    while (isBefore(next, stop) && lost.length < MAX_LISTED) {
      const batch = reader.read(next, READ_BYTES, stop);
      if (batch.records.length === 0) break;
      for (const { record } of batch.records) if (known.get(record.id)?.n === 0) lost.push(record.id);
      next = batch.next;
    }
  }
  return lost;
}

/** Behind the last file of the journal in which a record is; null where there is none. What is new begins no earlier. */
export function behindRecords(journal: string): Position | null {
  const reader = journalReader(journal);
  const last = segments(journal).findLast(segment => {
    const { records } = reader.read({ segment, offset: 0 }, READ_BYTES, { segment: segment + 1, offset: 0 });
    return records.length > 0;
  });
  return last === undefined ? null : { segment: last + 1, offset: 0 };
}
