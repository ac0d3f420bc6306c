/**
 * From what we want to say to what a platform can show: splits, degrades and says what was lost. Pure; adapters
 * map each piece to one wire message, so none of them decides by itself how a list without buttons looks.
 */
import type { Choice, Contact, Media, OutboundContent } from '../message/content.ts';
import { assertNever } from '../message/json.ts';
import type { OutboundMessage } from '../message/message.ts';
import type { Capabilities } from './capabilities.ts';
import { type Loss, Unsayable } from './channel.ts';
import { type Dialect, write } from './markdown/write.ts';
import { shorten } from './text.ts';

/** One thing to show, within the platform's limits; text is already written in the platform's dialect. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'media'; readonly media: Media; readonly caption?: string }
  | { readonly kind: 'location'; readonly location: Extract<OutboundContent, { kind: 'location' }> }
  | { readonly kind: 'contacts'; readonly contacts: readonly Contact[] }
  | { readonly kind: 'buttons'; readonly text: string; readonly choices: readonly Choice[] }
  | { readonly kind: 'list'; readonly text: string; readonly choices: readonly Choice[] }
  | {
      readonly kind: 'card';
      readonly title: string;
      readonly text?: string;
      readonly image?: Media;
      readonly choices: readonly Choice[];
    }
  | { readonly kind: 'template'; readonly template: Extract<OutboundContent, { kind: 'template' }> }
  | { readonly kind: 'reaction'; readonly emoji: string; readonly target: string; readonly removed: boolean }
  | { readonly kind: 'typing'; readonly active: boolean }
  | { readonly kind: 'read'; readonly target: string }
  | { readonly kind: 'edit'; readonly target: string; readonly text: string }
  | { readonly kind: 'deletion'; readonly target: string }
  | { readonly kind: 'native'; readonly body: Extract<OutboundContent, { kind: 'native' }>['body'] };

export interface Plan {
  readonly pieces: readonly Piece[];
  readonly losses: readonly Loss[];
}

/** What the planner needs to know of a platform. */
export interface Style {
  readonly platform: string;
  readonly capabilities: Capabilities;
  readonly dialect: Dialect;
}

/** Never throws but `Unsayable`; the same message and style give the same plan. */
export function plan(message: OutboundMessage, style: Style): Plan {
  const losses: Loss[] = [];
  const lose = (what: string, why: string): void => {
    losses.push({ what, why });
  };
  return { pieces: pieces(message.content, style, lose), losses };
}

type Lose = (what: string, why: string) => void;

