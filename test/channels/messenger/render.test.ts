import assert from 'node:assert/strict';
import { type Loss, Unsayable } from '../../../src/channels/channel.ts';
import { renderer } from '../../../src/channels/messenger/render.ts';
import type { SendOptions } from '../../../src/channels/messenger/wire.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import type { OutboundMessage } from '../../../src/message/message.ts';

const PSID = '5481046535350151';
const MID = 'm_TARGET';
const OPTIONS: SendOptions = { messaging: 'response', notification: 'regular' };

const render = (
  content: OutboundContent,
  more: Partial<OutboundMessage> & { conversation?: string } = {},
  options = OPTIONS,
) => {
  const { conversation = PSID, ...rest } = more;
  const address = { tenant: 't', channel: 'c', conversation };
  return renderer(options)({ id: 'm1', address, content, ...rest });
};

/** The bodies without what they all have. */
const said = (content: OutboundContent): readonly JsonObject[] =>
  render(content).wires.map(({ body }) => {
    const { recipient, messaging_type: type, ...rest } = body;
    assert.deepEqual(recipient, { id: PSID });
    assert.equal(type, rest.sender_action === undefined ? 'RESPONSE' : undefined);
    return rest;
  });

const url = (name: string) => ({ kind: 'url', url: `https://files.example/${name}` }) as const;
const link = { id: 'o', label: 'Open', url: 'https://shop.example/o' };
const picks = (count: number) =>
  Array.from({ length: count }, (_each, index) => ({ id: `id-${index}`, label: `Pick ${index}` }));
const file = (type: string, payload: JsonObject): JsonObject => ({
  message: { attachment: { type, payload } },
});
const template = (type: string, more: JsonObject): JsonObject =>
  file('template', { template_type: type, ...more });
const postback = (title: string, payload: string): JsonObject => ({ type: 'postback', title, payload });
const webUrl = { type: 'web_url', title: 'Open', url: 'https://shop.example/o' };
const image = { type: 'image', source: url('s.png') } as const;

