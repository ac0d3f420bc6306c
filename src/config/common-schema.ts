/** What hub.yaml gives as defaults and every channel file may override, key by key. */
import { z } from 'zod';
import { duration, durationOrNone, rate } from '../channels/fields.ts';

const retry = z.strictObject({
  max_attempts: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(8)
    .describe('How often a wire message is tried before it becomes a dead letter.'),
  base: duration(
    'The wait before the second attempt; it doubles from one to the next, and is then jittered.',
  ).prefault('1s'),
  max: duration('The longest wait between two attempts.').prefault('15m'),
  max_age: duration(
    'How long a message may wait, as through an outage or while an account is paused, before it becomes a dead letter.',
  ).prefault('24h'),
  hold: durationOrNone(
    'How long a message that is tried again and again may keep others of its conversation waiting. Then it becomes a dead letter and they go on; none keeps them waiting until it is sent or too old.',
  ).prefault('15m'),
});

const rateLimit = z.strictObject({
  account: rate(
    'How fast the account sends, all its conversations together; what the platform documents unless given.',
  ).optional(),
  conversation: rate(
    'How fast it sends into one conversation, or to one person; what the platform documents unless given.',
  ).optional(),
  lookups: rate(
    'How often a platform is asked whether a message in doubt arrived; what it documents unless given.',
  ).optional(),
});

const breaker = z.strictObject({
  probe: duration(
    'An account pauses when its platform is out of order or refuses its credentials. After this it tries one message; the wait doubles from one try to the next.',
  ).prefault('5s'),
  max_probe: duration('The longest wait between two tries.').prefault('5m'),
});

const ambiguous = z.strictObject({
  wait: duration(
    'How long to wait for a receipt, or to look for the message at the platform, after a send without a clear answer.',
  ).prefault('60s'),
  policy: z
    .enum(['resend', 'park'])
    .default('resend')
    .describe(
      'What then: resend risks a second copy, park keeps the message for an operator and risks none.',
    ),
});

const template = (text: string) =>
  z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(512)
        .describe('The name the platform approved it by. It takes no parameters.'),
      language: z.string().min(2).max(20).describe('The language it was approved in, as en_US.'),
    })
    .describe(text);

const window = z.strictObject({
  check: z
    .boolean()
    .default(true)
    .describe(
      'Whether a message outside the time in which its platform allows free ones is refused here, before any call. Off where people also write to the account past this hub.',
    ),
  fallback_template: template(
    'Sent in place of a message that came too late, once until the person writes again.',
  ).optional(),
});

const onFailed = z.strictObject({
  template: template(
    'Sent once in place of a message that the platform took and then did not deliver. Without it such a message is a dead letter and nothing else.',
  ).optional(),
});

export const Delivery = z
  .strictObject({
    retry: retry.prefault({}).describe('What is tried again, and when.'),
    timeout: duration('How long one attempt may take.').prefault('15s'),
    ambiguous: ambiguous.prefault({}).describe('When nobody can say whether a message arrived.'),
    rate_limit: rateLimit
      .prefault({})
      .describe('How fast messages go out. A platform that asks us to slow down is obeyed whatever is set.'),
    breaker: breaker.prefault({}).describe('When an account pauses, and how it goes on.'),
    window: window
      .prefault({})
      .describe('The time after a person wrote in which the platform takes free messages, where it has one.'),
    on_failed: onFailed.prefault({}).describe('When a message was sent and turns out not to have arrived.'),
  })
  .refine(({ retry: { base, max } }) => base <= max, {
    path: ['retry', 'base'],
    error: 'the first wait may not be longer than retry.max',
  })
  .refine(({ breaker: { probe, max_probe: max } }) => probe <= max, {
    path: ['breaker', 'probe'],
    error: 'the first wait may not be longer than breaker.max_probe',
  })
  .describe('How messages get out.');
export type Delivery = z.output<typeof Delivery>;

const burst = z.strictObject({
  policy: z
    .enum(['queue', 'debounce', 'latest'])
    .default('queue')
    .describe(
      'queue works on each by itself; debounce waits until the person pauses and works on all of them as one; latest drops those that still wait when a newer one comes.',
    ),
  quiet: duration('With debounce: how long a person has to pause.').prefault('2s'),
  max: duration('With debounce: how long the first of them waits at the most.').prefault('10s'),
});

export const Pipeline = z
  .strictObject({
    languages: z
      .array(z.string().regex(/^[a-z]{2,3}$/, 'expected a language code such as en, es or pt'))
      .min(1)
      .default(['en'])
      .describe('The languages people write in, the likeliest first. Others are not looked for.'),
    burst: burst.prefault({}).describe('When a person writes several short texts in a row.'),
  })
  .describe('What is done with messages that come in.');
export type Pipeline = z.output<typeof Pipeline>;

/** The organisation a channel belongs to; part of every message's address. */
export const TenantId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected small letters, digits and hyphens');
