/** What a platform got, call by call: a second oracle beside the hub's own books. */
import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../message/json.ts';
import type { Handled, PlatformRequest, SandboxAccount } from './platform.ts';
import type { AnswerAct } from './weather.ts';

export interface Received {
  /** From 1, without gaps. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  /** The channel's id. */
  readonly account: string;
  /** The platform's name of the call, as `messages` or `chat.postMessage`; the path where nobody read it. */
  readonly method: string;
  readonly path: string;
  /** JSON and forms as they were read; null for anything else. */
  readonly body: JsonValue;
  /** Of the body's bytes. */
  readonly sha256: string;
  /** True when the platform passed it on, whatever it answered. */
  readonly taken: boolean;
  readonly platformId: string | null;
  readonly marker: string | null;
  readonly conversation: string | null;
  /** What a person reads. */
  readonly text: string | null;
  /** Null where the weather let no answer through. */
  readonly status: number | null;
  /** What the weather did, by its kind. */
  readonly weather: string | null;
}

interface What {
  readonly account: SandboxAccount;
  readonly request: PlatformRequest;
  readonly handled: Handled | null;
  readonly act: AnswerAct | null;
  readonly status: number;
  readonly at: number;
}

export function receivedCall({ account, request, handled, act, status, at }: What): Omit<Received, 'seq'> {
  const taken = handled?.taken ?? null;
  const answered = act?.kind !== 'reset' && (act?.kind !== 'hang' || act.ms !== undefined);
  return {
    at,
    type: account.type,
    account: account.id,
    method: handled?.method ?? request.path,
    path: request.path,
    body: readable(request),
    sha256: createHash('sha256').update(request.body).digest('hex'),
    taken: taken !== null,
    platformId: taken?.platformId ?? null,
    marker: taken?.marker ?? null,
    conversation: taken?.conversation ?? null,
    text: taken?.text ?? null,
    status: answered ? status : null,
    weather: act?.kind ?? null,
  };
}

const MAX_KEPT_BYTES = 256 * 1024;

/** Without the token some calls carry as a field. */
function readable({ body, headers }: PlatformRequest): JsonValue {
  const type = headers['content-type'] ?? '';
  if (body.length === 0 || body.length > MAX_KEPT_BYTES) return null;
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const { token: _token, ...fields } = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    return fields;
  }
  if (!type.startsWith('application/json')) return null;
  const value = parsed(body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { token: _token, ...fields } = value as JsonObject;
  return fields;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}
