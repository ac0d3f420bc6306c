/** The pipeline's side: messages given out one a conversation, and what became of them. */
import type { DatabaseSync } from 'node:sqlite';
import type { StageTrace } from '../../../message/envelope.ts';
import type { InboundMessage } from '../../../message/message.ts';
import { type Awaiting, awaiting } from '../../awaiting.ts';
import { type Claim, type Lanes, remainingWait } from '../../lanes.ts';
import {
  type Abandoned,
  type Claimant,
  MAX_DEATHS,
  type WorkItem,
  type WorkResult,
} from '../../work-queue.ts';
import type { Transaction } from './commits.ts';
import type { Conversations } from './conversations.ts';
import type { Graveyard } from './dead-letters.ts';
import { WORK } from './schema.ts';
import type { Sends } from './sends.ts';
import { type Bursts, burstsOf } from './work-bursts.ts';
import { CHANGES, type EarlyChanges, earlyChanges } from './work-early.ts';
import { type WorkRow, type WorkStatements, workStatements } from './work-sql.ts';

/** As a `WorkItem`, with the message still as JSON. */
export type PreparedWork = Omit<WorkItem, 'message'> & { readonly message: string };

/** As a `WorkResult`, with replies and records as JSON. */
export interface PreparedResult {
  readonly seq: number;
  readonly attempt: number;
  readonly outcome:
    | { readonly kind: 'done'; readonly replies: readonly PreparedReply[] }
    | Exclude<WorkResult['outcome'], { kind: 'done' }>;
  readonly stages: readonly StageTrace[];
  readonly facts: string;
  readonly language: string | null;
}

export interface PreparedReply {
  readonly id: string;
  readonly tenant: string;
  readonly channel: string;
  readonly conversation: string;
  readonly cause: string | null;
  readonly json: string;
}

const MAX_HISTORY = 40;

/** Who has what; outlives the handle of the database, which is opened anew after a failure. */
export interface Claims {
  /** Given out and not finished. */
  readonly running: Map<number, { readonly lane: number; readonly claimant: string }>;
  /** Claimants that ended. */
  readonly ended: Set<string>;
  /** Changes of messages that have not come. */
  readonly awaiting: Awaiting;
}

export const newClaims = (): Claims => ({
  running: new Map(),
  ended: new Set(),
  awaiting: awaiting(),
});

export class Work {
  readonly #sql: WorkStatements;
  readonly #lanes: Lanes;
  readonly #bursts: Bursts;
  readonly #early: EarlyChanges;
  readonly #sends: Sends;
  readonly #conversations: Conversations;
  readonly #letters: Graveyard;
  readonly #running: Claims['running'];
  readonly #ended: Claims['ended'];

  constructor(
    db: DatabaseSync,
    lanes: Lanes,
    parts: { sends: Sends; conversations: Conversations; claims: Claims; letters: Graveyard },
  ) {
    this.#sql = workStatements(db);
    this.#lanes = lanes;
    this.#bursts = burstsOf(db, lanes);
    this.#early = earlyChanges(db, lanes, parts.claims.awaiting);
    this.#sends = parts.sends;
    this.#conversations = parts.conversations;
    this.#letters = parts.letters;
    this.#running = parts.claims.running;
    this.#ended = parts.claims.ended;
  }

