/** A call of the Web API: its arguments, read as Slack reads them, and its answers. https://docs.slack.dev/apis/web-api */
import { isObject } from '../../channels/json.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { Consequence, Handled, PlatformAnswer, PlatformRequest, Taken } from '../platform.ts';

export type Arguments = JsonObject;

export interface Result {
  /** Without `ok`. */
  readonly body: JsonObject;
  /** Absent: Slack passed nothing on, as when it was only asked. */
  readonly taken?: Taken;
  readonly webhooks?: readonly Consequence[];
}

/** An error by its name, as in `channel_not_found`. */
export interface Refused {
  readonly error: string;
  /** https://docs.slack.dev/apis/web-api/#errors: where in the blocks, what is needed. */
  readonly more?: JsonObject;
  /** With `ratelimited`. */
  readonly retryAfterSeconds?: number;
}

export type Outcome = Result | Refused;

export const refused = (error: string, more?: JsonObject): Refused =>
  more === undefined ? { error } : { error, more };

const isRefused = (outcome: Outcome): outcome is Refused => 'error' in outcome;

/** An API method. */
export type Method = (args: Arguments) => Outcome;

export function answerOf(outcome: Outcome): PlatformAnswer {
  if (!isRefused(outcome)) return { status: 200, body: { ok: true, ...outcome.body } };
  const body = { ok: false, error: outcome.error, ...outcome.more };
  if (outcome.retryAfterSeconds === undefined) return { status: 200, body };
  return { status: 429, headers: { 'retry-after': String(outcome.retryAfterSeconds) }, body };
}

export const handledAs = (method: string, outcome: Outcome): Handled => ({
  method,
  answer: answerOf(outcome),
  taken: isRefused(outcome) ? null : (outcome.taken ?? null),
  webhooks: isRefused(outcome) ? [] : (outcome.webhooks ?? []),
});

export type Read = { readonly args: Arguments } | Refused;

/** These come as JSON inside forms. */
const STRUCTURED: Readonly<Record<string, string>> = {
  blocks: 'invalid_blocks_format',
  attachments: 'invalid_attachments',
  metadata: 'invalid_metadata_format',
  view: 'invalid_arguments',
  files: 'invalid_arguments',
  prompts: 'invalid_arguments',
  loading_messages: 'invalid_arguments',
  profile: 'invalid_arguments',
};

/** Query and body together; the body wins. */
export function readArguments(request: PlatformRequest): Read {
  const query = Object.fromEntries(request.query);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (request.body.length === 0) return unwrapped(query);
  const text = request.body.toString('utf8');
  if (type === 'application/json') {
    const value = parsed(text);
    if (value === undefined) return refused('invalid_json');
    return isObject(value) ? { args: { ...query, ...value } } : refused('json_not_object');
  }
  if (type === 'application/x-www-form-urlencoded')
    return unwrapped({ ...query, ...Object.fromEntries(new URLSearchParams(text)) });
  return refused(type === '' ? 'missing_post_type' : 'invalid_post_type');
}

function unwrapped(fields: Readonly<Record<string, string>>): Read {
  const args: Record<string, JsonValue> = { ...fields };
  for (const [name, error] of Object.entries(STRUCTURED)) {
    const text = fields[name];
    if (text === undefined || text === '') continue;
    const value = parsed(text);
    if (value === undefined) return refused(error);
    args[name] = value;
  }
  return { args };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Forms have no truth values. */
export const isTrue = (value: JsonValue | undefined): boolean =>
  value === true || value === 'true' || value === '1' || value === 1;

export const numberOf = (value: JsonValue | undefined, fallback: number): number => {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : fallback;
};
