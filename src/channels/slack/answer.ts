/** What Slack answered: yes, no by a name, or nothing clear. https://docs.slack.dev/apis/web-api/#responses */
import type { Fault } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import { faultOfFailure, faultOfStatus, type HttpOutcome, type HttpResponse, retryAfter } from '../http.ts';
import { asList, asObject, asText, compact, readableJson } from '../json.ts';
import { meaningOf } from './faults.ts';

export type Answered =
  | { readonly kind: 'ok'; readonly result: JsonObject }
  /** What we asked for is so already. */
  | { readonly kind: 'done' }
  | { readonly kind: 'fault'; readonly fault: Fault };

export function readAnswer(method: string, outcome: HttpOutcome | null, nowMs: number): Answered {
  if (outcome === null)
    return fault({ code: 'internal', detail: `the call of ${method} could not be written` });
  if (outcome.kind === 'failure') return fault(faultOfFailure(outcome));
  if (outcome.status !== 200) return fault(faultOfStatus(outcome, nowMs));
  const result = readableJson(outcome.body);
  if (result === undefined || typeof result.ok !== 'boolean') return fault(unclear(method));
  return result.ok ? { kind: 'ok', result } : refusal(method, result, outcome, nowMs);
}

/** Slack answers 200 in all but name; a page of HTML in between says nothing about what became of the call. */
export const unclear = (method: string): Fault => ({
  code: 'ambiguous',
  detail: `${method} was answered 200 without saying whether it worked`,
  httpStatus: 200,
});

const fault = (value: Fault): Answered => ({ kind: 'fault', fault: value });

const POST = 'chat.postMessage';
const ERROR_NAME = /^[a-z0-9_]{1,80}$/;

function refusal(method: string, result: JsonObject, response: HttpResponse, nowMs: number): Answered {
  const error = asText(result.error);
  // Names are short and plain; anything else could be a proxy's page, or quote what we sent.
  if (error === undefined || !ERROR_NAME.test(error)) return fault(unclear(method));
  const named = meaningOf(error);
  if (named === 'done' && method !== POST) return { kind: 'done' };
  // A post that was refused gave us no message, and what it is said to repeat may be none of ours.
  const meaning = named === 'done' ? 'ambiguous' : named;
  const lacksOnlyThis = error === 'missing_scope' && method !== POST;
  return fault({
    // Without the scope for reactions the account can still send messages: the fault is not the account's.
    code: lacksOnlyThis ? 'unsupported' : meaning,
    detail: `Slack refused ${method}: ${error}${hints(result)}`,
    httpStatus: 200,
    platformCode: error,
    ...(meaning === 'rate-limited' ? retryAfter(response, nowMs) : {}),
  });
}

/** The scope that is missing, and the place in the blocks that is wrong: never the words found there. */
function hints(result: JsonObject): string {
  const needed = asText(result.needed);
  const messages = asList(asObject(result.response_metadata)?.messages).map(message => asText(message) ?? '');
  const pointers = messages.flatMap(message => /\[json-pointer:(\/[\w/]{0,100})\]/.exec(message)?.[1] ?? []);
  const parts = compact({
    needed: needed !== undefined && /^[\w:.,-]{1,200}$/.test(needed) ? `needs ${needed}` : undefined,
    at: pointers.length === 0 ? undefined : `at ${pointers.slice(0, 3).join(', ')}`,
  });
  const told = Object.values(parts);
  return told.length === 0 ? '' : ` (${told.join('; ')})`;
}
