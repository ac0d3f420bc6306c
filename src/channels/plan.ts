/**
 * From what we want to say to what a platform can show: splits, degrades and says what was lost. Pure; adapters
 * map each piece to one wire message, so none of them decides by itself how a list without buttons looks.
 */
import type { Contact, OutboundContent } from '../message/content.ts';
import { assertNever } from '../message/json.ts';
import type { OutboundMessage } from '../message/message.ts';
import { type Loss, Unsayable } from './channel.ts';
import { write } from './markdown/write.ts';
import { escapeMarkdown, type Lose, type Piece, type Style, texts, tornIn } from './piece.ts';
import { card } from './plan-card.ts';
import { choices } from './plan-choices.ts';
import { media } from './plan-media.ts';

export interface Plan {
  readonly pieces: readonly Piece[];
  readonly losses: readonly Loss[];
}

/** Never throws but `Unsayable`; the same message and style give the same plan. */
export function plan(message: OutboundMessage, style: Style): Plan {
  const losses: Loss[] = [];
  const lose = (what: string, why: string): void => {
    losses.push({ what, why });
  };
  return { pieces: pieces(message.content, style, lose), losses };
}

function pieces(content: OutboundContent, style: Style, lose: Lose): readonly Piece[] {
  const can = style.capabilities;
  switch (content.kind) {
    case 'text': {
      const parts = texts(content.text, style, lose);
      if (parts.length === 0) lose('text', 'there is nothing in it');
      return parts;
    }
    case 'media':
      return media(content.media, content.caption, style, lose);
    case 'location':
      if (can.location) return [{ kind: 'location', location: content }];
      lose('location', `${style.platform} has no location messages; sent as text with a map link`);
      return texts(locationText(content), style, lose);
    case 'contacts':
      if (can.contacts) return [{ kind: 'contacts', contacts: content.contacts }];
      lose('contacts', `${style.platform} has no contact messages; sent as text`);
      return texts(content.contacts.map(contactText).join('\n\n'), style, lose);
    case 'choices':
      return choices(content.text, content.choices, style, lose);
    case 'card':
      return card(content, style, lose);
    case 'template':
      refuseUnless(can.template);
      return [{ kind: 'template', template: content }];
    case 'reaction':
      refuseUnless(can.reaction);
      return [{ kind: 'reaction', emoji: content.emoji, target: content.target, removed: content.removed }];
    case 'typing':
      return hint(can.typing, { kind: 'typing', active: content.active }, lose);
    case 'read':
      return hint(can.read, { kind: 'read', target: content.target }, lose);
    case 'edit':
      return edit(content, style, lose);
    case 'deletion':
      refuseUnless(can.deletion);
      return [{ kind: 'deletion', target: content.target }];
    case 'native':
      if (content.platform !== style.platform) {
        throw new Unsayable(`a native message for ${content.platform} cannot go to ${style.platform}`);
      }
      return [{ kind: 'native', body: content.body }];
    default:
      return assertNever(content);
  }
}

function refuseUnless(can: true | string): void {
  if (can !== true) throw new Unsayable(can);
}

/** Typing and read marks are hints: where they cannot be shown, nobody misses them. */
function hint(can: true | string, piece: Piece, lose: Lose): readonly Piece[] {
  if (can === true) return [piece];
  lose(piece.kind, can);
  return [];
}

function locationText(place: Extract<OutboundContent, { kind: 'location' }>): string {
  const at = `${place.latitude},${place.longitude}`;
  const lines = [place.label, place.address].filter(line => line !== undefined).map(escapeMarkdown);
  return [...lines, `https://www.google.com/maps/search/?api=1&query=${at}`].join('\n');
}

function contactText(contact: Contact): string {
  const lines = [
    contact.name,
    contact.organisation,
    ...contact.phones.map(phone => phone.number),
    ...contact.emails.map(email => email.address),
    ...contact.urls,
  ];
  return lines
    .filter(line => line !== undefined)
    .map(escapeMarkdown)
    .join('\n');
}

function edit(
  content: Extract<OutboundContent, { kind: 'edit' }>,
  style: Style,
  lose: Lose,
): readonly Piece[] {
  const can = style.capabilities.edit;
  if (can !== true) {
    lose('edit', `${can}; sent as a new message`);
    return texts(content.text, style, lose);
  }
  const room = { torn: tornIn(style, lose) };
  const [first = '', ...rest] = write(content.text, style.dialect, style.capabilities.text.max, room);
  if (rest.length > 0) lose('edit', 'too long for one message; the rest follows as text');
  return [
    { kind: 'edit', target: content.target, text: first },
    ...rest.map(text => ({ kind: 'text', text }) as const),
  ];
}
