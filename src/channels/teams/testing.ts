/** Teams for the conformance kit: how Microsoft signs, what Teams sends, how it refuses. All ids are made up. */
import { type Call, defineSubject, type Refusal, type Reply } from '../../kit/subject.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asObject, asObjects, asText } from '../json.ts';
import { readable } from './dialect.ts';
import { teams } from './index.ts';
import { standInKey } from './stand-in-key.ts';

const APP_ID = '3f2c9a10-5d7e-4b61-9c3a-7e1f0b2d4a60';
const account = { app_id: APP_ID };
const config = { credentials: { app_password: 'kit-app-password-0001' }, account };
const stranger = { credentials: { app_password: 'kit-app-password-0002' }, account };

const CONVERSATION = '19:a1b2c3d4e5f60718293a4b5c6d7e8f90@thread.v2';
const CHANNEL = '19:0f1e2d3c4b5a69788796a5b4c3d2e1f0@thread.tacv2';
const PERSONAL = 'a:1kitPersonalConversationWithAda';
const ADA = '29:1kitAdaExample';
const SERVICE_URL = 'https://smba.trafficmanager.net/emea/';
const SENT_ID = '1700000000321';

const activity = (body: JsonObject) => ({
  body: {
    type: 'message',
    id: '1699999998000',
    timestamp: '2023-11-14T22:13:18.0000000Z',
    channelId: 'msteams',
    serviceUrl: SERVICE_URL,
    from: { id: ADA, name: 'Ada Example', aadObjectId: '5c0e1b2a-0000-4000-8000-000000000001' },
    conversation: { id: CONVERSATION, conversationType: 'groupChat', isGroup: true },
    recipient: { id: `28:${APP_ID}`, name: 'Helpdesk' },
    channelData: { tenant: { id: '72f9d1c4-0000-4000-8000-00000000000a' } },
    ...body,
  },
});

/** Several files of one message are the only batch there is: one activity comes with each request. */
const files = (count: number) => ({
  request: activity({
    attachments: Array.from({ length: count }, (_, index) => ({
      contentType: 'image/png',
      contentUrl: `${SERVICE_URL}v3/attachments/0-${index}/views/original`,
    })),
  }),
  ids: Array.from(
    { length: count },
    (_, index) => `${CONVERSATION}/1699999998000${index === 0 ? '' : `#${index + 1}`}`,
  ),
});

/** The keys to verify with, and tokens to send with. */
function prepare({ path }: Pick<Call, 'path'>, origin = 'https://login.botframework.com'): Reply | undefined {
  if (path.endsWith('/.well-known/openidconfiguration'))
    return { status: 200, body: { jwks_uri: `${origin}/v1/.well-known/keys` } };
  if (path.endsWith('/.well-known/keys')) return { status: 200, body: { keys: [publicKey()] } };
  if (path.endsWith('/oauth2/v2.0/token'))
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3_599, access_token: 'kit-access-token' },
    };
  return undefined;
}

function publicKey(): JsonObject {
  const { kid, n, e } = standInKey(config.credentials.app_password);
  return { kty: 'RSA', use: 'sig', kid, n, e, endorsements: ['msteams'] };
}

/** Every text a person would see: the message's own, or those of its card. */
function read(wire: JsonValue): string {
  const body = asObject(asObject(wire)?.body);
  const cards = asObjects(body?.attachments)
    .map(attachment => asObject(attachment.content))
    .filter(card => card !== undefined);
  const words = [asText(body?.text), ...cards.flatMap(wordsOf)];
  return words
    .filter(word => word !== undefined)
    .map(readable)
    .join('\n');
}

const wordsOf = (card: JsonObject): readonly (string | undefined)[] => [
  ...asObjects(card.body).flatMap(block => [
    asText(block.text),
    ...asObjects(block.choices).map(choice => asText(choice.title)),
  ]),
  ...asObjects(card.actions).map(action => asText(action.title)),
];

const refused = (
  status: number,
  code: string,
  fault: Refusal['fault'],
  more: Partial<Refusal> = {},
): Refusal => ({
  name: `${status} ${code}`,
  reply: { status, body: { error: { code, message: `The Connector says ${code} in a sentence.` } } },
  fault,
  platformCode: code,
  ...more,
});

const NOT_SIGNED =
  'Microsoft signs a token and not the body; what binds the two is tested beside the adapter';

