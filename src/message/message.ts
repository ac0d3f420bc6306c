/** A message in the hub's own words, whichever platform it came from or goes to. Plain JSON, nothing else. */
import { z } from 'zod';
import { InboundContent, OutboundContent } from './content.ts';
import { anyJson, type Immutable } from './json.ts';

const id = z.string().min(1);

export const Address = z.strictObject({
  tenant: id.describe('The organisation the channel and the message belong to.'),
  channel: id.describe('The id of the channel file.'),
  conversation: id.describe("The platform's id of where messages go, verbatim."),
  thread: id.optional().describe('A sub-line in the conversation.'),
  route: id
    .optional()
    .describe(
      'How the platform wants the conversation reached; as it last told, and no part of its identity.',
    ),
});
export type Address = Immutable<z.output<typeof Address>>;

export const Sender = z.strictObject({
  id: id.describe("The platform's id of the person or bot, as stable as the platform has it."),
  kind: z.enum(['person', 'bot', 'platform']),
  name: z.string().optional(),
  username: z.string().optional(),
  phone: z.string().optional().describe('Digits with country code, without a plus.'),
  aliases: z.array(z.string()).optional().describe('Other ids the platform gave for the same person.'),
  locale: z.string().optional(),
});
export type Sender = Immutable<z.output<typeof Sender>>;

export const InboundMessage = z.strictObject({
  id: id.describe("The platform's id, so that a redelivery has the same: unique per tenant and channel."),
  address: Address,
  sender: Sender,
  time: z.number().int().describe('When the platform says it was sent: milliseconds since 1970.'),
  content: InboundContent,
  replyTo: id.optional().describe("The platform's id of the message this one answers."),
  mentions: z.array(z.strictObject({ id, name: z.string().optional() })).optional(),
  context: z
    .record(z.string(), anyJson)
    .optional()
    .describe('What else the platform told: forwarded, referral, page visited, trigger ids.'),
});
export type InboundMessage = Immutable<z.output<typeof InboundMessage>>;

export const OutboundMessage = z.strictObject({
  id: id.describe("The hub's id."),
  address: Address,
  content: OutboundContent,
  replyTo: id.optional().describe("The platform's id of the message to quote or answer."),
  cause: id.optional().describe("The hub's id of the inbound message this one answers."),
});
export type OutboundMessage = Immutable<z.output<typeof OutboundMessage>>;

/** Something a platform could not show as it was meant: what was changed and why. Never silent. */
export interface Loss {
  readonly what: string;
  readonly why: string;
}
