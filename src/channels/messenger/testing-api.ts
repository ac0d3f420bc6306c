/** What Meta's API answers: for the conformance kit, written from the documentation and not from our own table. */
import type { Call, Refusal, Reply } from '../../kit/subject.ts';
import type { FaultCode } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';
import { asObject, asText } from '../json.ts';
import { graphAnswers } from '../meta/testing.ts';
import { hmacHex } from '../signature.ts';

/** The message every accepted call is answered with. */
export const MID = 'm_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdjfipqxqMvK8ma6AC8fplwlqLP_5cgXIbu7I3rBN0P';
export const PSID = '5481046535350151';

const { graphError, oddRefusals, refusalsIn, refusalsOf, throttled } = graphAnswers();

/** Every documented code, as `code` or `code/subcode`, by what it must become: written anew here, so that a slip in the table is seen. */
const CODES: Readonly<Partial<Record<FaultCode, readonly string[]>>> = {
  'rate-limited': ['9', '613'],
  unavailable: ['2', '1200', '100/2018008', '100/2018047', '100/2018294'],
  ambiguous: ['1', '1/99', '1/1357046'],
  unauthorized: [
    '0',
    '3',
    '10',
    '102',
    '104',
    '190',
    '190/463',
    '190/460',
    '190/467',
    '190/492',
    '200',
    '210',
    '230',
    '299',
    '200/2018021',
  ],
  misconfigured: ['2/2018344', '368', '2022', '100/2018164', '10/2018300', '1200/2018321', '200/2018247'],
  unreachable: [
    '10/2018108',
    '100/33',
    '100/2018001',
    '100/2018218',
    '200/1545041',
    '551',
    '551/1545041',
    '10303',
    '200/2018027',
    '200/2018028',
    '10903',
  ],
  'window-closed': ['10/2018065', '10/2018278', '10/2534022', '4/2018354', '9/2018352', '200/2018278'],
  'invalid-message': [
    '100',
    '100/2018034',
    '100/2018074',
    '100/2018109',
    '100/2018145',
    '100/2018382',
    '100/2534015',
    '100/2534037',
    '803',
    '10900',
    '9000001',
    '100/7777777',
  ],
};

const usage = (minutes: number): string =>
  JSON.stringify({
    '112130216863063': [
      {
        type: 'messenger',
        call_count: 100,
        total_cputime: 25,
        total_time: 25,
        estimated_time_to_regain_access: minutes,
      },
    ],
  });

/** Every refusal the platform documents, and some it does not. */
export const refusals: readonly Refusal[] = [
  ...refusalsIn(CODES),
  ...refusalsOf(['4', '17', '32', '4/2018022', '80001', '80004', '80006'], {
    fault: 'rate-limited',
    retryAfterMs: 60_000,
  }),
  ...refusalsOf(['613/1893016'], { fault: 'rate-limited', retryAfterMs: 4_000 }),
  {
    name: 'a limit with the time to regain access',
    reply: { ...graphError(80006), headers: { 'x-business-use-case-usage': usage(19) } },
    fault: 'rate-limited',
    retryAfterMs: 19 * 60_000,
  },
  {
    name: 'a limit with a usage nobody can read',
    reply: { ...graphError(613), headers: { 'x-business-use-case-usage': 'soon' } },
    fault: 'rate-limited',
  },
  {
    name: 'a limit of an app that has used up its hour',
    reply: { ...graphError(613), headers: { 'x-app-usage': '{"call_count":103,"total_time":20}' } },
    fault: 'rate-limited',
    retryAfterMs: 60_000,
  },
  throttled(4),
  {
    name: 'a proof of another secret',
    reply: graphError(100, { message: 'Invalid appsecret_proof provided in the API argument' }),
    fault: 'unauthorized',
    platformCode: '100',
  },
  ...oddRefusals,
  {
    name: 'an error inside 200',
    reply: graphError(10, { error_subcode: 2_018_278 }, 200),
    fault: 'window-closed',
  },
  {
    name: 'a utility message that is not approved',
    content: { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: [] },
    reply: graphError(100),
    fault: 'invalid-message',
  },
  {
    name: 'typing not acknowledged',
    content: { kind: 'typing', active: true },
    reply: { status: 200, body: {} },
    fault: 'ambiguous',
  },
];

interface Credentials {
  readonly access_token: string;
  readonly app_secret: string;
}

/** A page's API: actions are answered with the person, messages with an id as well. */
export const accepting =
  (pageId: string, { access_token: token, app_secret: secret }: Credentials) =>
  (call: Call): Reply => {
    const [path, query] = call.path.split('?');
    if (path !== `/v25.0/${pageId}/messages` || call.method !== 'POST') return graphError(100);
    if (call.headers.authorization !== `Bearer ${token}`) return graphError(190, {}, 401);
    if (new URLSearchParams(query).get('appsecret_proof') !== hmacHex(secret, token)) return graphError(104);
    const body = JSON.parse(call.body) as JsonObject;
    const recipient = asObject(body.recipient);
    if (recipient === undefined || Object.keys(recipient).length !== 1) return graphError(100);
    const person = typeof recipient.id === 'string' ? { recipient_id: recipient.id } : {};
    const message = asObject(body.message);
    if ((message === undefined) === (body.sender_action === undefined)) return graphError(100);
    if (message === undefined) return { status: 200, body: person };
    const said = [message.text, message.attachment, message.template].filter(part => part !== undefined);
    if (said.length !== 1 || asText(message.metadata) === undefined) return graphError(100);
    return { status: 200, body: { ...person, message_id: MID } };
  };
