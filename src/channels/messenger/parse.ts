/**
 * What Messenger said, in our words. A body holds entries of several pages; an entry holds items for us, items for
 * the app that has the conversation just now, changes of the page, and calls. Each becomes at least one event.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
 */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { Unreadable } from '../channel.ts';
import { asId, asList, asObject, isObject, readJson } from '../json.ts';
import type { WebhookRequest } from '../webhook.ts';
import { itemEvents } from './item.ts';
import { callEvents } from './notices.ts';
import { type Account, ignored, unreadable } from './told.ts';

export function parse(request: WebhookRequest, account: Account): readonly InboundEvent[] {
  const body = readJson(request.body);
  if (!Array.isArray(body.entry) || typeof body.object !== 'string')
    throw new Unreadable('the body is not a Messenger webhook: no object or no entries');
  if (body.object !== 'page') return [ignored('a webhook of another product')];
  return asList(body.entry).flatMap((entry, index) => entryEvents(entry, `/entry/${index}`, account));
}

type Reader = (item: JsonObject) => readonly InboundEvent[] | string;

function entryEvents(entry: JsonValue, at: string, account: Account): readonly InboundEvent[] {
  if (!isObject(entry)) return [unreadable('an entry that is not an object', at)];
  const foreign = (asId(entry.id) ?? asId(asObject(entry.recipient)?.id)) !== account.pageId;
  const each = (list: string, read: Reader): readonly InboundEvent[] =>
    asList(entry[list]).flatMap((item, index) => {
      if (foreign) return [ignored('for another page')];
      const events = isObject(item) ? read(item) : 'not an object';
      return typeof events === 'string' ? [unreadable(events, `${at}/${list}/${index}`)] : events;
    });
  const here = { account, entryTime: entry.time };
  const events = [
    ...each('messaging', item => itemEvents(item, here)),
    ...each('standby', item => standbyEvents(itemEvents(item, here))),
    ...each('changes', change => changeEvents(change, here)),
    ...each('calls', call => callEvents(call, account)),
  ];
  if (events.length > 0) return events;
  if (foreign) return [ignored('for another page')];
  // Answers to a call permission come without a list around them.
  if (!isObject(entry.sender)) return [ignored('an entry that says nothing')];
  const alone = itemEvents(entry, here);
  return typeof alone === 'string' ? [unreadable(alone, at)] : alone;
}

/**
 * Another app has the conversation, and answers. What became of our own messages counts all the same.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/standby
 */
function standbyEvents(events: readonly InboundEvent[] | string): readonly InboundEvent[] | string {
  if (typeof events === 'string') return events;
  return events.map(event =>
    event.kind === 'message' ? ignored('another app has the conversation') : event,
  );
}

const FIELD_NAME = /^[a-z_]{1,48}$/;

/** Comments, ratings, templates: about the page and not a conversation. Tests from the dashboard put an item here. */
function changeEvents(
  change: JsonObject,
  here: Parameters<typeof itemEvents>[1],
): readonly InboundEvent[] | string {
  const value = asObject(change.value);
  if (value !== undefined && (isObject(value.sender) || isObject(value.recipient)))
    return itemEvents(value, here);
  const field = asId(change.field) ?? '';
  return [ignored(`the field ${FIELD_NAME.test(field) ? field : 'of an unknown name'}`)];
}
