/**
 * Messages in whose place something may be sent: refused because the platform takes no free ones now, or taken by
 * it and not delivered. Each is noted in the transaction that ends it, and stays so until delivery has decided.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { OutboundMessage } from '../../../message/message.ts';
import type { Lanes } from '../../lanes.ts';
import { FAILED_BY, type FailedSend, type FailureCause } from '../../send-queue.ts';
import type { Transaction } from './commits.ts';
import { change, query } from './rows.ts';
import type { NewOutbound } from './sends.ts';

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
  const sinceTheyWrote = query<{ seq: number }>(
    db,
    `SELECT f.seq FROM outbound f JOIN conversation c ON c.ref = f.conversation WHERE f.conversation = ?
       AND f.fallback_of IS NOT NULL AND f.created_at >= COALESCE(c.wrote_at, 0) LIMIT 1`,
  );
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
      if (row === undefined) return false;
      if (replaced.get(seq) !== undefined || sinceTheyWrote.get(row.conversation) !== undefined) return false;
      const { channel, conversation, cause, tenant } = row;
      const { id } = instead;
      const json = JSON.stringify(instead);
      const made = { id, tenant, channel, conversation, cause, json, source: 'fallback' as const, raw: null };
      setFallback(seq, createOutbound(tx, made));
      return true;
    },
  };
}
