/** The workbench of the rules: channels opened from a subject, and recorded requests as the server would see them. */
import { AssertionError } from 'node:assert/strict';
import { type Channel, type ChannelDependencies, Unreadable } from '../channels/channel.ts';
import type { HttpClient } from '../channels/http.ts';
import type { Verdict, WebhookRequest } from '../channels/webhook.ts';
import type { InboundEvent } from '../message/event.ts';
import type { JsonObject, JsonValue } from '../message/json.ts';
import { KIT_IDENTITY, KIT_NOW_MS, type RecordedRequest, type Subject } from './subject.ts';

/** For channels that have no business with the network: a call that does not only prepare is a broken rule. */
const noNetwork = ({ prepare }: Subject): HttpClient => ({
  async request({ method, url }) {
    const { pathname, search } = new URL(url);
    const prepared = prepare?.({ method, path: pathname + search });
    if (prepared === undefined) throw new AssertionError({ message: 'only send may use the network' });
    const { status, headers = {}, body } = prepared;
    return { kind: 'response', status, headers, body: bytesOf(body) };
  },
});

/** A configuration as the schema reads it. */
export function readConfig(subject: Subject, config: JsonObject = subject.config): Record<string, unknown> {
  return subject.definition.config.parse(config);
}

export function openChannel(
  subject: Subject,
  options: { config?: Record<string, unknown>; nowMs?: number; http?: HttpClient } = {},
): Channel {
  const { config = readConfig(subject), nowMs = KIT_NOW_MS, http = noNetwork(subject) } = options;
  const deps: ChannelDependencies = { http, now: () => nowMs };
  return subject.definition.create(KIT_IDENTITY, config, deps);
}

const bytesOf = (body: JsonValue | undefined): Buffer =>
  Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body), 'utf8');

/** The request before the platform signed it. */
export function unsigned(
  recorded: RecordedRequest,
  body: Uint8Array = bytesOf(recorded.body),
): WebhookRequest {
  const { method = 'POST', query = {} } = recorded;
  const given =
    method === 'POST' ? { 'content-type': 'application/json', ...recorded.headers } : recorded.headers;
  return { method, query, headers: listed(given ?? {}), body };
}

/** The request with the headers of `sign`, as the platform would send it at that time. */
export async function signed(
  subject: Subject,
  recorded: RecordedRequest,
  options: { config?: JsonObject; atMs?: number; body?: Uint8Array } = {},
): Promise<WebhookRequest> {
  const request = unsigned(recorded, options.body);
  if (request.method === 'GET' || recorded.unsigned === true) return request;
  const config = readConfig(subject, options.config);
  const headers = await subject.definition.sign(config, request.body, options.atMs ?? KIT_NOW_MS);
  return { ...request, headers: { ...request.headers, ...listed(headers) } };
}

const listed = (headers: Readonly<Record<string, string>>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]));

/** The verdict; throwing or rejecting breaks the contract. */
export async function verdict(channel: Channel, request: WebhookRequest): Promise<Verdict> {
  try {
    return await channel.verify(request);
  } catch (error) {
    throw new AssertionError({ message: `verify must never throw, and threw ${String(error)}` });
  }
}

/** The events, or `null` for a body refused as `Unreadable`; any other throw breaks the contract. */
export function parsed(channel: Channel, request: WebhookRequest): readonly InboundEvent[] | null {
  try {
    return channel.parse(request);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw new AssertionError({
      message: `parse may throw only Unreadable, and threw ${error instanceof Error ? error.stack : error}`,
    });
  }
}

/** Every string in a JSON value, keys included. */
export function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => [key, ...stringsIn(field)]);
}

/** The value, frozen at every depth. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) frozen(field);
  }
  return value;
}
