/** One call of the messages edge and what its answer means. Nothing is repeated here. */
import { type Fault, failed, type SendResult } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import type { OutboundMedia, SendContext } from '../channel.ts';
import { faultOfFailure, faultOfStatus, type HttpClient, type HttpResponse } from '../http.ts';
import { asId, asNumber, asObject, asText } from '../json.ts';
import { graphFault, readAnswer, type Tried } from '../meta/graph.ts';
import { paceOf } from '../meta/usage.ts';
import { caller } from './call.ts';
import type { MessengerConfig } from './config.ts';
import { errorRow, PROOF_REFUSED } from './faults.ts';
import { metadataOf } from './marker.ts';
import { attachmentUploader } from './upload.ts';
import { outsideWindow } from './window.ts';
import type { MessengerWire } from './wire.ts';

export interface SendDependencies {
  readonly http: HttpClient;
  readonly now: () => number;
  readonly media?: OutboundMedia;
}

/** https://developers.facebook.com/docs/messenger-platform/reference/send-api */
export function sender(
  config: MessengerConfig,
  deps: SendDependencies,
): (wire: MessengerWire, context: SendContext) => Promise<SendResult> {
  const { headers, url } = caller(config);
  const messages = url(config.account.page_id, 'messages');
  const write = attachmentUploader(config, deps, (error, response, tried) =>
    refusal(error, response, {}, tried, deps.now()),
  );
  return async (wire, context) => {
    const closed = outsideWindow(wire, context, deps.now());
    if (closed !== null) return { ok: false, fault: closed };
    const written = await write(wire.body, wire.uploads ?? [], context);
    if (!written.ok) return written;
    const outcome = await deps.http.request({
      method: 'POST',
      url: messages,
      headers,
      body: JSON.stringify(marked({ ...wire, body: written.body }, context.marker)),
      signal: context.signal,
    });
    if (outcome.kind === 'failure') return { ok: false, fault: faultOfFailure(outcome) };
    return result(outcome, wire, context, deps.now());
  };
}

/** Given back in the message's echo: the proof of a send whose answer was lost. */
function marked({ kind, body }: MessengerWire, marker: string): JsonObject {
  const message = asObject(body.message);
  if (kind === 'signal' || message === undefined) return body;
  return { ...body, message: { ...message, metadata: metadataOf(marker) } };
}

function result(response: HttpResponse, wire: MessengerWire, tried: Tried, nowMs: number): SendResult {
  const answer = readAnswer(response);
  const error = asObject(answer?.error);
  if (error !== undefined) return { ok: false, fault: refusal(error, response, wire.body, tried, nowMs) };
  if (response.status < 200 || response.status > 299)
    return { ok: false, fault: faultOfStatus(response, nowMs) };
  const id = asId(answer?.message_id);
  if (wire.kind === 'message' && id !== undefined) return { ok: true, platformId: id, ...paceOf(response) };
  // The documentation shows the recipient for typing and says nothing of reactions.
  const acted = asId(answer?.recipient_id) !== undefined || answer?.success === true || id !== undefined;
  if (wire.kind === 'signal' && acted) return { ok: true, platformId: null, ...paceOf(response) };
  const what = wire.kind === 'signal' ? 'without saying that it succeeded' : 'without a message id';
  return failed('ambiguous', `the platform answered ${response.status} ${what}`, {
    httpStatus: response.status,
  });
}

/** Shared with the profile, whose errors are the same. */
export function refusal(
  error: JsonObject,
  response: HttpResponse,
  sent: JsonObject,
  tried: Tried,
  nowMs: number,
): Fault {
  const code = asNumber(error.code);
  const known = code === undefined ? undefined : errorRow(code, asNumber(error.error_subcode));
  const row = asText(error.message)?.includes('appsecret_proof') ? PROOF_REFUSED : known;
  return graphFault({ error, response, row, sent, tried, nowMs });
}
