/** Slack for the conformance kit: how it signs, what it sends, how it refuses. All ids are made up. */

import { type Call, defineSubject, type Refusal } from '../../kit/subject.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asObject, asObjects, asText } from '../json.ts';
import { readLiteral } from '../markdown/literal.ts';
import { readForm } from './form.ts';
import { slack } from './index.ts';

const account = { team_id: 'T061EG9R6', app_id: 'A0MDYCDME' };
const config = {
  credentials: { bot_token: 'xoxb-kit-bot-token-0001', signing_secret: 'kit-signing-secret-0001' },
  account,
};
const stranger = {
  credentials: { bot_token: 'xoxb-kit-bot-token-0002', signing_secret: 'kit-signing-secret-0002' },
  account,
};

const CONVERSATION = 'C061EG9SL';
const TS = '1699999998.000200';
const SENT_TS = '1700000000.000100';

const event = (body: JsonObject, outer: JsonObject = {}) => ({
  body: {
    team_id: account.team_id,
    api_app_id: account.app_id,
    type: 'event_callback',
    event_id: 'Ev0PV52K21',
    event_time: 1_699_999_998,
    authorizations: [{ team_id: account.team_id, user_id: 'U0LAN0Z89', is_bot: true }],
    event: { channel: CONVERSATION, event_ts: TS, ...body },
    ...outer,
  },
});
const message = (body: JsonObject) => event({ type: 'message', user: 'U061F7AUR', ts: TS, ...body });

/** Several files of one message are the only batch there is: one event comes with each request. */
const files = (count: number) => ({
  request: message({
    subtype: 'file_share',
    text: '',
    files: Array.from({ length: count }, (_, index) => ({ id: `F${index}`, mimetype: 'image/png' })),
  }),
  ids: Array.from(
    { length: count },
    (_, index) => `${CONVERSATION}:${TS}${index === 0 ? '' : `/${index + 1}`}`,
  ),
});

const formOf = (call: Call): ReadonlyMap<string, string> => readForm(Buffer.from(call.body));

const marker = (call: Call): string | undefined => {
  const metadata = formOf(call).get('metadata');
  const payload = metadata === undefined ? undefined : asObject(JSON.parse(metadata).event_payload);
  return asText(payload?.id);
};

/** Every text a person would see: of the blocks where there are any, else of the message. */
function read(wire: JsonValue): string {
  const args = asObject(asObject(wire)?.arguments);
  const blocks = asObjects(args?.blocks);
  const words = blocks.length === 0 ? [asText(args?.text)] : blocks.flatMap(wordsOf);
  return words
    .filter(word => word !== undefined)
    .map(readLiteral)
    .join('\n');
}

function wordsOf(block: JsonObject): readonly (string | undefined)[] {
  const own = asText(asObject(block.text)?.text);
  const offered = asObjects(block.elements).flatMap(element => [
    asText(asObject(element.text)?.text),
    ...asObjects(element.options).flatMap(option => [
      asText(asObject(option.text)?.text),
      asText(asObject(option.description)?.text),
    ]),
  ]);
  return [own, ...offered];
}

const refused = (error: string, fault: Refusal['fault'], more: JsonObject = {}): Refusal => ({
  name: error,
  reply: { status: 200, body: { ok: false, error, ...more } },
  fault,
  platformCode: error,
});

const OTHER_ALGORITHM = 'v1=a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';

