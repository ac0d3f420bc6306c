/**
 * Forgetting what is over and old: messages that are done with all that followed from them, used idempotency
 * keys, receipts of nothing we know. What is open, or a dead letter nobody has decided on, is kept however old.
 * The books keep counting what was forgotten.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Expired, MessagesBefore } from '../../retention.ts';
import type { Transaction } from './commits.ts';
import { MEDIA } from './media.ts';
import { change, query } from './rows.ts';
import { LETTER, OUTBOUND } from './schema.ts';

const OVER = `o.state IN (${OUTBOUND.sent}, ${OUTBOUND.skipped}) AND o.finished_at < ?`;

export function expireOps(db: DatabaseSync) {
  const inboundOver = query<{ seq: number; id: string }>(
    db,
    `SELECT i.seq, i.id FROM inbound i JOIN result r ON r.seq = i.seq
     WHERE i.seq < COALESCE((SELECT seq FROM inbound WHERE received_at >= ?1 ORDER BY seq LIMIT 1), i.seq + 1)
       AND r.finished_at < ?1 AND NOT EXISTS (
       SELECT 1 FROM outbound o WHERE o.cause = i.id AND NOT (o.state IN (${OUTBOUND.sent}, ${OUTBOUND.skipped})
         AND o.finished_at < ?1))
     ORDER BY i.seq LIMIT ?2`,
  );
  const causedBy = query<{ seq: number }>(db, 'SELECT seq FROM outbound WHERE cause = ?');
  const outboundOver = query<{ seq: number }>(
    db,
    `SELECT o.seq FROM outbound o
     WHERE o.seq < COALESCE((SELECT seq FROM outbound WHERE created_at >= ?1 ORDER BY seq LIMIT 1), o.seq + 1) AND (o.cause IS NULL OR NOT EXISTS (
       SELECT 1 FROM inbound i WHERE i.id = o.cause)) AND ${OVER.replace('?', '?1')} ORDER BY o.seq LIMIT ?2`,
  );
  const dropInbound = [
    change(db, 'DELETE FROM result WHERE seq = ?'),
    change(db, 'DELETE FROM dead_letter WHERE direction = 1 AND seq = ?'),
    change(db, `DELETE FROM media WHERE inbound = ? AND state = ${MEDIA.expired}`),
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
  const dropKeys = change(db, 'DELETE FROM idempotency WHERE created_at < ?');
  const dropReceipts = change(
    db,
    `DELETE FROM receipt WHERE received_at < ? AND NOT EXISTS (
       SELECT 1 FROM delivery d WHERE d.platform_id = receipt.platform_id)`,
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
      const inbound = inboundOver.all(before.messages, limit);
      const replies = inbound.flatMap(({ id }) => causedBy.all(id));
      const outbound = [...replies, ...outboundOver.all(before.messages, limit)];
      for (const { seq } of inbound) for (const drop of dropInbound) drop(seq);
      for (const { seq } of outbound) for (const drop of dropOutbound) drop(seq);
      // These look at whole tables: once, behind the last batch.
      if (inbound.length + outbound.length === 0) {
        dropKeys(before.keys);
        dropReceipts(before.messages);
        dropDecided(before.messages);
      }
      tx.count('inbound.expired', inbound.length);
      tx.count('outbound.expired', outbound.length);
      return { inbound: inbound.length, outbound: outbound.length };
    },
  };
}
