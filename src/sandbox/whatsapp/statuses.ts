/** What becomes of a message, told by webhook. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components#statuses-object */
import { compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Webhook } from '../platform.ts';
import { envelope, type From, seconds } from './envelope.ts';
import { statusError } from './errors.ts';

export interface Sent {
  readonly id: string;
  readonly recipient: { readonly phone: string | null; readonly userId: string | null };
  readonly marker: string | null;
}

export type Status = 'sent' | 'delivered' | 'read' | 'played' | 'failed';

export function statusObject(sent: Sent, status: Status, nowMs: number, code?: number): JsonObject {
  const billed = status === 'sent' || status === 'delivered';
  return compact({
    id: sent.id,
    status,
    timestamp: seconds(nowMs),
    recipient_id: sent.recipient.phone ?? undefined,
    recipient_user_id: sent.recipient.userId ?? undefined,
    biz_opaque_callback_data: sent.marker ?? undefined,
    pricing: billed
      ? { billable: false, pricing_model: 'PMP', category: 'service', type: 'free_customer_service' }
      : undefined,
    errors: code === undefined ? undefined : [statusError(code)],
  });
}

export function statusWebhook(from: From, status: JsonObject): Webhook {
  const body = envelope(from, 'messages', { statuses: [status] });
  return { body: JSON.stringify(body), contentType: 'application/json' };
}
