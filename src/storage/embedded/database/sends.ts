/** Delivery's side: what goes out, every attempt at it, and what the platform said of it later. */
import type { DatabaseSync } from 'node:sqlite';
import type { Fault } from '../../../message/fault.ts';
import type { JsonValue } from '../../../message/json.ts';
import type { Loss } from '../../../message/message.ts';
import { type Lanes, remainingWait } from '../../lanes.ts';
import type { Delivery, Lapse, Settlement } from '../../send-queue.ts';
import { type Allowance, accountKey } from '../../turns.ts';
import type { Transaction } from './commits.ts';
import type { Graveyard } from './dead-letters.ts';
import { DELIVERY, OUTBOUND } from './schema.ts';
import { deliveryDoubts, isInDoubt, unproven } from './sends-doubts.ts';
import { type FailureNotes, failureNotes } from './sends-failed.ts';
import { deliveryOf, type NewOutbound, type PreparedSend } from './sends-rows.ts';
import { type DeliveryRow, paceStatements, type SendStatements, sendStatements } from './sends-sql.ts';

/** A commit that ends more of them would hold up the others for too long. */
const MAX_LAPSED = 500;

const INTERRUPTED: Fault = { code: 'ambiguous', detail: 'the process ended while the send was under way' };

type NotSent = Exclude<Settlement, { readonly kind: 'sent' }>;

export class Sends {
  readonly #sql: SendStatements;
  readonly #pace: ReturnType<typeof paceStatements>;
  readonly #doubts: ReturnType<typeof deliveryDoubts>;
  readonly #lanes: Lanes;
  readonly #letters: Graveyard;
  readonly #failures: FailureNotes;
  /** Told when a delivery got its platform id: receipts that came earlier count now. */
  readonly #identified: (tx: Transaction, platformId: string, delivery: number) => void;

  constructor(
    db: DatabaseSync,
    lanes: Lanes,
    letters: Graveyard,
    identified: (tx: Transaction, platformId: string, delivery: number) => void,
  ) {
    this.#sql = sendStatements(db);
    this.#pace = paceStatements(db);
    this.#doubts = deliveryDoubts(db);
    this.#lanes = lanes;
    this.#letters = letters;
    this.#failures = failureNotes(db, lanes);
    this.#identified = identified;
  }

  byId = (id: string): DeliveryRow | undefined => this.#sql.byId.get(id);
  bySeq = (seq: number): DeliveryRow | undefined => this.#sql.bySeq.get(seq);

  /** Its sequence number. */
  createOutbound = (tx: Transaction, outbound: NewOutbound): number => {
    const { id, channel, conversation, cause, json, source, raw, tenant } = outbound;
    const seq = this.#sql.addOutbound(id, channel, conversation, cause, json, source, raw, tx.now);
    tx.count('outbound.accepted', 1);
    tx.afterCommit(() => {
      this.#lanes.add(conversation, tenant, seq, 0, { account: this.#accountOf(channel) });
    });
    return seq;
  };

  claimSends = (tx: Transaction, limit: number, allowance?: Allowance): readonly PreparedSend[] => {
    const claims = this.#lanes.claim(limit, 'clean', allowance);
    tx.onRollback(() => {
      for (const { lane, item } of claims) this.#lanes.hold(lane, item, 0);
    });
    return claims.map(({ item: seq }) => {
      const row = this.#sql.readOutbound.get(seq);
      if (row === undefined) throw new Error(`no outbound message ${seq}`);
      const deliveries = row.losses === null ? null : this.#sql.ofOutbound.all(seq).map(deliveryOf);
      const { message, created_at: createdAt, wrote_at: lastInboundAt, route } = row;
      return { seq, message, createdAt, lastInboundAt, route, deliveries };
    });
  };

  plan = (
    tx: Transaction,
    plan: { seq: number; wires: readonly { id: string; wire: JsonValue }[]; losses: readonly Loss[] },
  ): readonly Delivery[] => {
    if (this.#sql.readOutbound.get(plan.seq)?.losses === null) {
      this.#sql.planned(JSON.stringify(plan.losses), plan.seq);
      const { conversation: lane } = this.#placeOf(plan.seq);
      plan.wires.forEach(({ id, wire }, part) => {
        this.#sql.addDelivery(id, plan.seq, lane, part, JSON.stringify(wire), tx.now);
      });
      if (plan.wires.length === 0) {
        this.#finish(tx, plan.seq, OUTBOUND.skipped, plan.losses[0]?.why ?? 'nothing to send');
      }
    }
    return this.#sql.ofOutbound.all(plan.seq).map(deliveryOf);
  };

  refuse = (tx: Transaction, refusal: { seq: number; fault: Fault }): void => {
    this.#giveUp(tx, refusal.seq, refusal.fault);
  };

  /** Nobody may send it unless an operator says so. */
  park = (tx: Transaction, seq: number, fault: Fault): void => {
    this.#finish(tx, seq, OUTBOUND.parked, fault);
  };

