/** Reading: one message, many, a conversation's feed, a message's whole journey. */
import type { DatabaseSync } from 'node:sqlite';
import type { Facts, StageTrace } from '../../../message/envelope.ts';
import type { Fault } from '../../../message/fault.ts';
import type { JsonValue } from '../../../message/json.ts';
import type { Loss, OutboundMessage } from '../../../message/message.ts';
import type {
  DeliveryView,
  FeedRow,
  MessageFilter,
  MessageView,
  OutboundTrace,
  Trace,
} from '../../look-up.ts';
import { type InboundRow, lookUpStatements, type OutboundRow } from './look-up-sql.ts';
import { type MediaOps, mediaOps } from './media.ts';
import { OUTBOUND_STATES, WORK_STATES } from './schema.ts';
import { deliveryOf } from './sends-rows.ts';

type LookedUpMedia = Pick<MediaOps, 'media' | 'ofInbound'>;

export function lookUps(db: DatabaseSync, media: LookedUpMedia = mediaOps(db, () => {})) {
  const sql = lookUpStatements(db);

  const deliveryViews = (row: OutboundRow): readonly DeliveryView[] =>
    sql.deliveries.all(row.seq).map(delivery => ({
      ...deliveryOf(delivery),
      platformId: delivery.platform_id,
      fault: faultOf(delivery.fault),
      tries: sql.tries.all(delivery.seq).map(attempt => ({
        number: attempt.number,
        startedAt: attempt.started_at,
        endedAt: attempt.ended_at,
        result: attempt.result,
        fault: faultOf(attempt.fault),
      })),
      receipts: (delivery.platform_id === null ? [] : sql.receipts.all(delivery.platform_id, row.seq)).map(
        receipt => ({
          status: receipt.status,
          at: receipt.at,
          receivedAt: receipt.received_at,
          fault: faultOf(receipt.fault),
        }),
      ),
    }));

  const outboundView = (row: OutboundRow): MessageView => ({
    id: row.id,
    direction: 'outbound',
    seq: row.seq,
    channel: row.channel,
    conversation: row.conversation,
    at: row.created_at,
    state: OUTBOUND_STATES[row.state] ?? 'open',
    reason: row.reason,
    platformIds: sql.deliveries.all(row.seq).flatMap(delivery => delivery.platform_id ?? []),
    gap: row.gap,
    fallback: row.fallback,
    fallbackOf: row.fallback_of,
    message: JSON.parse(row.message),
    media: sentMedia(JSON.parse(row.message)).flatMap(id => media.media(id) ?? []),
  });

  const inboundView = (row: InboundRow): MessageView => ({
    ...inboundFields(row),
    media: media.ofInbound(row.seq),
  });

  const inboundTrace = (row: InboundRow): NonNullable<Trace['inbound']> => ({
    ...inboundView(row),
    ...journeyOf(row),
  });

  const outboundTrace = (row: OutboundRow): OutboundTrace => ({
    view: outboundView(row),
    held: row.held,
    losses: row.losses === null ? [] : (JSON.parse(row.losses) as Loss[]),
    deliveries: deliveryViews(row),
  });

  function trace(id: string): Trace | null {
    const came = sql.inbound.get(id) ?? sql.inboundByPlatform.get(id);
    if (came !== undefined)
      return { inbound: inboundTrace(came), outbound: sql.outboundByCause.all(came.id).map(outboundTrace) };
    const part = sql.ofDelivery.get(id);
    const went =
      sql.outbound.get(id) ?? (part === undefined ? undefined : sql.outboundBySeq.get(part.outbound));
    if (went === undefined) return null;
    const cause = went.cause === null ? undefined : sql.inbound.get(went.cause);
    if (cause === undefined) return { inbound: null, outbound: [outboundTrace(went)] };
    return { inbound: inboundTrace(cause), outbound: sql.outboundByCause.all(cause.id).map(outboundTrace) };
  }

  return {
    trace,
    message(id: string): MessageView | null {
      const came = sql.inbound.get(id);
      if (came !== undefined) return inboundView(came);
      const went = sql.outbound.get(id);
      return went === undefined ? null : outboundView(went);
    },
    messages(filter: MessageFilter): readonly MessageView[] {
      const values = [filter.after, filter.tenant ?? null, filter.channel ?? null, filter.limit] as const;
      if (filter.direction === 'inbound') return sql.listInbound.all(...values).map(inboundView);
      return sql.listOutbound.all(...values).map(outboundView);
    },
    feed(at: {
      tenant: string;
      channel: string;
      conversation: string;
      after: number;
      limit: number;
    }): readonly FeedRow[] {
      return sql.feedRows.all(at.tenant, at.channel, at.conversation, at.after, at.limit).map(row => ({
        seq: row.seq,
        delivery: row.id,
        wire: JSON.parse(row.wire) as JsonValue,
        at: row.sent_at,
      }));
    },
    idempotent: (tenant: string, name: string) => sql.key.get(tenant, name) ?? null,
  };
}

const faultOf = (json: string | null): Fault | null => (json === null ? null : (JSON.parse(json) as Fault));

/** Ids of what the hub keeps, in a message that goes out. */
function sentMedia({ content }: OutboundMessage): readonly string[] {
  const media =
    content.kind === 'media' ? content.media : content.kind === 'card' ? content.image : undefined;
  return media?.source.kind === 'stored' ? [media.source.id] : [];
}

function inboundFields(row: InboundRow): Omit<MessageView, 'media'> {
  return {
    id: row.id,
    direction: 'inbound',
    seq: row.seq,
    channel: row.channel,
    conversation: row.conversation ?? '',
    at: row.received_at,
    state: row.outcome ?? (row.work_state === null ? 'lost' : (WORK_STATES[row.work_state] ?? 'lost')),
    reason: row.reason ?? row.work_reason,
    platformIds: [row.platform_id],
    gap: null,
    fallback: null,
    fallbackOf: null,
    message: row.kind === 'unreadable' ? null : JSON.parse(row.message),
  };
}

function journeyOf(row: InboundRow): Omit<NonNullable<Trace['inbound']>, keyof MessageView> {
  const stages = row.stages ?? row.history;
  return {
    raw: row.raw,
    attempts: row.attempts ?? row.work_attempts ?? 0,
    stages: stages === null ? [] : (JSON.parse(stages) as StageTrace[]),
    facts: row.facts === null ? {} : (JSON.parse(row.facts) as Facts),
    finishedAt: row.finished_at,
  };
}
