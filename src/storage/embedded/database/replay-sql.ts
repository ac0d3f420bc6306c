/** The SQL of giving a dead letter back, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import { MAX_DEATHS } from '../../work-queue.ts';
import { PROVES } from './dead-letters-sql.ts';
import { FORGOTTEN } from './expire.ts';
import { change, insert, query } from './rows.ts';
import { DELIVERY, OUTBOUND, WORK } from './schema.ts';

export interface PartRow {
  readonly seq: number;
  readonly part: number;
  readonly wire: string;
  readonly state: number;
  readonly proven: number;
}

export function replayStatements(db: DatabaseSync) {
  // What is given back goes behind all that there is, and behind what was given back before it.
  const nextReplay = query<{ value: string }>(
    db,
    `INSERT INTO meta VALUES ('replays', '1')
     ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) RETURNING value`,
  );
  const inbound = query<{
    id: string;
    kind: string;
    raw: string;
    at: number;
    channel: string;
    conversation: number;
    tenant: string;
    state: number | null;
    deaths: number | null;
    isPart: number | null;
    isOld: number | null;
  }>(
    db,
    `SELECT i.id, i.kind, i.raw, CASE i.kind WHEN 'unreadable' THEN json_extract(i.message, '$.at') <> '' END AS isPart,
       i.received_at < (SELECT CAST(value AS INTEGER) FROM meta WHERE key = '${FORGOTTEN}') AS isOld, i.received_at AS at, ch.id AS channel, i.conversation, ch.tenant, w.state, w.deaths
     FROM inbound i
     JOIN channel ch ON ch.ref = i.channel LEFT JOIN work w ON w.seq = i.seq WHERE i.seq = ?`,
  );
  const reopenWork = change(
    db,
    `UPDATE work SET state = ${WORK.waiting}, due_at = ?1, deaths = MIN(deaths, ${MAX_DEATHS - 1}), forgiven = attempts,
       behind = (SELECT MAX(seq) FROM inbound), replay = ?2 WHERE seq = ?3`,
  );
  const workAgain = change(
    db,
    `INSERT INTO work (seq, conversation, state, attempts, deaths, due_at, history, forgiven, behind, replay)
     SELECT r.seq, i.conversation, ${WORK.waiting}, r.attempts, 0, ?1, r.stages, r.attempts,
       (SELECT MAX(seq) FROM inbound), ?2 FROM result r JOIN inbound i ON i.seq = r.seq WHERE r.seq = ?3`,
  );
  const forgetResult = change(db, 'DELETE FROM result WHERE seq = ?');
  const outbound = query<{ state: number; conversation: number; tenant: string; channel: string }>(
    db,
    `SELECT o.state, o.conversation, ch.tenant, ch.id AS channel FROM outbound o JOIN channel ch ON ch.ref = o.channel
     WHERE o.seq = ?`,
  );
  const parts = query<PartRow>(
    db,
    `SELECT p.seq, p.part, p.wire, p.state, EXISTS (SELECT 1 FROM delivery d WHERE d.outbound = p.outbound
       AND d.part = p.part AND d.wire = p.wire AND ${PROVES}) AS proven
     FROM delivery p WHERE p.outbound = ? AND p.superseded = 0 ORDER BY p.part`,
  );
  const reopenOutbound = change(
    db,
    `UPDATE outbound SET state = ${OUTBOUND.open}, reason = NULL, finished_at = NULL, replayed_at = ?1,
       behind = (SELECT MAX(seq) FROM outbound), replay = ?2 WHERE seq = ?3`,
  );
  const planAgain = change(db, 'UPDATE outbound SET losses = NULL WHERE seq = ?');
  const setAside = change(
    db,
    `UPDATE delivery SET superseded = 1, state = CASE
       WHEN state IN (${DELIVERY.queued}, ${DELIVERY.intent}, ${DELIVERY.ambiguous}) THEN ${DELIVERY.parked}
       ELSE state END WHERE seq = ?`,
  );
  const takeAsSent = change(
    db,
    `UPDATE delivery SET state = ${DELIVERY.sent}, sent_at = ?, fault = NULL WHERE seq = ?`,
  );
  const copyPart = insert(
    db,
    `INSERT INTO delivery (id, outbound, conversation, part, wire, state, attempts, resends, due_at)
     SELECT ?1, outbound, conversation, part, wire, ${DELIVERY.queued}, 0, 0, ?2 FROM delivery WHERE seq = ?3`,
  );
  return {
    nextReplay,
    inbound,
    reopenWork,
    workAgain,
    forgetResult,
    outbound,
    parts,
    reopenOutbound,
    planAgain,
    setAside,
    takeAsSent,
    copyPart,
  };
}
