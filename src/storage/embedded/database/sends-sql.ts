/** The SQL of delivery, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import { change, insert, query } from './rows.ts';
import { DELIVERY, OUTBOUND } from './schema.ts';

export interface DeliveryRow {
  readonly seq: number;
  readonly id: string;
  readonly outbound: number;
  readonly conversation: number;
  readonly part: number;
  readonly wire: string;
  readonly state: number;
  readonly attempts: number;
  readonly resends: number;
  readonly due_at: number;
  readonly platform_id: string | null;
  readonly fault: string | null;
  readonly receipt: number | null;
  readonly tried_at?: number | null;
}

const SELECT_DELIVERY = `SELECT d.seq, d.id, d.outbound, d.conversation, d.part, d.wire, d.state, d.attempts, d.resends,
  d.due_at, d.platform_id, d.fault, d.receipt,
  (SELECT a.started_at FROM attempt a WHERE a.delivery = d.seq AND a.number = d.attempts) AS tried_at FROM delivery d`;

export type SendStatements = ReturnType<typeof sendStatements>;

export function sendStatements(db: DatabaseSync) {
  const addOutbound = insert(
    db,
    `INSERT INTO outbound (id, channel, conversation, cause, message, source, raw, state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ${OUTBOUND.open}, ?)`,
  );
  const readOutbound = query<{ message: string; losses: string | null }>(
    db,
    'SELECT message, losses FROM outbound WHERE seq = ?',
  );
  const planned = change(db, 'UPDATE outbound SET losses = ? WHERE seq = ?');
  const finishOutbound = change(
    db,
    `UPDATE outbound SET state = ?, reason = ?, finished_at = ? WHERE seq = ? AND state = ${OUTBOUND.open}`,
  );
  const reopenAsDead = change(
    db,
    `UPDATE outbound SET state = ${OUTBOUND.dead}, reason = ?, finished_at = ? WHERE seq = ? AND state = ${OUTBOUND.sent}`,
  );
  const laneOf = query<{ conversation: number }>(db, 'SELECT conversation FROM outbound WHERE seq = ?');
  const addDelivery = insert(
    db,
    `INSERT INTO delivery (id, outbound, conversation, part, wire, state, attempts, resends, due_at)
     VALUES (?, ?, ?, ?, ?, ${DELIVERY.queued}, 0, 0, ?)`,
  );
  const byId = query<DeliveryRow>(db, `${SELECT_DELIVERY} WHERE d.id = ?`);
  const bySeq = query<DeliveryRow>(db, `${SELECT_DELIVERY} WHERE d.seq = ?`);
  const ofOutbound = query<DeliveryRow>(db, `${SELECT_DELIVERY} WHERE d.outbound = ? ORDER BY d.part`);
  const openParts = query<{ n: number }>(
    db,
    `SELECT COUNT(*) AS n FROM delivery WHERE outbound = ? AND state IN (${DELIVERY.queued}, ${DELIVERY.intent}, ${DELIVERY.ambiguous})`,
  );
  const intendDelivery = change(
    db,
    `UPDATE delivery SET state = ${DELIVERY.intent}, attempts = attempts + 1, resends = resends + ? WHERE seq = ?`,
  );
  const addAttempt = change(
    db,
    "INSERT INTO attempt (delivery, number, started_at, result) VALUES (?, ?, ?, 'intent')",
  );
  const endAttempt = change(
    db,
    'UPDATE attempt SET ended_at = ?, result = ?, fault = ? WHERE delivery = ? AND number = ?',
  );
  const setDelivery = change(db, 'UPDATE delivery SET state = ?, due_at = ?, fault = ? WHERE seq = ?');
  const setSent = change(
    db,
    `UPDATE delivery SET state = ${DELIVERY.sent}, platform_id = COALESCE(?, platform_id), sent_at = ?, fault = NULL WHERE seq = ?`,
  );
  const skipRest = change(
    db,
    `UPDATE delivery SET state = ${DELIVERY.skipped} WHERE outbound = ? AND state IN (${DELIVERY.queued}, ${DELIVERY.ambiguous})`,
  );
  const openOutbound = query<{ seq: number; conversation: number; tenant: string; due_at: number | null }>(
    db,
    `SELECT o.seq, o.conversation, ch.tenant, (SELECT MIN(d.due_at) FROM delivery d WHERE d.outbound = o.seq
       AND d.state IN (${DELIVERY.queued}, ${DELIVERY.ambiguous})) AS due_at
     FROM outbound o JOIN channel ch ON ch.ref = o.channel WHERE o.state = ${OUTBOUND.open} ORDER BY o.seq`,
  );
  const interrupted = query<{ seq: number; attempts: number }>(
    db,
    `SELECT seq, attempts FROM delivery WHERE state = ${DELIVERY.intent}
       AND outbound IN (SELECT seq FROM outbound WHERE state = ${OUTBOUND.open})`,
  );
  return {
    addOutbound,
    readOutbound,
    planned,
    finishOutbound,
    reopenAsDead,
    laneOf,
    addDelivery,
    byId,
    bySeq,
    ofOutbound,
    openParts,
    intendDelivery,
    addAttempt,
    endAttempt,
    setDelivery,
    setSent,
    skipRest,
    openOutbound,
    interrupted,
  };
}
