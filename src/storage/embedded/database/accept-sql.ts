/** The SQL of taking in the log, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import { change, insert, query } from './rows.ts';

export type AcceptStatements = ReturnType<typeof acceptStatements>;

export function acceptStatements(db: DatabaseSync) {
  const addInbound = insert(
    db,
    `INSERT INTO inbound (id, channel, platform_id, conversation, conversation_seq, kind, message, raw, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const changed = query<{ n: number }>(db, 'SELECT changes() AS n');
  const addWork = change(
    db,
    'INSERT INTO work (seq, conversation, state, attempts, deaths, due_at, previous_at, reason) VALUES (?, ?, ?, 0, 0, ?, ?, ?)',
  );
  const addIgnored = change(
    db,
    'INSERT INTO ignored VALUES (?, ?, 1) ON CONFLICT (channel, reason) DO UPDATE SET count = count + 1',
  );
  const addKey = change(db, 'INSERT INTO idempotency VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const setPosition = change(
    db,
    "INSERT INTO meta VALUES ('position', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const readPosition = query<{ value: string }>(db, "SELECT value FROM meta WHERE key = 'position'");
  const readDoubtful = query<{ value: string }>(db, "SELECT value FROM meta WHERE key = 'doubtful'");
  const quarantined = query<{ message: string }>(
    db,
    `SELECT i.message FROM inbound i JOIN work w ON w.seq = i.seq WHERE i.seq = ? AND i.kind = 'unreadable'`,
  );
  const setReason = change(db, 'UPDATE work SET reason = ? WHERE seq = ?');
  const closeQuarantined = change(
    db,
    "INSERT INTO result SELECT seq, 'dropped', 'read again', attempts, '[]', '{}', ?1 FROM work WHERE seq = ?2",
  );
  const endWork = change(db, 'DELETE FROM work WHERE seq = ?');
  return {
    quarantined,
    setReason,
    closeQuarantined,
    endWork,
    addInbound,
    changed,
    addWork,
    addIgnored,
    addKey,
    setPosition,
    readPosition,
    readDoubtful,
  };
}
