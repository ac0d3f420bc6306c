/** Message bodies without a menu. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages */
import type { Contact, Media, OutboundContent } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { Unsayable } from '../channel.ts';
import { compact } from '../json.ts';
import { isEmoji } from '../meta/emoji.ts';
import { storedReference } from '../meta/upload.ts';

type Of<Kind extends OutboundContent['kind']> = Extract<OutboundContent, { kind: Kind }>;

export const textBody = (text: string): JsonObject => ({ type: 'text', text: { body: text } });

const MEDIA_FIELDS = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  file: 'document',
  sticker: 'sticker',
} as const satisfies Record<Media['type'], string>;

export function mediaBody(media: Media, caption: string | undefined): JsonObject {
  const type = MEDIA_FIELDS[media.type];
  const voice = media.type === 'voice' ? true : undefined;
  const filename = media.type === 'file' ? media.name : undefined;
  return { type, [type]: compact({ ...mediaReference(media), caption, filename, voice }) };
}

/** By our own upload's id or by an address Meta fetches; what only the hub has is uploaded before it is sent. */
export function mediaReference(media: Media): JsonObject {
  switch (media.source.kind) {
    case 'platform':
      return { id: media.source.ref };
    case 'url':
      return { link: media.source.url };
    case 'stored':
      return storedReference(media.source.id);
  }
}

export const locationBody = (place: Of<'location'>): JsonObject => ({
  type: 'location',
  location: compact({
    latitude: place.latitude,
    longitude: place.longitude,
    name: place.label,
    address: place.address,
  }),
});

const MAX_CONTACTS = 257;

/** As many bodies as it takes; none for nobody. */
export function contactBodies(contacts: readonly Contact[]): readonly JsonObject[] {
  const bodies: JsonObject[] = [];
  for (let from = 0; from < contacts.length; from += MAX_CONTACTS)
    bodies.push({ type: 'contacts', contacts: contacts.slice(from, from + MAX_CONTACTS).map(contactBody) });
  return bodies;
}

/** A formatted name and one part of a name are required, so whatever identifies the contact stands in. */
function contactBody(contact: Contact): JsonObject {
  const name =
    contact.name ||
    contact.organisation ||
    contact.phones[0]?.number ||
    contact.emails[0]?.address ||
    contact.urls[0] ||
    '?';
  return compact({
    name: { formatted_name: name, first_name: name },
    phones: contact.phones.map(({ number, label }) => compact({ phone: number, type: label })),
    emails: contact.emails.map(({ address, label }) => compact({ email: address, type: label })),
    org: contact.organisation === undefined ? undefined : { company: contact.organisation },
    urls: contact.urls.map(url => ({ url })),
  });
}

/** The parameters go into the body of the template, in order; headers and buttons are for `native`. */
export const templateBody = (template: Of<'template'>): JsonObject => ({
  type: 'template',
  template: compact({
    name: template.name,
    language: { code: template.language },
    components:
      template.parameters.length === 0
        ? undefined
        : [{ type: 'body', parameters: template.parameters.map(text => ({ type: 'text', text })) }],
  }),
});

export function reactionBody(emoji: string, target: string, removed: boolean): JsonObject {
  if (!removed && !isEmoji(emoji))
    throw new Unsayable('a WhatsApp reaction is an emoji character, not its name');
  return { type: 'reaction', reaction: { message_id: target, emoji: removed ? '' : emoji } };
}
