/**
 * Giving one dead letter back: to the pipeline, or to delivery, at the end of its conversation's lane. A part that
 * was sent is not sent again; every other one goes out as a new delivery, and the old one stays as history.
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Quarantined, Refusal } from '../../dead-letters.ts';
import type { Lanes } from '../../lanes.ts';
import { accountKey } from '../../turns.ts';
import type { Transaction } from './commits.ts';
import { type PartRow, replayStatements } from './replay-sql.ts';
import { DELIVERY, DIRECTION, OUTBOUND, WORK } from './schema.ts';

/** What could not be read has to be read again first. */
export type Replayed = { readonly kind: 'replayed' } | Quarantine;

type Quarantine = { readonly kind: 'quarantined' } & Omit<Quarantined, 'item'>;

export type Replay = ReturnType<typeof replaying>;

export function replaying(db: DatabaseSync, work: Lanes, sends: Lanes) {
  const sql = replayStatements(db);
  const nextReplay = (): number => Number(sql.nextReplay.get()?.value);
  const inboundRow = (seq: number) => found(sql.inbound.get(seq), seq);
  const outboundRow = (seq: number) => found(sql.outbound.get(seq), seq);

  function refusalOfInbound(seq: number, force: boolean): Refusal | null {
    const { state, kind, isPart, isOld } = inboundRow(seq);
    if (state === WORK.waiting || state === WORK.running) return 'in-flight';
    if (state === null && kind === 'unreadable') return force ? 'nothing-left' : 'already-delivered';
    if (state === null && !force) return 'already-delivered';
    // Nothing says any more that the other messages of its request were taken in.
    return isPart === 1 && isOld === 1 && !force ? 'batch-forgotten' : null;
  }

  function refusalOfOutbound(seq: number, force: boolean): Refusal | null {
    const { state } = outboundRow(seq);
    if (state === OUTBOUND.open) return 'in-flight';
    const gone = force ? 'nothing-left' : 'already-delivered';
    if (state !== OUTBOUND.dead && state !== OUTBOUND.parked) return gone;
    const parts = sql.parts.all(seq);
    // Another part ended the message; this one's answer is still to come.
    if (parts.some(part => part.state === DELIVERY.intent)) return 'in-flight';
    return parts.length > 0 && parts.every(part => isOver(part, force)) ? gone : null;
  }

  function inbound(tx: Transaction, seq: number): Replayed {
    const { id, kind, raw, at, channel, conversation: lane, tenant, state, deaths } = inboundRow(seq);
    if (kind === 'unreadable') return { kind: 'quarantined', id, raw, at, channel };
    if (state === null) {
      sql.workAgain(tx.now, nextReplay(), seq);
      sql.forgetResult(seq);
      tx.count('inbound.done', -1);
    } else sql.reopenWork(tx.now, nextReplay(), seq);
    tx.afterCommit(() => {
      // What ended a thread before is worked on apart from the others this time, too.
      if ((deaths ?? 0) > 0) work.suspect(seq);
      work.add(lane, tenant, seq);
    });
    return { kind: 'replayed' };
  }

  function outbound(tx: Transaction, seq: number, force: boolean): Replayed {
    const { conversation, tenant, channel } = outboundRow(seq);
    const parts = sql.parts.all(seq);
    const left = parts.filter(part => !isOver(part, force));
    // Where nothing was sent the message is rendered anew, by the adapter as it is now.
    const anew = left.length === parts.length;
    if (anew) sql.planAgain(seq);
    for (const part of parts) {
      if (part.state === DELIVERY.sent) continue;
      if (isOver(part, force)) {
        sql.takeAsSent(tx.now, part.seq);
        continue;
      }
      sql.setAside(part.seq);
      if (!anew) sql.copyPart(randomUUID(), tx.now, part.seq);
    }
    if (left.some(part => MAY_HAVE_ARRIVED.has(part.state))) tx.count('ambiguous.resent', 1);
    sql.reopenOutbound(tx.now, nextReplay(), seq);
    tx.afterCommit(() => sends.add(conversation, tenant, seq, 0, { account: accountKey(tenant, channel) }));
    return { kind: 'replayed' };
  }

  return {
    refusalOf: (direction: number, seq: number, force: boolean): Refusal | null =>
      direction === DIRECTION.inbound ? refusalOfInbound(seq, force) : refusalOfOutbound(seq, force),
    /** What `refusalOf` has nothing against. */
    replay: (tx: Transaction, direction: number, seq: number, force: boolean): Replayed =>
      direction === DIRECTION.inbound ? inbound(tx, seq) : outbound(tx, seq, force),
    sentInPart: (outbound: number): boolean => sql.parts.all(outbound).some(part => isOver(part, false)),
  };
}

const MAY_HAVE_ARRIVED: ReadonlySet<number> = new Set([DELIVERY.parked, DELIVERY.ambiguous]);

/** A part that arrived is over, unless its proof is overruled. */
const isOver = (part: PartRow, force: boolean): boolean =>
  part.state === DELIVERY.sent || (part.proven === 1 && !force);

function found<Row>(row: Row | undefined, seq: number): Row {
  if (row === undefined) throw new Error(`no message ${seq}`);
  return row;
}
