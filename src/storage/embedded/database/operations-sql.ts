/** The SQL of bulk operations and of the audit, prepared once a connection. */
import type { DatabaseSync } from 'node:sqlite';
import type { OperationKind } from '../../dead-letters.ts';
import type { Transaction } from './commits.ts';
import { change, insert, query } from './rows.ts';
import { OPERATION } from './schema.ts';

export interface OperationRow {
  readonly ref: number;
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: number;
  readonly who: string;
  readonly target: string;
  readonly note: string | null;
  readonly force: number;
  readonly rate: number;
  /** The operation's items are those from `first` to `last`; `cursor` is the last that was taken. */
  readonly first: number;
  readonly last: number;
  readonly cursor: number;
  readonly refused: number;
  readonly created_at: number;
  readonly finished_at: number | null;
}

export interface AuditRow {
  readonly ref: number;
  readonly id: string;
  readonly at: number;
  readonly who: string;
  readonly action: string;
  readonly target: string;
  readonly count: number;
  readonly note: string | null;
  readonly key: string | null;
  readonly digest: string;
  readonly subject: string;
}

export function operationStatements(db: DatabaseSync) {
  const byId = query<OperationRow>(db, 'SELECT * FROM operation WHERE id = ?');
  const running = query<{ id: string; rate: number }>(
    db,
    `SELECT id, rate FROM operation WHERE state = ${OPERATION.running} ORDER BY ref`,
  );
  const add = insert(
    db,
    `INSERT INTO operation (id, kind, state, who, target, note, force, rate, first, last, cursor, refused, created_at)
     VALUES (?, ?, ${OPERATION.running}, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
  );
  const lastItem = query<{ ref: number }>(db, 'SELECT COALESCE(MAX(ref), 0) AS ref FROM operation_item');
  const addItem = insert(db, 'INSERT INTO operation_item (direction, seq) VALUES (?, ?)');
  const items = query<{
    ref: number;
    direction: number;
    seq: number;
    refusal: string | null;
    state: number;
    reason: string;
  }>(
    db,
    `SELECT it.ref, it.direction, it.seq, it.refusal, l.state, l.reason FROM operation_item it
     JOIN dead_letter l ON l.direction = it.direction AND l.seq = it.seq
     WHERE it.ref > ? AND it.ref <= ? ORDER BY it.ref LIMIT ?`,
  );
  const refuse = change(db, 'UPDATE operation_item SET refusal = ? WHERE ref = ?');
  const refusals = query<{ id: string; why: string }>(
    db,
    `SELECT CASE it.direction WHEN 0 THEN (SELECT id FROM outbound o WHERE o.seq = it.seq)
       ELSE (SELECT id FROM inbound i WHERE i.seq = it.seq) END AS id, it.refusal AS why
     FROM operation_item it WHERE it.ref >= ? AND it.ref <= ? AND it.refusal IS NOT NULL ORDER BY it.ref LIMIT 100`,
  );
  const advance = change(db, 'UPDATE operation SET cursor = ?, refused = refused + ? WHERE ref = ?');
  const setState = change(db, 'UPDATE operation SET state = ?, finished_at = ? WHERE ref = ?');
  const known = (id: string): OperationRow => {
    const row = byId.get(id);
    if (row === undefined) throw new Error(`no operation ${id}`);
    return row;
  };
  /** True when there is nothing left of it. */
  const finishIfOver = (tx: Transaction, row: OperationRow): boolean => {
    if (row.cursor < row.last) return false;
    setState(OPERATION.done, tx.now, row.ref);
    return true;
  };
  return {
    byId,
    running,
    add,
    lastItem,
    addItem,
    items,
    refuse,
    refusals,
    advance,
    setState,
    known,
    finishIfOver,
  };
}

export function auditStatements(db: DatabaseSync) {
  const addAudit = change(
    db,
    `INSERT INTO audit (id, at, who, action, target, count, note, key, digest, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const auditByKey = query<AuditRow>(db, 'SELECT * FROM audit WHERE key = ?');
  const listAudit = query<AuditRow>(
    db,
    'SELECT * FROM audit WHERE ?1 IS NULL OR ref < ?1 ORDER BY ref DESC LIMIT ?2',
  );
  return { addAudit, auditByKey, listAudit };
}
