/** What becomes of a message, told by webhook: its echo, and that it was delivered and read. */
import { asObject, asText, compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';

export interface Sent {
  readonly mid: string;
  readonly pageId: string;
  readonly appId: string;
  /** As the platform names the person: by `id`, or by `user_ref`. */
  readonly recipient: JsonObject;
  /** What was sent. */
  readonly message: JsonObject;
}

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-echoes */
export function echoItem({ mid, pageId, appId, recipient, message }: Sent, nowMs: number): JsonObject {
  const attachment = asObject(message.attachment);
  return {
    sender: { id: pageId },
    recipient,
    timestamp: nowMs,
    message: compact({
      is_echo: true,
      app_id: Number(appId),
      metadata: asText(message.metadata),
      mid,
      text: asText(message.text),
      attachments: attachment === undefined ? undefined : [attachment],
    }),
  };
}

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-deliveries */
export const deliveredItem = ({ mid, pageId, recipient }: Sent, nowMs: number): JsonObject => ({
  sender: recipient,
  recipient: { id: pageId },
  timestamp: nowMs,
  delivery: { mids: [mid], watermark: nowMs },
});

/** No message is named: all up to then. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reads */
export const readItem = ({ pageId, recipient }: Sent, nowMs: number): JsonObject => ({
  sender: recipient,
  recipient: { id: pageId },
  timestamp: nowMs,
  read: { watermark: nowMs },
});
