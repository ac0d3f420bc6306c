/**
 * What WhatsApp said, in our words. A body holds up to 1,000 updates of several kinds, and of several numbers:
 * every one becomes an event, in the order they stand there.
 */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { Sender } from '../../message/message.ts';
import { type ChannelIdentity, Unreadable } from '../channel.ts';
import { asId, asList, asObject, asText, compact, isObject, readJson } from '../json.ts';
import type { WebhookRequest } from '../webhook.ts';
import { contentOf, isMalformed } from './content.ts';
import { NOTICE_FIELDS, type NoticeField } from './notices.ts';
import { contactsOf, fromIds, ownIds, person } from './person.ts';
import { receiptOf } from './receipt.ts';
import { timeOf } from './time.ts';

/** Whose webhooks these are. */
export interface Account {
  readonly identity: ChannelIdentity;
  readonly phoneNumberId: string;
}

type Read = (item: JsonObject) => InboundEvent | string;

const ignored = (reason: string): InboundEvent => ({ kind: 'ignored', reason });
const unreadable = (reason: string, at: string): InboundEvent => ({ kind: 'unreadable', reason, at });

export function parse(request: WebhookRequest, account: Account): readonly InboundEvent[] {
  const body = readJson(request.body);
  if (!Array.isArray(body.entry) || typeof body.object !== 'string')
    throw new Unreadable('the body is not a WhatsApp webhook: no object or no entries');
  if (body.object !== 'whatsapp_business_account') return [ignored('a webhook of another product')];
  return asList(body.entry).flatMap((entry, index) => entryEvents(entry, `/entry/${index}`, account));
}

function entryEvents(entry: JsonValue, at: string, account: Account): readonly InboundEvent[] {
  if (!isObject(entry) || !Array.isArray(entry.changes)) return [unreadable('an entry without changes', at)];
  return asList(entry.changes).flatMap((change, index) => {
    const here = `${at}/changes/${index}`;
    const value = isObject(change) ? asObject(change.value) : undefined;
    if (!isObject(change) || value === undefined) return [unreadable('a change without a value', here)];
    const events = changeEvents(asId(change.field) ?? 'unknown', value, `${here}/value`, account);
    return events.length > 0 ? events : [ignored('a change that says nothing')];
  });
}

const FIELD_NAME = /^[a-z_]{1,48}$/;

function changeEvents(
  field: string,
  value: JsonObject,
  at: string,
  account: Account,
): readonly InboundEvent[] {
  if (field === 'messages') return messagesField(value, at, account);
  if (field === 'smb_message_echoes')
    return each(value, 'message_echoes', at, () => ignored('a message of our own, from the Business app'));
  const notices = Object.hasOwn(NOTICE_FIELDS, field) ? NOTICE_FIELDS[field] : undefined;
  if (notices !== undefined) return noticesField(notices, value, at, account);
  return [ignored(`the field ${FIELD_NAME.test(field) ? field : 'of an unknown name'}`)];
}

function messagesField(value: JsonObject, at: string, account: Account): readonly InboundEvent[] {
  const theirs = isForeign(value, account);
  const contacts = contactsOf(value);
  const read = (reader: Read): Read => (theirs ? () => ignored('for another phone number') : reader);
  return [
    ...each(
      value,
      'messages',
      at,
      read(item => messageEvent(item, contacts, account)),
    ),
    ...each(
      value,
      'statuses',
      at,
      read(item => receiptOf(item) ?? 'a status without an id or a time'),
    ),
    ...each(
      value,
      'errors',
      at,
      read(() => ignored('an error of the account')),
    ),
    ...each(
      value,
      'message_echoes',
      at,
      read(() => ignored('a message of our own')),
    ),
  ];
}

function noticesField(
  field: NoticeField,
  value: JsonObject,
  at: string,
  account: Account,
): readonly InboundEvent[] {
  if (isForeign(value, account))
    return each(value, field.list, at, () => ignored('for another phone number'));
  const contacts = contactsOf(value);
  return each(value, field.list, at, item => {
    const notice = field.read(item);
    const about = notice === undefined ? undefined : person(notice.about, contacts);
    if (notice === undefined || about === undefined) return 'a notice without its person, time or subject';
    const { id, time, content } = notice;
    const sender: Sender = { ...about, kind: 'platform' };
    const address = addressOf(account.identity, about.id);
    return { kind: 'message', message: { id, address, sender, time, content } };
  });
}

/** Every item of a list gives one event; one that cannot be read does not take the others along. */
function each(value: JsonObject, list: string, at: string, read: Read): readonly InboundEvent[] {
  return asList(value[list]).map((item, index) => {
    const event = isObject(item) ? read(item) : 'not an object';
    return typeof event === 'string' ? unreadable(event, `${at}/${list}/${index}`) : event;
  });
}

/** An app has one webhook address for all its numbers: the others are another channel's. */
function isForeign(value: JsonObject, account: Account): boolean {
  const number = asObject(value.metadata)?.phone_number_id;
  return number !== undefined && number !== account.phoneNumberId;
}

const addressOf = ({ tenant, id }: ChannelIdentity, conversation: string) => ({
  tenant,
  channel: id,
  conversation,
});

function messageEvent(
  item: JsonObject,
  contacts: readonly JsonObject[],
  account: Account,
): InboundEvent | string {
  const id = asId(item.id);
  const type = asId(item.type);
  const time = timeOf(item.timestamp);
  if (id === undefined || type === undefined) return 'a message without an id or a type';
  if (time === undefined) return 'a message without a time';
  // A notice about a person may name nobody but its subject.
  const sender = person(fromIds(item), contacts) ?? person(ownIds(asObject(item.system) ?? {}), []);
  if (sender === undefined) return 'a message without a sender';
  const content = contentOf(item, type);
  if (isMalformed(content)) return content.malformed;
  const about = asObject(item.context);
  const address = addressOf(account.identity, asId(item.group_id) ?? sender.id);
  return {
    kind: 'message',
    message: compact({
      id,
      address,
      sender: content.kind === 'system' ? ({ ...sender, kind: 'platform' } as const) : sender,
      time,
      content: content.kind === 'membership' ? { ...content, members: [sender.id] } : content,
      replyTo: asId(about?.id),
      context: contextOf(item, about ?? {}),
    }),
  };
}

/** Forwards, advertisements and catalogue inquiries, as the platform words them. */
function contextOf(item: JsonObject, about: JsonObject): JsonObject | undefined {
  const context = compact({
    forwarded: about.forwarded === true ? true : undefined,
    frequently_forwarded: about.frequently_forwarded === true ? true : undefined,
    referred_product: asObject(about.referred_product),
    referral: asObject(item.referral),
    origin: asText(item.origin),
    location_url: asText(asObject(item.location)?.url),
  });
  return Object.keys(context).length > 0 ? context : undefined;
}
