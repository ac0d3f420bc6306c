/**
 * What can be said. `InboundContent` is what people send us, `OutboundContent` what we send them; the schemas
 * are the definition, the types are read off them. Text is Markdown-flavoured plain text in both directions;
 * what it becomes on a platform (and which characters must be escaped there) is the adapter's business.
 */
import { z } from 'zod';
import { type Immutable, anyJson as json } from './json.ts';

const id = z.string().min(1);

const MediaSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('platform').describe("The platform's own media id, to be resolved with our credentials."),
    ref: id,
  }),
  z.strictObject({ kind: z.literal('url'), url: z.string().min(1) }),
  z.strictObject({ kind: z.literal('stored').describe('Kept in the media store, by random id.'), id }),
]);

export const Media = z.strictObject({
  type: z.enum(['image', 'video', 'audio', 'voice', 'file', 'sticker']),
  source: MediaSource,
  mimeType: z.string().optional().describe('As the sender claimed it; never trusted.'),
  name: z.string().optional().describe('The sender’s file name: data, never a path.'),
  bytes: z.number().int().nonnegative().optional(),
  sha256: z.string().optional(),
});
export type Media = Immutable<z.output<typeof Media>>;

export const Contact = z.strictObject({
  name: z.string().optional(),
  phones: z.array(z.strictObject({ number: z.string(), label: z.string().optional() })).default([]),
  emails: z.array(z.strictObject({ address: z.string(), label: z.string().optional() })).default([]),
  organisation: z.string().optional(),
  urls: z.array(z.string()).default([]),
});
export type Contact = Immutable<z.output<typeof Contact>>;

const OrderItem = z.strictObject({
  product: id,
  quantity: z.number(),
  price: z.number().optional(),
  currency: z.string().optional(),
});

const text = z.strictObject({ kind: z.literal('text'), text: z.string() });
const media = z.strictObject({ kind: z.literal('media'), media: Media, caption: z.string().optional() });
const location = z.strictObject({
  kind: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  label: z.string().optional(),
  address: z.string().optional(),
});
const contacts = z.strictObject({ kind: z.literal('contacts'), contacts: z.array(Contact) });
const reaction = z.strictObject({
  kind: z.literal('reaction'),
  emoji: z
    .string()
    .describe(
      'The character where the platform tells it, else its name; empty where it does not say which was removed.',
    ),
  target: id.describe("The platform's id of the message reacted to."),
  removed: z.boolean(),
});
const deletion = z.strictObject({ kind: z.literal('deletion'), target: id });
const targetTime = z
  .number()
  .int()
  .optional()
  .describe('When the message it changes was sent, where the platform tells: milliseconds since 1970.');
const typing = z.strictObject({ kind: z.literal('typing'), active: z.boolean() });

export const InboundContent = z.discriminatedUnion('kind', [
  text,
  media,
  location,
  contacts,
  z.strictObject({
    kind: z.literal('choice').describe('Something we or the platform offered was picked.'),
    from: z.enum(['button', 'list', 'quick-reply', 'menu', 'command', 'shortcut', 'action']),
    id: z.string().describe('Our id for the choice, or the name of the command.'),
    label: z.string().describe('What the person saw, or wrote behind the command.'),
    values: z.record(z.string(), json).optional().describe('Inputs that came along with the choice.'),
  }),
  z.strictObject({
    kind: z.literal('form'),
    name: z.string().optional(),
    token: z.string().optional().describe('What we gave along to recognise the form.'),
    values: z.record(z.string(), json),
  }),
  z.strictObject({
    kind: z.literal('order'),
    catalog: z.string().optional(),
    text: z.string().optional(),
    items: z.array(OrderItem),
  }),
  reaction,
  z.strictObject({
    kind: z.literal('edit'),
    target: id,
    targetTime,
    text: z.string().optional(),
    media: Media.optional(),
  }),
  deletion.extend({ targetTime }),
  typing,
  z.strictObject({
    kind: z.literal('membership'),
    change: z.enum(['joined', 'left', 'opened', 'installed', 'uninstalled']),
    members: z.array(z.string()).describe('Platform ids of those who came or went; empty for ourselves.'),
    self: z.boolean().describe('True when it is about our own account.'),
  }),
  z.strictObject({
    kind: z.literal('system').describe('The platform tells something about the conversation or the person.'),
    name: id,
    text: z.string().optional(),
    data: z.record(z.string(), json).optional(),
  }),
  z.strictObject({
    kind: z.literal('unsupported').describe('Kept whole beside the message, never dropped.'),
    platformType: z.string(),
    detail: z.string().optional(),
  }),
]);
export type InboundContent = Immutable<z.output<typeof InboundContent>>;

export const Choice = z.strictObject({
  id,
  label: z.string().min(1),
  description: z.string().optional(),
  url: z.url().optional().describe('Opens this address instead of answering.'),
});
export type Choice = Immutable<z.output<typeof Choice>>;

export const OutboundContent = z.discriminatedUnion('kind', [
  text,
  media,
  location,
  contacts,
  z.strictObject({ kind: z.literal('choices'), text: z.string().min(1), choices: z.array(Choice).min(1) }),
  z.strictObject({
    kind: z.literal('card'),
    title: z.string().min(1),
    text: z.string().optional(),
    image: Media.optional(),
    choices: z.array(Choice).default([]),
  }),
  z.strictObject({
    kind: z.literal('template').describe('A message the platform approved beforehand.'),
    name: id,
    language: z.string().min(2),
    parameters: z.array(z.string()).default([]),
  }),
  reaction,
  typing,
  z.strictObject({ kind: z.literal('read'), target: id }),
  z.strictObject({ kind: z.literal('edit'), target: id, text: z.string().min(1) }),
  deletion,
  z.strictObject({
    kind: z
      .literal('native')
      .describe('The platform’s own shape, passed through; refused on any other platform.'),
    platform: id,
    body: z.record(z.string(), json),
  }),
]);
export type OutboundContent = Immutable<z.output<typeof OutboundContent>>;

export type InboundKind = InboundContent['kind'];
export type OutboundKind = OutboundContent['kind'];
