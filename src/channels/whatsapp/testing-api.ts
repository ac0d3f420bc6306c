/** What Meta's API answers: for the conformance kit, written from the documentation and not from our own table. */
import type { Call, Refusal, Reply } from '../../kit/subject.ts';
import type { FaultCode } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import { asText } from '../json.ts';
import { graphAnswers } from '../meta/testing.ts';

/** The message every accepted call is answered with. */
export const WAMID = 'wamid.HBgLMTU1NTAxMDAwMDEVAgASGBQzQTdCNTg5RjY1MEMyRjlGMjRGNgA=';

const { graphError, oddRefusals, refusalsIn, refusalsOf, throttled } = graphAnswers({
  error_data: { messaging_product: 'whatsapp', details: 'Details about the very message' },
});

/** Every documented code, by what it must become: written anew here, so that a slip in the table is seen. */
const CODES: Readonly<Partial<Record<FaultCode, readonly number[]>>> = {
  'rate-limited': [4, 613, 80007, 80008, 130429, 131208, 132069],
  unavailable: [2, 131000, 131016, 131052, 131057, 133000, 133004, 135000, 139102, 139103],
  ambiguous: [1],
  unauthorized: [0, 3, 10, 190, 200, 230, 299, 131005],
  misconfigured: [
    33, 368, 131031, 131037, 131042, 131044, 131045, 131063, 133005, 133006, 133008, 133009, 133010, 133015,
  ],
  unreachable: [130472, 130497, 131026, 131030, 137000],
  'window-closed': [131047, 131049, 131050],
  'invalid-message': [
    100, 131008, 131009, 131020, 131021, 131041, 131051, 131053, 131059, 131062, 131207, 131215, 132000,
    132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 134011, 134100, 134101, 134102,
    138000, 138018, 139000, 139004, 139100, 139101, 147001, 147005, 2388001, 2494100,
  ],
};

const HOUR_MS = 3_600_000;

/** Every refusal the platform documents, and some it does not. */
export const refusals: readonly Refusal[] = [
  ...refusalsIn(CODES),
  ...refusalsOf([131048, 131064, 133016], { fault: 'rate-limited', retryAfterMs: HOUR_MS }),
  {
    name: 'too many to one recipient',
    reply: graphError(131056),
    fault: 'rate-limited',
    retryAfterMs: 4_000,
    platformCode: '131056',
  },
  throttled(130_429),
  ...oddRefusals,
  { name: 'an error inside 200', reply: graphError(131047, {}, 200), fault: 'window-closed' },
  {
    name: 'a template at the wrong time',
    content: { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: [] },
    reply: graphError(132001, {}, 404),
    fault: 'invalid-message',
  },
  {
    name: 'a read mark not acknowledged',
    content: { kind: 'read', target: WAMID },
    reply: { status: 200, body: { success: false } },
    fault: 'ambiguous',
  },
];

/** An account's API: read marks and typing are answered with success, everything else with an id. */
export const accepting =
  (phoneNumberId: string, accessToken: string) =>
  (call: Call): Reply => {
    if (call.path !== `/v25.0/${phoneNumberId}/messages` || call.method !== 'POST') return graphError(100);
    if (call.headers.authorization !== `Bearer ${accessToken}`) return graphError(190, {}, 401);
    const body = JSON.parse(call.body) as JsonObject;
    if (body.messaging_product !== 'whatsapp') return graphError(100);
    if (body.status === 'read')
      return body.biz_opaque_callback_data === undefined
        ? { status: 200, body: { success: true } }
        : graphError(100);
    const type = asText(body.type);
    if (type === undefined || body[type] === undefined) return graphError(131008);
    return {
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        contacts: [{ input: '15550100001', wa_id: '15550100001', user_id: 'US.13491208655302741918' }],
        messages: [{ id: WAMID }],
      },
    };
  };
