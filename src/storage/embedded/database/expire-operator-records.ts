/** Forgetting what operators did, a long time after: operations that are done with their items, and the audit. */
import type { DatabaseSync } from 'node:sqlite';
import type { OperatorRecordsBefore } from '../../retention.ts';
import type { Transaction } from './commits.ts';
import { change, query } from './rows.ts';
import { OPERATION } from './schema.ts';

export function expireOperatorRecordsOps(db: DatabaseSync) {
  const oldOperation = query<{ ref: number; first: number; last: number }>(
    db,
    `SELECT ref, first, last FROM operation WHERE state = ${OPERATION.done} AND finished_at < ? ORDER BY ref LIMIT 1`,
  );
  const dropItems = change(
    db,
    'DELETE FROM operation_item WHERE ref IN (SELECT ref FROM operation_item WHERE ref >= ? AND ref < ? LIMIT ?)',
  );
  const dropOperation = [
    change(
      db,
      'DELETE FROM operation_item WHERE ref = (SELECT last FROM operation WHERE ref = ?1 AND last >= first)',
    ),
    change(db, 'DELETE FROM operation WHERE ref = ?'),
  ];
  const dropAudit = change(
    db,
    `DELETE FROM audit WHERE ref IN (SELECT ref FROM audit WHERE at < ? AND NOT EXISTS (
       SELECT 1 FROM operation o WHERE o.id = audit.subject AND o.state <> ${OPERATION.done}) ORDER BY ref LIMIT ?)`,
  );

  return {
    /** Up to `limit` of them, the last item of an operation counted as one with it; 0 when nothing is left. Times in ms since 1970. */
    expireOperatorRecords(_: Transaction, before: OperatorRecordsBefore, limit: number): number {
      let left = limit;
      while (left > 0) {
        const operation = oldOperation.get(before.operations);
        if (operation === undefined) break;
        const { ref, first, last } = operation;
        // The last item goes with its operation: new items are numbered behind the highest that there is, and
        // would come under an operation that is half forgotten.
        left -= dropItems(first, last, left);
        if (left <= 0) break;
        for (const drop of dropOperation) drop(ref);
        left--;
      }
      if (left > 0) left -= dropAudit(before.audit, left);
      return limit - left;
    },
  };
}
