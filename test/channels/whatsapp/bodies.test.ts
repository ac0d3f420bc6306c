import assert from 'node:assert/strict';
import { render } from '../../../src/channels/whatsapp/render.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import type { JsonObject } from '../../../src/message/json.ts';

const TARGET = 'wamid.TARGET';
const address = { tenant: 't', channel: 'c', conversation: '15550100001' };

/** The bodies without what they all have. */
function said(content: OutboundContent): readonly JsonObject[] {
  return render({ id: 'm1', address, content }).wires.map(({ body }) => {
    const { messaging_product: product, recipient_type: type, to, ...rest } = body;
    assert.deepEqual([product, type, to], ['whatsapp', 'individual', '15550100001']);
    return rest;
  });
}

const url = (name: string) => ({ kind: 'url', url: `https://files.example/${name}` }) as const;
const menu = (type: string, more: JsonObject): JsonObject => ({
  type: 'interactive',
  interactive: { type, ...more },
});
const link = { id: 'o', label: 'Open', url: 'https://shop.example/o' };

const bodies: readonly { name: string; content: OutboundContent; bodies: readonly JsonObject[] }[] = [
  {
    name: 'text in its own markup',
    content: {
      kind: 'text',
      text: '**bold** *it* ~~no~~ `c` [shop](https://shop.example) https://a.example/x_y_z',
    },
    bodies: [
      {
        type: 'text',
        text: { body: '*bold* _it_ ~no~ `c` shop (https://shop.example) https://a.example/x_y_z' },
      },
    ],
  },
  {
    name: 'marks of people that would format',
    content: { kind: 'text', text: 'say \\*yes\\* or snake_case_name, 2 * 3 * 4' },
    bodies: [{ type: 'text', text: { body: 'say ∗yes∗ or snake_case_name, 2 * 3 * 4' } }],
  },
  {
    name: 'fences of people that would format',
    content: { kind: 'text', text: '\\`\\`\\`\nno code\n\\`\\`\\`' },
    bodies: [{ type: 'text', text: { body: 'ˋˋˋ\nno code\nˋˋˋ' } }],
  },
  {
    name: 'a fence around a fence',
    content: { kind: 'text', text: '````\n```\n````' },
    bodies: [{ type: 'text', text: { body: '```\nˋˋˋ\n```' } }],
  },
  {
    name: 'an image by address',
    content: { kind: 'media', media: { type: 'image', source: url('a.png') }, caption: 'Here' },
    bodies: [{ type: 'image', image: { link: 'https://files.example/a.png', caption: 'Here' } }],
  },
  {
    name: 'an image by id',
    content: { kind: 'media', media: { type: 'image', source: { kind: 'platform', ref: '77' } } },
    bodies: [{ type: 'image', image: { id: '77' } }],
  },
  {
    name: 'a file with its name',
    content: { kind: 'media', media: { type: 'file', source: url('e'), name: 'Invoice 7.pdf' } },
    bodies: [{ type: 'document', document: { link: 'https://files.example/e', filename: 'Invoice 7.pdf' } }],
  },
  {
    name: 'a voice note',
    content: { kind: 'media', media: { type: 'voice', source: url('d.ogg') } },
    bodies: [{ type: 'audio', audio: { link: 'https://files.example/d.ogg', voice: true } }],
  },
  {
    name: 'audio, whose caption follows',
    content: { kind: 'media', media: { type: 'audio', source: url('c.mp3') }, caption: 'Listen' },
    bodies: [
      { type: 'audio', audio: { link: 'https://files.example/c.mp3' } },
      { type: 'text', text: { body: 'Listen' } },
    ],
  },
  {
    name: 'a sticker',
    content: { kind: 'media', media: { type: 'sticker', source: url('f.webp') } },
    bodies: [{ type: 'sticker', sticker: { link: 'https://files.example/f.webp' } }],
  },
  {
    name: 'media only the hub has, by name',
    content: {
      kind: 'media',
      media: { type: 'file', source: { kind: 'stored', id: 'x' }, name: 'a*b*.txt' },
    },
    bodies: [{ type: 'text', text: { body: '[a*b*.txt]' } }],
  },
  {
    name: 'a location',
    content: { kind: 'location', latitude: 52.5, longitude: 13.3, label: 'Gate', address: 'Berlin' },
    bodies: [
      { type: 'location', location: { latitude: 52.5, longitude: 13.3, name: 'Gate', address: 'Berlin' } },
    ],
  },
  {
    name: 'contacts, with a name for the nameless',
    content: {
      kind: 'contacts',
      contacts: [
        {
          name: 'Ada Example',
          phones: [{ number: '+15550100001', label: 'CELL' }],
          emails: [{ address: 'ada@shop.example' }],
          organisation: 'Example Ltd',
          urls: ['https://shop.example'],
        },
        { phones: [{ number: '+15550100002' }], emails: [], urls: [] },
      ],
    },
    bodies: [
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Ada Example', first_name: 'Ada Example' },
            phones: [{ phone: '+15550100001', type: 'CELL' }],
            emails: [{ email: 'ada@shop.example' }],
            org: { company: 'Example Ltd' },
            urls: [{ url: 'https://shop.example' }],
          },
          {
            name: { formatted_name: '+15550100002', first_name: '+15550100002' },
            phones: [{ phone: '+15550100002' }],
            emails: [],
            urls: [],
          },
        ],
      },
    ],
  },
  {
    name: 'up to three buttons',
    content: {
      kind: 'choices',
      text: 'Sure?',
      choices: [
        { id: 'y', label: 'Yes' },
        { id: 'n', label: 'No' },
      ],
    },
    bodies: [
      menu('button', {
        body: { text: 'Sure?' },
        action: {
          buttons: [
            { type: 'reply', reply: { id: 'y', title: 'Yes' } },
            { type: 'reply', reply: { id: 'n', title: 'No' } },
          ],
        },
      }),
    ],
  },
  {
    name: 'a list where there are descriptions',
    content: { kind: 'choices', text: 'Size?', choices: [{ id: '42', label: '42', description: 'EU' }] },
    bodies: [
      menu('list', {
        body: { text: 'Size?' },
        action: { button: 'Options', sections: [{ rows: [{ id: '42', title: '42', description: 'EU' }] }] },
      }),
    ],
  },
  {
    name: 'a single link as a button',
    content: { kind: 'choices', text: 'See', choices: [link] },
    bodies: [
      menu('cta_url', {
        body: { text: 'See' },
        action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://shop.example/o' } },
      }),
    ],
  },
  {
    name: 'a link among answers as text',
    content: { kind: 'choices', text: 'See', choices: [link, { id: 'y', label: 'Yes' }] },
    bodies: [
      menu('button', {
        body: { text: 'See\n\nOpen: https://shop.example/o' },
        action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
      }),
    ],
  },
  {
    name: 'a card with a title',
    content: { kind: 'card', title: 'Shoes', text: 'Blue', choices: [{ id: 'b', label: 'Buy' }] },
    bodies: [
      menu('button', {
        header: { type: 'text', text: 'Shoes' },
        body: { text: 'Blue' },
        action: { buttons: [{ type: 'reply', reply: { id: 'b', title: 'Buy' } }] },
      }),
    ],
  },
  {
    name: 'a card with an image, and a link among its answers',
    content: {
      kind: 'card',
      title: 'Shoes',
      text: 'Blue',
      image: { type: 'image', source: url('s.png') },
      choices: [{ id: 'b', label: 'Buy' }, link],
    },
    bodies: [
      menu('button', {
        header: { type: 'image', image: { link: 'https://files.example/s.png' } },
        body: { text: '*Shoes*\n\nBlue\n\nOpen: https://shop.example/o' },
        action: { buttons: [{ type: 'reply', reply: { id: 'b', title: 'Buy' } }] },
      }),
    ],
  },
  {
    name: 'a card with only a link',
    content: { kind: 'card', title: 'Shoes', choices: [link] },
    bodies: [
      menu('cta_url', {
        header: { type: 'text', text: 'Shoes' },
        body: { text: 'Shoes' },
        action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://shop.example/o' } },
      }),
    ],
  },
  {
    name: 'a card without choices, as a captioned image',
    content: { kind: 'card', title: 'Shoes', image: { type: 'image', source: url('s.png') }, choices: [] },
    bodies: [{ type: 'image', image: { link: 'https://files.example/s.png', caption: '*Shoes*' } }],
  },
  {
    name: 'a template with parameters',
    content: { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: ['Ada', '4711'] },
    bodies: [
      {
        type: 'template',
        template: {
          name: 'order_shipped',
          language: { code: 'en_US' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'text', text: 'Ada' },
                { type: 'text', text: '4711' },
              ],
            },
          ],
        },
      },
    ],
  },
  {
    name: 'a template without',
    content: { kind: 'template', name: 'hello', language: 'de', parameters: [] },
    bodies: [{ type: 'template', template: { name: 'hello', language: { code: 'de' } } }],
  },
  {
    name: 'a reaction',
    content: { kind: 'reaction', emoji: '👍', target: TARGET, removed: false },
    bodies: [{ type: 'reaction', reaction: { message_id: TARGET, emoji: '👍' } }],
  },
  {
    name: 'a reaction taken back',
    content: { kind: 'reaction', emoji: '👍', target: TARGET, removed: true },
    bodies: [{ type: 'reaction', reaction: { message_id: TARGET, emoji: '' } }],
  },
  {
    name: 'an edit, as a new message',
    content: { kind: 'edit', target: TARGET, text: 'better' },
    bodies: [{ type: 'text', text: { body: 'better' } }],
  },
];

describe('whatsapp: bodies', () => {
  for (const { name, content, bodies: expected } of bodies)
    it(name, () => assert.deepEqual(said(content), expected));
});
