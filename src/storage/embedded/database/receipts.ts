/**
 * What platforms say of our messages afterwards. Receipts come before the send's own answer, late, twice and out
 * of order: each is kept, a message's state only moves up, and one that carries our marker settles an ambiguous
 * send.
 */
import type { DatabaseSync } from 'node:sqlite';
import { RECEIPT_STATUSES, type Receipt, type ReceiptStatus } from '../../../message/event.ts';
import type { Fault } from '../../../message/fault.ts';
import type { Transaction } from './commits.ts';
import type { Conversations } from './conversations.ts';
import { change, query } from './rows.ts';
import { DELIVERY } from './schema.ts';
import type { Sends } from './sends.ts';
import type { DeliveryRow } from './sends-sql.ts';

const rankOf = (status: ReceiptStatus): number => RECEIPT_STATUSES.indexOf(status);
const NO_REASON: Fault = {
  code: 'unreachable',
  detail: 'the platform reported that it failed, without a reason',
};

export type Receipts = ReturnType<typeof receiptOps>;

export function receiptOps(db: DatabaseSync, conversations: Conversations, sends: () => Sends) {
  const add = change(db, 'INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const raise = change(
    db,
    'UPDATE delivery SET receipt = ? WHERE seq = ? AND (receipt IS NULL OR receipt < ?)',
  );
  const name = change(db, 'UPDATE delivery SET platform_id = ? WHERE seq = ? AND platform_id IS NULL');
  const byPlatformId = query<{ seq: number }>(
    db,
    `SELECT d.seq FROM delivery d JOIN outbound o ON o.seq = d.outbound WHERE d.platform_id = ? AND o.channel = ?`,
  );
  const raiseUpTo = change(
    db,
    `UPDATE delivery SET receipt = ? WHERE conversation = ? AND state = ${DELIVERY.sent} AND sent_at <= ?
       AND (receipt IS NULL OR receipt < ?)`,
  );
  const buffered = query<{ status: ReceiptStatus; fault: string | null }>(
    db,
    'SELECT status, fault FROM receipt WHERE platform_id = ? AND channel = ?',
  );
  const channelOf = query<{ channel: number }>(
    db,
    'SELECT o.channel FROM delivery d JOIN outbound o ON o.seq = d.outbound WHERE d.seq = ?',
  );

  function find(channel: number, receipt: Receipt): DeliveryRow | undefined {
    const marked = receipt.marker === undefined ? undefined : sends().byId(receipt.marker);
    if (marked !== undefined && isOf(marked, channel, receipt)) return marked;
    const found = receipt.target === undefined ? undefined : byPlatformId.get(receipt.target, channel);
    const row = found === undefined ? undefined : sends().bySeq(found.seq);
    return row !== undefined && isOf(row, channel, receipt) ? row : undefined;
  }

  /** Markers come from outside: one of another channel or conversation proves nothing. */
  function isOf(row: DeliveryRow, channel: number, { conversation }: Receipt): boolean {
    if (channelOf.get(row.seq)?.channel !== channel) return false;
    return (
      conversation === undefined || conversations.conversation(channel, conversation).ref === row.conversation
    );
  }

  function move(
    tx: Transaction,
    row: DeliveryRow,
    status: ReceiptStatus,
    fault: Fault,
    target: string | null,
  ): void {
    if (status === 'failed') return fail(tx, row, fault, target);
    raise(rankOf(status), row.seq, rankOf(status));
    if (isOpen(row) && (row.state !== DELIVERY.queued || row.attempts > 0)) {
      tx.count('ambiguous.proven', row.state === DELIVERY.ambiguous ? 1 : 0);
      if (sends().sent(tx, row, target, tx.now)) sends().wake(tx, row);
    }
  }

  /** Late as it may be, it takes back nothing: what arrived did not fail, and another attempt says nothing of this one. */
  function fail(tx: Transaction, row: DeliveryRow, fault: Fault, target: string | null): void {
    if ((row.receipt ?? -1) >= rankOf('delivered') || !isAbout(row, target)) return;
    // The answer that would have named it may never come; the trace is to show its receipts all the same.
    if (target !== null) name(target, row.seq);
    if (row.state === DELIVERY.sent) sends().failLate(tx, row, fault);
    else if (isOpen(row)) sends().failEarly(tx, row, fault);
  }

  /** Our marker names the delivery and not the attempt; the platform's id names one of them. */
  function isAbout(row: DeliveryRow, target: string | null): boolean {
    if (row.platform_id !== null && target !== null) return row.platform_id === target;
    return sends().mayBeMeant(row) <= 1;
  }

  return {
    apply(tx: Transaction, channel: number, receipt: Receipt, receivedAt: number): void {
      const { status, time, target } = receipt;
      const fault = receipt.fault === undefined ? null : JSON.stringify(receipt.fault);
      if (target !== undefined) add(target, channel, status, time, receivedAt, fault);
      if (receipt.watermark !== undefined && receipt.conversation !== undefined) {
        const { ref } = conversations.conversation(channel, receipt.conversation);
        raiseUpTo(rankOf(status), ref, receipt.watermark, rankOf(status));
        return;
      }
      const row = find(channel, receipt);
      if (row !== undefined) move(tx, row, status, receipt.fault ?? NO_REASON, target ?? null);
    },
    /** A send was answered with its platform id: what came before that answer counts now. */
    identified(tx: Transaction, platformId: string, delivery: number): void {
      const channel = channelOf.get(delivery)?.channel;
      if (channel === undefined) return;
      // The best first: what failed and was delivered all the same has arrived.
      const upwards = buffered.all(platformId, channel).toSorted(failedLast);
      for (const { status, fault } of upwards) {
        const row = sends().bySeq(delivery);
        const reason = fault === null ? NO_REASON : (JSON.parse(fault) as Fault);
        if (row !== undefined) move(tx, row, status, reason, platformId);
      }
    },
  };
}

const failedLast = (one: { status: ReceiptStatus }, other: { status: ReceiptStatus }): number =>
  Number(one.status === 'failed') - Number(other.status === 'failed');

const isOpen = (row: DeliveryRow): boolean =>
  row.state === DELIVERY.queued || row.state === DELIVERY.intent || row.state === DELIVERY.ambiguous;