const bodies: readonly { name: string; content: OutboundContent; bodies: readonly JsonObject[] }[] = [
  {
    name: 'text without marks the apps would show',
    content: {
      kind: 'text',
      text: '**bold** *it* ~~no~~ `c` [shop](https://shop.example) https://a.example/x_y_z',
    },
    bodies: [{ message: { text: 'bold it no `c` shop (https://shop.example) https://a.example/x_y_z' } }],
  },
  {
    name: 'marks of people, which are words',
    content: { kind: 'text', text: 'say \\*yes\\* or snake_case, 2 * 3' },
    bodies: [{ message: { text: 'say *yes* or snake_case, 2 * 3' } }],
  },
  {
    name: 'an image by address',
    content: { kind: 'media', media: { type: 'image', source: url('a.png') } },
    bodies: [file('image', { url: 'https://files.example/a.png', is_reusable: false })],
  },
  {
    name: 'a file by the id of an upload, whose caption follows',
    content: {
      kind: 'media',
      media: { type: 'file', source: { kind: 'platform', ref: '77' } },
      caption: 'Here',
    },
    bodies: [file('file', { attachment_id: '77' }), { message: { text: 'Here' } }],
  },
  {
    name: 'a voice note as a sound',
    content: { kind: 'media', media: { type: 'voice', source: url('d.ogg') } },
    bodies: [file('audio', { url: 'https://files.example/d.ogg', is_reusable: false })],
  },
  {
    name: 'a sticker as an image',
    content: { kind: 'media', media: { type: 'sticker', source: url('f.webp') } },
    bodies: [file('image', { url: 'https://files.example/f.webp', is_reusable: false })],
  },
  {
    name: 'media only the hub has, by name',
    content: {
      kind: 'media',
      media: { type: 'file', source: { kind: 'stored', id: 'x' }, name: 'a*b*.txt' },
      caption: 'Notes',
    },
    bodies: [{ message: { text: 'Notes\n[a*b*.txt]' } }],
  },
  {
    name: 'a location as a link',
    content: { kind: 'location', latitude: 52.5, longitude: 13.3, label: 'Gate' },
    bodies: [{ message: { text: 'Gate\nhttps://www.google.com/maps/search/?api=1&query=52.5,13.3' } }],
  },
  {
    name: 'a contact as text',
    content: {
      kind: 'contacts',
      contacts: [{ name: 'Ada', phones: [{ number: '+15550100001' }], emails: [], urls: [] }],
    },
    bodies: [{ message: { text: 'Ada\n+15550100001' } }],
  },
  {
    name: 'answers as quick replies',
    content: { kind: 'choices', text: '**Sure?**', choices: picks(2) },
    bodies: [
      {
        message: {
          text: 'Sure?',
          quick_replies: [
            { content_type: 'text', title: 'Pick 0', payload: 'id-0' },
            { content_type: 'text', title: 'Pick 1', payload: 'id-1' },
          ],
        },
      },
    ],
  },
  {
    name: 'a menu without words, which Meta would refuse',
    content: { kind: 'choices', text: ' ', choices: picks(1) },
    bodies: [
      {
        message: {
          text: '…',
          quick_replies: [{ content_type: 'text', title: 'Pick 0', payload: 'id-0' }],
        },
      },
    ],
  },
  {
    name: 'a link among up to three as buttons',
    content: { kind: 'choices', text: 'See', choices: [link, ...picks(1)] },
    bodies: [template('button', { text: 'See', buttons: [webUrl, postback('Pick 0', 'id-0')] })],
  },
  {
    name: 'a link among four as text',
    content: { kind: 'choices', text: 'See', choices: [link, ...picks(3)] },
    bodies: [
      {
        message: {
          text: 'See\n\nOpen: https://shop.example/o',
          quick_replies: [0, 1, 2].map(n => ({
            content_type: 'text',
            title: `Pick ${n}`,
            payload: `id-${n}`,
          })),
        },
      },
    ],
  },
  {
    name: 'a card as an element of a generic template',
    content: { kind: 'card', title: 'Shoes', text: 'Blue', image, choices: [link, ...picks(1)] },
    bodies: [
      template('generic', {
        elements: [
          {
            title: 'Shoes',
            subtitle: 'Blue',
            image_url: 'https://files.example/s.png',
            buttons: [webUrl, postback('Pick 0', 'id-0')],
          },
        ],
      }),
    ],
  },
  {
    name: 'a card with nothing but a title as text',
    content: { kind: 'card', title: 'Shoes', choices: [] },
    bodies: [{ message: { text: 'Shoes' } }],
  },
  {
    name: 'a card with a long text, which goes before it in one piece',
    content: { kind: 'card', title: 'Shoes', text: 'word '.repeat(100).trim(), choices: picks(1) },
    bodies: [
      { message: { text: 'word '.repeat(100).trim() } },
      template('generic', { elements: [{ title: 'Shoes', buttons: [postback('Pick 0', 'id-0')] }] }),
    ],
  },
  {
    name: 'a card whose image is an upload, which goes before it',
    content: {
      kind: 'card',
      title: 'Shoes',
      text: 'Blue',
      image: { type: 'image', source: { kind: 'platform', ref: '77' } },
      choices: [],
    },
    bodies: [
      file('image', { attachment_id: '77' }),
      template('generic', { elements: [{ title: 'Shoes', subtitle: 'Blue' }] }),
    ],
  },
  {
    name: 'typing',
    content: { kind: 'typing', active: true },
    bodies: [{ sender_action: 'typing_on' }],
  },
  {
    name: 'typing that ends',
    content: { kind: 'typing', active: false },
    bodies: [{ sender_action: 'typing_off' }],
  },
  { name: 'a read mark', content: { kind: 'read', target: MID }, bodies: [{ sender_action: 'mark_seen' }] },
  {
    name: 'a reaction to an attachment, which is one to its message',
    content: { kind: 'reaction', emoji: '🦊', target: `${MID}/2`, removed: false },
    bodies: [{ sender_action: 'react', payload: { message_id: MID, reaction: '🦊' } }],
  },
  {
    name: 'a reaction taken back',
    content: { kind: 'reaction', emoji: '', target: MID, removed: true },
    bodies: [{ sender_action: 'unreact', payload: { message_id: MID } }],
  },
  {
    name: 'an edit as a new message',
    content: { kind: 'edit', target: MID, text: 'Better' },
    bodies: [{ message: { text: 'Better' } }],
  },
];

