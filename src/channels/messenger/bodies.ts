/** Messages by their kind. https://developers.facebook.com/docs/messenger-platform/reference/send-api */
import type { Choice, Media, OutboundContent } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { Unsayable } from '../channel.ts';
import { compact } from '../json.ts';
import { storedReference } from '../meta/upload.ts';
import type { Piece } from '../piece.ts';

type Card = Extract<Piece, { kind: 'card' }>;
type Template = Extract<OutboundContent, { kind: 'template' }>;

const MAX_PAYLOAD = 1_000;

export const textMessage = (text: string): JsonObject => ({ text });

const attachment = (type: string, payload: JsonObject): JsonObject => ({ attachment: { type, payload } });

const MEDIA_TYPES = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  file: 'file',
  sticker: 'image',
} as const satisfies Record<Media['type'], string>;

/** By address or by the id of an upload; what only the hub has is uploaded before it is sent. */
export function mediaMessage(media: Media): JsonObject {
  const type = MEDIA_TYPES[media.type];
  switch (media.source.kind) {
    case 'platform':
      return attachment(type, { attachment_id: media.source.ref });
    case 'url':
      return attachment(type, { url: media.source.url, is_reusable: false });
    case 'stored':
      return attachment(type, storedReference(media.source.id));
  }
}

/** An empty text is refused, and a menu without words is still a menu. */
const words = (text: string): string => (text.trim() === '' ? '…' : text);

/** https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies */
export function quickReplies(text: string, choices: readonly Choice[]): JsonObject {
  checkIds(choices);
  return {
    text: words(text),
    quick_replies: choices.map(({ id, label }) => ({ content_type: 'text', title: label, payload: id })),
  };
}

/** https://developers.facebook.com/docs/messenger-platform/reference/templates/button */
export const buttonTemplate = (text: string, choices: readonly Choice[]): JsonObject =>
  attachment('template', { template_type: 'button', text: words(text), buttons: buttons(choices) });

function buttons(choices: readonly Choice[]): readonly JsonObject[] {
  checkIds(choices.filter(choice => choice.url === undefined));
  return choices.map(({ id, label, url }) =>
    url === undefined
      ? { type: 'postback', title: label, payload: id }
      : { type: 'web_url', title: label, url },
  );
}

/** An id that is cut would answer something else. */
function checkIds(choices: readonly Choice[]): void {
  if (choices.some(choice => choice.id.length > MAX_PAYLOAD))
    throw new Unsayable(`Messenger takes ids of choices up to ${MAX_PAYLOAD} characters`);
}

/**
 * A card needs something beside its title; one without is a text.
 * https://developers.facebook.com/docs/messenger-platform/reference/templates/generic
 */
export function cardMessage({ title, text, image, choices }: Card): JsonObject {
  if (text === undefined && image === undefined && choices.length === 0) return textMessage(title);
  const element = compact({
    title: words(title),
    subtitle: text,
    image_url: image?.source.kind === 'url' ? image.source.url : undefined,
    buttons: choices.length === 0 ? undefined : buttons(choices),
  });
  return attachment('template', { template_type: 'generic', elements: [element] });
}

/**
 * An approved utility message; the parameters go into its body, in order.
 * https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages
 */
export const templateMessage = ({ name, language, parameters }: Template): JsonObject => ({
  template: compact({
    name,
    language: { code: language },
    components:
      parameters.length === 0
        ? undefined
        : [{ type: 'body', parameters: parameters.map(text => ({ type: 'text', text })) }],
  }),
});