function pieces(content: OutboundContent, style: Style, lose: Lose): readonly Piece[] {
  const can = style.capabilities;
  switch (content.kind) {
    case 'text': {
      const parts = texts(content.text, style);
      if (parts.length === 0) lose('text', 'there is nothing in it');
      return parts;
    }
    case 'media':
      return media(content.media, content.caption, style, lose);
    case 'location':
      if (can.location) return [{ kind: 'location', location: content }];
      lose('location', `${style.platform} has no location messages; sent as text with a map link`);
      return texts(locationText(content), style);
    case 'contacts':
      if (can.contacts) return [{ kind: 'contacts', contacts: content.contacts }];
      lose('contacts', `${style.platform} has no contact messages; sent as text`);
      return texts(content.contacts.map(contactText).join('\n\n'), style);
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

const texts = (markdown: string, style: Style, max = style.capabilities.text.max): readonly Piece[] =>
  write(markdown, style.dialect, max)
    .filter(text => text.trim() !== '')
    .map(text => ({ kind: 'text', text }));

function media(item: Media, caption: string | undefined, style: Style, lose: Lose): readonly Piece[] {
  const support = style.capabilities.media[item.type];
  if (support.as === 'link') {
    const how = item.source.kind === 'url' ? 'a link' : 'its name: it has no address that others can open';
    lose(item.type, `${style.platform} cannot show it; sent as ${how}`);
    return texts([caption, linkText(item)].filter(Boolean).join('\n'), style);
  }
  if (support.as !== item.type) lose(item.type, `${style.platform} cannot show it; sent as ${support.as}`);
  const shown: Media = { ...item, type: support.as };
  if (caption === undefined || caption === '') return [{ kind: 'media', media: shown }];
  const written = support.caption > 0 ? write(caption, style.dialect, support.caption) : [];
  if (written.length === 1) return [{ kind: 'media', media: shown, caption: written[0] ?? '' }];
  const which = support.caption > 0 ? 'no caption this long' : 'no caption';
  lose('caption', `${style.platform} takes ${which} here; sent as a message of its own`);
  return [{ kind: 'media', media: shown }, ...texts(caption, style)];
}

const linkText = (item: Media): string => {
  const name = item.name ?? item.type;
  return item.source.kind === 'url'
    ? `[${escapeMarkdown(name)}](<${item.source.url}>)`
    : `[${escapeMarkdown(name)}]`;
};

/** The text as Markdown that shows exactly these characters. */
export const escapeMarkdown = (text: string): string => text.replace(/[\\`*_~[\]<>#|&!@.+\-)(:]/g, '\\$&');

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

function choices(text: string, offered: readonly Choice[], style: Style, lose: Lose): readonly Piece[] {
  const [shown, written] = splitLinks(offered, style.capabilities.choices.links);
  if (written.length > 0)
    lose('links', `${style.platform} cannot put them on buttons here; written into the text`);
  const body = [text, ...written.map(choice => `${escapeMarkdown(choice.label)}: ${choice.url}`)].join(
    '\n\n',
  );
  if (shown.length === 0) return texts(body, style);
  const menu = asList(shown, style, lose) ?? asButtons(shown, style, lose);
  if (menu !== null) return withMenu(menu.kind, body, menu.choices, menu.max, style);
  lose('choices', `${style.platform} cannot offer these ${shown.length}; sent as numbered text`);
  const lines = shown.map(
    (choice, index) => `${index + 1}. ${escapeMarkdown(choice.label)}${detail(choice)}`,
  );
  return texts(`${body}\n\n${lines.join('\n')}`, style);
}

interface Menu {
  readonly kind: 'buttons' | 'list';
  readonly choices: readonly Choice[];
  /** Of the text above. */
  readonly max: number;
}

/** Null where they fit on buttons, or in no list. */
function asList(shown: readonly Choice[], { platform, capabilities }: Style, lose: Lose): Menu | null {
  const { buttons, list } = capabilities.choices;
  if (list === null || shown.length > list.max || shown.some(choice => choice.url !== undefined)) return null;
  const described = shown.some(choice => choice.description !== undefined);
  if (buttons !== null && shown.length <= buttons.max && !described && !tooLong(shown, buttons.label))
    return null;
  const fitting = shortened(shown, list.label, list.description);
  if (!distinct(fitting.choices)) return null;
  if (buttons !== null && !described)
    lose('buttons', `${platform} takes at most ${buttons.max} short buttons; sent as a list`);
  for (const { what, why } of fitting.losses) lose(what, why);
  return { kind: 'list', choices: fitting.choices, max: list.text };
}

/** Null where there are too many, or they could not be told apart. */
function asButtons(shown: readonly Choice[], { capabilities }: Style, lose: Lose): Menu | null {
  const { buttons } = capabilities.choices;
  if (buttons === null || shown.length > buttons.max) return null;
  const fitting = shortened(shown, buttons.label, 0);
  if (!distinct(fitting.choices)) return null;
  for (const { what, why } of fitting.losses) lose(what, why);
  return { kind: 'buttons', choices: fitting.choices, max: buttons.text };
}

const detail = (choice: Choice): string => {
  const more =
    choice.url ?? (choice.description === undefined ? undefined : escapeMarkdown(choice.description));
  return more === undefined ? '' : `: ${more}`;
};

function splitLinks(
  offered: readonly Choice[],
  max: number,
): readonly [readonly Choice[], readonly Choice[]] {
  const links = offered.filter(choice => choice.url !== undefined);
  const written = new Set(links.slice(max));
  return [offered.filter(choice => !written.has(choice)), [...written]];
}

const tooLong = (offered: readonly Choice[], max: number): boolean =>
  offered.some(choice => choice.label.length > max);
const distinct = (offered: readonly Choice[]): boolean =>
  new Set(offered.map(choice => choice.label)).size === offered.length;

/** The losses count only where the choices are used: labels that became the same cannot be offered. */
function shortened(
  offered: readonly Choice[],
  label: number,
  description: number,
): { readonly choices: readonly Choice[]; readonly losses: readonly Loss[] } {
  const losses: Loss[] = [];
  if (tooLong(offered, label)) losses.push({ what: 'labels', why: `shortened to ${label} characters` });
  if (offered.some(choice => (choice.description?.length ?? 0) > description)) {
    const why = description === 0 ? 'buttons have none here' : `shortened to ${description} characters`;
    losses.push({ what: 'descriptions', why });
  }
  const choices = offered.map(({ description: text, ...choice }) => ({
    ...choice,
    label: shorten(choice.label, label),
    ...(text === undefined || description === 0 ? {} : { description: shorten(text, description) }),
  }));
  return { choices, losses };
}

/** What is too long for the text above a menu goes before it, in messages of its own. */
function withMenu(
  kind: 'buttons' | 'list',
  markdown: string,
  offered: readonly Choice[],
  max: number,
  style: Style,
): readonly Piece[] {
  const parts = write(markdown, style.dialect, max);
  const before = parts.slice(0, -1).map(text => ({ kind: 'text', text }) as const);
  return [...before, { kind, text: parts.at(-1) ?? '', choices: offered }];
}

function card(
  content: Extract<OutboundContent, { kind: 'card' }>,
  style: Style,
  lose: Lose,
): readonly Piece[] {
  const limits = style.capabilities.card;
  const body = [`**${escapeMarkdown(content.title)}**`, content.text].filter(Boolean).join('\n\n');
  if (limits === null || content.choices.length > limits.buttons || tooLong(content.choices, limits.label)) {
    lose('card', `${style.platform} cannot show it as one; sent as separate messages`);
    const image = content.image === undefined ? [] : media(content.image, undefined, style, lose);
    return [
      ...image,
      ...(content.choices.length === 0 ? texts(body, style) : choices(body, content.choices, style, lose)),
    ];
  }
  const fitting = shortened(content.choices, limits.label, 0);
  for (const { what, why } of fitting.losses) lose(what, why);
  if (content.title.length > limits.title) lose('title', `shortened to ${limits.title} characters`);
  const before =
    content.image !== undefined && !limits.image ? media(content.image, undefined, style, lose) : [];
  const written = content.text === undefined ? [] : write(content.text, style.dialect, limits.text);
  if (written.length > 1) lose('text', 'too long for a card; the rest follows as text');
  return [
    ...before,
    {
      kind: 'card',
      title: shorten(content.title, limits.title),
      ...(written[0] === undefined ? {} : { text: written[0] }),
      ...(content.image !== undefined && limits.image ? { image: content.image } : {}),
      choices: fitting.choices,
    },
    ...written.slice(1).map(text => ({ kind: 'text', text }) as const),
  ];
}

function edit(
  content: Extract<OutboundContent, { kind: 'edit' }>,
  style: Style,
  lose: Lose,
): readonly Piece[] {
  const can = style.capabilities.edit;
  if (can !== true) {
    lose('edit', `${can}; sent as a new message`);
    return texts(content.text, style);
  }
  const [first = '', ...rest] = write(content.text, style.dialect, style.capabilities.text.max);
  if (rest.length > 0) lose('edit', 'too long for one message; the rest follows as text');
  return [
    { kind: 'edit', target: content.target, text: first },
    ...rest.map(text => ({ kind: 'text', text }) as const),
  ];
}
