/** What a channel file of type `web` says. */
import { z } from 'zod';
import { signingSecret, size } from '../fields.ts';

const origin = z
  .string()
  .refine(isOrigin, 'expected an origin such as https://www.acme.example, without a path')
  .describe('A site that may embed the chat: scheme, host and port, compared exactly.');

/** `new URL` writes an origin in its one normal form; anything it changes would never match a browser's header. */
function isOrigin(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
}

const count = (text: string, fallback: number) =>
  z.number().int().positive().default(fallback).describe(text);

const limits = z.strictObject({
  messages_per_minute: count('Messages one visitor may send in a minute, over all their tabs.', 60),
  max_text: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(4_000)
    .describe('The longest text a visitor may send.'),
  sessions_per_minute: count(
    'New visitor sessions one network address may open in a minute. Behind a proxy every visitor has the same.',
    20,
  ),
});

const type = z
  .string()
  .regex(/^[a-z]+\/(?:\*|[a-z0-9.+-]+)$/, 'expected a type such as image/* or application/pdf')
  .describe('A type of files, by their bytes and not their names.');

const uploads = z.strictObject({
  max_size: size("The largest file; never more than the hub's own media.max_size.").prefault('20mb'),
  types: z
    .array(type)
    .default(['image/*', 'audio/*', 'video/*', 'application/pdf', 'text/plain'])
    .describe('What visitors may send; nothing where the list is empty.'),
  per_minute: count('Files one visitor may send in a minute.', 10),
});

export const WebConfig = z.strictObject({
  credentials: z
    .strictObject({
      identity_secret: signingSecret(
        "Shared with the site's backend, which signs short-lived tokens for visitors it knows. The visitors' " +
          'session tokens are signed with a key derived from it.',
      ),
      previous_identity_secret: signingSecret(
        'The secret before it, while a rotation is under way.',
      ).optional(),
      signing_secret: signingSecret("Signs webhooks that the site's own servers post."),
      previous_signing_secret: signingSecret(
        'The secret before it, while a rotation is under way.',
      ).optional(),
    })
    .describe('The secrets of the channel; none ever reaches a browser.'),
  account: z
    .strictObject({ site: z.string().min(1).describe('The name of the site, for people.') })
    .describe('Which site the chat belongs to.'),
  receive: z
    .strictObject({
      allowed_origins: z
        .array(origin)
        .default([])
        .describe("Sites that may embed the chat, beside the hub's own page."),
      anonymous: z
        .boolean()
        .default(true)
        .describe("Whether a visitor may write without a token of the site's backend."),
      limits: limits.prefault({}).describe('What one visitor or address may do.'),
      uploads: uploads.prefault({}).describe('Files of visitors.'),
    })
    .prefault({})
    .describe('Who may write, and how much.'),
  widget: z
    .strictObject({
      title: z.string().min(1).max(60).default('Chat').describe('The heading of the chat.'),
      colour: z
        .string()
        .regex(/^#[0-9a-fA-F]{6}$/, 'expected a colour such as #2563eb')
        .default('#2563eb')
        .describe("The chat's main colour; the text upon it turns black or white, whichever reads better."),
      greeting: z.string().min(1).max(1_000).optional().describe('Shown before the first message.'),
      languages: z
        .array(z.enum(['en', 'es', 'de']))
        .min(1)
        .optional()
        .describe(
          "Languages of the chat's own words; the visitor's, where it is among them, else the first.",
        ),
    })
    .prefault({})
    .describe('How the chat looks.'),
});
export type WebConfig = z.output<typeof WebConfig>;
