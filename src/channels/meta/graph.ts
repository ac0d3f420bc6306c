/**
 * What an answer of the Graph API means. Meta promises the code and neither the HTTP status nor the title
 * (throttles came as 400 and as 429), so the code decides.
 * https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
import type { Fault } from '../../message/fault.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { SendContext } from '../channel.ts';
import { faultOfStatus, type HttpResponse, retryAfter } from '../http.ts';
import { asNumber, asObject, asText, readableJson } from '../json.ts';
import type { ErrorRow } from './error-row.ts';
import { isUsedUp, timeToRegainAccess } from './usage.ts';

/** The address of a node, or of an edge of it. */
export const graphUrl = (
  api: { readonly base_url: string; readonly version: string },
  ...path: readonly string[]
): string => [api.base_url.replace(/\/+$/, ''), api.version, ...path].join('/');

/** The JSON of an answer; undefined where there is none. */
export const readAnswer = ({ body }: HttpResponse): JsonObject | undefined => readableJson(body);

/** As the hub counts them. */
export type Tried = Pick<SendContext, 'attempt' | 'spared'>;

export interface Refused {
  /** The `error` of the answer. */
  readonly error: JsonObject;
  readonly response: HttpResponse;
  /** What the platform's own table says of it; undefined for a code nobody documented. */
  readonly row: ErrorRow | undefined;
  /** The body of the call. */
  readonly sent: JsonObject;
  readonly tried: Tried;
  readonly nowMs: number;
}

/** By code; `is_transient` overrules a refusal. Meta's own words stay out: they quote tokens and messages. */
export function graphFault({ error, response, row, sent, tried, nowMs }: Refused): Fault {
  const transient = error.is_transient === true;
  const platformCode = codeOf(error);
  const platform = {
    httpStatus: response.status,
    ...(platformCode === undefined ? {} : { platformCode }),
  };
  if (row === undefined) {
    const fault = faultOfStatus(response, nowMs);
    return { ...fault, ...platform, code: unlessTransient(fault.code, transient) };
  }
  const code = faultCode(row, transient, tried);
  const waitMs = wait(response, nowMs, code, row, tried.attempt);
  return {
    code,
    detail: `${row.meaning}${parameter(error, sent)}`,
    ...platform,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...scopeOfRow(row, code, transient),
  };
}

/** What is given up in the end may well be about the message or its recipient: it is no sign of an outage. */
function scopeOfRow(row: ErrorRow, code: Fault['code'], transient: boolean): Pick<Fault, 'scope'> {
  if (code !== row.fault) return {};
  if (row.scope !== undefined) return { scope: row.scope };
  const isBounded = row.fault === 'unavailable' && row.tries !== undefined && !transient;
  return isBounded || row.fault === 'ambiguous' ? { scope: 'message' } : {};
}

/** As `131047`, or `10/2018278` with its subcode. */
function codeOf(error: JsonObject): string | undefined {
  const code = asNumber(error.code);
  const subcode = asNumber(error.error_subcode);
  if (code === undefined) return undefined;
  return subcode === undefined ? String(code) : `${code}/${subcode}`;
}

const REPEATABLE: readonly string[] = ['rate-limited', 'unavailable', 'ambiguous'];

/** Their word that it passes is taken against a refusal, and not where it may have arrived. */
const unlessTransient = (code: Fault['code'], transient: boolean): Fault['code'] =>
  transient && !REPEATABLE.includes(code) ? 'unavailable' : code;

function faultCode(row: ErrorRow, transient: boolean, { attempt, spared = 0 }: Tried): Fault['code'] {
  if (row.fault !== 'unavailable') return unlessTransient(row.fault, transient);
  const isLast = row.tries !== undefined && attempt - spared > row.tries;
  return isLast && !transient ? (row.atLast ?? 'invalid-message') : row.fault;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function wait(
  response: HttpResponse,
  nowMs: number,
  code: Fault['code'],
  row: ErrorRow,
  attempt: number,
): number | undefined {
  const named = retryAfter(response, nowMs).retryAfterMs;
  if (named !== undefined || code !== 'rate-limited') return named ?? row.waitMs;
  if (row.scope === 'conversation') return row.waitMs ?? Math.min(4 ** attempt * 1_000, HOUR_MS);
  return timeToRegainAccess(response) ?? row.waitMs ?? (isUsedUp(response) ? MINUTE_MS : undefined);
}

const PARAMETER = /\bparam(?:eter)?:? ['"]?(\w{2,32}(?:(?:\['?|\.)\w{1,32}(?:'?\])?){0,6})/i;

/** Which parameter was wrong, where they name one that we did send: names of our own body and nothing else. */
function parameter(error: JsonObject, sent: JsonObject): string {
  const said = asText(asObject(error.error_data)?.details) ?? asText(error.message) ?? '';
  const path = PARAMETER.exec(said.slice(0, 1_000))?.[1]?.match(/\w+/g) ?? [];
  let place: JsonValue | undefined = sent;
  for (const name of path) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return '';
    place = (place as JsonObject)[name];
  }
  return path.length > 0 ? `: ${path.join('.')}` : '';
}
