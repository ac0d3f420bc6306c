/** What is to go out as others hand it in and get it out: rows, and what they mean. */
import type { JsonValue } from '../../../message/json.ts';
import type { Delivery } from '../../send-queue.ts';
import { DELIVERY_STATES } from './schema.ts';
import type { DeliveryRow } from './sends-sql.ts';

/** As a `SendItem`, with the message still as JSON. */
export interface PreparedSend {
  readonly seq: number;
  readonly message: string;
  readonly createdAt: number;
  readonly lastInboundAt: number | null;
  readonly route: string | null;
  readonly deliveries: readonly Delivery[] | null;
}

export interface NewOutbound {
  readonly id: string;
  readonly tenant: string;
  readonly channel: number;
  readonly conversation: number;
  readonly cause: string | null;
  readonly json: string;
  readonly source: 'api' | 'pipeline' | 'fallback';
  readonly raw: string | null;
}

export function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    seq: row.seq,
    part: row.part,
    wire: JSON.parse(row.wire) as JsonValue,
    state: DELIVERY_STATES[row.state] ?? 'queued',
    attempts: row.attempts,
    resends: row.resends,
    spared: row.spared,
    triedAt: row.tried_at,
    inDoubtSince: row.doubted_at,
    heldSince: row.held_since,
  };
}
