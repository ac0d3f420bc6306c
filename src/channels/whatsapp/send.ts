/** One call of the Graph API and what its answer means. Nothing is repeated here. */

import { failed, type SendResult } from '../../message/fault.ts';
import type { OutboundMedia, SendContext } from '../channel.ts';
import { faultOfFailure, faultOfStatus, type HttpClient, type HttpResponse } from '../http.ts';
import { asId, asNumber, asObject, asObjects } from '../json.ts';
import { graphFault, graphUrl, readAnswer, type Tried } from '../meta/graph.ts';
import { paceOf } from '../meta/usage.ts';
import type { WhatsAppConfig } from './config.ts';
import { errorRow } from './faults.ts';
import { mediaUploader } from './upload.ts';
import { outsideWindow } from './window.ts';
import type { WhatsAppWire } from './wire.ts';

export interface SendDependencies {
  readonly http: HttpClient;
  readonly now: () => number;
  readonly media?: OutboundMedia;
}

/** https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages */
export function sender(
  config: WhatsAppConfig,
  deps: SendDependencies,
): (wire: WhatsAppWire, context: SendContext) => Promise<SendResult> {
  const { api, account, credentials } = config;
  const headers = {
    authorization: `Bearer ${credentials.access_token}`,
    'content-type': 'application/json',
  };
  const write = mediaUploader(config, deps);
  return async (wire, context) => {
    const closed = outsideWindow(wire, context, deps.now());
    if (closed !== null) return { ok: false, fault: closed };
    const written = await write(wire.body, wire.uploads ?? [], context);
    if (!written.ok) return written;
    // Given back in the message's receipts: the proof of a send whose answer was lost.
    const marker = wire.kind === 'message' ? { biz_opaque_callback_data: context.marker } : {};
    const outcome = await deps.http.request({
      method: 'POST',
      url: graphUrl(api, account.phone_number_id, wire.edge),
      headers,
      body: JSON.stringify({ ...written.body, ...marker }),
      signal: context.signal,
    });
    if (outcome.kind === 'failure') return { ok: false, fault: faultOfFailure(outcome) };
    return result(outcome, wire, context, deps.now());
  };
}

function result(response: HttpResponse, wire: WhatsAppWire, tried: Tried, nowMs: number): SendResult {
  const answer = readAnswer(response);
  const error = asObject(answer?.error);
  if (error !== undefined) {
    const code = asNumber(error.code);
    const row = code === undefined ? undefined : errorRow(code);
    return { ok: false, fault: graphFault({ error, response, row, sent: wire.body, tried, nowMs }) };
  }
  if (response.status < 200 || response.status > 299)
    return { ok: false, fault: faultOfStatus(response, nowMs) };
  if (wire.kind === 'signal' && answer?.success === true) return { ok: true, platformId: null };
  const id = asId(asObjects(answer?.messages)[0]?.id);
  if (id !== undefined) return { ok: true, platformId: id, ...paceOf(response) };
  const what = wire.kind === 'signal' ? 'without saying that it succeeded' : 'without a message id';
  return failed('ambiguous', `the platform answered ${response.status} ${what}`, {
    httpStatus: response.status,
  });
}
