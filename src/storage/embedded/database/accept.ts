/**
 * Taking in the log. What a batch of records says goes into the tables in one transaction together with the
 * position reached, so the log is taken in once, whatever happens in between.
 */
import type { DatabaseSync } from 'node:sqlite';
import { assertNever } from '../../../message/json.ts';
import type { Lanes } from '../../lanes.ts';
import { formatPosition, isBefore, type Position, parsePosition, START } from '../../log.ts';
import type { Yielder } from '../../yield-to-acknowledging.ts';
import { type PackedRecords, type PreparedEvent, type PreparedRecord, unpackRecords } from '../packed.ts';
import { type AcceptStatements, acceptStatements } from './accept-sql.ts';
import type { Transaction } from './commits.ts';
import type { Conversations } from './conversations.ts';
import type { Graveyard } from './dead-letters.ts';
import type { MediaOps } from './media.ts';
import { DAMAGED, DAMAGED_INBOUND } from './mend.ts';
import type { Receipts } from './receipts.ts';
import { WORK } from './schema.ts';
import type { Sends } from './sends.ts';

export interface AcceptBatch {
  readonly from: Position;
  readonly next: Position;
  readonly records: PackedRecords;
}

/** The id a message gets, and whether it may have been worked on before. */
interface Named {
  readonly id: string;
  readonly isDoubtful: boolean;
}

/** Takes in what the log says. */
export class AcceptLog {
  readonly #sql: AcceptStatements;
  readonly #conversations: Conversations;
  readonly #work: Lanes;
  readonly #receipts: Receipts;
  readonly #sends: Sends;
  readonly #media: MediaOps;
  readonly #letters: Graveyard;
  readonly #yielder: Yielder;
  /** After a damage: requests before it may have been answered, and are for an operator to decide on. */
  readonly #doubtfulBefore: Position;

  constructor(
    db: DatabaseSync,
    parts: {
      conversations: Conversations;
      work: Lanes;
      receipts: Receipts;
      sends: Sends;
      media: MediaOps;
      letters: Graveyard;
      yielder: Yielder;
    },
  ) {
    this.#sql = acceptStatements(db);
    this.#conversations = parts.conversations;
    this.#work = parts.work;
    this.#receipts = parts.receipts;
    this.#sends = parts.sends;
    this.#media = parts.media;
    this.#letters = parts.letters;
    this.#yielder = parts.yielder;
    const doubtful = this.#sql.readDoubtful.get();
    this.#doubtfulBefore = doubtful === undefined ? START : parsePosition(doubtful.value);
  }

  position = (): Position => {
    const stored = this.#sql.readPosition.get();
    return stored === undefined ? START : parsePosition(stored.value);
  };