describe('messenger: bodies', () => {
  for (const { name, content, bodies: expected } of bodies)
    it(`says ${name}`, () => assert.deepEqual(said(content), expected));
});

describe('messenger: rendering', () => {
  const losses: readonly { name: string; content: OutboundContent; what: readonly string[] }[] = [
    { name: 'a text', content: { kind: 'text', text: 'hi' }, what: [] },
    { name: 'an empty text', content: { kind: 'text', text: ' ' }, what: ['text'] },
    { name: 'nobody', content: { kind: 'contacts', contacts: [] }, what: ['contacts'] },
    { name: 'a link on a button', content: { kind: 'choices', text: 'See', choices: [link] }, what: [] },
    {
      name: 'links among many',
      content: { kind: 'choices', text: 'See', choices: [link, ...picks(3)] },
      what: ['links'],
    },
    { name: 'thirteen answers', content: { kind: 'choices', text: 'See', choices: picks(13) }, what: [] },
    { name: 'fourteen', content: { kind: 'choices', text: 'See', choices: picks(14) }, what: ['choices'] },
    {
      name: 'a description',
      content: { kind: 'choices', text: 'See', choices: [{ id: 'a', label: 'A', description: 'b' }] },
      what: ['descriptions'],
    },
    {
      name: 'a caption',
      content: { kind: 'media', media: image, caption: 'Here' },
      what: ['caption'],
    },
    { name: 'an edit', content: { kind: 'edit', target: MID, text: 'b' }, what: ['edit'] },
    {
      name: 'an image of the hub in a card',
      content: {
        kind: 'card',
        title: 'A',
        text: 'b',
        image: { type: 'image', source: { kind: 'stored', id: 'x' } },
        choices: [],
      },
      what: ['image'],
    },
    {
      name: 'an uploaded image of a card',
      content: {
        kind: 'card',
        title: 'A',
        image: { type: 'image', source: { kind: 'platform', ref: '1' } },
        choices: [],
      },
      what: ['image'],
    },
    {
      name: 'the long text of a card',
      content: { kind: 'card', title: 'A', text: 'b'.repeat(81), choices: [] },
      what: ['text'],
    },
  ];
  for (const { name, content, what } of losses)
    it(`says what is lost: ${name}`, () => {
      assert.deepEqual(
        render(content).losses.map((loss: Loss) => loss.what),
        what,
      );
    });

  it('addresses everybody in their own way', () => {
    const rows: readonly (readonly [string, JsonObject, string | undefined])[] = [
      [PSID, { id: PSID }, 'RESPONSE'],
      ['user_ref:a:b', { user_ref: 'a:b' }, 'RESPONSE'],
      ['comment:1_2', { comment_id: '1_2' }, undefined],
      ['post:1_2', { post_id: '1_2' }, undefined],
      ['token:77', { notification_messages_token: '77' }, undefined],
      ['user_ref:', { id: 'user_ref:' }, 'RESPONSE'],
    ];
    for (const [conversation, recipient, type] of rows) {
      const [wire] = render({ kind: 'text', text: 'hi' }, { conversation }).wires;
      assert.deepEqual([wire?.body.recipient, wire?.body.messaging_type], [recipient, type], conversation);
    }
  });

  it('shows nothing to who has no open conversation, and says so', () => {
    for (const conversation of ['user_ref:a', 'comment:1_2', 'post:1_2', 'token:77'])
      for (const content of [
        { kind: 'typing', active: true },
        { kind: 'read', target: MID },
        { kind: 'reaction', emoji: '👍', target: MID, removed: false },
      ] as const) {
        const { wires, losses: lost } = render(content, { conversation });
        assert.deepEqual([wires, lost.map(loss => loss.what)], [[], [content.kind]]);
      }
  });

  it('quotes with the first of several, a person’s messages only, and attachments by their message', () => {
    const long = { kind: 'text', text: 'word '.repeat(800) } as const;
    const quotes = (conversation: string) =>
      render(long, { conversation, replyTo: `${MID}/3` }).wires.map(({ body }) => body.reply_to);
    assert.deepEqual(quotes(PSID), [{ mid: MID }, undefined, undefined].slice(0, quotes(PSID).length));
    assert.deepEqual(
      quotes('comment:1_2').filter(quote => quote !== undefined),
      [],
    );
  });

  it('says what messages are to Meta, and how loud', () => {
    const body = (options: SendOptions) => {
      const [wire] = render({ kind: 'text', text: 'hi' }, {}, options).wires;
      const { recipient: _recipient, message: _message, ...rest } = wire?.body ?? {};
      return rest;
    };
    assert.deepEqual(body({ messaging: 'update', notification: 'silent' }), {
      messaging_type: 'UPDATE',
      notification_type: 'SILENT_PUSH',
    });
    assert.deepEqual(body({ messaging: 'human-agent', notification: 'none' }), {
      messaging_type: 'MESSAGE_TAG',
      tag: 'HUMAN_AGENT',
      notification_type: 'NO_PUSH',
    });
  });

  it('sends templates as utility messages, whatever the channel says of all others', () => {
    const content = { kind: 'template', name: 'shipped', language: 'en_US', parameters: ['Ada'] } as const;
    const [wire] = render(content, {}, { messaging: 'human-agent', notification: 'regular' }).wires;
    assert.deepEqual(wire?.body, {
      recipient: { id: PSID },
      message: {
        template: {
          name: 'shipped',
          language: { code: 'en_US' },
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ada' }] }],
        },
      },
      messaging_type: 'UTILITY',
    });
  });

  it('refuses what would mean something else when it is cut', () => {
    const long = { id: 'x'.repeat(1_001), label: 'A' };
    for (const content of [
      { kind: 'choices', text: 'See', choices: [long] },
      { kind: 'choices', text: 'See', choices: [long, link] },
      { kind: 'card', title: 'A', choices: [long] },
      { kind: 'reaction', emoji: 'love', target: MID, removed: false },
      { kind: 'deletion', target: MID },
    ] satisfies readonly OutboundContent[])
      assert.throws(() => render(content), Unsayable, content.kind);
    const most = { id: 'x'.repeat(1_000), label: 'A' };
    assert.equal(render({ kind: 'choices', text: 'See', choices: [most] }).wires.length, 1);
  });
});

