import assert from 'node:assert/strict';
import { render } from '../../../src/channels/whatsapp/render.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import type { OutboundMessage } from '../../../src/message/message.ts';

const TARGET = 'wamid.TARGET';

const native = (body: JsonObject, more: Partial<OutboundMessage> = {}) =>
  render({
    id: 'm1',
    address: { tenant: 't', channel: 'c', conversation: '15550100001' },
    content: { kind: 'native', platform: 'whatsapp', body },
    ...more,
  }).wires;

/** A body of each kind that only WhatsApp has. */
const natives: readonly JsonObject[] = [
  ...[
    {
      type: 'flow',
      action: { name: 'flow', parameters: { flow_message_version: '3', flow_id: '1', flow_cta: 'Book' } },
    },
    {
      type: 'cta_url',
      action: { name: 'cta_url', parameters: { display_text: 'Go', url: 'https://a.example' } },
    },
    { type: 'location_request_message', action: { name: 'send_location' } },
    { type: 'product', action: { catalog_id: '1', product_retailer_id: '2' } },
    { type: 'product_list', header: { type: 'text', text: 'x' }, action: { catalog_id: '1', sections: [] } },
    { type: 'catalog_message', action: { name: 'catalog_message' } },
    { type: 'carousel', action: { cards: [] } },
    { type: 'request_contact_info', action: { name: 'request_contact_info' } },
    { type: 'call_permission_request', action: { name: 'call_permission_request' } },
    { type: 'voice_call', action: { name: 'voice_call', parameters: { ttl_minutes: 100 } } },
  ].map(interactive => ({ type: 'interactive', interactive: { body: { text: 'x' }, ...interactive } })),
  { type: 'text', text: { body: 'x', preview_url: true } },
  {
    type: 'template',
    template: { name: 'a', language: { code: 'en' }, components: [{ type: 'carousel', cards: [] }] },
  },
  { type: 'contacts', contacts: [{ name: { formatted_name: 'A' }, birthday: '2000-01-01' }] },
];

describe('whatsapp: native messages', () => {
  for (const body of natives)
    it(`passes a native ${body.type} through: ${JSON.stringify(body).slice(0, 80)}`, () =>
      assert.deepEqual(
        native(body).map(wire => wire.body),
        [{ messaging_product: 'whatsapp', recipient_type: 'individual', to: '15550100001', ...body }],
      ));

  it('decides itself to whom a native message goes, and lets it quote', () => {
    const body = {
      messaging_product: 'other',
      to: '15550100099',
      recipient: 'US.9',
      recipient_type: 'group',
      biz_opaque_callback_data: 'forged',
      edge: 'marketing_messages',
      context: { message_id: 'wamid.OTHER' },
      type: 'template',
      template: {},
    };
    const [wire] = native(body, { replyTo: TARGET });
    assert.deepEqual(wire, {
      kind: 'message',
      edge: 'marketing_messages',
      body: {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: '15550100001',
        context: { message_id: 'wamid.OTHER' },
        type: 'template',
        template: {},
      },
    });
  });

  it('calls no other edge than those two', () => {
    const body = { type: 'text', text: { body: 'x' }, edge: '../../me' };
    const [wire] = native(body);
    assert.equal(wire?.edge, 'messages');
  });
});
