/** The SQL of delivery, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import { change, insert, query } from './rows.ts';
import { DELIVERY, OUTBOUND } from './schema.ts';
import { MAY_HAVE_ARRIVED } from './sends-doubts.ts';

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
  readonly spared: number;
  readonly due_at: number;
  readonly platform_id: string | null;
  readonly fault: string | null;
  readonly receipt: number | null;
  readonly tried_at: number | null;
  /** Of a part in doubt only. */
  readonly doubted_at: number | null;
  readonly held_since: number | null;
}

interface ReadRow {
  readonly message: string;
  readonly losses: string | null;
  readonly created_at: number;
  readonly wrote_at: number | null;
  readonly route: string | null;
}

interface OpenRow {
  readonly seq: number;
  readonly conversation: number;
  readonly tenant: string;
  readonly id: string;
  readonly created_at: number;
  readonly due_at: number | null;
}

export const SELECT_DELIVERY = `SELECT d.seq, d.id, d.outbound, d.conversation, d.part, d.wire, d.state, d.attempts, d.resends, d.spared,
  d.due_at, d.platform_id, d.fault, d.receipt, d.held_since,
  (SELECT a.started_at FROM attempt a WHERE a.delivery = d.seq AND a.number = d.attempts) AS tried_at,
  CASE d.state WHEN ${DELIVERY.ambiguous} THEN (SELECT MIN(a.started_at) FROM attempt a WHERE a.delivery = d.seq
    AND a.result IN ${MAY_HAVE_ARRIVED}) END AS doubted_at FROM delivery d`;

/** A message's age counts from its last replay. */
const SINCE = 'COALESCE(o.replayed_at, o.created_at)';

const READ = `SELECT COALESCE(o.edited, o.message) AS message, o.losses, ${SINCE} AS created_at, c.wrote_at, c.route
  FROM outbound o JOIN conversation c ON c.ref = o.conversation WHERE o.seq = ?`;

const IN_LANES = 'ORDER BY COALESCE(o.behind, o.seq), COALESCE(o.replay, 0)';

export type SendStatements = ReturnType<typeof sendStatements>;

export function sendStatements(db: DatabaseSync) {
  const addOutbound = insert(
    db,
    `INSERT INTO outbound (id, channel, conversation, cause, message, source, raw, state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ${OUTBOUND.open}, ?)`,
  );
  const readOutbound = query<ReadRow>(db, READ);
  const planned = change(db, 'UPDATE outbound SET losses = ? WHERE seq = ?');
  const finishOutbound = change(
    db,
    `UPDATE outbound SET state = ?, reason = ?, finished_at = ? WHERE seq = ? AND state = ${OUTBOUND.open}`,
  );
  const reopenAsDead = change(
    db,
    `UPDATE outbound SET state = ${OUTBOUND.dead}, reason = ?, finished_at = ? WHERE seq = ? AND state = ${OUTBOUND.sent}`,
  );
  const placeOf = query<{ conversation: number; state: number }>(
    db,
    'SELECT conversation, state FROM outbound WHERE seq = ?',
  );
  const addDelivery = insert(
    db,
    `INSERT INTO delivery (id, outbound, conversation, part, wire, state, attempts, resends, due_at)
     VALUES (?, ?, ?, ?, ?, ${DELIVERY.queued}, 0, 0, ?)`,
  );
  const byId = query<DeliveryRow>(db, `${SELECT_DELIVERY} WHERE d.id = ?`);
  const bySeq = query<DeliveryRow>(db, `${SELECT_DELIVERY} WHERE d.seq = ?`);
  const ofOutbound = query<DeliveryRow>(
    db,
    `${SELECT_DELIVERY} WHERE d.outbound = ? AND d.superseded = 0 ORDER BY d.part`,
  );
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
    "UPDATE attempt SET ended_at = ?, result = ?, fault = ? WHERE delivery = ? AND number = ? AND result = 'intent'",
  );
  const setDelivery = change(db, 'UPDATE delivery SET state = ?, due_at = ?, fault = ? WHERE seq = ?');
  const setSent = change(
    db,
    `UPDATE delivery SET state = ${DELIVERY.sent}, platform_id = COALESCE(?, platform_id), sent_at = ?, fault = NULL WHERE seq = ?`,
  );
  /** What may have arrived is never called skipped; what is under way is left to its answer. */
  const endRest = change(
    db,
    `UPDATE delivery SET state = CASE state WHEN ${DELIVERY.ambiguous} THEN ${DELIVERY.parked} ELSE ${DELIVERY.skipped} END
     WHERE outbound = ? AND state IN (${DELIVERY.queued}, ${DELIVERY.ambiguous})`,
  );
  /** Its first open part is the one that waits: those behind it have not been tried. */
  const openOutbound = query<OpenRow>(
    db,
    `SELECT o.seq, o.conversation, ch.tenant, ch.id, ${SINCE} AS created_at, (SELECT d.due_at FROM delivery d WHERE d.outbound = o.seq
       AND d.superseded = 0 AND d.state IN (${DELIVERY.queued}, ${DELIVERY.ambiguous}) ORDER BY d.part LIMIT 1) AS due_at
     FROM outbound o JOIN channel ch ON ch.ref = o.channel WHERE o.state = ${OUTBOUND.open} ${IN_LANES}`,
  );
  const setGap = change(db, 'UPDATE outbound SET gap = ? WHERE seq = ?');
  return {
    addOutbound,
    readOutbound,
    planned,
    finishOutbound,
    reopenAsDead,
    placeOf,
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
    endRest,
    openOutbound,
    setGap,
  };
}

/** What pacing asks for. */
export function paceStatements(db: DatabaseSync) {
  const channel = query<{ tenant: string; id: string }>(db, 'SELECT tenant, id FROM channel WHERE ref = ?');
  /** Oldest first. */
  const openBefore = query<{ seq: number; conversation: number }>(
    db,
    `SELECT o.seq, o.conversation FROM outbound o JOIN channel ch ON ch.ref = o.channel
     WHERE o.state = ${OUTBOUND.open} AND ch.tenant = ? AND ch.id = ? AND ${SINCE} < ? ORDER BY o.seq LIMIT ?`,
  );
  const setHeld = change(db, 'UPDATE delivery SET held_since = COALESCE(held_since, ?) WHERE seq = ?');
  const setFree = change(db, 'UPDATE delivery SET held_since = NULL WHERE seq = ?');
  const setSpared = change(db, 'UPDATE delivery SET spared = spared + 1 WHERE seq = ?');
  return { channel, openBefore, setHeld, setFree, setSpared };
}
