/** The assistant's file: rules and a small FAQ, in as many languages as its author writes. */
import { z } from 'zod';

const texts = z
  .union([
    z.string().min(1),
    z.record(z.string().regex(/^[a-z]{2}$/, 'expected a language such as en'), z.string().min(1)),
  ])
  .describe('One text for all, or one a language (`en: …`); the first is the default.');

const offer = z
  .array(z.strictObject({ id: z.string().min(1), label: texts }))
  .max(10)
  .optional()
  .describe('Choices offered with the answer; picking one is matched by `choice`.');

const phrases = z.array(z.string().min(1)).max(100);

export const AssistantRules = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).describe('Who answers, for traces.'),
  rules: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        any: phrases.optional().describe('Words or phrases; one of them must be in the message.'),
        choice: phrases.optional().describe('Ids of choices; picking one of them is a match as well.'),
        find: z
          .enum(['number'])
          .optional()
          .describe('What to look for in the message; the answer may use it as `{number}`.'),
        say: texts,
        otherwise: texts.optional().describe('Said instead when `find` found nothing.'),
        offer,
      }),
    )
    .max(500)
    .default([]),
  faq: z
    .array(z.strictObject({ ask: phrases.min(1).describe('The question, as people put it.'), say: texts }))
    .max(2_000)
    .default([]),
  fallback: z.strictObject({
    say: texts.describe('Said when nothing matches: what the assistant cannot do.'),
    unreadable: texts.describe('Said to what is no text: `{kind}` names it.'),
    offer,
  }),
});
export type AssistantRules = z.output<typeof AssistantRules>;
export type Texts = z.output<typeof texts>;
