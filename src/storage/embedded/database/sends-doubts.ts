/**
 * What may have arrived, by the attempts of a delivery: an attempt that had no clear answer stays in doubt, whatever
 * became of those after it, until a receipt or the platform's history says more.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Fault } from '../../../message/fault.ts';
import type { Transaction } from './commits.ts';
import { change, query } from './rows.ts';
import { DELIVERY, OUTBOUND } from './schema.ts';
import type { DeliveryRow } from './sends-sql.ts';

/** Results of attempts, for SQL. What was under way when the end of a process or a bug cut it off counts as well. */
export const MAY_HAVE_ARRIVED = "('ambiguous', 'intent')";

/** Of a part that nobody is at. */
export const isInDoubt = ({ state }: Pick<DeliveryRow, 'state'>): boolean =>
  state === DELIVERY.intent || state === DELIVERY.ambiguous;

/** Why it is given up, of what may have arrived. */
export const unproven = (fault: Fault): Fault => ({
  ...fault,
  detail: `${fault.detail}; an attempt before may have arrived`,
});

export function deliveryDoubts(db: DatabaseSync) {
  const before = query<{ n: number }>(
    db,
    `SELECT COUNT(*) AS n FROM attempt WHERE delivery = ? AND number < ? AND result IN ${MAY_HAVE_ARRIVED}`,
  );
  const meant = query<{ n: number }>(
    db,
    `SELECT COUNT(*) AS n FROM attempt WHERE delivery = ? AND (result = 'sent' OR result IN ${MAY_HAVE_ARRIVED})`,
  );
  const disprove = change(
    db,
    `UPDATE attempt SET result = 'not sent' WHERE delivery = ? AND result IN ${MAY_HAVE_ARRIVED}`,
  );
  const setResends = change(db, 'UPDATE delivery SET resends = ? WHERE seq = ?');
  const interrupted = query<{ seq: number; attempts: number; state: number }>(
    db,
    `SELECT d.seq, d.attempts, o.state FROM outbound o JOIN delivery d ON d.outbound = o.seq
     WHERE o.state IN (${OUTBOUND.open}, ${OUTBOUND.dead}, ${OUTBOUND.parked}) AND d.state = ${DELIVERY.intent}`,
  );
  return {
    /** Attempts without an end, of messages that may be over: then another part ended them. */
    interrupted: () => interrupted.all(),
    /** Whether an attempt before the last one may have arrived. */
    isLeft: ({ seq, attempts, resends }: DeliveryRow): boolean =>
      resends > 0 || (before.get(seq, attempts)?.n ?? 0) > 0,
    /** How many of its attempts may be meant by a receipt that names the delivery only. */
    mayBeMeant: ({ seq }: DeliveryRow): number => meant.get(seq)?.n ?? 0,
    /** None of its attempts arrived. */
    disprove({ seq, resends }: DeliveryRow): void {
      disprove(seq);
      if (resends > 0) setResends(0, seq);
    },
    /** What was to be sent again certainly did not go: it was not sent again. */
    takeBack(tx: Transaction, { seq, resends }: DeliveryRow): void {
      if (resends === 0) return;
      setResends(resends - 1, seq);
      tx.count('ambiguous.resent', -1);
    },
  };
}