  intend = (tx: Transaction, intent: { delivery: string; at: number; resend: boolean }): number | null => {
    const row = this.byId(intent.delivery);
    if (row === undefined || (row.state !== DELIVERY.queued && row.state !== DELIVERY.ambiguous)) return null;
    this.#sql.intendDelivery(intent.resend ? 1 : 0, row.seq);
    this.#sql.addAttempt(row.seq, row.attempts + 1, intent.at);
    if (intent.resend) tx.count('ambiguous.resent', 1);
    return row.attempts + 1;
  };

  settle = (
    tx: Transaction,
    { delivery, at, settlement }: { delivery: string; at: number; settlement: Settlement },
  ): boolean => {
    const row = this.byId(delivery);
    if (row === undefined) throw new Error(`no delivery ${delivery}`);
    // Whatever came of the delivery meanwhile, the attempt has its end.
    this.#endAttempt(row, at, settlement);
    // A receipt proved it meanwhile, whatever the attempt itself came to.
    if (row.state === DELIVERY.sent) return this.sent(tx, row, null, at);
    const tried = row.state === DELIVERY.intent;
    if (!tried && row.state !== DELIVERY.ambiguous) return false;
    if (settlement.kind === 'sent') {
      if (!tried) tx.count('ambiguous.proven', 1);
      return this.sent(tx, row, settlement.platformId, at);
    }
    if (settlement.kind === 'ambiguous' && tried) tx.count('ambiguous.total', 1);
    this.#setBack(tx, row, at, settlement);
    return false;
  };

