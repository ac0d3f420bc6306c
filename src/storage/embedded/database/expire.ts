/**
 * Forgetting what is over and old: messages that are done with all that followed from them, used idempotency
 * keys, receipts of nothing we know. What is open, or a dead letter nobody has decided on, is kept however old.
 * The books keep counting what was forgotten, and what was discarded before among what is done.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Expired, MessagesBefore } from '../../retention.ts';
import type { Transaction } from './commits.ts';
import { MEDIA } from './media.ts';
import { change, query } from './rows.ts';
import { LETTER, OUTBOUND, WORK } from './schema.ts';

/** The times are parameter 1. A dead letter that was discarded is over: there was a decision. */
const OVER = `(o.state IN (${OUTBOUND.sent}, ${OUTBOUND.skipped}) AND o.finished_at < ?1
  OR o.state IN (${OUTBOUND.dead}, ${OUTBOUND.parked}) AND EXISTS (SELECT 1 FROM dead_letter l
    WHERE l.direction = 0 AND l.seq = o.seq AND l.state = ${LETTER.discarded} AND l.last_at < ?1))`;

/**
 * The highest number of each table stays until there is a higher one: SQLite would give it out again, to somebody
 * else's message. https://sqlite.org/autoinc.html
 */
const IS_LAST = `(o.seq = (SELECT MAX(seq) FROM outbound) OR EXISTS (SELECT 1 FROM delivery d
  WHERE d.outbound = o.seq AND d.seq = (SELECT MAX(seq) FROM delivery)))`;
const REPLIES_ARE_OVER = `NOT EXISTS (SELECT 1 FROM outbound o
  WHERE o.cause = i.id AND (NOT ${OVER} OR ${IS_LAST}))`;
/** The highest number there can be; one that names no row of the query, so that SQLite looks no further than to it. */
const NO_BOUND = '9223372036854775807';
const NOT_LAST = 'i.seq < (SELECT MAX(seq) FROM inbound)';

/** Where it is kept up to when messages were forgotten, in ms since 1970: what came later is known, or never came. */
export const FORGOTTEN = 'forgotten';

interface Forgettable {
  readonly seq: number;
  /** 1 where the books count it among the dead; they will count it among what is done. */
  readonly discarded: 0 | 1;
}