describe('messenger: native messages', () => {
  const native = (body: JsonObject, options = OPTIONS) =>
    render({ kind: 'native', platform: 'messenger', body }, { replyTo: MID }, options).wires;

  const carousel = {
    attachment: {
      type: 'template',
      payload: {
        template_type: 'generic',
        elements: [
          { title: 'A', subtitle: 'a' },
          { title: 'B', subtitle: 'b' },
        ],
      },
    },
  };

  it('pass through, to whom the address says', () => {
    const body = { message: { ...carousel, metadata: 'theirs' }, recipient: { id: '1' }, persona_id: '7' };
    assert.deepEqual(native(body), [
      {
        kind: 'message',
        body: {
          recipient: { id: PSID },
          messaging_type: 'RESPONSE',
          reply_to: { mid: MID },
          message: carousel,
          persona_id: '7',
        },
      },
    ]);
  });

  it('overrule what the channel file says of all messages', () => {
    const body = { message: { text: 'x' }, messaging_type: 'UPDATE', notification_type: 'NO_PUSH' };
    const [wire] = native(body, { messaging: 'human-agent', notification: 'silent' });
    const { messaging_type: type, notification_type: notification, tag } = wire?.body ?? {};
    assert.deepEqual([type, notification, tag], ['UPDATE', 'NO_PUSH', undefined]);
  });

  it('may be actions, which have neither a messaging type nor a quote', () => {
    assert.deepEqual(native({ sender_action: 'typing_on', recipient: { id: '1' } }), [
      { kind: 'signal', body: { recipient: { id: PSID }, sender_action: 'typing_on' } },
    ]);
  });

  it('are refused without a message', () => {
    for (const body of [{}, { message: 'text' }, { sender_action: '' }])
      assert.throws(() => native(body), Unsayable);
  });
});
