/**
 * Edits and deletions that come before the message they speak of. Such a one gives up its place in its conversation,
 * whose other messages go on, and is worked on right behind its message when that comes. Where it does not come in
 * time, it is worked on all the same, and its trace says so: a bot can use an edit, which has the whole new text,
 * without what was there before, and an operator could do nothing about it.
 *
 * Nobody can tell a message that is late from one that will never come: it may be older than the hub, or forgotten
 * since. So nothing waits
 * - for what was accepted on the channel before, or is one of ours that was sent;
 * - for what was written long before it was changed, where the platform tells: it would have come by now;
 * - where enough of the conversation waits already.
 *
 * Reactions never wait. They change nothing in what they speak of, most are about what we sent or about something
 * old, and who reacts wants to see an answer now.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { InboundContent } from '../../../message/content.ts';
import type { StageTrace } from '../../../message/envelope.ts';
import type { InboundMessage } from '../../../message/message.ts';
import type { Awaiting } from '../../awaiting.ts';
import type { Claim, Lanes } from '../../lanes.ts';
import { TARGET_WAIT_MS } from '../../work-queue.ts';
import type { Transaction } from './commits.ts';
import { change, query } from './rows.ts';
import { WORK } from './schema.ts';

type Change = Extract<InboundContent, { kind: 'edit' | 'deletion' }>;

const isChange = (content: InboundContent): content is Change =>
  content.kind === 'edit' || content.kind === 'deletion';

/** Kinds of messages that change another one. */
export const CHANGES: ReadonlySet<string> = new Set<Change['kind']>(['edit', 'deletion']);

/** A platform that tells a message so much later than a change of it is not known. */
const LATEST_MS = 3_600_000;
/** After a start the platforms send again what the hub did not take while it was down: there is time for that. */
const LEFT_AT_START_MS = 60_000;

/** What is left at a start of a wait that ends at `dueAt`; however the clock was set meanwhile, within bounds. */
export const leftAtStart = (dueAt: number, now: number): number =>
  Math.min(Math.max(dueAt - now, LEFT_AT_START_MS), TARGET_WAIT_MS);

/** An open message as it is loaded at a start, which waited for another one when the last process ended. */
export interface Waited {
  readonly seq: number;
  readonly conversation: number;
  readonly tenant: string;
  readonly due_at: number;
  readonly awaits: string;
}

export type EarlyChanges = ReturnType<typeof earlyChanges>;

export function earlyChanges(db: DatabaseSync, lanes: Lanes, waiting: Awaiting) {
  const sql = statements(db);

  /** Where the message was accepted after what speaks of it, and its turn has not come, or not ended. */
  const isBehind = (target: Target | undefined, lane: number, item: number): boolean =>
    target !== undefined && target.isOpen === 1 && target.conversation === lane && target.seq > item;

  function sendAside(
    { seq, conversation: lane, tenant }: Omit<Waited, 'due_at' | 'awaits'>,
    target: string,
    ms: number,
  ): void {
    waiting.add({ lane, item: seq, target }, { ms, onEnd: () => lanes.add(lane, tenant, seq) });
  }

  function goOn(tx: Transaction, item: number, receivedAt: number, reason: string): void {
    const ms = Math.max(0, tx.now - receivedAt);
    const note: StageTrace = { attempt: 1, stage: 'order', processor: 'target', ms, step: 'next', reason };
    sql.goOn(JSON.stringify([note]), item);
  }

  return {
    /**
     * True where the head of a lane, which was just claimed and is an edit or a deletion, is to wait: it is out of
     * its lane when this transaction is over. Asked once of each; what was tried before, or is replayed, goes on.
     */
    waits(tx: Transaction, { lane, item }: Claim, json: string, waitMs: number): boolean {
      const row = sql.read.get(item);
      const { content, time } = JSON.parse(json) as InboundMessage;
      if (row === undefined || row.attempts > 0 || row.replay !== null || !isChange(content)) return false;
      const target = content.target.toWellFormed();
      const found = sql.target.get(target, row.channel);
      const isLate = isBehind(found, lane, item);
      if (!isLate) {
        const hasWaited = row.awaits !== null;
        if (hasWaited) {
          const reason = found === undefined ? 'its message did not come' : 'waited for its message';
          goOn(tx, item, row.received_at, reason);
        }
        const isOld = content.targetTime !== undefined && time - content.targetTime > LATEST_MS;
        if (hasWaited || found !== undefined || isOld || sql.sent.get(target, row.channel) !== undefined)
          return false;
      }
      if (!waiting.hasRoom(lane)) {
        goOn(tx, item, row.received_at, 'did not wait for its message: others wait already');
        return false;
      }
      sql.wait(target, tx.now + waitMs, item);
      tx.afterCommit(() => {
        lanes.done(lane, item);
        sendAside({ seq: item, conversation: lane, tenant: row.tenant }, target, waitMs);
      });
      return true;
    },

    /** The item was just given out, for all these messages: what waits for them is next. */
    follow(tx: Transaction, { lane, item }: Claim, targets: readonly string[]): void {
      if (!waiting.isAwaited(lane)) return;
      tx.afterCommit(() => lanes.addBehind(lane, item, waiting.take(lane, targets)));
    },

    /** At a start: what waited goes on waiting, or takes its place where its message has been worked on. */
    load(row: Waited, now: number): void {
      const found = sql.target.get(row.awaits, sql.read.get(row.seq)?.channel ?? 0);
      const hasCome = found !== undefined && !isBehind(found, row.conversation, row.seq);
      if (hasCome) lanes.add(row.conversation, row.tenant, row.seq);
      else sendAside(row, row.awaits, leftAtStart(row.due_at, now));
    },
  };
}

interface Target {
  readonly seq: number;
  readonly conversation: number;
  readonly isOpen: number;
}

function statements(db: DatabaseSync) {
  const read = query<{
    attempts: number;
    replay: number | null;
    awaits: string | null;
    channel: number;
    received_at: number;
    tenant: string;
  }>(
    db,
    `SELECT w.attempts, w.replay, w.awaits, i.channel, i.received_at, ch.tenant FROM work w
     JOIN inbound i ON i.seq = w.seq JOIN channel ch ON ch.ref = i.channel WHERE w.seq = ?`,
  );
  const target = query<Target>(
    db,
    `SELECT i.seq, i.conversation, w.seq IS NOT NULL AS isOpen FROM inbound i
     LEFT JOIN work w ON w.seq = i.seq AND w.state IN (${WORK.waiting}, ${WORK.running})
     WHERE i.platform_id = ? AND i.channel = ?`,
  );
  const sent = query<{ one: number }>(
    db,
    `SELECT 1 AS one FROM delivery d JOIN outbound o ON o.seq = d.outbound
     WHERE d.platform_id = ? AND o.channel = ? LIMIT 1`,
  );
  const wait = change(
    db,
    "UPDATE work SET awaits = ?, due_at = ?, reason = 'waits for the message it speaks of' WHERE seq = ?",
  );
  const goOn = change(db, 'UPDATE work SET awaits = NULL, reason = NULL, history = ? WHERE seq = ?');
  return { read, target, sent, wait, goOn };
}
