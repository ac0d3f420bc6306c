/** How a browser is told: structured, so that the widget builds nodes and never parses HTML. */
import { z } from 'zod';
import type { Choice, Contact, Media, OutboundContent } from '../../message/content.ts';
import { assertNever, type JsonObject } from '../../message/json.ts';
import type { OutboundMessage } from '../../message/message.ts';
import type { Capabilities } from '../capabilities.ts';
import { type Loss, type Rendering, Unsayable } from '../channel.ts';
import { compact } from '../json.ts';

import type { Dialect } from '../markdown/write.ts';
import { escapeMarkdown, type Piece } from '../piece.ts';
import { plan } from '../plan.ts';
import { readBlocks } from './blocks.ts';
import { frameIdOf } from './frames.ts';
import { keptAddress } from './kept.ts';
import type { Wire, WireChoice, WireContact, WireContent, WireMedia } from './wire.ts';

const MAX_TEXT = 10_000;
/** Above choices, so that all of it together stays within a text's length. */
const MAX_MENU_TEXT = 4_000;
const LABEL = 80;

const shown = <Type extends Media['type']>(type: Type) => ({ as: type, caption: MAX_TEXT });

export const capabilities: Capabilities = {
  inbound: {
    text: true,
    media: true,
    location: true,
    contacts: 'the widget has no address book',
    choice: true,
    form: true,
    order: 'the widget has no cart',
    reaction: true,
    edit: true,
    deletion: true,
    typing: true,
    membership: true,
    system: true,
    unsupported: true,
  },
  text: { max: MAX_TEXT },
  choices: {
    buttons: { max: 10, label: LABEL, text: MAX_MENU_TEXT },
    list: { max: 30, label: LABEL, description: 100, text: MAX_MENU_TEXT },
    links: 10,
  },
  media: {
    image: shown('image'),
    video: shown('video'),
    audio: shown('audio'),
    voice: shown('voice'),
    file: shown('file'),
    sticker: shown('sticker'),
  },
  card: { title: 200, text: MAX_MENU_TEXT, buttons: 10, label: LABEL, image: true },
  location: true,
  contacts: true,
  template: 'the web chat has no approved templates: send a text',
  reaction: true,
  typing: true,
  read: true,
  edit: true,
  deletion: true,
  proof: 'none',
  idempotent: true,
};

/** Markdown itself: what the planner writes is read again as blocks. */
const markdown: Dialect = {
  escape: escapeMarkdown,
  escapeCode: text => text,
  strong: ['**', '**'],
  emphasis: ['*', '*'],
  strike: ['~~', '~~'],
  code: ['``', '``'],
  fence: ['````', '````'],
  quote: '> ',
  bullet: '- ',
  link: (label, href, bare) => (bare ? `<${href}>` : `[${label}](<${href}>)`),
};

const style = { platform: 'web', capabilities, dialect: markdown };

/** `uploads`: what the hub keeps can be shown. */
export function render(message: OutboundMessage, uploads = false): Rendering<Wire> {
  const { conversation } = message.address;
  const { pieces, losses } = plan(message, style);
  const lost: Loss[] = [...losses];
  const contents = asGiven(pieces, message.content).flatMap(piece =>
    wire(piece, { conversation, lost, uploads }),
  );
  const replyTo = message.replyTo === undefined ? {} : { replyTo: frameIdOf(conversation, message.replyTo) };
  const wires = contents.map((content, index) => ({
    conversation,
    content,
    ...(index === 0 ? replyTo : {}),
  }));
  return { wires, losses: lost };
}

/** The planner writes a table as lines of text. Where nothing had to be cut, the text as it was given says more. */
function asGiven(pieces: readonly Piece[], content: OutboundContent): readonly Piece[] {
  const [piece] = pieces;
  if (piece === undefined || pieces.length !== 1) return pieces;
  if (!('text' in piece) || !('text' in content) || content.text === undefined) return pieces;
  if (content.text.length > MAX_TEXT || (piece.kind === 'text') !== (content.kind === 'text')) return pieces;
  return [{ ...piece, text: content.text }];
}

interface Writing {
  readonly conversation: string;
  readonly lost: Loss[];
  readonly uploads: boolean;
}

