/** Something of every kind a bot can say, plain and awkward. */
import type { Media, OutboundContent, OutboundKind } from '../message/content.ts';
import type { OutboundMessage } from '../message/message.ts';
import { KIT_IDENTITY, type Subject } from './subject.ts';

type Samples = { readonly [Kind in OutboundKind]: readonly Extract<OutboundContent, { kind: Kind }>[] };

const url = (name: string) => ({ kind: 'url', url: `https://files.example/${name}` }) as const;

const MEDIA: readonly Media[] = [
  { type: 'image', source: url('a.png'), mimeType: 'image/png' },
  { type: 'video', source: url('b.mp4') },
  { type: 'audio', source: url('c.mp3') },
  { type: 'voice', source: url('d.ogg'), mimeType: 'audio/ogg; codecs=opus' },
  { type: 'file', source: url('e.pdf'), name: 'Invoice 7.pdf' },
  { type: 'sticker', source: url('f.webp') },
  { type: 'image', source: { kind: 'platform', ref: '1234567890' } },
  { type: 'file', source: { kind: 'stored', id: 'k7Qd2' }, name: 'notes.txt' },
];

const picks = (count: number, label = 'Pick') =>
  Array.from({ length: count }, (_each, index) => ({
    id: `id-${index + 1}`,
    label: `${label} ${index + 1}`,
  }));

const link = { id: 'open', label: 'Open', url: 'https://shop.example/order?id=7&lang=en' };

export const samples = (subject: Subject): Samples => ({
  text: [
    { kind: 'text', text: 'Your order is on its way.' },
    {
      kind: 'text',
      text: '**Bold**, *slanted*, ~~gone~~, `code` and [a link](https://shop.example/a_b?c=d)',
    },
    { kind: 'text', text: '# Title\n\n- one\n- two\n\n1. first\n\n> quoted\n\n```js\nlet a = `b`;\n```' },
    { kind: 'text', text: '' },
    { kind: 'text', text: ' \n ' },
  ],
  media: MEDIA.flatMap(media => [
    { kind: 'media', media },
    { kind: 'media', media, caption: 'As *promised*.' },
    { kind: 'media', media, caption: 'long '.repeat(300) },
  ]),
  location: [
    { kind: 'location', latitude: 52.5163, longitude: 13.3777, label: 'Brandenburg Gate', address: 'Berlin' },
    { kind: 'location', latitude: 0, longitude: -180 },
  ],
  contacts: [
    {
      kind: 'contacts',
      contacts: [
        {
          name: 'Ada Example',
          phones: [{ number: '+15550100001', label: 'CELL' }],
          emails: [{ address: 'ada@shop.example' }],
          organisation: 'Example Ltd',
          urls: ['https://shop.example'],
        },
        { phones: [], emails: [], urls: [] },
      ],
    },
    { kind: 'contacts', contacts: [] },
  ],
  choices: [
    { kind: 'choices', text: 'Which one?', choices: picks(2) },
    { kind: 'choices', text: 'Which one?', choices: picks(7) },
    { kind: 'choices', text: 'Which one?', choices: picks(60) },
    { kind: 'choices', text: 'Which one?', choices: picks(3, 'A label that is much longer than a button') },
    { kind: 'choices', text: 'Which one?', choices: [{ id: 'a', label: 'A', description: 'the first' }] },
    { kind: 'choices', text: 'See for yourself', choices: [link] },
    { kind: 'choices', text: 'See or say', choices: [...picks(2), link] },
    { kind: 'choices', text: 'word '.repeat(2_000), choices: picks(2) },
    { kind: 'choices', text: ' ', choices: picks(1) },
  ],
  card: [
    { kind: 'card', title: 'Blue shoes', choices: [] },
    {
      kind: 'card',
      title: 'Blue shoes',
      text: 'From *Italy*.',
      image: MEDIA[0],
      choices: [...picks(2), link],
    },
    { kind: 'card', title: 'A title '.repeat(40), text: 'word '.repeat(1_000), choices: picks(9) },
    { kind: 'card', title: 'Blue shoes', image: MEDIA[7], choices: [link] },
  ].map(card => card as Extract<OutboundContent, { kind: 'card' }>),
  template: [
    { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: [] },
    { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: ['Ada', '4711'] },
  ],
  reaction: [
    { kind: 'reaction', emoji: '👍', target: subject.messageId, removed: false },
    { kind: 'reaction', emoji: '👍', target: subject.messageId, removed: true },
  ],
  typing: [
    { kind: 'typing', active: true },
    { kind: 'typing', active: false },
  ],
  read: [{ kind: 'read', target: subject.messageId }],
  edit: [
    { kind: 'edit', target: subject.messageId, text: 'Your order is *delayed*.' },
    { kind: 'edit', target: subject.messageId, text: 'word '.repeat(12_000) },
  ],
  deletion: [{ kind: 'deletion', target: subject.messageId }],
  native: [{ kind: 'native', platform: subject.definition.type, body: subject.native }],
});

export const OUTBOUND_KINDS: readonly OutboundKind[] = [
  'text',
  'media',
  'location',
  'contacts',
  'choices',
  'card',
  'template',
  'reaction',
  'typing',
  'read',
  'edit',
  'deletion',
  'native',
];

/** The content on its way to one of the subject's addresses. */
export function outbound(
  subject: Subject,
  content: OutboundContent,
  options: { address?: Subject['addresses'][number] | undefined; replyTo?: string } = {},
): OutboundMessage {
  const where = options.address ?? subject.addresses[0] ?? { conversation: 'nowhere' };
  return {
    id: 'kit-message',
    address: { tenant: KIT_IDENTITY.tenant, channel: KIT_IDENTITY.id, ...where },
    content,
    ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
  };
}