  hold = (tx: Transaction, hold: { seq: number; afterMs: number }): void => {
    const { conversation: lane } = this.#placeOf(hold.seq);
    tx.afterCommit(() => this.#lanes.hold(lane, hold.seq, hold.afterMs));
  };

  lapse = (tx: Transaction, lapse: Lapse): number => {
    const { tenant, channel, before, fault } = lapse;
    const rows = this.#pace.openBefore.all(tenant, channel, before, MAX_LAPSED);
    // What is claimed is in good hands; what stands behind it has its turn the next time.
    const free = rows.filter(row => !this.#lanes.isClaimed(row.conversation));
    for (const row of free) this.#giveUp(tx, row.seq, fault);
    return free.length;
  };

  /** Sent, by its own answer or by the platform's receipt. True when other parts of the message are still to go. */
  sent(tx: Transaction, row: DeliveryRow, platformId: string | null, at: number): boolean {
    this.#sql.setSent(platformId, at, row.seq);
    if (platformId !== null) this.#identified(tx, platformId, row.seq);
    // A receipt that came before the answer may have said that it failed.
    if (this.bySeq(row.seq)?.state !== DELIVERY.sent) return false;
    if ((this.#sql.openParts.get(row.outbound)?.n ?? 0) > 0) return true;
    this.#finish(tx, row.outbound, OUTBOUND.sent, null);
    return false;
  }

  end(tx: Transaction, row: DeliveryRow, state: 'dead' | 'parked', fault: Fault): void {
    this.#sql.setDelivery(DELIVERY[state], tx.now, JSON.stringify(fault), row.seq);
    this.#finish(tx, row.outbound, OUTBOUND[state], fault);
  }

  /** A message that was sent turned out not to arrive. */
  failLate(tx: Transaction, row: DeliveryRow, fault: Fault): void {
    this.#sql.setDelivery(DELIVERY.dead, tx.now, JSON.stringify(fault), row.seq);
    if (this.#sql.reopenAsDead(reasonOf(fault), tx.now, row.outbound) === 0)
      this.#finish(tx, row.outbound, OUTBOUND.dead, fault);
    else {
      tx.count('outbound.done', -1);
      this.#letters.outbound(tx, row.outbound, reasonOf(fault), fault);
    }
    this.#failures.note(tx, row.outbound, 'late');
  }

  /** The platform told of a message whose sending was still open that it failed. */
  failEarly(tx: Transaction, row: DeliveryRow, fault: Fault): void {
    this.end(tx, row, 'dead', fault);
    this.#failures.note(tx, row.outbound, 'late');
  }

  /** Settled from outside while it waited: the rest of the message need not wait any longer. */
  wake(tx: Transaction, row: DeliveryRow): void {
    tx.afterCommit(() => this.#lanes.wake(row.conversation));
  }

  mayBeMeant = (row: DeliveryRow): number => this.#doubts.mayBeMeant(row);

  /** At start: an attempt whose end nobody saw is ambiguous, whatever it was doing. */
  load(tx: Transaction): number {
    const { now } = tx;
    const open = this.#doubts.interrupted();
    tx.count('ambiguous.total', open.length);
    for (const { seq, attempts, state: message } of open) {
      this.#sql.endAttempt(now, 'ambiguous', JSON.stringify(INTERRUPTED), seq, attempts);
      const state = message === OUTBOUND.open ? DELIVERY.ambiguous : DELIVERY.parked;
      this.#sql.setDelivery(state, now, JSON.stringify(INTERRUPTED), seq);
    }
    for (const row of this.#sql.openOutbound.all()) {
      const facts = { account: accountKey(row.tenant, row.id), ageMs: Math.max(0, now - row.created_at) };
      this.#lanes.add(row.conversation, row.tenant, row.seq, remainingWait(row.due_at ?? now, now), facts);
    }
    return open.length;
  }

  #endAttempt(row: DeliveryRow, at: number, settlement: Settlement): void {
    const fault = settlement.kind === 'sent' ? null : JSON.stringify(settlement.fault);
    // Also where it is tried again because that does no harm, or no more: it may have arrived.
    const isUnclear = settlement.kind !== 'sent' && settlement.fault.code === 'ambiguous';
    this.#sql.endAttempt(at, isUnclear ? 'ambiguous' : settlement.kind, fault, row.seq, row.attempts);
  }

  /** Not sent: it waits, or it is over. */
  #setBack(tx: Transaction, row: DeliveryRow, at: number, settlement: NotSent): void {
    const tried = row.state === DELIVERY.intent;
    const { kind, fault } = settlement;
    if (!tried && (kind === 'not sent' || kind === 'dead')) this.#doubts.disprove(row);
    const isLeft = tried && this.#doubts.isLeft(row);
    if (isLeft && kind !== 'ambiguous') this.#doubts.takeBack(tx, row);
    if (kind === 'parked') return this.end(tx, row, 'parked', fault);
    if (kind === 'dead')
      return isLeft ? this.end(tx, row, 'parked', unproven(fault)) : this.end(tx, row, 'dead', fault);
    // Also what is done again because that does no harm: this attempt may have arrived.
    const doubtful = isLeft || kind === 'ambiguous' || (tried && fault.code === 'ambiguous');
    if (this.#placeOf(row.outbound).state !== OUTBOUND.open) {
      // Another part ended the message meanwhile: nothing of it is tried again, and its lane is somebody else's.
      const state = doubtful ? DELIVERY.parked : DELIVERY.skipped;
      this.#sql.setDelivery(state, tx.now, JSON.stringify(fault), row.seq);
      return;
    }
    if (kind === 'not sent' && settlement.makesWay !== undefined) {
      // With nobody behind it, it keeps nobody waiting.
      const isAlone = this.#lanes.behind(row.conversation, row.outbound) === null;
      if (!isAlone) return this.end(tx, row, 'parked', settlement.makesWay);
    }
    this.#lay(tx, row, at, settlement, doubtful);
  }

  #lay(
    tx: Transaction,
    row: DeliveryRow,
    at: number,
    settlement: Extract<Settlement, { readonly afterMs: number }>,
    doubtful: boolean,
  ): void {
    const { fault, afterMs } = settlement;
    const state = doubtful ? DELIVERY.ambiguous : DELIVERY.queued;
    this.#sql.setDelivery(state, tx.now + afterMs, JSON.stringify(fault), row.seq);
    if (settlement.kind === 'not sent' && settlement.spared) this.#pace.setSpared(row.seq);
    if (settlement.kind === 'not sent' && settlement.holds === true) this.#pace.setHeld(at, row.seq);
    if (settlement.kind === 'not sent' && settlement.holds === false) this.#pace.setFree(row.seq);
    tx.afterCommit(() => this.#lanes.hold(row.conversation, row.outbound, afterMs));
  }

  /** Without another try: dead, or parked where a part of it may have arrived. */
  #giveUp(tx: Transaction, outbound: number, fault: Fault): void {
    const part = this.#sql.ofOutbound.all(outbound).find(isInDoubt);
    if (part === undefined) this.#finish(tx, outbound, OUTBOUND.dead, fault);
    else this.end(tx, part, 'parked', unproven(fault));
  }

  /** The message is over; the next of its conversation may go. */
  #finish(tx: Transaction, outbound: number, state: number, why: Fault | string | null): void {
    const reason = why === null || typeof why === 'string' ? why : reasonOf(why);
    if (this.#sql.finishOutbound(state, reason, tx.now, outbound) === 0) return;
    const { conversation: lane } = this.#placeOf(outbound);
    if (why === null || typeof why === 'string') tx.count('outbound.done', 1);
    else {
      this.#sql.endRest(outbound);
      this.#letters.outbound(tx, outbound, reasonOf(why), why);
      // What may have arrived needs nothing in its place.
      if (why.code === 'window-closed' && state === OUTBOUND.dead)
        this.#failures.note(tx, outbound, 'window');
      const next = this.#lanes.behind(lane, outbound);
      if (next !== null) this.#sql.setGap(outbound, next);
    }
    tx.afterCommit(() => this.#lanes.done(lane, outbound));
  }

  /** Asked after the commit: a row that was rolled back is not remembered. */
  #accountOf(channel: number): string {
    const row = this.#pace.channel.get(channel);
    return row === undefined ? '' : accountKey(row.tenant, row.id);
  }

  #placeOf(outbound: number): { readonly conversation: number; readonly state: number } {
    const row = this.#sql.placeOf.get(outbound);
    if (row === undefined) throw new Error(`no outbound message ${outbound}`);
    return row;
  }
}

const reasonOf = (fault: Fault): string => `${fault.code}: ${fault.detail}`;
