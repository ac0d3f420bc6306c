/** How an operation goes on: some of its items at a time, its place among them moved in the same transaction. */
import type { DatabaseSync } from 'node:sqlite';
import {
  ENDS_ITS_READER,
  type OperationKind,
  type Progress,
  type Quarantined,
  type Refusal,
} from '../../dead-letters.ts';
import { MAX_DEATHS } from '../../work-queue.ts';
import type { PackedRecords } from '../packed.ts';
import type { AcceptLog } from './accept.ts';
import type { Transaction } from './commits.ts';
import { letterStatements } from './dead-letters-sql.ts';
import { type OperationRow, operationStatements } from './operations-sql.ts';
import type { Replay } from './replay.ts';
import { LETTER, OPERATION, OPERATION_STATES } from './schema.ts';

/** As a `Reread`, packed. */
export interface PreparedReread {
  readonly operation: string;
  readonly item: number;
  readonly id: string;
  readonly record: PackedRecords | 'raw-gone' | 'raw-failed';
}

/** In the place of a refusal: an item that is being read again, by how many readers up to now, and the last of them. */
const markOf = (readers: number, reader: string): string => `being read by ${readers}: ${reader}`;

function readersOf(mark: string | null): { readonly readers: number; readonly reader: string } {
  const [, readers = '0', reader = ''] = /^being read by (\d+): (.*)$/.exec(mark ?? '') ?? [];
  return { readers: Number(readers), reader };
}

/** A letter that an operation is about. */
export interface LetterItem {
  readonly direction: number;
  readonly seq: number;
  readonly state: number;
  readonly reason: string;
}

/** Why an operation cannot have the letter; null when it can. */
export function refusalFor(
  kind: OperationKind,
  { direction, seq, state, reason }: LetterItem,
  force: boolean,
  replay: Replay,
): Refusal | null {
  // Of a message that is on its way, or over, nothing is left to be discarded.
  if (kind === 'discard') return state === LETTER.replayed ? replay.refusalOf(direction, seq, false) : null;
  if (state === LETTER.discarded && !force) return 'discarded';
  if (reason === `unreadable: ${ENDS_ITS_READER}`) return 'unsafe-to-read';
  return replay.refusalOf(direction, seq, force);
}

export function operationSteps(db: DatabaseSync, replay: Replay, accepting: AcceptLog) {
  const sql = operationStatements(db);
  const letters = letterStatements(db);

  function take(
    tx: Transaction,
    row: OperationRow,
    item: LetterItem & { readonly ref: number },
  ): 'taken' | 'refused' | Omit<Quarantined, 'item'> {
    const { direction, seq } = item;
    const force = row.force === 1;
    const why = refusalFor(row.kind, item, force, replay);
    if (why !== null) {
      sql.refuse(why, item.ref);
      return 'refused';
    }
    if (row.kind === 'discard') {
      letters.discard(row.note, direction, seq);
      return 'taken';
    }
    const replayed = replay.replay(tx, direction, seq, force);
    if (replayed.kind === 'quarantined') {
      const { kind: _, ...quarantined } = replayed;
      return quarantined;
    }
    letters.setState(LETTER.replayed, direction, seq);
    return 'taken';
  }

  /** Takes items until the limit, the end, or one that has to be read again. */
  function advanceOperation(
    tx: Transaction,
    { operation, limit }: { readonly operation: string; readonly limit: number },
  ): Progress {
    const row = sql.known(operation);
    if (row.state !== OPERATION.running)
      return { processed: 0, state: OPERATION_STATES[row.state] ?? 'done', quarantined: null };
    let cursor = row.cursor;
    let refused = 0;
    let quarantined: Quarantined | null = null;
    const items = sql.items.all(cursor, row.last, limit);
    for (const item of items) {
      const taken = take(tx, row, item);
      if (typeof taken === 'object') {
        quarantined = { ...taken, item: item.ref };
        break;
      }
      if (taken === 'refused') refused++;
      cursor = item.ref;
    }
    // Letters that were forgotten meanwhile are passed over.
    if (quarantined === null && items.length < limit) cursor = row.last;
    sql.advance(cursor, refused, row.ref);
    const over = sql.finishIfOver(tx, { ...row, cursor });
    return { processed: cursor - row.cursor, state: over ? 'done' : 'running', quarantined };
  }

  /** The item an operation has come to; undefined where it is another one, as in a repeated call. */
  function nextItem(row: OperationRow, item: number) {
    const [next] = sql.items.all(row.cursor, row.last, 1);
    return next?.ref === item ? next : undefined;
  }

  function settleItem(tx: Transaction, row: OperationRow, item: number, why: Refusal | null): void {
    sql.refuse(why, item);
    sql.advance(item, why === null ? 0 : 1, row.ref);
    sql.finishIfOver(tx, { ...row, cursor: item });
  }

  function beginReread(
    tx: Transaction,
    {
      operation,
      item,
      reader,
    }: { readonly operation: string; readonly item: number; readonly reader: string },
  ): boolean {
    const row = sql.known(operation);
    const next = nextItem(row, item);
    if (next === undefined) return false;
    const before = readersOf(next.refusal);
    if (before.reader === reader) return true;
    // One may have been stopped by anything.
    const isSafe = before.readers < MAX_DEATHS;
    if (isSafe) sql.refuse(markOf(before.readers + 1, reader), item);
    else settleItem(tx, row, item, 'unsafe-to-read');
    return isSafe;
  }

  function reread(tx: Transaction, { operation, item, id, record }: PreparedReread): void {
    const row = sql.known(operation);
    const next = nextItem(row, item);
    if (next === undefined) return;
    const { direction, seq } = next;
    const why = typeof record === 'string' ? record : refusalFor(row.kind, next, row.force === 1, replay);
    if (why === null && typeof record !== 'string') {
      letters.setState(LETTER.replayed, direction, seq);
      accepting.reread(tx, seq, id, record);
    }
    settleItem(tx, row, item, why);
  }

  return { advanceOperation, beginReread, reread };
}
