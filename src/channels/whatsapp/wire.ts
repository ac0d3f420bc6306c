/** A call of the Graph API, ready to be made: its body, and which call it is. */
import type { JsonObject } from '../../message/json.ts';

/** `message` is answered with an id and receipts; a `signal` (read mark, typing) only with success. */
export type WireKind = 'message' | 'signal';

/** The last part of the address; marketing messages have one of their own. */
export type Edge = 'messages' | 'marketing_messages';

/** A type and not an interface, so that it is JSON to the compiler. */
export type WhatsAppWire = {
  readonly kind: WireKind;
  readonly edge: Edge;
  readonly body: JsonObject;
  /** Files the hub keeps, to be uploaded first; the body has their ids where Meta's will be. */
  readonly uploads?: readonly string[];
};

const PHONE = /^\+?(\d{5,20})$/;
/** https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids: `US.…`, or `US.ENT.…` for a parent. */
const USER_ID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** A conversation is a phone number, a business-scoped user id, or else a group. */
function recipient(conversation: string): JsonObject {
  const phone = PHONE.exec(conversation)?.[1];
  if (phone !== undefined) return { recipient_type: 'individual', to: phone };
  if (USER_ID.test(conversation)) return { recipient_type: 'individual', recipient: conversation };
  return { recipient_type: 'group', to: conversation };
}

/** A message to a conversation, quoting another one if so wanted. */
export const messageWire = (
  conversation: string,
  replyTo: string | undefined,
  said: JsonObject,
  edge: Edge = 'messages',
): WhatsAppWire => ({
  kind: 'message',
  edge,
  body: {
    messaging_product: 'whatsapp',
    ...recipient(conversation),
    ...(replyTo === undefined ? {} : { context: { message_id: replyTo } }),
    ...said,
  },
});

/** Marks a message (and all before it) as read; with `more`, says so in another way as well. */
export const signalWire = (target: string, more: JsonObject = {}): WhatsAppWire => ({
  kind: 'signal',
  edge: 'messages',
  body: { messaging_product: 'whatsapp', status: 'read', message_id: target, ...more },
});
