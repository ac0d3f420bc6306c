/**
 * What a visitor's browser (or the site's own server, on a visitor's behalf) can say, one frame at a time.
 * Fields we do not know are left out; a type we do not know is kept as it is, for a newer widget may send it.
 */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { compact } from '../json.ts';

/** Chosen by the sender, so that the same frame sent again is the same message. */
const FRAME_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Of a file the hub keeps. */
const MEDIA_ID = /^[A-Za-z0-9_-]{16,64}$/;

const short = z.string().min(1).max(256);
const long = z.string().min(1).max(2_000);
const values = z.record(z.string().max(256), z.json());

/** A remark that is odd or too long is left out: no message is refused for it. */
const remark = z.string().min(1).max(2_000).optional().catch(undefined);

/** The page a visitor is on. All of it is their browser's word. */
const page = z.object({
  url: remark,
  referrer: remark,
  title: remark,
  locale: remark,
  timezone: remark,
  utm: z
    .object({ source: remark, medium: remark, campaign: remark, term: remark, content: remark })
    .optional()
    .catch(undefined),
});
type Page = z.output<typeof page>;

/** The page without what was left out; undefined where nothing is left. */
export function pageOf(told: Page | undefined): JsonObject | undefined {
  if (told === undefined) return undefined;
  const { utm, ...rest } = told;
  const found = compact({
    ...rest,
    utm: utm && Object.keys(compact(utm)).length > 0 ? compact(utm) : undefined,
  });
  return Object.keys(found).length > 0 ? found : undefined;
}

const base = {
  id: z.string().regex(FRAME_ID),
  /** Our delivery that this one answers. */
  replyTo: short.optional(),
  context: page.optional().catch(undefined),
};

const frame = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ ...base, type: z.literal(type), ...shape });

const receipt = <Type extends string>(type: Type) => frame(type, { targets: z.array(short).min(1).max(100) });

const FRAMES = {
  text: frame('text', { text: z.string().min(1) }),
  choice: frame('choice', {
    choice: short,
    label: long,
    from: z.enum(['button', 'list', 'quick-reply', 'menu']).default('quick-reply'),
    values: values.optional(),
  }),
  form: frame('form', { name: short.optional(), token: short.optional(), values }),
  media: frame('media', {
    /** What the hub keeps: put there by the door in place of an upload's reference, or by the site's own server. */
    media: z.object({
      id: z.string().regex(MEDIA_ID),
      name: long.optional(),
      type: short.optional(),
      bytes: z.number().int().nonnegative().optional(),
    }),
    caption: z.string().min(1).optional(),
  }),
  location: frame('location', {
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    label: long.optional(),
    address: long.optional(),
  }),
  reaction: frame('reaction', {
    target: short,
    emoji: z.string().max(64),
    removed: z.boolean().default(false),
  }),
  edit: frame('edit', { target: z.string().regex(FRAME_ID), text: z.string().min(1) }),
  deletion: frame('deletion', { target: z.string().regex(FRAME_ID) }),
  typing: frame('typing', { active: z.boolean() }),
  delivered: receipt('delivered'),
  read: receipt('read'),
  session: frame('session', { state: z.enum(['start', 'resume', 'end']) }),
  context: frame('context', { page }),
  profile: frame('profile', {
    profile: z.object({
      name: long.optional(),
      email: long.optional(),
      phone: short.optional(),
      locale: short.optional(),
    }),
  }),
  csat: frame('csat', { score: z.number().int().min(1).max(5), comment: long.optional() }),
  transcript: frame('transcript', { email: long.optional() }),
  handoff: frame('handoff', { reason: long.optional() }),
} as const;

type Frames = typeof FRAMES;
export type KnownFrame = { [Type in keyof Frames]: z.output<Frames[Type]> }[keyof Frames];

/** A frame of a type that is not ours. Only what every frame has was read. */
export interface UnknownFrame {
  readonly type: 'unknown';
  readonly id: string;
  readonly platformType: string;
}

export type Frame = KnownFrame | UnknownFrame;
export type ReadFrame =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly reason: string };

const unknown = z.object({ id: base.id, type: short });

/** The reason names our own fields and never quotes what was in them, nor the names a visitor gave to values. */
export function readFrame(value: JsonValue | undefined): ReadFrame {
  const known = unknown.safeParse(value);
  if (!known.success) return { ok: false, reason: reasonOf(known.error) };
  const { id, type } = known.data;
  if (!isKnown(type)) return { ok: true, frame: { type: 'unknown', id, platformType: type } };
  const read = FRAMES[type].safeParse(value);
  return read.success ? { ok: true, frame: read.data } : { ok: false, reason: reasonOf(read.error) };
}

const isKnown = (type: string): type is keyof Frames => Object.hasOwn(FRAMES, type);

const reasonOf = (error: z.ZodError): string =>
  error.issues.map(issue => `${String(issue.path[0] ?? 'frame')}: ${issue.code}`).join(', ');

/** The text whose length the channel limits; undefined for frames that carry none. */
export function textOf(frame: Frame): string | undefined {
  if (frame.type === 'media') return frame.caption;
  return frame.type === 'text' || frame.type === 'edit' ? frame.text : undefined;
}

/** Signs of life, which do not count as messages. */
export const isSignal = (frame: Frame): boolean =>
  frame.type === 'typing' || frame.type === 'delivered' || frame.type === 'read';

const Visitor = z.object({
  id: short,
  name: long.optional(),
  username: short.optional(),
  phone: z
    .string()
    .regex(/^\d{5,20}$/)
    .optional(),
  locale: short.optional(),
  anonymous: z.boolean().optional(),
});
export type Visitor = z.output<typeof Visitor>;

/** The body of a webhook; the door writes the same for what a browser says. */
export const Post = z.object({
  visitor: Visitor,
  /** The visitor's own conversation where absent. */
  conversation: short.optional(),
  /** Milliseconds since 1970; the signed timestamp where absent. */
  time: z.number().int().nonnegative().optional(),
  messages: z.array(z.json()).max(1_000),
});
export type Post = z.output<typeof Post>;

/** One visitor has one conversation, so who comes back finds it again. */
export const conversationOf = (post: {
  visitor: { id: string };
  conversation?: string | undefined;
}): string => post.conversation ?? post.visitor.id;

/** A visitor's frame as a message: unique in the channel, as a frame's id is only unique in its conversation. */
export const messageIdOf = (conversation: string, frameId: string): string => `${conversation}/${frameId}`;

/** A message's id back in the words of the browser that sent it; a delivery's id stays what it is. */
export const frameIdOf = (conversation: string, messageId: string): string =>
  messageId.startsWith(`${conversation}/`) ? messageId.slice(conversation.length + 1) : messageId;

export const asJson = (post: {
  readonly visitor: Visitor;
  readonly conversation: string;
  readonly time: number;
  readonly messages: readonly JsonObject[];
}): Uint8Array => Buffer.from(JSON.stringify(post));