  accept = (tx: Transaction, batch: AcceptBatch): boolean => {
    if (formatPosition(this.position()) !== formatPosition(batch.from)) return false;
    tx.onRollback(() => this.#conversations.forget());
    this.#yielder.begin();
    const mayBeDoubtful = isBefore(batch.from, this.#doubtfulBefore);
    for (const record of unpackRecords(batch.records)) {
      this.#yielder.pause();
      const isDoubtful = mayBeDoubtful && isBefore(parsePosition(record.raw), this.#doubtfulBefore);
      const channel = this.#conversations.channel(record.tenant, record.channel);
      record.events.forEach((event, index) => {
        const id = index === 0 ? record.id : `${record.id}-${index}`;
        this.#takeIn(tx, record, channel, event, { id, isDoubtful });
      });
    }
    this.#sql.setPosition(formatPosition(batch.next));
    return true;
  };

  /**
   * What could not be read is read again: what is new in it is taken in, under ids that begin with `base`, and it is
   * done; or it is a dead letter again.
   */
  reread = (tx: Transaction, seq: number, base: string, packed: PackedRecords): void => {
    const row = this.#sql.quarantined.get(seq);
    const [record] = unpackRecords(packed);
    if (row === undefined || record === undefined) throw new Error(`nothing to read again of ${seq}`);
    tx.onRollback(() => this.#conversations.forget());
    const { at } = JSON.parse(row.message) as { at: string };
    const still = record.events.find(
      event => event.kind === 'unreadable' && (event.at === '' || event.at === at),
    );
    if (still?.kind === 'unreadable') {
      const reason = `unreadable: ${still.reason}`;
      this.#sql.setReason(reason, seq);
      this.#letters.inbound(tx, seq, 'unreadable', reason);
      return;
    }
    const channel = this.#conversations.channel(record.tenant, record.channel);
    // The others of a batch were taken in when it came; of them only what is new has an effect.
    const events = record.events.filter(
      event => at === '' || event.kind === 'message' || event.kind === 'receipt',
    );
    events.forEach((event, index) => {
      const named = { id: `${base}-${index}`, isDoubtful: false };
      if (event.kind === 'message') this.#takeInMessage(tx, record, channel, event, named);
      else if (event.kind === 'receipt' && at !== '')
        this.#receipts.apply(tx, channel, event.receipt, record.at);
      else this.#takeIn(tx, record, channel, event, named);
    });
    this.#sql.closeQuarantined(tx.now, seq);
    this.#sql.endWork(seq);
    tx.count('inbound.done', 1);
  };

  #takeIn(
    tx: Transaction,
    record: PreparedRecord,
    channel: number,
    event: PreparedEvent,
    named: Named,
  ): void {
    switch (event.kind) {
      case 'message':
        if (!this.#takeInMessage(tx, record, channel, event, named)) tx.count('duplicates', 1);
        break;
      case 'receipt':
        tx.count('receipts', 1);
        this.#receipts.apply(tx, channel, event.receipt, record.at);
        break;
      case 'ignored':
        this.#sql.addIgnored(record.channel, event.reason);
        break;
      case 'unreadable':
        this.#quarantine(tx, record, channel, event, named.id);
        break;
      case 'outbound':
        this.#takeInOutbound(tx, record, channel, event, named.isDoubtful);
        break;
      default:
        // Of no kind there is, as an adapter from outside may hand it over: it is not to be lost without a word.
        assertNever(event);
    }
  }

  /** False when it was taken in before. */
  #takeInMessage(
    tx: Transaction,
    record: PreparedRecord,
    channel: number,
    event: Extract<PreparedEvent, { kind: 'message' }>,
    { id, isDoubtful }: Named,
  ): boolean {
    const conversation = this.#conversations.conversation(channel, event.conversation);
    const { platformId, content, json } = event;
    const place = conversation.messages + 1;
    const seq = this.#sql.addInbound(
      id,
      channel,
      platformId,
      conversation.ref,
      place,
      content,
      json,
      record.raw,
      record.at,
    );
    if (this.#sql.changed.get()?.n !== 1) return false;
    const [state, reason] = isDoubtful ? [WORK.parked, DAMAGED_INBOUND] : [WORK.waiting, null];
    this.#sql.addWork(seq, conversation.ref, state, record.at, conversation.previousAt, reason);
    const came = { at: record.at, now: tx.now };
    this.#conversations.advance(conversation, came, event.heard !== null);
    // Who is known by several names may be written to by any of them.
    for (const name of event.heard ?? [])
      this.#conversations.hear(this.#conversations.conversation(channel, name), came);
    if (content === 'media' || content === 'edit')
      this.#media.takeIn(tx, { tenant: record.tenant, channel, seq, json, at: record.at });
    tx.count('inbound.accepted', 1);
    if (isDoubtful) this.#letters.inbound(tx, seq, 'damaged', DAMAGED_INBOUND);
    else tx.afterCommit(() => this.#work.add(conversation.ref, record.tenant, seq));
    return true;
  }

  /** Kept as a dead letter with its raw bytes, so that it is seen. */
  #quarantine(
    tx: Transaction,
    record: PreparedRecord,
    channel: number,
    event: Extract<PreparedEvent, { kind: 'unreadable' }>,
    id: string,
  ): void {
    const text = JSON.stringify({ reason: event.reason, at: event.at });
    const seq = this.#sql.addInbound(
      id,
      channel,
      `unreadable:${id}`,
      0,
      0,
      'unreadable',
      text,
      record.raw,
      record.at,
    );
    const reason = `unreadable: ${event.reason}`;
    this.#sql.addWork(seq, 0, WORK.dead, record.at, null, reason);
    this.#letters.inbound(tx, seq, 'unreadable', reason);
    tx.count('inbound.accepted', 1);
  }

  #takeInOutbound(
    tx: Transaction,
    record: PreparedRecord,
    channel: number,
    event: Extract<PreparedEvent, { kind: 'outbound' }>,
    isDoubtful: boolean,
  ): void {
    const { idempotencyKey: key, digest, id, conversation, json } = event;
    if (key !== null && this.#sql.addKey(record.tenant, key, id, digest, record.at) === 0) {
      tx.count('duplicates', 1);
      return;
    }
    const seq = this.#sends.createOutbound(tx, {
      id,
      tenant: record.tenant,
      channel,
      conversation: this.#conversations.conversation(channel, conversation).ref,
      cause: null,
      json,
      source: 'api',
      raw: record.raw,
    });
    if (isDoubtful) this.#sends.park(tx, seq, DAMAGED);
  }
}
