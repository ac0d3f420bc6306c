import assert from 'node:assert/strict';
import { type Loss, Unsayable } from '../../../src/channels/channel.ts';
import { dialect } from '../../../src/channels/whatsapp/dialect.ts';
import { render } from '../../../src/channels/whatsapp/render.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import type { OutboundMessage } from '../../../src/message/message.ts';

const TARGET = 'wamid.TARGET';

const message = (content: OutboundContent, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  id: 'm1',
  address: { tenant: 't', channel: 'c', conversation: '15550100001' },
  content,
  ...more,
});

const link = { id: 'o', label: 'Open', url: 'https://shop.example/o' };

describe('whatsapp: rendering', () => {
  const degraded: readonly { name: string; content: OutboundContent; what: readonly string[] }[] = [
    { name: 'a text', content: { kind: 'text', text: 'hi' }, what: [] },
    { name: 'an empty text', content: { kind: 'text', text: ' ' }, what: ['text'] },
    { name: 'nobody', content: { kind: 'contacts', contacts: [] }, what: ['contacts'] },
    { name: 'a single link', content: { kind: 'choices', text: 'See', choices: [link] }, what: [] },
    { name: 'links', content: { kind: 'choices', text: 'See', choices: [link, link] }, what: ['links'] },
    {
      name: 'links of a card',
      content: { kind: 'card', title: 'A', choices: [link, link] },
      what: ['links'],
    },
    { name: 'an edit', content: { kind: 'edit', target: TARGET, text: 'b' }, what: ['edit'] },
    { name: 'typing to nothing', content: { kind: 'typing', active: true }, what: ['typing'] },
    { name: 'typing that ends', content: { kind: 'typing', active: false }, what: ['typing'] },
    {
      name: 'an image of the hub in a card',
      content: {
        kind: 'card',
        title: 'A',
        image: { type: 'image', source: { kind: 'stored', id: 'x' } },
        choices: [],
      },
      what: ['image'],
    },
  ];
  for (const { name, content, what } of degraded)
    it(`says what is lost: ${name}`, () => {
      const { losses } = render(message(content));
      assert.deepEqual(
        losses.map((loss: Loss) => loss.what),
        what,
      );
    });

  it('addresses numbers, user ids and groups in their own ways', () => {
    const rows: readonly (readonly [string, JsonObject])[] = [
      ['15550100001', { recipient_type: 'individual', to: '15550100001' }],
      ['+15550100001', { recipient_type: 'individual', to: '15550100001' }],
      ['US.13491208655302741918', { recipient_type: 'individual', recipient: 'US.13491208655302741918' }],
      ['US.ENT.118157992', { recipient_type: 'individual', recipient: 'US.ENT.118157992' }],
      ['Y2FwaV9ncm91cDox', { recipient_type: 'group', to: 'Y2FwaV9ncm91cDox' }],
    ];
    for (const [conversation, expected] of rows) {
      const address = { tenant: 't', channel: 'c', conversation };
      const [wire] = render(message({ kind: 'text', text: 'hi' }, { address })).wires;
      assert.deepEqual(wire?.body, {
        messaging_product: 'whatsapp',
        ...expected,
        type: 'text',
        text: { body: 'hi' },
      });
    }
  });

  it('quotes with the first of several messages', () => {
    const { wires } = render(message({ kind: 'text', text: 'word '.repeat(2_000) }, { replyTo: TARGET }));
    assert.equal(wires.length, 3);
    assert.deepEqual(
      wires.map(({ body }) => body.context),
      [{ message_id: TARGET }, undefined, undefined],
    );
  });

  it('shows typing below the message answered, and marks it read', () => {
    const { wires } = render(message({ kind: 'typing', active: true }, { replyTo: TARGET }));
    assert.deepEqual(wires, [
      {
        kind: 'signal',
        edge: 'messages',
        body: {
          messaging_product: 'whatsapp',
          status: 'read',
          message_id: TARGET,
          typing_indicator: { type: 'text' },
        },
      },
    ]);
  });

  it('marks as read', () => {
    const { wires } = render(message({ kind: 'read', target: TARGET }));
    assert.deepEqual(wires, [
      {
        kind: 'signal',
        edge: 'messages',
        body: { messaging_product: 'whatsapp', status: 'read', message_id: TARGET },
      },
    ]);
  });

  const refused: readonly { name: string; content: OutboundContent }[] = [
    { name: 'a deletion', content: { kind: 'deletion', target: TARGET } },
    {
      name: 'a native message without a type',
      content: { kind: 'native', platform: 'whatsapp', body: { to: '1' } },
    },
    {
      name: 'a native read mark of nothing',
      content: { kind: 'native', platform: 'whatsapp', body: { status: 'read' } },
    },
    {
      name: 'a reaction by name',
      content: { kind: 'reaction', emoji: 'thumbsup', target: TARGET, removed: false },
    },
    {
      name: 'an id that would be cut',
      content: { kind: 'choices', text: 'x', choices: [{ id: 'i'.repeat(257), label: 'A' }] },
    },
    {
      name: 'an id twice',
      content: {
        kind: 'choices',
        text: 'x',
        choices: [
          { id: 'i', label: 'A' },
          { id: 'i', label: 'B' },
        ],
      },
    },
    {
      name: 'an id too long for a list',
      content: {
        kind: 'choices',
        text: 'x',
        choices: [{ id: 'i'.repeat(201), label: 'A', description: 'a' }],
      },
    },
  ];
  for (const { name, content } of refused)
    it(`refuses ${name}`, () => assert.throws(() => render(message(content)), Unsayable));

  // Quadratic, this would take hours.
  it('escapes a hostile text in one pass', () => {
    for (const marks of ['*a ', '*a* ', '_a', '~', '`a ', '```'])
      assert.equal(dialect.escape(marks.repeat(100_000)).length, marks.length * 100_000);
  });
});