export function expireOps(db: DatabaseSync) {
  const inboundOver = query<Forgettable & { id: string }>(
    db,
    `SELECT i.seq, i.id, 0 AS discarded FROM inbound i JOIN result r ON r.seq = i.seq
     WHERE i.seq < COALESCE((SELECT seq FROM inbound WHERE received_at >= ?1 ORDER BY seq LIMIT 1), ${NO_BOUND})
       AND ${NOT_LAST} AND r.finished_at < ?1 AND ${REPLIES_ARE_OVER} ORDER BY i.seq LIMIT ?2`,
  );
  const inboundDiscarded = query<Forgettable & { id: string }>(
    db,
    `SELECT i.seq, i.id, 1 AS discarded FROM dead_letter l JOIN inbound i ON i.seq = l.seq JOIN work w ON w.seq = i.seq
     WHERE l.direction = 1 AND l.state = ${LETTER.discarded} AND l.last_at < ?1
       AND w.state IN (${WORK.dead}, ${WORK.parked}) AND ${NOT_LAST} AND ${REPLIES_ARE_OVER} ORDER BY i.seq LIMIT ?2`,
  );
  const stateOf = `CASE WHEN o.state IN (${OUTBOUND.dead}, ${OUTBOUND.parked}) THEN 1 ELSE 0 END AS discarded`;
  const causedBy = query<Forgettable>(db, `SELECT o.seq, ${stateOf} FROM outbound o WHERE o.cause = ?`);
  const outboundOver = query<Forgettable>(
    db,
    `SELECT o.seq, ${stateOf} FROM outbound o
     WHERE o.seq < COALESCE((SELECT seq FROM outbound WHERE created_at >= ?1 ORDER BY seq LIMIT 1), ${NO_BOUND}) AND (o.cause IS NULL OR NOT EXISTS (
       SELECT 1 FROM inbound i WHERE i.id = o.cause)) AND ${OVER} AND NOT ${IS_LAST} ORDER BY o.seq LIMIT ?2`,
  );
  const dropInbound = [
    change(db, 'DELETE FROM result WHERE seq = ?'),
    change(db, 'DELETE FROM dead_letter WHERE direction = 1 AND seq = ?'),
    change(db, 'DELETE FROM work WHERE seq = ?'),
    change(db, 'DELETE FROM inbound WHERE seq = ?'),
  ];
  const dropOutbound = [
    change(
      db,
      `DELETE FROM receipt WHERE (platform_id, channel) IN (SELECT d.platform_id, o.channel FROM delivery d
       JOIN outbound o ON o.seq = d.outbound WHERE d.outbound = ? AND d.platform_id IS NOT NULL)`,
    ),
    change(db, 'DELETE FROM attempt WHERE delivery IN (SELECT seq FROM delivery WHERE outbound = ?)'),
    change(db, 'DELETE FROM delivery WHERE outbound = ?'),
    change(db, 'DELETE FROM dead_letter WHERE direction = 0 AND seq = ?'),
    change(db, 'DELETE FROM outbound WHERE seq = ?'),
  ];
  const noteForgotten = change(
    db,
    `INSERT INTO meta VALUES ('${FORGOTTEN}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
     WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)`,
  );
  const dropKeys = change(db, 'DELETE FROM idempotency WHERE created_at < ?');
  const dropReceipts = change(
    db,
    `DELETE FROM receipt WHERE received_at < ? AND NOT EXISTS (
       SELECT 1 FROM delivery d WHERE d.platform_id = receipt.platform_id)`,
  );
  /** Whose bytes are gone, or never were: of a message that was forgotten, or of none and as old. */
  const dropMedia = change(
    db,
    `DELETE FROM media WHERE state IN (${MEDIA.failed}, ${MEDIA.skipped}, ${MEDIA.expired}) AND created_at < ?
       AND NOT EXISTS (SELECT 1 FROM inbound i WHERE i.seq = media.inbound)`,
  );
  const dropDecided = change(
    db,
    `DELETE FROM dead_letter WHERE state = ${LETTER.discarded} AND last_at < ? AND NOT EXISTS (
       SELECT 1 FROM work w WHERE w.seq = dead_letter.seq AND dead_letter.direction = 1) AND NOT EXISTS (
       SELECT 1 FROM outbound o WHERE o.seq = dead_letter.seq AND dead_letter.direction = 0)`,
  );

  return {
    /** Up to `limit` messages of each direction; 0 and 0 when nothing is left. Times in ms since 1970. */
    expire(tx: Transaction, before: MessagesBefore, limit: number): Expired {
      const inbound = [inboundOver, inboundDiscarded].flatMap(over => over.all(before.messages, limit));
      const replies = inbound.flatMap(({ id }) => causedBy.all(id));
      const outbound = [...replies, ...outboundOver.all(before.messages, limit)];
      for (const { seq } of inbound) for (const drop of dropInbound) drop(seq);
      if (inbound.length > 0) noteForgotten(String(before.messages));
      for (const { seq } of outbound) for (const drop of dropOutbound) drop(seq);
      // These look at whole tables: once, behind the last batch.
      if (inbound.length + outbound.length === 0) {
        dropKeys(before.keys);
        dropReceipts(before.messages);
        dropDecided(before.messages);
        dropMedia(before.messages);
      }
      for (const [direction, gone] of [
        ['inbound', inbound],
        ['outbound', outbound],
      ] as const) {
        tx.count(`${direction}.expired`, gone.length);
        tx.count(`${direction}.done`, gone.filter(({ discarded }) => discarded === 1).length);
      }
      return { inbound: inbound.length, outbound: outbound.length };
    },
  };
}
