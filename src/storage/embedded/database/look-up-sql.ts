/** The SQL of looking up, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import type { ReceiptStatus } from '../../../message/event.ts';
import { query } from './rows.ts';
import { type DeliveryRow, SELECT_DELIVERY } from './sends-sql.ts';

export interface InboundRow {
  readonly seq: number;
  readonly id: string;
  readonly channel: string;
  readonly conversation: string | null;
  readonly platform_id: string;
  readonly kind: string;
  readonly message: string;
  readonly raw: string;
  readonly received_at: number;
  readonly work_state: number | null;
  readonly work_reason: string | null;
  readonly work_attempts: number | null;
  readonly history: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly attempts: number | null;
  readonly stages: string | null;
  readonly facts: string | null;
  readonly finished_at: number | null;
}

export interface OutboundRow {
  readonly seq: number;
  readonly id: string;
  readonly channel: string;
  readonly conversation: string;
  readonly message: string;
  readonly state: number;
  readonly reason: string | null;
  readonly losses: string | null;
  readonly cause: string | null;
  readonly created_at: number;
  readonly held: string | null;
  readonly gap: string | null;
  readonly fallback: string | null;
  readonly fallback_of: string | null;
}

const SELECT_INBOUND = `SELECT i.seq, i.id, ch.id AS channel, c.key AS conversation, i.platform_id, i.kind,
  COALESCE(i.edited, i.joined, i.message) AS message, i.raw,
  i.received_at, w.state AS work_state, w.reason AS work_reason, w.attempts AS work_attempts, w.history, r.outcome,
  r.reason, r.attempts, r.stages, r.facts, r.finished_at
  FROM inbound i JOIN channel ch ON ch.ref = i.channel LEFT JOIN conversation c ON c.ref = i.conversation
  LEFT JOIN work w ON w.seq = i.seq LEFT JOIN result r ON r.seq = i.seq`;

const SELECT_OUTBOUND = `SELECT o.seq, o.id, ch.id AS channel, c.key AS conversation,
  COALESCE(o.edited, o.message) AS message, o.state, o.reason, o.losses,
  o.cause, o.created_at, CASE o.state WHEN 0 THEN a.reason END AS held,
  (SELECT g.id FROM outbound g WHERE g.seq = o.gap) AS gap,
  (SELECT f.id FROM outbound f WHERE f.fallback_of = o.seq) AS fallback,
  (SELECT f.id FROM outbound f WHERE f.seq = o.fallback_of) AS fallback_of
  FROM outbound o JOIN channel ch ON ch.ref = o.channel JOIN conversation c ON c.ref = o.conversation
  LEFT JOIN account a ON a.channel = o.channel`;

export function lookUpStatements(db: DatabaseSync) {
  const inbound = query<InboundRow>(db, `${SELECT_INBOUND} WHERE i.id = ?`);
  const inboundByPlatform = query<InboundRow>(
    db,
    `${SELECT_INBOUND} WHERE i.platform_id = ? ORDER BY i.seq DESC LIMIT 1`,
  );
  const outbound = query<OutboundRow>(db, `${SELECT_OUTBOUND} WHERE o.id = ?`);
  const outboundBySeq = query<OutboundRow>(db, `${SELECT_OUTBOUND} WHERE o.seq = ?`);
  const outboundByCause = query<OutboundRow>(db, `${SELECT_OUTBOUND} WHERE o.cause = ? ORDER BY o.seq`);
  const ofDelivery = query<{ outbound: number }>(
    db,
    'SELECT outbound FROM delivery WHERE id = ?1 UNION ALL SELECT outbound FROM delivery WHERE platform_id = ?1',
  );
  const deliveries = query<DeliveryRow>(db, `${SELECT_DELIVERY} WHERE d.outbound = ? ORDER BY d.part`);
  const tries = query<{
    number: number;
    started_at: number;
    ended_at: number | null;
    result: string;
    fault: string | null;
  }>(db, 'SELECT * FROM attempt WHERE delivery = ? ORDER BY number');
  const receipts = query<{ status: ReceiptStatus; at: number; received_at: number; fault: string | null }>(
    db,
    `SELECT r.status, r.at, r.received_at, r.fault FROM receipt r JOIN outbound o ON o.channel = r.channel
     WHERE r.platform_id = ? AND o.seq = ? ORDER BY r.received_at, r.at`,
  );
  const listInbound = query<InboundRow>(
    db,
    `${SELECT_INBOUND} WHERE i.seq > ?1 AND (?2 IS NULL OR ch.tenant = ?2) AND (?3 IS NULL OR ch.id = ?3) ORDER BY i.seq LIMIT ?4`,
  );
  const listOutbound = query<OutboundRow>(
    db,
    `${SELECT_OUTBOUND} WHERE o.seq > ?1 AND (?2 IS NULL OR ch.tenant = ?2) AND (?3 IS NULL OR ch.id = ?3) ORDER BY o.seq LIMIT ?4`,
  );
  const feedRows = query<{ seq: number; id: string; wire: string; sent_at: number }>(
    db,
    `SELECT d.seq, d.id, d.wire, d.sent_at FROM delivery d JOIN conversation c ON c.ref = d.conversation
     JOIN channel ch ON ch.ref = c.channel WHERE ch.tenant = ? AND ch.id = ? AND c.key = ? AND d.seq > ?
     AND d.state = 3 ORDER BY d.seq LIMIT ?`,
  );
  const key = query<{ outbound: string; digest: string }>(
    db,
    'SELECT outbound, digest FROM idempotency WHERE tenant = ? AND key = ?',
  );
  return {
    inbound,
    inboundByPlatform,
    outbound,
    outboundBySeq,
    outboundByCause,
    ofDelivery,
    deliveries,
    tries,
    receipts,
    listInbound,
    listOutbound,
    feedRows,
    key,
  };
}
