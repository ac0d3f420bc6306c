/**
 * What operators ask for: edits, and replays and discards of many letters. What an operation is about is written
 * down when it starts, so that it can be stopped, cut off and resumed.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue } from '../../../message/json.ts';
import type {
  Action,
  BulkOperation,
  Controlled,
  Edited,
  OperationRequest,
  Refusal,
  Started,
  Target,
} from '../../dead-letters.ts';
import type { AcceptLog } from './accept.ts';
import { auditing } from './audit.ts';
import type { Transaction } from './commits.ts';
import { editing, letterReads } from './dead-letters.ts';
import { filterValues, letterLookUps, letterRow, letterStatements } from './dead-letters-sql.ts';
import { operationSteps, refusalFor } from './operation-steps.ts';
import { type OperationRow, operationStatements } from './operations-sql.ts';
import type { Replay } from './replay.ts';
import { OPERATION, OPERATION_STATES } from './schema.ts';

export interface DeskParts {
  readonly replay: Replay;
  readonly accepting: AcceptLog;
  /** Called when an operation may go on. */
  readonly onOperation: () => void;
}

const ALL = Number.MAX_SAFE_INTEGER;

export function deadLetterDesk(db: DatabaseSync, { replay, accepting, onOperation }: DeskParts) {
  const sql = operationStatements(db);
  const audit = auditing(db);
  const reads = letterReads(db);
  const edit = editing(db, replay.sentInPart);
  const { takeDown, objection } = targets(db, replay);
  const viewOf = (row: OperationRow): BulkOperation =>
    // Of what it has come to: the next of its items may only be marked as being read.
    operationOf(row, sql.refusals.all(row.first, row.cursor));

  function startOperation(tx: Transaction, request: OperationRequest, action: Action): Started {
    const before = audit.before(action);
    if (before?.kind === 'key-reused') return before;
    if (before !== null) {
      const row = sql.byId.get(before.subject);
      return row === undefined ? { kind: 'key-reused' } : { kind: 'started', operation: viewOf(row) };
    }
    const objected = objection(request);
    if (objected !== null) return objected;
    const { kind, target, note, force, rate } = request;
    const { first, last } = takeDown(target);
    const place = [first, last, first - 1] as const;
    const about = JSON.stringify(target);
    sql.add(action.id, kind, action.who, about, note, force ? 1 : 0, rate, ...place, tx.now);
    const count = last - first + 1;
    audit.note(tx, action, { action: kind, target: asJson(target), count, note, subject: action.id });
    sql.finishIfOver(tx, sql.known(action.id));
    tx.afterCommit(onOperation);
    return { kind: 'started', operation: viewOf(sql.known(action.id)) };
  }

  function control(tx: Transaction, id: string, to: 'stop' | 'resume', action: Action): Controlled {
    const before = audit.before(action);
    if (before?.kind === 'key-reused') return before;
    const row = sql.byId.get(id);
    if (row === undefined) return { kind: 'unknown' };
    if (before !== null) return { kind: 'controlled', operation: viewOf(row) };
    if (row.state === OPERATION.done) return { kind: 'over' };
    const state = to === 'stop' ? OPERATION.stopped : OPERATION.running;
    if (row.state !== state) {
      sql.setState(state, null, row.ref);
      const count = row.last - row.cursor;
      audit.note(tx, action, { action: to, target: { operation: id }, count, note: null, subject: id });
      tx.afterCommit(onOperation);
    }
    return { kind: 'controlled', operation: viewOf(sql.known(id)) };
  }

  function editDeadLetter(
    tx: Transaction,
    asked: { readonly id: string; readonly content: JsonValue | null; readonly action: Action },
  ): Edited {
    const before = audit.before(asked.action);
    if (before?.kind === 'key-reused') return before;
    if (before !== null) {
      const letter = reads.deadLetter(before.subject);
      return letter === null ? { kind: 'unknown' } : { kind: 'edited', letter };
    }
    const edited = edit(asked.id, asked.content);
    const deed = { action: 'edit', target: { ids: [asked.id] }, count: 1, subject: asked.id } as const;
    const note = asked.content === null ? 'taken back' : null;
    if (edited.kind === 'edited') audit.note(tx, asked.action, { ...deed, note });
    return edited;
  }

  return {
    ...reads,
    ...operationSteps(db, replay, accepting),
    startOperation,
    stopOperation: (tx: Transaction, id: string, action: Action) => control(tx, id, 'stop', action),
    resumeOperation: (tx: Transaction, id: string, action: Action) => control(tx, id, 'resume', action),
    editDeadLetter,
    operation(id: string): BulkOperation | null {
      const row = sql.byId.get(id);
      return row === undefined ? null : viewOf(row);
    },
    runningOperations: () => sql.running.all(),
    audit: audit.list,
  };
}

function targets(db: DatabaseSync, replay: Replay) {
  const sql = operationStatements(db);
  const letters = { ...letterStatements(db), ...letterLookUps(db) };
  return {
    /** Adds the items of the target, in order; the first of their numbers and the last. */
    takeDown(target: Target): { readonly first: number; readonly last: number } {
      const before = sql.lastItem.get()?.ref ?? 0;
      if (target.kind === 'filter') letters.snapshot(...filterValues(target.filter), target.limit ?? ALL);
      else {
        const found = [...new Set(target.ids)].flatMap(id => letters.find.get(id) ?? []);
        found.sort((one, other) => one.direction - other.direction || one.seq - other.seq);
        for (const { direction, seq } of found) sql.addItem(direction, seq);
      }
      return { first: before + 1, last: sql.lastItem.get()?.ref ?? 0 };
    },
    /** Letters named one by one: whoever named them is told what cannot be done before anything is. */
    objection({ kind, target, force }: OperationRequest): Started | null {
      if (target.kind === 'filter') return null;
      const rows = target.ids.map(id => ({ id, row: letterRow(letters, id) }));
      const unknown = rows.flatMap(({ id, row }) => (row === undefined ? [id] : []));
      if (unknown.length > 0) return { kind: 'unknown', ids: unknown };
      const refusals = rows.flatMap(({ id, row }) => {
        const why = row === undefined ? null : refusalFor(kind, row, force, replay);
        return why === null ? [] : [{ id, why }];
      });
      return refusals.length > 0 ? { kind: 'refused', refusals } : null;
    },
  };
}

function operationOf(
  row: OperationRow,
  refusals: readonly { readonly id: string; readonly why: string }[],
): BulkOperation {
  return {
    id: row.id,
    kind: row.kind,
    state: OPERATION_STATES[row.state] ?? 'done',
    who: row.who,
    target: JSON.parse(row.target) as Target,
    note: row.note,
    force: row.force === 1,
    rate: row.rate,
    total: row.last - row.first + 1,
    processed: row.cursor - row.first + 1,
    refused: row.refused,
    refusals: refusals.map(({ id, why }) => ({ id, why: why as Refusal })),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

const asJson = (target: Target): JsonValue => JSON.parse(JSON.stringify(target)) as JsonValue;
