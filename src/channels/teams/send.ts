/** One wire message, one call, and whether Teams took it. The token goes nowhere but to an address we allow. */
import { type Fault, failed, type SendResult } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import type { SendContext } from '../channel.ts';
import { faultOfFailure, faultOfStatus, type HttpClient, type HttpResponse, retryAfter } from '../http.ts';
import { asId, asObject, asText, readableJson } from '../json.ts';
import type { TeamsConfig } from './config.ts';
import { meaningOf } from './faults.ts';
import { messageId } from './ids.ts';
import type { Kept } from './kept.ts';
import type { Wire } from './render.ts';
import { allowedServiceUrl } from './service-url.ts';
import type { Tokens } from './tokens.ts';

const MAX_RESPONSE_BYTES = 256 * 1024;

export function sender(
  { api }: Pick<TeamsConfig, 'api'>,
  { http, now, kept }: { readonly http: HttpClient; readonly now: () => number; readonly kept: Kept },
  tokens: Tokens,
): (wire: Wire, context: SendContext) => Promise<SendResult> {
  const ownUrl = slashed(api.connector_url ?? api.service_url);

  /** A proxy takes everything; else a message goes where Teams said, if that is Teams. */
  function baseOf({ route }: Wire): string | null {
    if (api.connector_url !== undefined || route === undefined) return ownUrl;
    return allowedServiceUrl(route, api.allowed_service_urls);
  }

  return async (given, { attempt, signal }) => {
    const wire = kept.fill(given);
    if (wire === null) return failed('invalid-message', 'the hub cannot say where its file is reached');
    const base = baseOf(wire);
    if (base === null)
      return failed('unreachable', 'the address of the conversation is not among api.allowed_service_urls');
    const token = await tokens.get(signal);
    if (!token.ok) return { ok: false, fault: token.fault };
    const outcome = await http.request({
      method: wire.method,
      url: base + wire.path,
      headers: {
        authorization: `Bearer ${token.value}`,
        accept: 'application/json',
        ...(wire.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      ...(wire.body === undefined ? {} : { body: JSON.stringify(wire.body) }),
      signal,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
    if (outcome.kind === 'failure') return { ok: false, fault: faultOfFailure(outcome) };
    if (outcome.status >= 200 && outcome.status < 300) return taken(wire, outcome);
    if (outcome.status === 401) tokens.drop(token.value);
    const fault = refusal(wire, outcome, { fresh: token.fresh, nowMs: now() });
    // What an earlier attempt deleted is gone now.
    const isGone = wire.method === 'DELETE' && attempt > 1 && outcome.status === 404;
    return isGone ? { ok: true, platformId: null } : { ok: false, fault };
  };
}

const slashed = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

function taken(wire: Wire, response: HttpResponse): SendResult {
  // An edit keeps its id, a deletion and a sign of typing have none.
  if (wire.method !== 'POST' || wire.body?.type === 'typing') return { ok: true, platformId: null };
  const answer = jsonOf(response);
  const id = asId(answer.id);
  if (id !== undefined) return { ok: true, platformId: platformIdOf(wire, id, asId(answer.activityId)) };
  // A part of a message that is being streamed is accepted without an id.
  if (response.status === 202) return { ok: true, platformId: null };
  return failed('ambiguous', `the Connector answered ${response.status} without a message id`, {
    httpStatus: response.status,
  });
}

/** A new conversation answers with its own id, and that of the message it began with. */
function platformIdOf({ conversation }: Wire, id: string, activity: string | undefined): string {
  if (conversation !== undefined) return messageId(conversation, id);
  return activity === undefined ? id : messageId(id, activity);
}

const jsonOf = ({ body }: HttpResponse): JsonObject => readableJson(body) ?? {};

const ERROR_CODE = /^[A-Za-z][A-Za-z ]{0,60}$/;

interface Circumstances {
  readonly fresh: boolean;
  readonly nowMs: number;
}

/** Whose limit it is, where the words tell: that of the bot for a whole organisation, and no conversation's. */
const OF_THE_BOT = /\b(?:app(?:lication)?|bot|tenant|global)\b/i;

/**
 * Limits are counted by conversation, but for one of the bot in an organisation.
 * https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
const limited = (message = ''): Pick<Fault, 'scope'> =>
  OF_THE_BOT.test(message.slice(0, 1_000)) ? {} : { scope: 'conversation' };

/** Codes only: what the Connector says beside them may quote the message. */
function refusal({ method }: Wire, response: HttpResponse, { fresh, nowMs }: Circumstances): Fault {
  const { status } = response;
  const error = asObject(jsonOf(response).error);
  const given = asId(error?.code);
  const code = given !== undefined && ERROR_CODE.test(given) ? given : undefined;
  const more = { httpStatus: status, ...(code === undefined ? {} : { platformCode: code }) };
  const meaning = meaningOf(status, code);
  if (meaning !== undefined) {
    const wait =
      meaning === 'rate-limited'
        ? { ...retryAfter(response, nowMs), ...limited(asText(error?.message)) }
        : {};
    return { code: meaning, detail: `the Connector refused it: ${code ?? status}`, ...more, ...wait };
  }
  // A token may be refused before its time; the next attempt brings a new one.
  if (status === 401 && !fresh)
    return { code: 'unavailable', detail: 'the token was refused, another will be got', ...more };
  const fault = { ...faultOfStatus(response, nowMs), ...more };
  // Changing or deleting twice is as good as once, so it is not open whether it happened.
  return fault.code === 'ambiguous' && method !== 'POST' ? { ...fault, code: 'unavailable' } : fault;
}
