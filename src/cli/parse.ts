/** `patchbay parse`: what a webhook's body means, without a hub or an account; a configuration only for adapters from outside. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ChannelDefinition } from '../channels/channel.ts';
import { definitionOf, definitions } from '../channels/index.ts';
import type { WebhookRequest } from '../channels/webhook.ts';
import { nearest } from '../config/suggest.ts';
import type { InboundEvent } from '../message/event.ts';
import type { JsonObject } from '../message/json.ts';
import { platformOf } from '../sandbox/index.ts';
import { decode } from '../sandbox/trigger.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { unreadable } from './hub-client.ts';
import type { Session } from './io.ts';
import { outsideOf } from './outside.ts';
import type { Cli } from './program.ts';

export function addParse(cli: Cli): void {
  const command = cli.program
    .command('parse')
    .description('print the messages and receipts in the body of a webhook, as a JSON array')
    .argument(
      '<type>',
      `the platform: ${definitions.map(({ type }) => type).join(', ')}, or that of an adapter in hub.yaml`,
    )
    .argument('<file>', 'the raw body, JSON or form-encoded; - is standard input')
    .action((type: string, file: string) => cli.run(command, session => parse(type, file, session)));
}

async function parse(type: string, file: string, session: Session): Promise<ExitCode> {
  const outside = outsideOf(type, session);
  const definition = outside?.definition ?? definitionOf(type);
  if (definition === undefined) return unknownType(type, session);
  const body = await readBody(file, session);
  if (body === null) return EXIT.usage;
  const contentType = contentTypeOf(body);
  if (contentType === null) {
    session.problem('the body is neither JSON nor a form');
    return EXIT.problems;
  }
  const config =
    outside === undefined
      ? configFor(definition, decode({ body: body.toString('utf8'), contentType }))
      : outside.config;
  if (config === null) {
    const hint = outside === undefined ? '' : ': it needs a channel of this type, or a testing.ts';
    session.problem(`there is no sample account of ${type}${hint}`);
    return EXIT.problems;
  }
  const headers = { 'content-type': contentType, ...(await definition.sign(config, body, Date.now())) };
  const request: WebhookRequest = {
    method: 'POST',
    query: {},
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]),
    ),
    body,
  };
  const read = eventsOf(definition, config, request);
  if (typeof read === 'string') {
    session.problem(read);
    return EXIT.problems;
  }
  session.json(read);
  return EXIT.ok;
}

export function unknownType(type: string, session: Session): ExitCode {
  const types = definitions.map(definition => definition.type);
  const near = nearest(type, types);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  session.problem(`there is no channel type ${type}.${hint} Known types: ${types.join(', ')}`);
  return EXIT.usage;
}

async function readBody(file: string, { io, problem }: Session): Promise<Buffer | null> {
  try {
    return file === '-' ? await io.read() : await readFile(resolve(io.cwd, file));
  } catch (error) {
    problem(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
    return null;
  }
}

const FORM = /^[\w%.+*[\]-]+=/;

/** By its first characters: platforms send JSON objects and forms, and nothing else. */
export function contentTypeOf(body: Buffer): string | null {
  const text = body
    .subarray(0, 512)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('{') || text.startsWith('[')) return 'application/json';
  return FORM.test(text) ? 'application/x-www-form-urlencoded' : null;
}

/** An account that exists nowhere but in the body, so that no adapter takes it for another's. */
export function configFor(
  definition: ChannelDefinition,
  about: JsonObject | undefined,
): Record<string, unknown> | null {
  const platform = platformOf(definition.type);
  if (platform === undefined) return null;
  const secret = (name: string): string => `placeholder-${name}`;
  const drafts = [...(about === undefined ? [] : [{ secret, about }]), { secret }];
  for (const draft of drafts) {
    const read = definition.config.safeParse(platform.sampleConfig(draft));
    // What a body claims may be no id at all.
    if (read.success) return read.data;
  }
  return null;
}

/** The events, or why the body cannot be read. */
export function eventsOf(
  definition: ChannelDefinition,
  config: Record<string, unknown>,
  request: WebhookRequest,
  identity = { tenant: 'default', id: definition.type },
): readonly InboundEvent[] | string {
  const noNetwork = { request: () => Promise.reject(new Error('reading a body needs no network')) };
  try {
    return definition.create(identity, config, { http: noNetwork, now: Date.now }).parse(request);
  } catch (error) {
    return unreadable(error);
  }
}
