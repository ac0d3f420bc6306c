/** `config/hub.yaml`. */
import { z } from 'zod';
import { duration, rate, secret, size } from '../channels/fields.ts';
import { Delivery, Pipeline, TenantId } from './common-schema.ts';
import { overridesOf } from './schema.ts';

/** `host:port`; an IPv6 address stands in brackets. Port 0 is any free one. */
const listenAddress = z.string().refine(value => readListen(value) !== undefined, {
  error: 'expected host:port, such as 127.0.0.1:8787',
});

export function readListen(value: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** A path: short, and without the characters that no file system takes. */
const path = () =>
  z
    .string()
    .min(1)
    .max(1_000)
    .refine(value => !/\p{Cc}/u.test(value), 'expected the path of a file or folder');

const defaults = z
  .strictObject({ delivery: overridesOf(Delivery), pipeline: overridesOf(Pipeline) })
  .prefault({})
  .describe('What holds for every channel that does not say otherwise.');

const s3 = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/, error: 'expected an http(s) address' })
      .describe('The address of the service, without the bucket.'),
    region: z
      .string()
      .min(1)
      .max(60)
      .default('us-east-1')
      .describe('The region that requests are signed for.'),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
      .describe('The bucket; it is not made here.'),
    prefix: z
      .string()
      .regex(/^(?:[A-Za-z0-9_-]{1,60}\/){0,5}$/, 'expected folders such as patchbay/media/')
      .default('')
      .describe('What stands before every name in the bucket; ends with a slash.'),
    access_key_id: secret('The id of the key.'),
    secret_access_key: secret('The key itself.'),
  })
  .describe('Keeps files in S3, or what speaks its language, in place of the data folder.');

export const HubFile = z.strictObject({
  version: z.literal(1).describe('The form of this file.'),
  name: z.string().min(1).max(100).default('patchbay').describe('The name of this hub, for people.'),
  tenant: TenantId.default('default').describe('The organisation of channels that name none.'),
  http: z
    .strictObject({
      listen: listenAddress
        .default('127.0.0.1:8787')
        .describe(
          'Where webhooks, the API and the web chat are served. PORT in the environment changes the port.',
        ),
      public_url: z
        .url({ protocol: /^https?$/, error: 'expected an http(s) address' })
        .optional()
        .describe('How the hub is reached from outside, for the addresses it shows.'),
    })
    .prefault({})
    .describe('The way in.'),
  data: path()
    .default('./data')
    .describe(
      'The folder of everything the hub keeps; begins at the working directory. PATCHBAY_DATA in the environment changes it.',
    ),
  channels: z
    .union([path(), z.array(path()).min(1)], {
      error: 'expected a path such as ./channels/*.yaml, or a list of paths',
    })
    .default('./channels/*.yaml')
    .describe('The channel files: a path with wildcards, or several; begins at the folder of this file.'),
  adapters: z
    .array(path())
    .max(100)
    .default([])
    .describe(
      'Adapters of your own, for types of channels beside those the hub brings: folders, or files; they begin at the folder of this file.',
    ),
  sandbox: z
    .strictObject({
      mode: z
        .enum(['auto', 'off'])
        .default('auto')
        .describe(
          'auto: a channel none of whose credentials are set talks to a platform of ours. off: that is an error.',
        ),
      listen: listenAddress
        .optional()
        .describe('Where the sandbox platforms are served; any free port of this machine unless given.'),
    })
    .prefault({})
    .describe('Platforms of ours that stand in for the real ones.'),
  api: z
    .strictObject({
      token: secret('The key of the API; unless given, one is made on first use and kept in the data folder.')
        .min(16, 'a key of the API has at least 16 characters')
        .optional(),
    })
    .prefault({})
    .describe('The HTTP API.'),
  defaults,
  tenants: z
    .strictObject({
      rate_limit: rate('How fast all channels of one organisation send together.').prefault('none'),
    })
    .prefault({})
    .describe('What holds for each organisation.'),
  assistant: z
    .strictObject({
      file: path().describe('The questions and answers; begins at the folder of this file.'),
    })
    .optional()
    .describe('What answers by itself.'),
  journal: z
    .strictObject({
      max_segment: size('How large one file of the journal grows.').prefault('64mb'),
      max_backlog: size(
        'How much that was accepted may wait to be taken into the database before new requests are refused.',
      ).prefault('1gb'),
    })
    .prefault({})
    .describe('What was accepted and is not done yet.'),
  media: z
    .strictObject({
      max_size: size(
        'The largest file that is kept; larger ones are given up, never their message.',
      ).prefault('20mb'),
      timeout: duration('How long fetching one file may take.').prefault('60s'),
      s3: s3.optional(),
    })
    .prefault({})
    .describe('Files that come with messages, and files to send.'),
  retention: z
    .strictObject({
      raw: duration('How long requests are kept as they came.').prefault('30d'),
      dedupe: duration(
        'How long a redelivery is known for one: an idempotency key is kept so long, and messages no shorter.',
      ).prefault('8d'),
      messages: duration(
        'How long messages and their deliveries are kept; the newest until there is a newer one. Not shorter than dedupe.',
      ).prefault('90d'),
      media: duration('How long files are kept.').prefault('30d'),
      dead_letters: duration(
        'How long a dead letter may wait for a decision before the hub warns. It is kept until there is one.',
      ).prefault('83d'),
      operations: duration('How long replays and discards are kept once they are done.').prefault('90d'),
      audit: duration('How long it is kept what operators did.').prefault('400d'),
    })
    .refine(({ messages, dedupe }) => dedupe <= messages, {
      path: ['dedupe'],
      error: 'expected no more than "messages": a redelivery is known by the message that is kept',
    })
    .prefault({})
    .describe('When things are forgotten.'),
  log: z
    .strictObject({
      level: z
        .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
        .default('info')
        .describe('The least severe lines that are written.'),
      format: z
        .enum(['pretty', 'json'])
        .default('pretty')
        .describe('pretty for people, json for log systems.'),
    })
    .prefault({})
    .describe('The log. It never holds secrets or message text.'),
});
export type HubFile = z.output<typeof HubFile>;
