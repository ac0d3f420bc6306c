/** The dead letters: each is put here when a message is given up, and looked up, edited or discarded from here. */
import type { DatabaseSync } from 'node:sqlite';
import type { Fault } from '../../../message/fault.ts';
import type { JsonValue } from '../../../message/json.ts';
import type { InboundMessage, OutboundMessage } from '../../../message/message.ts';
import type {
  DeadLetter,
  Edited,
  InboundCode,
  LetterFilter,
  LetterGroup,
  LetterPage,
  LetterQuery,
  Target,
} from '../../dead-letters.ts';
import type { Transaction } from './commits.ts';
import {
  filterValues,
  type LetterRow,
  letterLookUps,
  letterRow,
  letterStatements,
} from './dead-letters-sql.ts';
import {
  DIRECTION,
  DIRECTIONS,
  LETTER,
  LETTER_STATES,
  OUTBOUND,
  OUTBOUND_STATES,
  WORK,
  WORK_STATES,
} from './schema.ts';

/** Where messages are put when they are given up. */
export interface Graveyard {
  inbound(tx: Transaction, seq: number, code: InboundCode, reason: string): void;
  outbound(tx: Transaction, seq: number, reason: string, fault: Fault): void;
}

export function graveyard(db: DatabaseSync): Graveyard {
  const sql = letterStatements(db);
  return {
    inbound(tx, seq, code, reason) {
      const channel = sql.inboundChannel.get(seq)?.channel ?? 0;
      sql.bury(DIRECTION.inbound, seq, channel, code, null, reason, tx.now);
    },
    outbound(tx, seq, reason, fault) {
      const channel = sql.outboundChannel.get(seq)?.channel ?? 0;
      sql.bury(DIRECTION.outbound, seq, channel, fault.code, fault.platformCode ?? null, reason, tx.now);
    },
  };
}

/** More than any database holds. */
const ALL = Number.MAX_SAFE_INTEGER;

export function letterReads(db: DatabaseSync) {
  const sql = letterLookUps(db);
  return {
    deadLetters({ state = 'open', after, limit, ...filter }: LetterQuery): LetterPage {
      const [direction, seq] = afterOf(after);
      const values = filterValues(filter);
      // One more than asked for tells whether there is another page.
      const rows =
        state === 'open'
          ? sql.listOpen.all(...values, direction, seq, limit + 1)
          : sql.list.all(...values, LETTER[state], direction, seq, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const next = rows.length > limit && last !== undefined ? `${last.direction}-${last.seq}` : null;
      return { letters: page.map(letterOf), next };
    },
    deadLetter(id: string): DeadLetter | null {
      const row = letterRow(sql, id);
      return row === undefined ? null : letterOf(row);
    },
    deadLetterGroups: (filter: LetterFilter): readonly LetterGroup[] =>
      sql.groups.all(...filterValues(filter)).map(row => ({
        direction: DIRECTIONS[row.direction] ?? 'outbound',
        channel: row.channel,
        code: row.code,
        count: row.count,
        firstAt: row.first_at,
        lastAt: row.last_at,
        sample: sql.one.get(row.direction, row.seq)?.id ?? '',
      })),
    countDeadLetters(target: Target): number {
      if (target.kind === 'ids')
        return [...new Set(target.ids)].filter(id => sql.find.get(id) !== undefined).length;
      return sql.count.get(...filterValues(target.filter), target.limit ?? ALL)?.n ?? 0;
    },
  };
}

export type LetterReads = ReturnType<typeof letterReads>;

/** Whether a message is given up at this moment. */
const isDead = (row: Pick<LetterRow, 'direction' | 'work_state'>): boolean =>
  row.direction === DIRECTION.inbound
    ? row.work_state === WORK.dead || row.work_state === WORK.parked
    : row.work_state === OUTBOUND.dead || row.work_state === OUTBOUND.parked;

/** The caller asks for it under an action's key. `sentInPart`: a part of the outbound message went out. */
export function editing(db: DatabaseSync, sentInPart: (outbound: number) => boolean) {
  const look = letterLookUps(db);
  const sql = letterStatements(db);
  return (id: string, content: JsonValue | null): Exclude<Edited, { kind: 'key-reused' }> => {
    const row = letterRow(look, id);
    if (row === undefined) return { kind: 'unknown' };
    if (row.kind === 'unreadable') return { kind: 'refused', why: 'no-content' };
    if (!isDead(row)) return { kind: 'refused', why: 'not-open' };
    const outbound = row.direction === DIRECTION.outbound;
    if (outbound && sentInPart(row.seq)) return { kind: 'refused', why: 'partly-sent' };
    const message = JSON.parse(row.message) as object;
    const edited = content === null ? null : JSON.stringify({ ...message, content });
    (outbound ? sql.editOutbound : sql.editInbound)(edited, row.seq);
    return { kind: 'edited', letter: letterOf({ ...row, edited }) };
  };
}

function afterOf(text: string | undefined): readonly [number, number] {
  const [direction = -1, seq = -1] = (text ?? '').split('-').map(Number);
  return text !== undefined && Number.isInteger(direction) && Number.isInteger(seq)
    ? [direction, seq]
    : [-1, -1];
}

function letterOf(row: LetterRow): DeadLetter {
  const inbound = row.direction === DIRECTION.inbound;
  const states: readonly string[] = inbound ? WORK_STATES : OUTBOUND_STATES;
  return {
    id: row.id,
    direction: DIRECTIONS[row.direction] ?? 'outbound',
    seq: row.seq,
    channel: row.channel,
    conversation: row.conversation ?? '',
    at: row.at,
    state: LETTER_STATES[row.state] ?? 'open',
    messageState: row.outcome ?? (row.work_state === null ? 'lost' : (states[row.work_state] ?? 'lost')),
    code: row.code,
    platformCode: row.platform_code,
    reason: row.reason,
    times: row.times,
    tries: row.tries,
    firstAt: row.first_at,
    lastAt: row.last_at,
    note: row.note,
    proven: row.proven === 1,
    message: row.kind === 'unreadable' ? null : (JSON.parse(row.message) as InboundMessage | OutboundMessage),
    edited: row.edited === null ? null : (JSON.parse(row.edited) as { content: JsonValue }).content,
    raw: row.raw,
  };
}
