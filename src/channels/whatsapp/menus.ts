/** Buttons, lists, single links and cards. https://developers.facebook.com/docs/whatsapp/cloud-api/messages */
import type { Choice } from '../../message/content.ts';
import type { JsonObject } from '../../message/json.ts';
import { Unsayable } from '../channel.ts';
import type { Piece } from '../piece.ts';
import { mediaBody, mediaReference, textBody } from './bodies.ts';
import { dialect } from './dialect.ts';

/** What opens a list needs a label, and our format has none. */
const OPEN_LIST = 'Options';
const MAX_BUTTON_ID = 256;
const MAX_ROW_ID = 200;
const MAX_CAPTION = 1024;

const interactive = (
  type: string,
  text: string,
  action: JsonObject,
  header: JsonObject | undefined,
): JsonObject => ({
  type: 'interactive',
  interactive: { type, ...(header === undefined ? {} : { header }), body: { text: bodyText(text) }, action },
});

/** An empty body is refused, and a menu without words is still a menu. */
const bodyText = (text: string): string => (text.trim() === '' ? '…' : text);

/** Up to three answers; or the one link, which has a form of its own. */
export function buttonsBody(text: string, choices: readonly Choice[], header?: JsonObject): JsonObject {
  const [first] = choices;
  if (choices.length === 1 && first?.url !== undefined)
    return interactive(
      'cta_url',
      text,
      { name: 'cta_url', parameters: { display_text: first.label, url: first.url } },
      header,
    );
  checkIds(choices, MAX_BUTTON_ID);
  const buttons = choices.map(({ id, label }) => ({ type: 'reply', reply: { id, title: label } }));
  return interactive('button', text, { buttons }, header);
}

export function listBody(text: string, choices: readonly Choice[]): JsonObject {
  checkIds(choices, MAX_ROW_ID);
  const rows = choices.map(({ id, label, description }) => ({
    id,
    title: label,
    ...(description === undefined ? {} : { description }),
  }));
  return interactive('list', text, { button: OPEN_LIST, sections: [{ rows }] }, undefined);
}

/** An id that is cut or doubled would answer something else. */
function checkIds(choices: readonly Choice[], max: number): void {
  if (choices.some(choice => choice.id.length > max))
    throw new Unsayable(`WhatsApp takes ids of choices up to ${max} characters`);
  if (new Set(choices.map(choice => choice.id)).size < choices.length)
    throw new Unsayable('WhatsApp takes every id of a choice only once');
}

type Card = Extract<Piece, { kind: 'card' }>;

/**
 * With choices: a menu whose header is the image, or else the title. Without: an image with its caption, or a text.
 * A header shows either an image or a title, so beside an image the title leads the text.
 */
export function cardBodies(card: Card): readonly JsonObject[] {
  const [open, close] = dialect.strong;
  const titled = [`${open}${dialect.escape(card.title)}${close}`, card.text].filter(Boolean).join('\n\n');
  if (card.choices.length > 0) {
    if (card.image !== undefined) return [buttonsBody(titled, card.choices, imageHeader(card.image))];
    return [buttonsBody(card.text ?? card.title, card.choices, titleHeader(card.title))];
  }
  if (card.image === undefined) return [textBody(titled)];
  return titled.length <= MAX_CAPTION
    ? [mediaBody(card.image, titled)]
    : [mediaBody(card.image, undefined), textBody(titled)];
}

/** One line, and not a blank one. */
const titleHeader = (title: string): JsonObject | undefined =>
  title.trim() === '' ? undefined : { type: 'text', text: title.replace(/\s+/g, ' ').trim() };

const imageHeader = (image: NonNullable<Card['image']>): JsonObject => ({
  type: 'image',
  image: mediaReference(image),
});
