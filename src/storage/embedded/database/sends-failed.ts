/**
 * Messages in whose place something may be sent: refused because the platform takes no free ones now, or taken by
 * it and not delivered. Each is noted in the transaction that ends it, and stays so until delivery has decided.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { OutboundMessage } from '../../../message/message.ts';
import type { Lanes } from '../../lanes.ts';
import { FAILED_BY, type FailedSend, type FailureCause } from '../../send-queue.ts';
import type { Transaction } from './commits.ts';
import { PROVES } from './dead-letters-sql.ts';
import { change, query } from './rows.ts';
import { DELIVERY } from './schema.ts';
import type { NewOutbound } from './sends-rows.ts';

export interface FailureNotes {
  note(tx: Transaction, outbound: number, cause: FailureCause): void;
}

const numberOf = (cause: FailureCause): number => FAILED_BY.indexOf(cause) + 1;

export function failureNotes(db: DatabaseSync, lanes: Lanes): FailureNotes {
  const note = change(db, 'UPDATE outbound SET failed = ? WHERE seq = ?');
  return {
    note(tx, outbound, cause) {
      note(numberOf(cause), outbound);
      tx.afterCommit(() => lanes.nudge());
    },
  };
}

interface FailedRow {
  readonly seq: number;
  readonly failed: number;
  readonly message: string;
  readonly code: string | null;
}

interface PlaceRow {
  readonly channel: number;
  readonly conversation: number;
  readonly cause: string | null;
  readonly tenant: string;
}

export function failedSends(
  db: DatabaseSync,
  createOutbound: (tx: Transaction, outbound: NewOutbound) => number,
) {
  const list = query<FailedRow>(
    db,
    `SELECT o.seq, o.failed, COALESCE(o.edited, o.message) AS message, l.code FROM outbound o
     LEFT JOIN dead_letter l ON l.direction = 0 AND l.seq = o.seq WHERE o.failed > 0 ORDER BY o.seq LIMIT ?`,
  );
  const clear = change(db, 'UPDATE outbound SET failed = 0 WHERE seq = ? AND failed > 0');
  const place = query<PlaceRow>(
    db,
    `SELECT o.channel, o.conversation, o.cause, ch.tenant FROM outbound o JOIN channel ch ON ch.ref = o.channel
     WHERE o.seq = ?`,
  );
  const replaced = query<{ seq: number }>(db, 'SELECT seq FROM outbound WHERE fallback_of = ?');
  const stillFailed = query<{ seq: number }>(
    db,
    `SELECT d.seq FROM delivery d WHERE d.outbound = ? AND d.superseded = 0 AND d.state = ${DELIVERY.dead}
       AND NOT COALESCE(${PROVES}, 0) LIMIT 1`,
  );
  /** By the order of what was taken in, and not by a clock, which may be set in between. */
  const sinceTheyWrote = query<{ seq: number }>(
    db,
    'SELECT stand_in AS seq FROM conversation WHERE ref = ? AND stand_in IS NOT NULL',
  );
  const setStandIn = change(db, 'UPDATE conversation SET stand_in = ? WHERE ref = ?');
  const setFallback = change(db, 'UPDATE outbound SET fallback_of = ? WHERE seq = ?');

  return {
    failedSends: (limit: number): readonly FailedSend[] =>
      list.all(limit).map(({ seq, failed, message, code }) => ({
        seq,
        cause: FAILED_BY[failed - 1] ?? 'late',
        code: code ?? 'internal',
        message: JSON.parse(message) as OutboundMessage,
      })),
    answerFailed(
      tx: Transaction,
      { seq, instead }: { readonly seq: number; readonly instead: OutboundMessage | null },
    ): boolean {
      if (clear(seq) === 0 || instead === null) return false;
      const row = place.get(seq);
      // What arrived all the same, as a later receipt said, or goes out again, needs nothing in its place.
      if (row === undefined || stillFailed.get(seq) === undefined) return false;
      if (replaced.get(seq) !== undefined || sinceTheyWrote.get(row.conversation) !== undefined) return false;
      const { channel, conversation, cause, tenant } = row;
      const { id } = instead;
      const json = JSON.stringify(instead);
      const made = { id, tenant, channel, conversation, cause, json, source: 'fallback' as const, raw: null };
      const standIn = createOutbound(tx, made);
      setFallback(seq, standIn);
      setStandIn(standIn, row.conversation);
      return true;
    },
  };
}
