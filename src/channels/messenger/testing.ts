/** Messenger for the conformance kit: how it signs, what it refuses, where messages go. */
import { defineSubject, type RecordedRequest } from '../../kit/subject.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asObject, asObjects, asText } from '../json.ts';
import { credentials, handshakes, signatureOf, strangeCredentials } from '../meta/testing.ts';
import { messenger } from './index.ts';
import { deliveryOf } from './marker.ts';
import { accepting, MID, PSID, refusals } from './testing-api.ts';

const PAGE_ID = '682498302938465';
const APP_ID = '1517776481860111';

const config = {
  credentials,
  account: { page_id: PAGE_ID, app_id: APP_ID },
  profile: {
    get_started: 'GET_STARTED',
    menu: [{ items: [{ title: 'Talk to somebody', payload: 'CARE_HELP' }] }],
  },
};
/** A webhook of our page. */
const webhook = (items: readonly JsonObject[], list = 'messaging'): RecordedRequest => ({
  body: { object: 'page', entry: [{ id: PAGE_ID, time: 1_700_000_000_500, [list]: items }] },
});

/** An item of a person. */
const from = (part: JsonObject): JsonObject => ({
  sender: { id: PSID },
  recipient: { id: PAGE_ID },
  timestamp: 1_700_000_000_000,
  ...part,
});

/** An item of the page. */
const echo = (message: JsonObject): JsonObject => ({
  sender: { id: PAGE_ID },
  recipient: { id: PSID },
  timestamp: 1_700_000_000_000,
  message: { is_echo: true, mid: MID, ...message },
});

function batch(count: number) {
  const ids = Array.from({ length: count }, (_each, index) => `m_BATCH${index}`);
  return { request: webhook(ids.map(mid => from({ message: { mid, text: `text of ${mid}` } }))), ids };
}

/** What a person would read in a call. */
function read(wire: JsonValue): string {
  const message = asObject(asObject(asObject(wire)?.body)?.message);
  const payload = asObject(asObject(message?.attachment)?.payload);
  const [element] = asObjects(payload?.elements);
  return asText(message?.text) ?? asText(payload?.text) ?? asText(element?.subtitle) ?? '';
}

export const subject = defineSubject({
  definition: messenger,
  config,
  stranger: { ...config, credentials: strangeCredentials },
  signature: signatureOf(config),
  handshakes,
  recordings: new URL('../../../test/channels/messenger/inbound/', import.meta.url),
  batch,
  own: [
    webhook([echo({ app_id: Number(APP_ID), metadata: 'patchbay:01JCDELIVERY', text: 'ours' })]),
    webhook([echo({ app_id: Number(APP_ID), text: 'ours, by other means' })]),
    webhook([echo({ text: 'by a colleague in the page inbox' })]),
    webhook([echo({ app_id: 263_902_037_430_900, text: 'by a colleague in the page inbox' })]),
    webhook([echo({ app_id: 42, metadata: 'patchbay:01JCDELIVERY', text: 'by another app' })]),
    webhook([echo({ text: 'while another app has it' })], 'standby'),
    webhook([from({ sender: { id: PAGE_ID }, message: { mid: MID, text: 'without is_echo' } })]),
  ],
  unknown: [
    webhook([from({ message: { mid: 'm_NEW1', attachments: [{ type: 'hologram', payload: { id: 1 } }] } })]),
    webhook([from({ message: { mid: 'm_NEW2' } })]),
    webhook([from({ telepathy: { thought: 'yes' } })]),
    webhook([{ recipient: { id: PAGE_ID }, timestamp: 1_700_000_000_000, weather: { sunny: true } }]),
    webhook([{ field: 'telepathy', value: { thoughts: 1 } }], 'changes'),
    webhook([{ dream: 1 }], 'dreams'),
  ],
  addresses: [
    { conversation: PSID },
    { conversation: 'user_ref:3f7a2c10-checkout' },
    { conversation: 'comment:1353269864728879_1386123456789012' },
    { conversation: 'post:682498302938465_1353269864728879' },
    { conversation: 'token:7482019384756102938' },
  ],
  messageId: MID,
  native: {
    messaging_type: 'RESPONSE',
    message: {
      attachment: {
        type: 'template',
        payload: {
          template_type: 'media',
          elements: [{ media_type: 'image', attachment_id: '1857777774821032' }],
        },
      },
    },
  },
  read,
  // A page's message has no mentions and no markup; what can hide is the address of a link.
  injections: [
    { text: '[your bank](javascript:alert(1))', live: 'javascript:' },
    { text: '[your bank](https://evil.example)', live: '](' },
  ],
  outbound: {
    accept: accepting(PAGE_ID, credentials),
    platformId: MID,
    refusals,
    marker: call => {
      const message = asObject((JSON.parse(call.body) as JsonObject).message);
      return deliveryOf(asText(message?.metadata));
    },
  },
});