export const subject = defineSubject({
  definition: slack,
  config,
  stranger,
  signature: {
    header: 'x-slack-signature',
    forged: [{ name: 'a version that does not exist', value: OTHER_ALGORITHM }],
    timestamp: { header: 'x-slack-request-timestamp', toleranceSeconds: 300 },
    rotation: {
      config: {
        ...config,
        credentials: { ...config.credentials, previous_signing_secret: 'kit-signing-secret-0000' },
      },
      old: { ...config, credentials: { ...config.credentials, signing_secret: 'kit-signing-secret-0000' } },
    },
  },
  handshakes: [
    {
      name: 'url verification',
      request: {
        body: { token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl', challenge: '3eZbrw1aBm2rZgRN', type: 'url_verification' },
      },
      expected: { answer: { status: 200, body: '3eZbrw1aBm2rZgRN', contentType: 'text/plain' } },
    },
    {
      name: 'url verification unsigned',
      request: { unsigned: true, body: { challenge: '3eZbrw1aBm2rZgRN', type: 'url_verification' } },
      expected: { status: 401, reason: 'missing-signature' },
    },
    {
      name: 'certificate check',
      request: { unsigned: true, body: 'token=Jhj5dZrVaK7ZwHHjRyZWjbDl&ssl_check=1' },
      expected: { answer: { status: 200, body: '' } },
    },
    {
      name: 'certificate check with more than that',
      request: { unsigned: true, body: 'ssl_check=1&command=%2Fticket' },
      expected: { status: 401, reason: 'missing-signature' },
    },
  ],
  recordings: new URL('../../../test/channels/slack/inbound/', import.meta.url),
  batch: files,
  own: [
    message({ text: 'Hello!', bot_id: 'B0OURS001', app_id: account.app_id }),
    message({ text: 'Hello!', user: 'U0LAN0Z89', bot_id: 'B0OURS001' }),
    message({ text: 'Hello!', bot_id: 'B0OURS001', bot_profile: { app_id: account.app_id } }),
    message({
      subtype: 'message_changed',
      message: {
        ts: TS,
        text: 'new',
        user: 'U0LAN0Z89',
        app_id: account.app_id,
        edited: { user: 'U0LAN0Z89', ts: TS },
      },
      previous_message: { ts: TS, text: 'old', user: 'U0LAN0Z89', app_id: account.app_id },
    }),
    event({
      type: 'reaction_added',
      user: 'U0LAN0Z89',
      reaction: 'eyes',
      item: { type: 'message', channel: CONVERSATION, ts: TS },
    }),
  ],
  unknown: [
    event({ type: 'canvas_danced' }),
    event({ type: 'planet_created', channel: null }),
    message({ subtype: 'hologram', text: 'hello' }),
    { body: { type: 'carrier_pigeon', api_app_id: account.app_id, team_id: account.team_id } },
    {
      body: `payload=${encodeURIComponent(JSON.stringify({ type: 'mind_reading', user: { id: 'U061F7AUR' } }))}`,
    },
  ],
  addresses: [
    { conversation: CONVERSATION },
    { conversation: CONVERSATION, thread: TS },
    { conversation: 'D0PNCRP9N' },
    { conversation: 'U061F7AUR' },
  ],
  messageId: `${CONVERSATION}:${TS}`,
  native: { method: 'chat.postMessage', arguments: { text: 'as it is', blocks: [{ type: 'divider' }] } },
  read,
  injections: [
    ...['<!channel>', '<!here>', '<!everyone>', '<@U061F7AUR>', '<#C061EG9SL>', '<!subteam^S0614TZR7>'].map(
      text => ({
        text: `${text} hello`,
        live: text,
      }),
    ),
    { text: '<https://evil.example|https://bank.example>', live: '|https://bank.example' },
    { text: '[https://bank.example](https://evil.example)', live: '|https://bank.example' },
  ],
  outbound: {
    accept: call => {
      const channel = formOf(call).get('channel') ?? CONVERSATION;
      return { status: 200, body: { ok: true, channel, ts: SENT_TS, message: { ts: SENT_TS } } };
    },
    platformId: `${CONVERSATION}:${SENT_TS}`,
    marker,
    refusals: [
      {
        name: 'too many requests',
        reply: { status: 429, headers: { 'retry-after': '7' }, body: { ok: false, error: 'ratelimited' } },
        fault: 'rate-limited',
        retryAfterMs: 7_000,
      },
      { name: 'too many requests without a wait', reply: { status: 429 }, fault: 'rate-limited' },
      refused('ratelimited', 'rate-limited'),
      refused('fatal_error', 'ambiguous'),
      refused('internal_error', 'ambiguous'),
      refused('service_unavailable', 'unavailable'),
      refused('invalid_auth', 'unauthorized'),
      refused('token_revoked', 'unauthorized'),
      refused('missing_scope', 'unauthorized', { needed: 'chat:write', provided: 'im:history' }),
      refused('ekm_access_denied', 'misconfigured'),
      refused('channel_not_found', 'unreachable'),
      refused('not_in_channel', 'unreachable'),
      refused('restricted_action_read_only_channel', 'unreachable'),
      refused('msg_too_long', 'invalid-message'),
      refused('invalid_blocks', 'invalid-message', {
        response_metadata: {
          messages: ['[ERROR] missing required field: text [json-pointer:/blocks/0/text]'],
        },
      }),
      refused('expired_trigger_id', 'window-closed'),
      refused('an_error_of_tomorrow', 'invalid-message'),
      { name: 'server error', reply: { status: 503, body: '<html>down</html>' }, fault: 'ambiguous' },
      {
        name: 'a page instead of an answer',
        reply: { status: 200, body: '<html>Sign in</html>' },
        fault: 'ambiguous',
      },
      { name: 'an empty answer', reply: { status: 200, body: '' }, fault: 'ambiguous' },
      { name: 'yes without an id', reply: { status: 200, body: { ok: true } }, fault: 'ambiguous' },
      {
        name: 'a redirect',
        reply: { status: 302, headers: { location: 'https://evil.example/' } },
        fault: 'ambiguous',
      },
      { name: 'no answer', reply: 'hang', fault: 'ambiguous' },
      { name: 'nobody there', reply: 'refused', fault: 'not-connected' },
      { name: 'connection reset', reply: 'reset', fault: 'ambiguous' },
      { name: 'connection cut', reply: 'cut', fault: 'ambiguous' },
    ],
  },
  exempt: {
    'redelivery/same-bytes-same-events':
      'commands and modals tell no time but that of the signature, which is new with every delivery; their ids stay (tested beside the adapter)',
  },
});
