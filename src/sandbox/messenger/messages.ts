/** `POST /{version}/{page id}/messages`: checked in the order Meta checks, then taken. */
import { asId, asObject, asText } from '../../channels/json.ts';
import { deliveryOf } from '../../channels/messenger/marker.ts';
import type { JsonObject } from '../../message/json.ts';
import { type Buckets, buckets, noLimit } from '../buckets.ts';
import type { AccountContext, Consequence, Handled } from '../platform.ts';
import { base64 } from '../random.ts';
import { remembered } from '../remembered.ts';
import type { Check } from './checks.ts';
import { envelope, webhook } from './envelope.ts';
import { askedFor, type Wrong } from './errors.ts';
import { type People, personBehind } from './people.ts';
import { deliveredItem, echoItem, readItem, type Sent } from './tellings.ts';
import { checkCall } from './validate.ts';
import { wordsOf } from './words.ts';

export interface MessagesOptions {
  readonly context: AccountContext;
  readonly pageId: string;
  readonly appId: string;
  readonly people: People;
  /** Whether there is an upload with this id. */
  readonly hasAttachment: (id: string) => boolean;
  readonly refused: (method: string, wrong: Wrong) => Handled;
}

const HOUR_MS = 3_600_000;
const WINDOW_MS = 24 * HOUR_MS;
const HUMAN_AGENT_MS = 7 * 24 * HOUR_MS;

/** Who a call is for: `key` is the conversation as the hub names it, `told` the recipient as webhooks name it. */
interface Recipient {
  readonly key: string;
  readonly told: JsonObject;
  readonly once: boolean;
  readonly windowless: boolean;
}

export function messagesCall({
  context,
  pageId,
  appId,
  people,
  hasAttachment,
  refused,
}: MessagesOptions): (body: JsonObject) => Handled {
  const { behaviour, now, random } = context;
  const { all, media } = limits(context);
  const answered = remembered<true>(10_000);

  /** What is right in form and may still not go now, or not to them. */
  function objection(body: JsonObject, to: Recipient): Check {
    const asked = askedFor(to.key);
    if (asked !== null) return asked;
    if (to.once && answered.get(to.key)) return { code: 10_900 };
    if (!to.windowless && !windowOpen(to.key, body)) return { code: 10, subcode: 2_018_278 };
    const attachment = asObject(asObject(body.message)?.attachment);
    const upload = asId(asObject(attachment?.payload)?.attachment_id);
    if (upload !== undefined && !hasAttachment(upload)) return { code: 100, subcode: 2_018_074 };
    const isMedia = attachment?.type === 'audio' || attachment?.type === 'video';
    return all.take('') > 0 || (isMedia && media.take('') > 0) ? { code: 613 } : null;
  }

  function windowOpen(person: string, body: JsonObject): boolean {
    if (body.messaging_type === 'UTILITY') return true;
    const wrote = people.lastWrote(person);
    if (wrote === undefined) return behaviour.strangers === 'believed';
    const within = body.messaging_type === 'MESSAGE_TAG' ? HUMAN_AGENT_MS : WINDOW_MS;
    return now() - wrote < within;
  }

  function take(body: JsonObject, message: JsonObject, to: Recipient): Handled {
    const mid = `m_${base64(66, random).replace(/\+/g, '-').replace(/[/=]/g, '_')}`;
    const sent: Sent = { mid, pageId, appId, recipient: to.told, message };
    if (to.once) answered.set(to.key, true);
    return {
      method: 'messages',
      answer: { status: 200, body: { ...recipientId(to), message_id: mid } },
      taken: {
        platformId: mid,
        marker: deliveryOf(asText(message.metadata)) ?? null,
        conversation: to.key,
        text: wordsOf(body),
      },
      webhooks: consequences(sent),
    };
  }

  function consequences(sent: Sent): readonly Consequence[] {
    const { receiptMs, echoes } = behaviour;
    const tell = (what: string, item: (sent: Sent, nowMs: number) => JsonObject, place: number) => {
      const afterMs = receiptMs * place;
      const at = now() + afterMs;
      return { ...webhook(envelope(pageId, at, [item(sent, at)])), afterMs, what };
    };
    return [
      ...(echoes ? [tell('echo', echoItem, 1)] : []),
      tell('delivered', deliveredItem, 2),
      tell('read', readItem, 3),
    ];
  }

  return body => {
    const wrong = checkCall(body);
    if (wrong !== null) return refused('messages', wrong);
    const to = recipientOf(asObject(body.recipient) ?? {});
    const against = objection(body, to);
    if (against !== null) return refused('messages', against);
    const message = asObject(body.message);
    if (message !== undefined) return take(body, message, to);
    return {
      method: 'messages',
      answer: { status: 200, body: recipientId(to) },
      taken: { platformId: null, marker: null, conversation: to.key, text: wordsOf(body) },
      webhooks: [],
    };
  };
}

/** https://developers.facebook.com/docs/messenger-platform/overview/rate-limiting: 300 calls a second for a page, of sounds and films 10. */
function limits({ behaviour, now }: AccountContext): { readonly all: Buckets; readonly media: Buckets } {
  if (behaviour.rates === 'none') return { all: noLimit, media: noLimit };
  return {
    all: buckets({ perSecond: 300, burst: 300, now }),
    media: buckets({ perSecond: 10, burst: 10, now }),
  };
}

/** Who is known by a reference only is not named in the answer. */
const recipientId = ({ told }: Recipient): JsonObject =>
  told.id === undefined ? {} : { recipient_id: told.id };

function recipientOf(given: JsonObject): Recipient {
  const id = asId(given.id);
  if (id !== undefined) return { key: id, told: { id }, once: false, windowless: false };
  const ref = asId(given.user_ref);
  if (ref !== undefined)
    return { key: `user_ref:${ref}`, told: { user_ref: ref }, once: false, windowless: true };
  const [form, value] = [
    ['comment', asId(given.comment_id)],
    ['post', asId(given.post_id)],
    ['token', asId(given.notification_messages_token)],
  ].find(([, found]) => found !== undefined) ?? ['token', ''];
  const key = `${form}:${value}`;
  return { key, told: { id: personBehind(key) }, once: form !== 'token', windowless: true };
}
