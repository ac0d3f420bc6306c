/** One call of the Graph API and what its answer means. Nothing is repeated here. */

import { type Fault, failed, type SendResult } from '../../message/fault.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { type SendContext, Unreadable } from '../channel.ts';
import { faultOfFailure, faultOfStatus, type HttpClient, type HttpResponse, retryAfter } from '../http.ts';
import { asId, asNumber, asObject, asObjects, asText, readJson } from '../json.ts';
import type { WhatsAppConfig } from './config.ts';
import { type ErrorRow, errorRow } from './faults.ts';
import type { WhatsAppWire } from './wire.ts';

export interface SendDependencies {
  readonly http: HttpClient;
  readonly now: () => number;
}

/** https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages */
export function sender(
  config: WhatsAppConfig,
  deps: SendDependencies,
): (wire: WhatsAppWire, context: SendContext) => Promise<SendResult> {
  const { api, account, credentials } = config;
  const base = `${api.base_url.replace(/\/+$/, '')}/${api.version}/${account.phone_number_id}`;
  const headers = {
    authorization: `Bearer ${credentials.access_token}`,
    'content-type': 'application/json',
  };
  return async (wire, context) => {
    // Given back in the message's receipts: the proof of a send whose answer was lost.
    const marker = wire.kind === 'message' ? { biz_opaque_callback_data: context.marker } : {};
    const outcome = await deps.http.request({
      method: 'POST',
      url: `${base}/${wire.edge}`,
      headers,
      body: JSON.stringify({ ...wire.body, ...marker }),
      signal: context.signal,
    });
    if (outcome.kind === 'failure') return { ok: false, fault: faultOfFailure(outcome) };
    return result(outcome, wire, context.attempt, deps.now());
  };
}

function result(response: HttpResponse, wire: WhatsAppWire, attempt: number, nowMs: number): SendResult {
  const answer = readAnswer(response);
  const error = asObject(answer?.error);
  if (error !== undefined) return { ok: false, fault: faultOfError(error, response, wire, attempt, nowMs) };
  if (response.status < 200 || response.status > 299)
    return { ok: false, fault: faultOfStatus(response, nowMs) };
  if (wire.kind === 'signal' && answer?.success === true) return { ok: true, platformId: null };
  const id = asId(asObjects(answer?.messages)[0]?.id);
  if (id !== undefined) return { ok: true, platformId: id };
  const what = wire.kind === 'signal' ? 'without saying that it succeeded' : 'without a message id';
  return failed('ambiguous', `the platform answered ${response.status} ${what}`, {
    httpStatus: response.status,
  });
}

function readAnswer(response: HttpResponse): JsonObject | undefined {
  try {
    return readJson(response.body);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** By code; `is_transient` overrules a refusal. Meta's own words stay out: they quote tokens and messages. */
function faultOfError(
  error: JsonObject,
  response: HttpResponse,
  wire: WhatsAppWire,
  attempt: number,
  nowMs: number,
): Fault {
  const code = asNumber(error.code);
  const row = code === undefined ? undefined : errorRow(code);
  const transient = error.is_transient === true;
  const platform = {
    httpStatus: response.status,
    ...(code === undefined ? {} : { platformCode: String(code) }),
  };
  if (row === undefined) {
    const fault = faultOfStatus(response, nowMs);
    return { ...fault, ...platform, ...(transient ? { code: 'unavailable' as const } : {}) };
  }
  const named = faultCode(row, transient, attempt);
  const wait = retryAfter(response, nowMs);
  const waitMs = wait.retryAfterMs ?? row.waitMs;
  return {
    code: named,
    detail: `${row.meaning}${parameter(error, wire)}`,
    ...platform,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

const REPEATABLE: readonly string[] = ['rate-limited', 'unavailable', 'ambiguous'];

function faultCode(row: ErrorRow, transient: boolean, attempt: number): Fault['code'] {
  if (!REPEATABLE.includes(row.fault)) return transient ? 'unavailable' : row.fault;
  if (row.tries !== undefined && attempt > row.tries && !transient) return 'invalid-message';
  return row.fault;
}

const PARAMETER = /\bparam(?:eter)?:? ['"]?(\w{2,32}(?:(?:\['?|\.)\w{1,32}(?:'?\])?){0,6})/i;

/** Which parameter was wrong, where they name one that we did send: names of our own body and nothing else. */
function parameter(error: JsonObject, wire: WhatsAppWire): string {
  const said = asText(asObject(error.error_data)?.details) ?? asText(error.message) ?? '';
  const path = PARAMETER.exec(said.slice(0, 1_000))?.[1]?.match(/\w+/g) ?? [];
  let place: JsonValue | undefined = wire.body;
  for (const name of path) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return '';
    place = (place as JsonObject)[name];
  }
  return path.length > 0 ? `: ${path.join('.')}` : '';
}
