/** The SQL of the dead letters, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import { RECEIPT_STATUSES } from '../../../message/event.ts';
import type { LetterFilter } from '../../dead-letters.ts';
import { change, query } from './rows.ts';
import { DELIVERY, DIRECTION, LETTER } from './schema.ts';

export interface LetterRow {
  readonly direction: number;
  readonly seq: number;
  readonly id: string;
  readonly channel: string;
  readonly conversation: string | null;
  readonly at: number;
  readonly state: number;
  readonly code: string;
  readonly platform_code: string | null;
  readonly reason: string;
  readonly times: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly note: string | null;
  readonly kind: string;
  readonly message: string;
  readonly edited: string | null;
  readonly raw: string | null;
  readonly work_state: number | null;
  readonly outcome: string | null;
  readonly tries: number;
  readonly proven: number;
}

/** A receipt that came after we gave up: what is parked arrived, and what failed at first did so as well. */
export const PROVES = `(d.state IN (${DELIVERY.parked}, ${DELIVERY.skipped}) AND d.receipt IS NOT NULL
  OR d.state = ${DELIVERY.dead} AND d.receipt >= ${RECEIPT_STATUSES.indexOf('delivered')})`;

const SELECT_LETTER = `SELECT l.direction, l.seq, l.state, l.code, l.platform_code, l.reason, l.times, l.first_at, l.last_at,
  l.note, ch.id AS channel, c.key AS conversation, COALESCE(i.id, o.id) AS id,
  COALESCE(i.received_at, o.created_at) AS at, COALESCE(i.kind, '') AS kind,
  COALESCE(i.joined, i.message, o.message) AS message, COALESCE(i.edited, o.edited) AS edited, i.raw,
  COALESCE(w.state, o.state) AS work_state, r.outcome,
  COALESCE(w.attempts, r.attempts, (SELECT SUM(d.attempts) FROM delivery d WHERE d.outbound = o.seq), 0) AS tries,
  EXISTS (SELECT 1 FROM delivery d WHERE d.outbound = o.seq AND ${PROVES}) AS proven
  FROM dead_letter l JOIN channel ch ON ch.ref = l.channel
  LEFT JOIN inbound i ON l.direction = ${DIRECTION.inbound} AND i.seq = l.seq
  LEFT JOIN outbound o ON l.direction = ${DIRECTION.outbound} AND o.seq = l.seq
  LEFT JOIN work w ON w.seq = i.seq LEFT JOIN result r ON r.seq = i.seq
  LEFT JOIN conversation c ON c.ref = COALESCE(i.conversation, o.conversation)`;

/** The first five parameters of every statement that takes a filter. */
const MATCHES = `(?1 IS NULL OR l.channel IN (SELECT ref FROM channel WHERE id = ?1))
  AND (?2 IS NULL OR l.direction = ?2) AND (?3 IS NULL OR l.code = ?3 OR l.platform_code = ?3)
  AND (?4 IS NULL OR l.last_at >= ?4) AND (?5 IS NULL OR l.last_at < ?5)`;

export const filterValues = ({ channel, direction, reason, since, until }: LetterFilter) =>
  [
    channel ?? null,
    direction === undefined ? null : DIRECTION[direction],
    reason ?? null,
    since ?? null,
    until ?? null,
  ] as const;

/** Only reads, so that a database opened for reading will do. */
export function letterLookUps(db: DatabaseSync) {
  const find = query<{ direction: number; seq: number }>(
    db,
    `SELECT l.direction, l.seq FROM inbound i JOIN dead_letter l ON l.direction = ${DIRECTION.inbound} AND l.seq = i.seq
       WHERE i.id = ?1 UNION ALL
     SELECT l.direction, l.seq FROM outbound o JOIN dead_letter l ON l.direction = ${DIRECTION.outbound} AND l.seq = o.seq
       WHERE o.id = ?1`,
  );
  const one = query<LetterRow>(db, `${SELECT_LETTER} WHERE l.direction = ? AND l.seq = ?`);
  const list = query<LetterRow>(
    db,
    `${SELECT_LETTER} WHERE ${MATCHES} AND l.state = ?6 AND (l.direction, l.seq) > (?7, ?8)
     ORDER BY l.direction, l.seq LIMIT ?9`,
  );
  const listOpen = query<LetterRow>(
    db,
    `${SELECT_LETTER} WHERE ${MATCHES} AND l.state = ${LETTER.open} AND (l.direction, l.seq) > (?6, ?7)
     ORDER BY l.direction, l.seq LIMIT ?8`,
  );
  const groups = query<{
    direction: number;
    channel: string;
    code: string;
    count: number;
    first_at: number;
    last_at: number;
    seq: number;
  }>(
    db,
    `SELECT l.direction, ch.id AS channel, l.code, COUNT(*) AS count, MIN(l.first_at) AS first_at,
       MAX(l.last_at) AS last_at, MIN(l.seq) AS seq
     FROM dead_letter l JOIN channel ch ON ch.ref = l.channel WHERE ${MATCHES} AND l.state = ${LETTER.open}
     GROUP BY l.direction, l.channel, l.code ORDER BY count DESC, l.direction, ch.id, l.code`,
  );
  const count = query<{ n: number }>(
    db,
    `SELECT COUNT(*) AS n FROM (SELECT 1 FROM dead_letter l WHERE ${MATCHES} AND l.state = ${LETTER.open} LIMIT ?6)`,
  );
  return { find, one, list, listOpen, groups, count };
}

/** By the hub's id of its message. */
export function letterRow(sql: ReturnType<typeof letterLookUps>, id: string): LetterRow | undefined {
  const found = sql.find.get(id);
  return found === undefined ? undefined : sql.one.get(found.direction, found.seq);
}

export function letterStatements(db: DatabaseSync) {
  const bury = change(
    db,
    `INSERT INTO dead_letter VALUES (?1, ?2, ?3, ?4, ?5, ?6, ${LETTER.open}, 1, ?7, ?7, NULL)
     ON CONFLICT DO UPDATE SET code = ?4, platform_code = ?5, reason = ?6, state = ${LETTER.open}, times = times + 1,
       last_at = ?7`,
  );
  const inboundChannel = query<{ channel: number }>(db, 'SELECT channel FROM inbound WHERE seq = ?');
  const outboundChannel = query<{ channel: number }>(db, 'SELECT channel FROM outbound WHERE seq = ?');
  const setState = change(db, 'UPDATE dead_letter SET state = ? WHERE direction = ? AND seq = ?');
  const discard = change(
    db,
    `UPDATE dead_letter SET state = ${LETTER.discarded}, note = COALESCE(?, note) WHERE direction = ? AND seq = ?`,
  );
  const editInbound = change(db, 'UPDATE inbound SET edited = ? WHERE seq = ?');
  const editOutbound = change(db, 'UPDATE outbound SET edited = ? WHERE seq = ?');
  const snapshot = change(
    db,
    `INSERT INTO operation_item (direction, seq) SELECT l.direction, l.seq FROM dead_letter l
     WHERE ${MATCHES} AND l.state = ${LETTER.open} ORDER BY l.direction, l.seq LIMIT ?6`,
  );
  return {
    bury,
    inboundChannel,
    outboundChannel,
    setState,
    discard,
    editInbound,
    editOutbound,
    snapshot,
  };
}
