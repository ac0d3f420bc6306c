/** What Messenger tells about a person or a conversation: `system` messages, which await no answer. */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asText, compact } from '../json.ts';
import { madeId, timeOf } from './ids.ts';
import { type Account, notice, type Read } from './told.ts';

/** One kind of notice; `by` are the fields that tell two of the same moment apart. */
const noticeOf =
  (kind: string, by: readonly string[], nameOf: (part: JsonObject) => string = () => kind): Read =>
  (part, told) => {
    const values = by.map(field => asText(part[field]) ?? '');
    return notice(told, madeId(kind, told.person, told.time, ...values), nameOf(part), part);
  };

/** The kind with what it says of itself, as `optin.notification_messages`. */
const sub =
  (kind: string, field: string) =>
  (part: JsonObject): string => {
    const value = asId(part[field]);
    return value === undefined ? kind : `${kind}.${value}`;
  };

/** A link, an advertisement or a plugin led an old acquaintance to us. */
export const referral = noticeOf('referral', ['ref', 'source', 'type', 'ad_id']);

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_optins */
export const optin = noticeOf(
  'optin',
  ['type', 'ref', 'user_ref', 'payload', 'notification_messages_token', 'notification_messages_status'],
  sub('optin', 'type'),
);

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_account_linking */
export const accountLinking = noticeOf('account_linking', ['status'], sub('account_linking', 'status'));

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_handovers */
export const handover = (name: 'pass' | 'take' | 'request'): Read =>
  noticeOf(`handover.${name}`, ['new_owner_app_id', 'previous_owner_app_id', 'requested_owner_app_id']);

/** Whether an answer of ours was good. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/response_feedback */
export const responseFeedback = noticeOf('response_feedback', ['mid', 'feedback']);

/**
 * A call is not answered here, but the conversation should know. It has no sender: who is not the page is the person.
 * https://developers.facebook.com/documentation/business-messaging/messenger-platform/calling/webhooks
 */
export function callEvents(call: JsonObject, account: Account): readonly InboundEvent[] | string {
  const id = asId(call.id);
  const event = asId(call.event) ?? asId(call.status);
  const time = timeOf(call.timestamp);
  const [from, to] = [asId(call.from), asId(call.to)];
  const person = from === account.pageId ? to : (from ?? to);
  if (id === undefined || event === undefined || time === undefined || person === undefined)
    return 'a call without its id, event, time or person';
  const data = compact({ direction: asText(call.call_direction), status: asText(call.status) });
  return notice({ account, person, time }, `${id}:${event}`, `call.${event}`, data);
}
