/** One call and what its answer means. Nothing is repeated here: the hub does that. */
import {
  asId,
  asObject,
  type ChannelDependencies,
  compact,
  failed,
  faultOfFailure,
  faultOfStatus,
  type HttpResponse,
  type JsonObject,
  readJson,
  type SendContext,
  type SendResult,
  Unreadable,
} from 'patchbay/adapter';
import type { SamplePlatformConfig } from './config.ts';
import { FAULT_CODES } from './faults.ts';
import type { Wire } from './render.ts';

export function sender(
  { api, credentials }: SamplePlatformConfig,
  { http, now }: ChannelDependencies,
): (wire: Wire, context: SendContext) => Promise<SendResult> {
  const url = `${api.base_url.replace(/\/+$/, '')}/messages`;
  const headers = { authorization: `Bearer ${credentials.token}`, 'content-type': 'application/json' };
  return async (wire, { marker, signal }) => {
    const body = JSON.stringify({ ...wire, marker });
    const outcome = await http.request({ method: 'POST', url, headers, body, signal });
    if (outcome.kind === 'failure') return { ok: false, fault: faultOfFailure(outcome) };
    return result(outcome, now());
  };
}

function result(response: HttpResponse, nowMs: number): SendResult {
  const answer = readAnswer(response);
  if (response.status === 200) {
    const id = asId(answer.id);
    if (id !== undefined) return { ok: true, platformId: id };
    return failed('ambiguous', 'the platform answered 200 without a message id', { httpStatus: 200 });
  }
  // The code decides where it is known. Its words stay out: platforms quote tokens and messages in them.
  const platformCode = asId(asObject(answer.error)?.code);
  const known = platformCode !== undefined && Object.hasOwn(FAULT_CODES, platformCode);
  const fault = faultOfStatus(response, nowMs);
  if (!known) return { ok: false, fault };
  return {
    ok: false,
    fault: compact({ ...fault, code: FAULT_CODES[platformCode] ?? fault.code, platformCode }),
  };
}

function readAnswer(response: HttpResponse): JsonObject {
  try {
    return readJson(response.body);
  } catch (error) {
    if (error instanceof Unreadable) return {};
    throw error;
  }
}
