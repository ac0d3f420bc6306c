/**
 * Several short texts of one person in a row, where the channel says that they are one: the last of them is given
 * out for all, and those before it end here, in the transaction of the claim.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { InboundMessage } from '../../../message/message.ts';
import type { Lanes } from '../../lanes.ts';
import type { Burst } from '../../work-queue.ts';
import type { Transaction } from './commits.ts';
import { change, query } from './rows.ts';
import { WORK } from './schema.ts';

/** `wait`: the person may go on writing. */
export type Turn =
  /** `dropped`: the platform's ids of those before it that end with it. */
  | { readonly kind: 'give'; readonly item: number; readonly dropped: readonly string[] }
  | { readonly kind: 'wait'; readonly ms: number };

export interface Bursts {
  /** What to do with the head of a lane that was just claimed. */
  turnOf(
    tx: Transaction,
    claim: { readonly lane: number; readonly item: number },
    rules: readonly Burst[],
  ): Turn;
}

interface Row {
  readonly id: string;
  readonly message: string;
  readonly tenant: string;
  readonly channel: string;
}

interface Text {
  readonly seq: number;
  readonly id: string;
  readonly message: InboundMessage;
  readonly text: string;
  readonly ageMs: number;
}

/** So many are worked on as one, and no more text than a person writes. */
const MAX_JOINED = 20;
const MAX_CHARACTERS = 16_000;
/** So many are dropped at once; more of them with the next claim. */
const MAX_DROPPED = 200;

export function burstsOf(db: DatabaseSync, lanes: Lanes): Bursts {
  // What was tried, or given back by an operator, is worked on by itself.
  const read = query<Row>(
    db,
    `SELECT i.id, i.message, ch.tenant, ch.id AS channel FROM inbound i JOIN work w ON w.seq = i.seq
     JOIN channel ch ON ch.ref = i.channel WHERE i.seq = ? AND i.kind = 'text' AND i.edited IS NULL
     AND w.state = ${WORK.waiting} AND w.attempts = 0 AND w.replay IS NULL`,
  );
  const drop = change(
    db,
    "INSERT INTO result SELECT seq, 'dropped', ?, attempts, '[]', '{}', ? FROM work WHERE seq = ?",
  );
  const end = change(db, 'DELETE FROM work WHERE seq = ?');
  const join = change(db, 'UPDATE inbound SET joined = ? WHERE seq = ?');

  /** The texts at the head of the lane that belong together. */
  function textsOf(lane: number, limit: number): readonly Text[] {
    const texts: Text[] = [];
    let characters = 0;
    for (const { item, ageMs } of lanes.waiting(lane, limit)) {
      const row = read.get(item);
      if (row === undefined) break;
      const message = JSON.parse(row.message) as InboundMessage;
      const { content } = message;
      const [first] = texts;
      if (content.kind !== 'text' || (first !== undefined && !isOfOne(first.message, message))) break;
      characters += content.text.length + 1;
      if (first !== undefined && characters > MAX_CHARACTERS) break;
      texts.push({ seq: item, id: row.id, message, text: content.text, ageMs });
      if (message.replyTo !== undefined) break;
    }
    return texts;
  }

  function giveLast(tx: Transaction, lane: number, texts: readonly Text[], why: string): Turn | null {
    const last = texts.at(-1);
    if (last === undefined) return null;
    const before = texts.slice(0, -1);
    for (const { seq } of before) {
      drop(`${why} ${last.id}`, tx.now, seq);
      end(seq);
      tx.count('inbound.done', 1);
      tx.afterCommit(() => lanes.skip(lane, seq));
    }
    return { kind: 'give', item: last.seq, dropped: before.map(({ message }) => message.id.toWellFormed()) };
  }

  function debounce(tx: Transaction, lane: number, { quietMs, maxMs }: Burst): Turn | null {
    const texts = textsOf(lane, MAX_JOINED);
    const [first] = texts;
    const last = texts.at(-1);
    if (first === undefined || last === undefined) return null;
    const isAlone = first.message.replyTo !== undefined;
    const isOver = isAlone || texts.length === MAX_JOINED || lanes.behind(lane, last.seq) !== null;
    const ms = isOver ? 0 : Math.ceil(Math.min(quietMs - last.ageMs, maxMs - first.ageMs));
    if (ms > 0) return { kind: 'wait', ms };
    if (texts.length > 1) {
      const text = texts.map(each => each.text).join('\n');
      const mentions = texts.flatMap(each => each.message.mentions ?? []);
      const content = { ...last.message.content, kind: 'text', text };
      const joined = { ...last.message, content, ...(mentions.length === 0 ? {} : { mentions }) };
      join(JSON.stringify(joined), last.seq);
    }
    return giveLast(tx, lane, texts, 'joined into');
  }

  return {
    turnOf(tx, { lane, item }, rules) {
      const given: Turn = { kind: 'give', item, dropped: [] };
      const row = rules.length === 0 ? undefined : read.get(item);
      if (row === undefined) return given;
      const rule = rules.find(each => each.tenant === row.tenant && each.channel === row.channel);
      if (rule === undefined) return given;
      const turn =
        rule.policy === 'debounce'
          ? debounce(tx, lane, rule)
          : giveLast(tx, lane, textsOf(lane, MAX_DROPPED), 'a newer one came:');
      return turn ?? given;
    },
  };
}

const isOfOne = (one: InboundMessage, other: InboundMessage): boolean =>
  one.sender.id === other.sender.id &&
  one.address.thread === other.address.thread &&
  other.replyTo === undefined;