export const subject = defineSubject({
  definition: teams,
  config,
  stranger,
  signature: {
    header: 'authorization',
    forged: [
      { name: 'another scheme', value: 'Basic a2l0OmtpdA==' },
      { name: 'a scheme alone', value: 'Bearer' },
      { name: 'two parts', value: 'Bearer eyJhbGciOiJub25lIn0.e30' },
      { name: 'no algorithm', value: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
    ],
    decoys: { 'x-ms-tenant-id': '72f9d1c4-0000-4000-8000-00000000000a' },
  },
  handshakes: { none: 'Teams does not check an address: there is only the first activity' },
  prepare,
  recordings: new URL('../../../test/channels/teams/inbound/', import.meta.url),
  batch: files,
  own: [
    activity({ text: 'Hello!', from: { id: `28:${APP_ID}`, name: 'Helpdesk' } }),
    activity({ type: 'typing', from: { id: `28:${APP_ID.toUpperCase()}` } }),
    activity({ type: 'messageUpdate', text: 'new', from: { id: `28:${APP_ID}` } }),
  ],
  unknown: [
    activity({ type: 'hologram' }),
    activity({ type: 'event', name: 'application/vnd.microsoft.moonLanding', value: { crater: 7 } }),
    activity({ type: 'invoke', name: 'mind/read', value: {} }),
    activity({ type: 'invoke', name: 'composeExtension/dance', value: {} }),
    activity({ type: 'conversationUpdate', channelData: { eventType: 'channelPainted' } }),
    activity({ attachments: [{ contentType: 'application/vnd.microsoft.hologram', content: {} }] }),
    activity({ type: 'constructor' }),
  ],
  addresses: [
    { conversation: CONVERSATION },
    { conversation: CHANNEL },
    { conversation: CHANNEL, thread: '1699999990000' },
    { conversation: PERSONAL },
  ],
  messageId: `${CONVERSATION}/1699999998000`,
  native: {
    activity: {
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.hero',
          content: { title: 'Opening hours', buttons: [{ type: 'imBack', title: 'Today', value: 'today' }] },
        },
      ],
    },
  },
  read,
  injections: [
    { text: '<at>Ada Example</at> hello', live: '<at>' },
    { text: '&lt;at>Everyone&lt;/at>', live: '<at>' },
    { text: '<img src="https://evil.example/pixel">', live: '<img' },
    { text: '[https://bank.example](https://evil.example)', live: '[https://bank.example](' },
  ],
  outbound: {
    accept: ({ method }) =>
      method === 'POST' ? { status: 201, body: { id: SENT_ID } } : { status: 200, body: '' },
    platformId: `${CONVERSATION}/${SENT_ID}`,
    refusals: [
      refused(400, 'BadArgument', 'invalid-message'),
      refused(400, 'Bad Argument', 'invalid-message'),
      refused(400, 'BadSyntax', 'invalid-message'),
      refused(401, 'BotNotRegistered', 'misconfigured'),
      refused(403, 'BotDisabledByAdmin', 'unreachable'),
      refused(403, 'BotNotInConversationRoster', 'unreachable'),
      refused(404, 'BotNotInConversationRoster', 'unreachable'),
      refused(403, 'ConversationBlockedByUser', 'unreachable'),
      refused(403, 'MessageWritesBlocked', 'unreachable'),
      refused(403, 'ForbiddenOperationException', 'unreachable'),
      refused(403, 'InvalidBotApiHost', 'misconfigured'),
      refused(403, 'NotEnoughPermissions', 'misconfigured'),
      refused(403, 'TenantNoPermission', 'misconfigured'),
      refused(403, 'CapabilityOverride', 'misconfigured'),
      refused(403, 'ContentStreamNotAllowed', 'invalid-message'),
      refused(403, 'ErrorOfTomorrow', 'unreachable'),
      refused(404, 'ConversationNotFound', 'unreachable'),
      refused(404, 'ActivityNotFoundInConversation', 'invalid-message'),
      refused(412, 'PreconditionFailed', 'unavailable'),
      refused(413, 'MessageSizeTooBig', 'invalid-message'),
      refused(429, 'Throttled', 'rate-limited'),
      {
        name: '429 with a wait',
        reply: { status: 429, headers: { 'retry-after': '2' }, body: { error: { code: 'Throttled' } } },
        fault: 'rate-limited',
        retryAfterMs: 2_000,
      },
      refused(500, 'ServiceError', 'ambiguous'),
      { name: '502', reply: { status: 502, body: '<html>Bad gateway</html>' }, fault: 'ambiguous' },
      { name: '503', reply: { status: 503 }, fault: 'ambiguous' },
      { name: '504', reply: { status: 504 }, fault: 'ambiguous' },
      { name: '401 for a new token', reply: { status: 401 }, fault: 'unauthorized' },
      { name: '403 without a code', reply: { status: 403 }, fault: 'unauthorized' },
      {
        name: 'an edit answered 502',
        reply: { status: 502 },
        content: { kind: 'edit', target: `${CONVERSATION}/1`, text: 'new' },
        fault: 'unavailable',
      },
      { name: 'an empty answer', reply: { status: 200, body: '' }, fault: 'ambiguous' },
      { name: 'yes without an id', reply: { status: 201, body: {} }, fault: 'ambiguous' },
      { name: 'no answer', reply: 'hang', fault: 'ambiguous' },
      { name: 'nobody there', reply: 'refused', fault: 'not-connected' },
      { name: 'connection reset', reply: 'reset', fault: 'ambiguous' },
      { name: 'connection cut', reply: 'cut', fault: 'ambiguous' },
    ],
  },
  exempt: {
    'signature/tampered-byte': NOT_SIGNED,
    'signature/added-bytes': NOT_SIGNED,
    'signature/invalid-utf8-swap': NOT_SIGNED,
    'signature/reserialised-body': NOT_SIGNED,
  },
});
