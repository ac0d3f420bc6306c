/** A scenario file: what people say, which weather it meets, and what is to come of it. `patchbay sandbox run` plays it. */
import { z } from 'zod';
import { duration } from '../channels/fields.ts';
import { Rule } from './weather.ts';

const param = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const Said = z.strictObject({
  send: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
      'expected the platform and what happens there, such as whatsapp.text',
    )
    .describe('A kind of webhook, as `patchbay trigger --list` names them.'),
  channel: z
    .string()
    .min(1)
    .optional()
    .describe('The channel; the first of the platform in the sandbox unless given.'),
  with: z
    .record(z.string().min(1), param)
    .default({})
    .describe('Parameters of the kind, or places in the body, as --set of `patchbay trigger`.'),
  count: z.number().int().min(1).max(1_000).default(1).describe('So many different ones.'),
  copies: z.number().int().min(1).max(100).default(1).describe('Each so many times: redeliveries.'),
});
export type Said = z.output<typeof Said>;

const amount = z.union(
  [
    z.number().int().min(0),
    z.strictObject({ at_least: z.number().int().min(0) }),
    z.strictObject({ at_most: z.number().int().min(0) }),
  ],
  { error: 'expected a whole number, or at_least or at_most one' },
);
export type Amount = z.output<typeof amount>;

/** What is counted when all has come to rest. */
export const COUNTS = {
  messages: 'Messages of people that the hub has kept.',
  duplicates: 'Redeliveries that the hub recognised.',
  replies_sent: 'Messages of ours that were sent.',
  replies_dead: 'Messages of ours that became dead letters.',
  replies_parked: 'Messages of ours that wait for an operator, because nobody can say whether they arrived.',
  calls: 'Calls the platforms got.',
  calls_taken: 'Calls of which the platforms passed something on.',
  taken_twice: 'Parts of our messages that a platform passed on more than once.',
} as const;
export type Count = keyof typeof COUNTS;

const expectation = Object.fromEntries(
  Object.entries(COUNTS).map(([name, text]) => [name, amount.optional().describe(text)]),
) as Record<Count, z.ZodOptional<typeof amount>>;

export const ScenarioFile = z.strictObject({
  version: z.literal(1).describe('The form of this file.'),
  name: z.string().min(1).max(100).describe('What it is called.'),
  description: z.string().max(1_000).default('').describe('What it shows.'),
  weather: z.array(Rule).max(1_000).default([]).describe('What goes wrong with which calls of the hub.'),
  say: z.array(Said).min(1).max(1_000).describe('What happens at the platforms.'),
  order: z
    .enum(['given', 'reversed', 'shuffled'])
    .default('given')
    .describe('In which order the webhooks are sent, all their copies together.'),
  settle: duration('How long to wait until all has come to rest.').prefault('30s'),
  expect: z
    .strictObject(expectation)
    .prefault({})
    .describe('What is to be counted in the end; anything else is a failure of the scenario.'),
});
export type ScenarioFile = z.output<typeof ScenarioFile>;
