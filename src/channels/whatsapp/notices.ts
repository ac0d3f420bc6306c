/**
 * What WhatsApp tells besides messages. What concerns a person becomes a `system` message in that person's
 * conversation; what concerns only the account (templates, quality, limits) is for operators and is ignored here.
 * https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
 */
import type { InboundContent } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asText, compact } from '../json.ts';
import { fromIds, ownIds, type PersonIds } from './person.ts';
import { timeOf } from './time.ts';

export interface Notice {
  /** These items have no id of their own, so it is made of what distinguishes them. */
  readonly id: string;
  readonly time: number;
  readonly about: PersonIds;
  readonly content: InboundContent;
}

/** How one `field` of a change lists its notices; undefined for an item that lacks what it is about. */
export interface NoticeField {
  readonly list: string;
  readonly read: (item: JsonObject) => Notice | undefined;
}

export const NOTICE_FIELDS: Readonly<Record<string, NoticeField>> = {
  user_id_update: { list: 'user_id_update', read: userIdUpdate },
  user_preferences: { list: 'user_preferences', read: userPreference },
  calls: { list: 'calls', read: call },
};

/** The only link from an old user id to the new one: told in the conversation of the old one. */
function userIdUpdate(item: JsonObject): Notice | undefined {
  const change = asObject(item.user_id);
  const parent = asObject(item.parent_user_id);
  const previous = asId(change?.previous);
  const current = asId(change?.current);
  const time = timeOf(item.timestamp);
  if (previous === undefined || current === undefined || time === undefined) return undefined;
  const data = compact({
    previous,
    current,
    wa_id: asId(item.wa_id),
    parent_user_id: asId(parent?.current),
  });
  return {
    id: `user_id_update:${previous}:${current}`,
    time,
    about: { userId: previous, parentUserId: asId(parent?.previous), phone: asId(item.wa_id) },
    content: { kind: 'system', name: 'user_id_update', data },
  };
}

/** Whether the person takes marketing messages. The time is a number here. */
function userPreference(item: JsonObject): Notice | undefined {
  const about = ownIds(item);
  const who = about.userId ?? about.phone;
  const category = asId(item.category);
  const value = asId(item.value);
  const time = timeOf(item.timestamp);
  if (who === undefined || category === undefined || value === undefined || time === undefined)
    return undefined;
  return {
    id: `user_preferences:${who}:${category}:${value}:${time / 1000}`,
    time,
    about,
    content: {
      kind: 'system',
      name: 'user_preferences',
      data: compact({ category, value, detail: asText(item.detail) }),
    },
  };
}

/** A call is not answered here, but it opens the window for free messages, so the conversation should know. */
function call(item: JsonObject): Notice | undefined {
  const id = asId(item.id);
  const event = asId(item.event);
  const time = timeOf(item.timestamp);
  if (id === undefined || event === undefined || time === undefined) return undefined;
  const ours = item.direction === 'BUSINESS_INITIATED';
  const about = ours
    ? { userId: asId(item.to_user_id), parentUserId: asId(item.to_parent_user_id), phone: asId(item.to) }
    : fromIds(item);
  const data = compact({ direction: asText(item.direction), status: asText(item.status) });
  return { id: `${id}:${event}`, time, about, content: { kind: 'system', name: `call.${event}`, data } };
}