function wire(piece: Piece, writing: Writing): readonly WireContent[] {
  const { conversation, lost } = writing;
  switch (piece.kind) {
    case 'text':
      return [{ kind: 'text', blocks: readBlocks(piece.text) }];
    case 'media':
      return [media(piece, writing)];
    case 'location':
      return [compact({ ...piece.location })];
    case 'contacts':
      if (piece.contacts.some(({ urls }) => urls.length > 0))
        lost.push({ what: 'contacts', why: 'the chat shows no web addresses of people; they were left out' });
      return [{ kind: 'contacts', contacts: piece.contacts.map(contact) }];
    case 'buttons':
    case 'list':
      return [
        {
          kind: 'choices',
          as: piece.kind,
          blocks: readBlocks(piece.text),
          choices: choices(piece.choices, lost),
        },
      ];
    case 'card':
      return [card(piece, writing)];
    case 'reaction':
    case 'read':
    case 'deletion':
      return [{ ...piece, target: frameIdOf(conversation, piece.target) }];
    case 'edit':
      return [
        { kind: 'edit', target: frameIdOf(conversation, piece.target), blocks: readBlocks(piece.text) },
      ];
    case 'typing':
      return [piece];
    case 'native':
      return [form(piece.body)];
    case 'template':
      throw new Unsayable('the web chat has no approved templates');
    default:
      return assertNever(piece);
  }
}

const isWeb = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** Undefined where a browser could not fetch it: another platform's own id, or a scheme that is not the web's. */
function reachable(item: Media, uploads: boolean): WireMedia | undefined {
  const { type, name, bytes } = item;
  if (item.source.kind === 'stored' && uploads)
    return compact({ type, url: keptAddress(item.source.id), name, bytes });
  if (item.source.kind !== 'url' || !isWeb(item.source.url)) return undefined;
  return compact({ type, url: item.source.url, name, bytes });
}

function media(piece: Extract<Piece, { kind: 'media' }>, { lost, uploads }: Writing): WireContent {
  const item = reachable(piece.media, uploads);
  const caption = readBlocks(piece.caption ?? '');
  if (item !== undefined) return { kind: 'media', media: item, caption };
  lost.push({ what: piece.media.type, why: 'a browser cannot fetch it; its name was sent as text' });
  const name = { kind: 'paragraph', runs: [{ text: `[${piece.media.name ?? piece.media.type}]` }] } as const;
  return { kind: 'text', blocks: [name, ...caption] };
}

function card(piece: Extract<Piece, { kind: 'card' }>, { lost, uploads }: Writing): WireContent {
  const image = piece.image === undefined ? undefined : reachable(piece.image, uploads);
  if (piece.image !== undefined && image === undefined)
    lost.push({ what: 'image', why: 'a browser cannot fetch it; the card was sent without' });
  return compact({
    kind: 'card' as const,
    title: piece.title,
    blocks: readBlocks(piece.text ?? ''),
    image,
    choices: choices(piece.choices, lost),
  });
}

function choices(offered: readonly Choice[], lost: Loss[]): readonly WireChoice[] {
  return offered.map(choice => {
    if (choice.url === undefined || isWeb(choice.url)) return compact({ ...choice });
    lost.push({ what: 'link', why: 'only http and https open in a browser; the choice answers instead' });
    const { url: _, ...answers } = choice;
    return compact(answers);
  });
}

const contact = (person: Contact): WireContact =>
  compact({
    name: person.name,
    organisation: person.organisation,
    phones: person.phones.map(phone => phone.number),
    emails: person.emails.map(email => email.address),
  });

const short = z.string().min(1).max(200);

const Form = z.strictObject({
  kind: z.literal('form'),
  name: short,
  token: short.optional(),
  title: short,
  submit: z.string().min(1).max(LABEL).optional(),
  fields: z
    .array(
      z.strictObject({
        name: short,
        label: short,
        type: z.enum(['text', 'email', 'tel', 'number', 'date', 'textarea', 'select', 'checkbox']),
        required: z.boolean().optional(),
        options: z.array(short).min(1).max(100).optional(),
      }),
    )
    .min(1)
    .max(20),
});

/** The one native message: a form, answered with an inbound `form` of the same name and token. */
function form(body: JsonObject): WireContent {
  const read = Form.safeParse(body);
  if (!read.success) {
    const fields = read.error.issues.map(issue => issue.path.join('.') || 'body').join(', ');
    throw new Unsayable(`not a form of the web chat: ${fields}`);
  }
  const { fields, ...rest } = read.data;
  return { ...compact(rest), fields: fields.map(field => compact(field)) };
}