  claimWork = (tx: Transaction, limit: number, claimant: Claimant): readonly PreparedWork[] => {
    if (this.#ended.has(claimant.name)) return [];
    const given: PreparedWork[] = [];
    for (;;) {
      const claims = this.#lanes.claim(limit - given.length, claimant.suspects ? 'suspect' : 'clean');
      if (claims.length === 0) return given;
      tx.onRollback(() => {
        for (const { lane, item } of claims) this.#lanes.hold(lane, item, 0);
      });
      // Those that wait a little longer leave their place to others.
      given.push(...claims.flatMap(claim => this.#give(tx, claim, claimant) ?? []));
    }
  };

  #give(tx: Transaction, claim: Claim, claimant: Claimant): PreparedWork | null {
    const { lane } = claim;
    const { name, suspects, bursts = [], targetWaitMs } = claimant;
    const turn = this.#bursts.turnOf(tx, claim, suspects ? [] : bursts);
    if (turn.kind === 'wait') {
      this.#lanes.hold(lane, claim.item, turn.ms);
      return null;
    }
    const { item } = turn;
    const row = this.#sql.read.get(item);
    if (row === undefined) throw new Error(`work ${item} has no message`);
    const isChange = targetWaitMs !== undefined && CHANGES.has(row.kind);
    if (isChange && this.#early.waits(tx, { lane, item }, row.message, targetWaitMs)) return null;
    this.#early.follow(tx, { lane, item }, [row.platform_id, ...turn.dropped]);
    // Set at once: the end of the claimant may be told in the same commit.
    this.#running.set(item, { lane, claimant: name });
    tx.onRollback(() => this.#running.delete(item));
    return this.#begin(tx, item, row);
  }

  finishWork = (tx: Transaction, results: readonly PreparedResult[]): void => {
    tx.onRollback(() => this.#conversations.forget());
    for (const result of results) this.#finish(tx, result);
  };

  abandonWork = (tx: Transaction, abandoned: Abandoned): number => {
    this.#ended.add(abandoned.claimant);
    let given = 0;
    const isBlamed = (seq: number): number => Number(seq === abandoned.blamed);
    const theirs = [...this.#running].filter(([, { claimant }]) => claimant === abandoned.claimant);
    for (const [seq, { lane }] of theirs.toSorted(([one], [other]) => isBlamed(one) - isBlamed(other))) {
      if (this.#die(tx, seq, abandoned.cause, () => this.#lanes.done(lane, seq))) given++;
      else tx.afterCommit(() => this.#suspect(lane, seq));
      tx.afterCommit(() => this.#running.delete(seq));
    }
    return given;
  };

  /** At start: what was under way when the process ended is suspect; its attempt stays counted. How many are. */
  load(tx: Transaction): number {
    for (const { seq } of this.#sql.running.all()) {
      this.#die(tx, seq, 'the process ended while it was worked on', () => {});
    }
    let suspects = 0;
    for (const row of this.#sql.open.all()) {
      if (row.deaths > 0) {
        this.#lanes.suspect(row.seq);
        suspects++;
      }
      const { awaits } = row;
      if (awaits !== null) this.#early.load({ ...row, awaits }, tx.now);
      else this.#lanes.add(row.conversation, row.tenant, row.seq, waitAtStart(row, tx.now));
    }
    return suspects;
  }

  #begin(tx: Transaction, seq: number, row: WorkRow): PreparedWork {
    const started = this.#sql.begin.get(seq);
    if (started === undefined) throw new Error(`work ${seq} is over`);
    const { id, message, received_at: receivedAt, conversation_seq: place, language } = row;
    const conversation = { messages: place - 1, language, previousAt: started.previous_at };
    const { attempts: attempt, forgiven } = started;
    // Later attempts are at what was noted then, or at what an operator wrote.
    if (attempt === 1) this.#noteRoute(tx, row);
    return { seq, id, attempt, forgiven, receivedAt, message, conversation };
  }

  /** Where the platform wants the conversation reached: written only when it tells another place than before. */
  #noteRoute(tx: Transaction, row: WorkRow): void {
    const route = routeIn(row.message);
    if (route === null || route === row.route) return;
    this.#sql.setRoute(route, row.received_at, row.conversation, tx.now);
  }

  #finish(tx: Transaction, result: PreparedResult): void {
    const row = this.#sql.current.get(result.seq);
    // Finished already, or a newer attempt is under way: a repeated or late result changes nothing.
    if (row === undefined || row.attempts !== result.attempt) return;
    const before = row.history === null ? [] : (JSON.parse(row.history) as StageTrace[]);
    const stages = JSON.stringify([...before, ...result.stages].slice(-MAX_HISTORY));
    const { outcome, seq } = result;
    tx.afterCommit(() => this.#running.delete(seq));
    switch (outcome.kind) {
      case 'done':
      case 'dropped':
        this.#sql.addResult(
          seq,
          outcome.kind,
          outcome.kind === 'dropped' ? outcome.reason : null,
          row.attempts,
          stages,
          result.facts,
          tx.now,
        );
        this.#sql.end(seq);
        if (result.language !== null)
          this.#sql.setLanguage(result.language, row.conversation, result.language);
        if (outcome.kind === 'done') for (const reply of outcome.replies) this.#addReply(tx, reply);
        tx.count('inbound.done', 1);
        tx.afterCommit(() => this.#lanes.done(row.conversation, seq));
        break;
      case 'retry':
        this.#sql.keep(WORK.waiting, tx.now + outcome.afterMs, outcome.reason, stages, seq);
        tx.afterCommit(() => this.#lanes.hold(row.conversation, seq, outcome.afterMs));
        break;
      case 'dead':
        this.#sql.keep(WORK.dead, tx.now, outcome.reason, stages, seq);
        this.#letters.inbound(tx, seq, codeOf(result.stages), outcome.reason);
        tx.afterCommit(() => this.#lanes.done(row.conversation, seq));
        break;
    }
  }

  /** True when that was one death too many. */
  #die(tx: Transaction, seq: number, cause: string, afterwards: () => void): boolean {
    const row = this.#sql.died.get(seq);
    if (row === undefined || row.deaths < MAX_DEATHS) return false;
    const reason = `${cause}, ${row.deaths} times`;
    this.#sql.giveUp(reason, seq);
    this.#letters.inbound(tx, seq, 'poison', reason);
    tx.afterCommit(afterwards);
    return true;
  }

  #suspect(lane: number, seq: number): void {
    this.#lanes.suspect(seq);
    this.#lanes.hold(lane, seq, 0);
  }

  #addReply(tx: Transaction, reply: PreparedReply): void {
    const channel = this.#conversations.channel(reply.tenant, reply.channel);
    this.#sends.createOutbound(tx, {
      id: reply.id,
      tenant: reply.tenant,
      channel,
      conversation: this.#conversations.conversation(channel, reply.conversation).ref,
      cause: reply.cause,
      json: reply.json,
      source: 'pipeline',
      raw: null,
    });
  }
}

/**
 * One death more would be the last: before that the process is to live for a while. One that is ended again and again
 * from outside would else condemn whoever comes first after each start.
 */
const LAST_CHANCE_AFTER_MS = 5_000;

function waitAtStart(row: { readonly deaths: number; readonly due_at: number }, now: number): number {
  const waitMs = remainingWait(row.due_at, now);
  return row.deaths === MAX_DEATHS - 1 ? Math.max(waitMs, LAST_CHANCE_AFTER_MS) : waitMs;
}

/** Most platforms have no routes: their messages are not parsed for one. */
function routeIn(message: string): string | null {
  if (!message.includes('"route":')) return null;
  const { address } = JSON.parse(message) as InboundMessage;
  return address.route?.toWellFormed() ?? null;
}

const codeOf = (stages: readonly StageTrace[]): 'rejected' | 'failed' =>
  stages.at(-1)?.step === 'reject' ? 'rejected' : 'failed';
