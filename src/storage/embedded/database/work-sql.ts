/** The SQL of the work queue, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import { change, query } from './rows.ts';
import { WORK } from './schema.ts';

interface OpenRow {
  readonly seq: number;
  readonly conversation: number;
  readonly due_at: number;
  readonly deaths: number;
  readonly awaits: string | null;
  readonly tenant: string;
}

/** A message that is given out. */
export interface WorkRow {
  readonly kind: string;
  readonly platform_id: string;
  readonly id: string;
  readonly message: string;
  readonly received_at: number;
  readonly conversation_seq: number;
  readonly language: string | null;
  readonly conversation: number;
  readonly route: string | null;
}

export type WorkStatements = ReturnType<typeof workStatements>;

export function workStatements(db: DatabaseSync) {
  const begin = query<{ attempts: number; forgiven: number; previous_at: number | null }>(
    db,
    `UPDATE work SET state = ${WORK.running}, attempts = attempts + 1 WHERE seq = ?
     RETURNING attempts, forgiven, previous_at`,
  );
  const read = query<WorkRow>(
    db,
    `SELECT i.id, i.kind, i.platform_id, COALESCE(i.edited, i.joined, i.message) AS message, i.received_at,
       i.conversation_seq, i.conversation, c.language, c.route
     FROM inbound i JOIN conversation c ON c.ref = i.conversation WHERE i.seq = ?`,
  );
  const current = query<{ conversation: number; attempts: number; history: string | null }>(
    db,
    `SELECT conversation, attempts, history FROM work WHERE seq = ? AND state = ${WORK.running}`,
  );
  const end = change(db, 'DELETE FROM work WHERE seq = ?');
  const keep = change(db, 'UPDATE work SET state = ?, due_at = ?, reason = ?, history = ? WHERE seq = ?');
  const addResult = change(db, 'INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?)');
  const setLanguage = change(db, 'UPDATE conversation SET language = ? WHERE ref = ? AND language IS NOT ?');
  // What is read again now may have come long ago; and a time ahead of now is from before the clock was set back.
  const setRoute = change(
    db,
    `UPDATE conversation SET route = ?1, routed_at = ?2
     WHERE ref = ?3 AND MIN(COALESCE(routed_at, 0), ?4) <= ?2`,
  );
  const open = query<OpenRow>(
    db,
    `SELECT w.seq, w.conversation, w.due_at, w.deaths, w.awaits, ch.tenant FROM work w JOIN conversation c ON c.ref = w.conversation
     JOIN channel ch ON ch.ref = c.channel WHERE w.state IN (${WORK.waiting}, ${WORK.running})
     ORDER BY COALESCE(w.behind, w.seq), COALESCE(w.replay, 0)`,
  );
  const died = query<{ deaths: number; conversation: number }>(
    db,
    `UPDATE work SET state = ${WORK.waiting}, deaths = deaths + 1 WHERE seq = ? AND state = ${WORK.running}
     RETURNING deaths, conversation`,
  );
  const running = query<{ seq: number }>(db, `SELECT seq FROM work WHERE state = ${WORK.running}`);
  const giveUp = change(db, `UPDATE work SET state = ${WORK.dead}, reason = ? WHERE seq = ?`);
  return { begin, read, current, end, keep, addResult, setLanguage, setRoute, open, died, running, giveUp };
}
