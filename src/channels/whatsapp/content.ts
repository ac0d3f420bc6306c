/** What a message says, by its type. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples */
import type { Contact, InboundContent, Media } from '../../message/content.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asNumber, asObject, asObjects, asText, compact } from '../json.ts';
import { interactiveContent } from './answers.ts';

/** An item of a known type that lacks what the type is about: quarantined. */
export interface Malformed {
  readonly malformed: string;
}

const malformed = (what: string): Malformed => ({ malformed: what });

export const isMalformed = (content: InboundContent | Malformed): content is Malformed =>
  'malformed' in content;

const MEDIA_TYPES: Readonly<Record<string, Media['type']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'voice',
  document: 'file',
  sticker: 'sticker',
};

/** A type we do not know is `unsupported`, never malformed. */
export function contentOf(message: JsonObject, type: string): InboundContent | Malformed {
  if (Object.hasOwn(MEDIA_TYPES, type)) return mediaContent(message, type);
  switch (type) {
    case 'text': {
      const text = asText(asObject(message.text)?.body);
      return text === undefined ? malformed('a text without a body') : { kind: 'text', text };
    }
    case 'location':
      return locationContent(asObject(message.location));
    case 'contacts':
      return { kind: 'contacts', contacts: asObjects(message.contacts).map(contact) };
    case 'interactive':
      return interactiveContent(message);
    case 'button': {
      const button = asObject(message.button);
      const label = asText(button?.text) ?? asText(button?.payload);
      if (label === undefined) return malformed('a button without a text');
      return { kind: 'choice', from: 'quick-reply', id: asText(button?.payload) ?? label, label };
    }
    case 'reaction': {
      const reaction = asObject(message.reaction);
      const target = asId(reaction?.message_id);
      // Taken back: an empty emoji, or none at all.
      const emoji = asText(reaction?.emoji) ?? '';
      if (target === undefined) return malformed('a reaction without a message id');
      return { kind: 'reaction', emoji, target, removed: emoji === '' };
    }
    case 'order':
      return orderContent(asObject(message.order));
    case 'system':
      return systemContent(message, asObject(message.system) ?? {});
    case 'edit':
      return editContent(asObject(message.edit));
    case 'revoke': {
      const target = asId(asObject(message.revoke)?.original_message_id);
      return target === undefined
        ? malformed('a revocation without a message id')
        : { kind: 'deletion', target };
    }
    case 'request_welcome':
      return { kind: 'membership', change: 'opened', members: [], self: false };
    case 'unsupported':
      return unsupported(message, asId(asObject(message.unsupported)?.type) ?? 'unsupported');
    default:
      return unsupported(message, type);
  }
}

/** With the platform's reason, where it gives one. The title is a fixed phrase of theirs, not the person's words. */
export function unsupported(message: JsonObject, platformType: string): InboundContent {
  const [error] = asObjects(message.errors);
  const detail = asText(asObject(error?.error_data)?.details) ?? asText(error?.title);
  return compact({ kind: 'unsupported' as const, platformType, detail });
}

function mediaContent(message: JsonObject, type: string): InboundContent | Malformed {
  const body = asObject(message[type]);
  const media = mediaOf(body, type);
  if (media === undefined) return malformed(`${type} without a media id`);
  return compact({ kind: 'media' as const, media, caption: asId(body?.caption) });
}

/** By id: the address that may come along lives five minutes, the id seven days. */
function mediaOf(body: JsonObject | undefined, type: string): Media | undefined {
  const ref = asId(body?.id);
  const known = MEDIA_TYPES[type];
  if (ref === undefined || known === undefined) return undefined;
  return compact({
    type: known === 'audio' && body?.voice === true ? 'voice' : known,
    source: { kind: 'platform' as const, ref },
    mimeType: asId(body?.mime_type),
    name: asId(body?.filename),
    sha256: asId(body?.sha256),
  });
}

function locationContent(place: JsonObject | undefined): InboundContent | Malformed {
  const latitude = asNumber(place?.latitude);
  const longitude = asNumber(place?.longitude);
  if (
    latitude === undefined ||
    longitude === undefined ||
    Math.abs(latitude) > 90 ||
    Math.abs(longitude) > 180
  )
    return malformed('a location without coordinates');
  return compact({
    kind: 'location' as const,
    latitude,
    longitude,
    label: asId(place?.name),
    address: asId(place?.address),
  });
}

function contact(item: JsonObject): Contact {
  const name = asObject(item.name);
  const parts = [asId(name?.first_name), asId(name?.last_name)].filter(part => part !== undefined);
  const labelled = (entry: JsonObject) => compact({ label: asId(entry.type) });
  return compact({
    name: asId(name?.formatted_name) ?? (parts.length > 0 ? parts.join(' ') : undefined),
    phones: asObjects(item.phones).flatMap(phone => {
      const number = asId(phone.phone) ?? asId(phone.wa_id);
      return number === undefined ? [] : [{ number, ...labelled(phone) }];
    }),
    emails: asObjects(item.emails).flatMap(email => {
      const address = asId(email.email);
      return address === undefined ? [] : [{ address, ...labelled(email) }];
    }),
    organisation: asId(asObject(item.org)?.company),
    urls: asObjects(item.urls)
      .map(entry => asId(entry.url))
      .filter(url => url !== undefined),
  });
}

function orderContent(order: JsonObject | undefined): InboundContent | Malformed {
  if (order === undefined) return malformed('an order without its body');
  const items = asObjects(order.product_items).flatMap(item => {
    const product = asId(item.product_retailer_id);
    const quantity = amount(item.quantity);
    if (product === undefined || quantity === undefined) return [];
    return [compact({ product, quantity, price: amount(item.item_price), currency: asId(item.currency) })];
  });
  return compact({
    kind: 'order' as const,
    catalog: asId(order.catalog_id),
    text: asId(order.text),
    items,
  });
}

/** Numbers of orders came as text in older versions. */
const amount = (value: JsonValue | undefined): number | undefined =>
  asNumber(typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value);

const SYSTEM_FIELDS = ['wa_id', 'new_wa_id', 'user_id', 'parent_user_id', 'customer', 'identity'] as const;

/** A change of number carries only the new ids; the sender is the old number, whose conversation this is. */
function systemContent(message: JsonObject, system: JsonObject): InboundContent {
  const identity = asObject(message.identity);
  const fields = SYSTEM_FIELDS.flatMap(name => {
    const value = system[name];
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  const data = Object.fromEntries([...fields, ...(identity === undefined ? [] : [['identity', identity]])]);
  return compact({
    kind: 'system' as const,
    name: asId(system.type) ?? 'system',
    text: asId(system.body),
    data: Object.keys(data).length > 0 ? data : undefined,
  });
}

function editContent(edit: JsonObject | undefined): InboundContent | Malformed {
  const target = asId(edit?.original_message_id);
  const message = asObject(edit?.message);
  const type = asId(message?.type);
  if (target === undefined || message === undefined || type === undefined)
    return malformed('an edit without a message id or its new message');
  const body = asObject(message[type]);
  const media = mediaOf(body, type);
  const text = type === 'text' ? asText(body?.body) : asText(body?.caption);
  if (text === undefined && media === undefined) return unsupported(message, `edit.${type}`);
  return compact({ kind: 'edit' as const, target, text, media });
}
