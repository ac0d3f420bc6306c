/** What people do besides writing: taps, reactions, edits, forms, orders. */
import type { InboundContent } from '../../message/content.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asNumber, asObject, asObjects, asText, compact } from '../json.ts';
import { madeId } from './ids.ts';
import { type Read, said, type Told } from './told.ts';

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_postbacks */
export const postback: Read = (part, told) => {
  const payload = asText(part.payload);
  const title = asText(part.title);
  if (payload === undefined && title === undefined) return 'a postback without a payload or a title';
  const id = asId(part.mid) ?? madeId('postback', told.person, told.time, payload ?? '', title ?? '');
  const content = picked(payload, title, told);
  // The payload goes only to the app that offered the button; of the others only the title is told.
  return [said(told, { id, content, context: compact({ referral: asObject(part.referral) }) })];
};

function picked(
  payload: string | undefined,
  title: string | undefined,
  { account, person }: Told,
): InboundContent {
  if (payload !== undefined && payload === account.getStarted)
    return { kind: 'membership', change: 'opened', members: [person], self: false };
  const from = payload !== undefined && account.menu.has(payload) ? 'menu' : 'button';
  return { kind: 'choice', from, id: payload ?? title ?? '', label: title ?? payload ?? '' };
}

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reactions */
export const reaction: Read = (part, told) => {
  const target = asId(part.mid);
  const action = asId(part.action);
  if (target === undefined || action === undefined) return 'a reaction without a message id or an action';
  const emoji = asText(part.emoji) ?? asText(part.reaction) ?? '';
  const id = madeId('reaction', told.person, told.time, target, action, emoji);
  return [said(told, { id, content: { kind: 'reaction', emoji, target, removed: action === 'unreact' } })];
};

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-edits */
export const edit: Read = (part, told) => {
  const target = asId(part.mid);
  const text = asText(part.text);
  if (target === undefined || text === undefined) return 'an edit without a message id or its new text';
  const count = typeof part.num_edit === 'number' ? String(part.num_edit) : (asId(part.num_edit) ?? '');
  const id = `${target}:edit:${count === '' ? told.time : count}`;
  return [said(told, { id, content: { kind: 'edit', target, text } })];
};

/** Name, address, telephone, as asked for by a form of the platform: a list of keys and values on each screen. */
export const customerInformation: Read = (part, told) => {
  const answers = asObjects(part.screens)
    .flatMap(screen => asObjects(screen.responses))
    .flatMap(({ key, value }) =>
      typeof key === 'string' && value !== undefined ? [[key, value] as const] : [],
    );
  return form('customer_information', answers, part, told);
};

/** https://developers.facebook.com/docs/messenger-platform/send-messages/templates/customer-feedback-template */
export const feedback: Read = (part, told) => {
  const answers = asObjects(part.feedback_screens).flatMap(screen =>
    Object.entries(asObject(screen.questions) ?? {}),
  );
  return form('customer_feedback', answers, part, told);
};

function form(
  name: string,
  answers: readonly (readonly [string, JsonValue])[],
  part: JsonObject,
  told: Told,
): ReturnType<Read> {
  const content: InboundContent = compact({
    kind: 'form' as const,
    name,
    token: asId(part.form_id) ?? asId(part.token),
    values: Object.fromEntries(answers),
  });
  return [said(told, { id: madeId(name, told.person, told.time), content })];
}

/** https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/send_cart */
export const order: Read = (part, told) => {
  const items = asObjects(part.products).flatMap(item => {
    const product = asId(item.retailer_id) ?? idOf(item.id);
    const quantity = asNumber(item.quantity);
    if (product === undefined || quantity === undefined) return [];
    return [compact({ product, quantity, price: asNumber(item.unit_price), currency: asId(item.currency) })];
  });
  const id = madeId('order', told.person, told.time, ...items.map(item => item.product));
  return [said(told, { id, content: compact({ kind: 'order' as const, text: asId(part.note), items }) })];
};

const idOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'number' ? String(value) : asId(value);

/** Whether we may call. https://developers.facebook.com/documentation/business-messaging/messenger-platform/calling */
export const callPermission: Read = (part, told) => {
  const label = asText(part.response);
  if (label === undefined) return 'a call permission without an answer';
  const id = madeId('call_permission_reply', told.person, told.time, label);
  const name = 'call_permission_reply';
  return [said(told, { id, content: { kind: 'choice', from: 'action', id: name, label, values: part } })];
};
