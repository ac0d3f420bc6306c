/** The pipeline's side: messages given out one a conversation, and what became of them. */
import type { DatabaseSync } from 'node:sqlite';
import type { StageTrace } from '../../../message/envelope.ts';
import type { Lanes } from '../../lanes.ts';
import type { WorkItem, WorkResult } from '../../store.ts';
import type { Transaction } from './commits.ts';
import type { Conversations } from './conversations.ts';
import { WORK } from './schema.ts';
import type { Sends } from './sends.ts';
import { workStatements } from './work-sql.ts';

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

export function workOps(
  db: DatabaseSync,
  lanes: Lanes,
  parts: { sends: Sends; conversations: Conversations },
) {
  const sql = workStatements(db);

  function finish(tx: Transaction, result: PreparedResult): void {
    const row = sql.current.get(result.seq);
    // Finished already, or a newer attempt is under way: a repeated or late result changes nothing.
    if (row === undefined || row.attempts !== result.attempt) return;
    const before = row.history === null ? [] : (JSON.parse(row.history) as StageTrace[]);
    const stages = JSON.stringify([...before, ...result.stages].slice(-MAX_HISTORY));
    const { outcome } = result;
    switch (outcome.kind) {
      case 'done':
      case 'dropped': {
        const reason = outcome.kind === 'dropped' ? outcome.reason : null;
        sql.addResult(result.seq, outcome.kind, reason, row.attempts, stages, result.facts, tx.now);
        sql.end(result.seq);
        if (result.language !== null) sql.setLanguage(result.language, row.conversation, result.language);
        if (outcome.kind === 'done') for (const reply of outcome.replies) addReply(tx, reply);
        tx.count('inbound.done', 1);
        tx.afterCommit(() => lanes.done(row.conversation, result.seq));
        return;
      }
      case 'retry':
        sql.keep(WORK.waiting, tx.now + outcome.afterMs, outcome.reason, stages, result.seq);
        tx.afterCommit(() => lanes.hold(row.conversation, outcome.afterMs));
        return;
      case 'dead':
        sql.keep(WORK.dead, tx.now, outcome.reason, stages, result.seq);
        tx.afterCommit(() => lanes.done(row.conversation, result.seq));
        return;
    }
  }

  function addReply(tx: Transaction, reply: PreparedReply): void {
    const channel = parts.conversations.channel(reply.tenant, reply.channel);
    parts.sends.createOutbound(tx, {
      id: reply.id,
      tenant: reply.tenant,
      channel,
      conversation: parts.conversations.conversation(channel, reply.conversation).ref,
      cause: reply.cause,
      json: reply.json,
      source: 'pipeline',
      raw: null,
    });
  }

  return {
    claimWork(tx: Transaction, limit: number): readonly PreparedWork[] {
      const claims = lanes.claim(limit);
      tx.onRollback(() => {
        for (const { lane } of claims) lanes.hold(lane, 0);
      });
      return claims.flatMap(({ item: seq }) => {
        const started = sql.begin.get(seq);
        const row = sql.read.get(seq);
        if (started === undefined || row === undefined) throw new Error(`work ${seq} has no message`);
        return {
          seq,
          id: row.id,
          attempt: started.attempts,
          receivedAt: row.received_at,
          message: row.message,
          conversation: {
            messages: row.conversation_seq - 1,
            language: row.language,
            previousAt: started.previous_at,
          },
        };
      });
    },
    finishWork(tx: Transaction, results: readonly PreparedResult[]): void {
      tx.onRollback(() => parts.conversations.forget());
      for (const result of results) finish(tx, result);
    },
    /** At start: what was under way when the process ended waits again; its attempt stays counted. */
    load(now: number): void {
      sql.release();
      for (const row of sql.open.all()) lanes.add(row.conversation, row.tenant, row.seq, row.due_at - now);
    },
  };
}
