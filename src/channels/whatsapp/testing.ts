/** WhatsApp for the conformance kit: how it signs, what it refuses, where messages go. */

import { defineSubject, type RecordedRequest } from '../../kit/subject.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asObject, asText } from '../json.ts';
import { credentials, handshakes, signatureOf, strangeCredentials } from '../meta/testing.ts';
import { whatsapp } from './index.ts';
import { accepting, refusals, WAMID } from './testing-api.ts';

const PHONE_NUMBER_ID = '106540352242922';
const USER_ID = 'US.13491208655302741918';

const config = {
  credentials,
  account: { phone_number_id: PHONE_NUMBER_ID, business_account_id: '102290129340398' },
};
/** A webhook of one change about our number. */
const webhook = (field: string, value: JsonObject): RecordedRequest => ({
  body: {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            field,
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '15550100000', phone_number_id: PHONE_NUMBER_ID },
              ...value,
            },
          },
        ],
      },
    ],
  },
});

const textMessage = (id: string, body: string): JsonObject => ({
  id,
  from: '15550100001',
  from_user_id: USER_ID,
  timestamp: '1700000000',
  type: 'text',
  text: { body },
});

function batch(count: number) {
  const ids = Array.from({ length: count }, (_each, index) => `wamid.BATCH${index}`);
  return { request: webhook('messages', { messages: ids.map(id => textMessage(id, `text of ${id}`)) }), ids };
}

/** What a person would read in a call. */
function read(wire: JsonValue): string {
  const body = asObject(asObject(wire)?.body);
  const type = asText(body?.type);
  const said = type === undefined ? undefined : asObject(body?.[type]);
  return asText(said?.body) ?? asText(said?.caption) ?? asText(asObject(said?.body)?.text) ?? '';
}

export const subject = defineSubject({
  definition: whatsapp,
  config,
  stranger: { ...config, credentials: strangeCredentials },
  signature: signatureOf(config),
  handshakes,
  recordings: new URL('../../../test/channels/whatsapp/inbound/', import.meta.url),
  batch,
  own: [
    webhook('smb_message_echoes', {
      message_echoes: [
        { ...textMessage('wamid.ECHO1', 'from the Business app'), from: '15550100000', to: '15550100001' },
      ],
    }),
  ],
  unknown: [
    webhook('messages', {
      messages: [{ ...textMessage('wamid.NEW1', ''), type: 'hologram', hologram: { id: '1' } }],
    }),
    webhook('messages', {
      messages: [
        {
          ...textMessage('wamid.NEW2', ''),
          type: 'interactive',
          interactive: { type: 'wave_reply', wave_reply: { id: '1' } },
        },
      ],
    }),
    webhook('messages', { statuses: [{ id: WAMID, status: 'framed', timestamp: '1700000000' }] }),
    webhook('telepathy', { thoughts: [{ id: '1' }] }),
  ],
  addresses: [
    { conversation: USER_ID },
    { conversation: 'US.ENT.11815799212886844830' },
    { conversation: '15550100001' },
    { conversation: 'Y2FwaV9ncm91cDoxNTU1MDEwMDAwMDoxMjAzNjM0MDQ2OTQyMzM4MjAZD' },
  ],
  messageId: WAMID,
  native: {
    type: 'interactive',
    interactive: {
      type: 'location_request_message',
      body: { text: 'Where are you?' },
      action: { name: 'send_location' },
    },
  },
  read,
  // WhatsApp has no mentions in messages of the Cloud API; what can hide is the address of a link.
  injections: [
    { text: '[your bank](javascript:alert(1))', live: 'javascript:' },
    { text: '[your bank](https://evil.example)', live: '](' },
  ],
  outbound: {
    accept: accepting(PHONE_NUMBER_ID, credentials.access_token),
    platformId: WAMID,
    refusals,
    marker: call => asText((JSON.parse(call.body) as JsonObject).biz_opaque_callback_data),
  },
});
