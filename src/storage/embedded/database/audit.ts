/** What operators did: each action once, under its key, with who, when and what. */
import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue } from '../../../message/json.ts';
import type { Action, AuditEntry, KeyReused } from '../../dead-letters.ts';
import type { Transaction } from './commits.ts';
import { auditStatements } from './operations-sql.ts';

export interface Deed {
  readonly action: AuditEntry['action'];
  readonly target: JsonValue;
  readonly count: number;
  readonly note: string | null;
  /** What the same key leads to again: an operation's id or a letter's. */
  readonly subject: string;
}

export type Audit = ReturnType<typeof auditing>;

export function auditing(db: DatabaseSync) {
  const sql = auditStatements(db);
  return {
    /** What the action's key was used for before; null when it is new, or has none. */
    before({ key, digest }: Action): { readonly kind: 'done'; readonly subject: string } | KeyReused | null {
      const row = key === null ? undefined : sql.auditByKey.get(key);
      if (row === undefined) return null;
      return row.digest === digest ? { kind: 'done', subject: row.subject } : { kind: 'key-reused' };
    },
    note(tx: Transaction, { id, who, key, digest }: Action, deed: Deed): void {
      const target = JSON.stringify(deed.target);
      sql.addAudit(id, tx.now, who, deed.action, target, deed.count, deed.note, key, digest, deed.subject);
    },
    list: ({
      before,
      limit,
    }: {
      readonly before?: number | undefined;
      readonly limit: number;
    }): readonly AuditEntry[] =>
      sql.listAudit.all(before ?? null, limit).map(row => ({
        seq: row.ref,
        id: row.id,
        at: row.at,
        who: row.who,
        action: row.action as AuditEntry['action'],
        target: JSON.parse(row.target) as JsonValue,
        count: row.count,
        note: row.note,
      })),
  };
}
