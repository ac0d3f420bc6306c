/** The page of what each channel can: every kind rendered by its adapter, so that it says what happens and no more. */
import { Unsayable } from '../src/channels/channel.ts';
import { definitions } from '../src/channels/index.ts';
import { openChannel } from '../src/kit/bench.ts';
import { outbound } from '../src/kit/samples.ts';
import type { Subject } from '../src/kit/subject.ts';
import { InboundContent, type Media, type OutboundContent } from '../src/message/content.ts';

const subjects: readonly Subject[] = await Promise.all(
  definitions.map(async ({ type }) => {
    const { subject } = (await import(`../src/channels/${type}/testing.ts`)) as { readonly subject: Subject };
    return subject;
  }),
);

export const CHANNELS: readonly string[] = definitions.map(({ type }) => type);

type Row = readonly string[];

const MIME: Readonly<Record<Media['type'], string>> = {
  image: 'image/png',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg; codecs=opus',
  file: 'application/pdf',
  sticker: 'image/webp',
};

const media = (type: Media['type']): OutboundContent => ({
  kind: 'media',
  media: { type, source: { kind: 'url', url: 'https://files.example/a' }, mimeType: MIME[type], name: 'a' },
});

const picks = (count: number) =>
  Array.from({ length: count }, (_each, index) => ({ id: `${index}`, label: `Pick ${index}` }));
const link = { id: 'open', label: 'Open', url: 'https://shop.example/' };

/** What is rendered for a row; several where a kind has sides that differ. */
const OUTBOUND: readonly (readonly [string, (subject: Subject) => OutboundContent])[] = [
  ['text', () => ({ kind: 'text', text: 'Your order is *on its way*.' })],
  ...(Object.keys(MIME) as Media['type'][]).map(
    type => [`media: ${type}`, (): OutboundContent => media(type)] as const,
  ),
  [
    'media with a caption',
    () => ({ ...(media('image') as Extract<OutboundContent, { kind: 'media' }>), caption: 'Yours' }),
  ],
  ['location', () => ({ kind: 'location', latitude: 52.5, longitude: 13.4, label: 'Here' })],
  [
    'contacts',
    () => ({
      kind: 'contacts',
      contacts: [{ name: 'Ada', phones: [{ number: '+15550100001' }], emails: [], urls: [] }],
    }),
  ],
  ['choices: 3', () => ({ kind: 'choices', text: 'Which?', choices: picks(3) })],
  ['choices: 10', () => ({ kind: 'choices', text: 'Which?', choices: picks(10) })],
  ['choices: 13', () => ({ kind: 'choices', text: 'Which?', choices: picks(13) })],
  ['choices: a link', () => ({ kind: 'choices', text: 'See', choices: [link] })],
  ['choices: answers and a link', () => ({ kind: 'choices', text: 'See', choices: [...picks(2), link] })],
  [
    'card',
    () => ({
      kind: 'card',
      title: 'Shoes',
      text: 'Blue',
      image: { type: 'image', source: { kind: 'url', url: 'https://files.example/a.png' } },
      choices: picks(2),
    }),
  ],
  ['template', () => ({ kind: 'template', name: 'shipped', language: 'en_US', parameters: [] })],
  ['reaction', subject => ({ kind: 'reaction', emoji: '👍', target: subject.messageId, removed: false })],
  ['typing', () => ({ kind: 'typing', active: true })],
  ['read', subject => ({ kind: 'read', target: subject.messageId })],
  ['edit', subject => ({ kind: 'edit', target: subject.messageId, text: 'Later.' })],
  ['deletion', subject => ({ kind: 'deletion', target: subject.messageId })],
  ['native', ({ definition, native }) => ({ kind: 'native', platform: definition.type, body: native })],
];

/** What the adapter makes of it, in words. */
function outboundCell(subject: Subject, content: OutboundContent): string {
  try {
    const message = outbound(subject, content, { replyTo: subject.messageId });
    const { wires, losses } = openChannel(subject).render(message);
    const why = losses.map(loss =>
      loss.what === content.kind || (content.kind === 'media' && loss.what === content.media.type)
        ? loss.why
        : `${loss.what}: ${loss.why}`,
    );
    if (losses.length === 0) return 'yes';
    return `${wires.length === 0 ? 'left out' : 'degraded'}: ${why.join('; ')}`;
  } catch (error) {
    if (error instanceof Unsayable) return `refused: ${error.message}`;
    throw error;
  }
}

export const outboundRows = (): readonly Row[] =>
  OUTBOUND.map(([name, content]) => [
    name,
    ...subjects.map(subject => outboundCell(subject, content(subject))),
  ]);

export const inboundRows = (): readonly Row[] =>
  InboundContent.options.map(option => {
    const kind = option.shape.kind.value;
    return [
      kind,
      ...definitions.map(({ capabilities }) => {
        const can = capabilities.inbound[kind];
        return can === true ? 'yes' : `no: ${can}`;
      }),
    ];
  });

const PROOFS = {
  receipt: 'its receipt or echo',
  history: 'its history, which is asked',
  none: 'nothing',
} as const;

export function limitRows(): readonly Row[] {
  const row = (name: string, of: (can: Subject['definition']['capabilities']) => string): Row => [
    name,
    ...definitions.map(({ capabilities }) => of(capabilities)),
  ];
  const none = 'none';
  return [
    row('longest text, characters', can => String(can.text.max)),
    row('buttons', ({ choices: { buttons } }) =>
      buttons === null ? none : `${buttons.max}, labels to ${buttons.label}`,
    ),
    row('menu', ({ choices: { list } }) =>
      list === null
        ? none
        : `${list.max}, labels to ${list.label}${list.description === 0 ? '' : `, descriptions to ${list.description}`}`,
    ),
    row('card', ({ card }) =>
      card === null ? none : `title to ${card.title}, text to ${card.text}, ${card.buttons} buttons`,
    ),
    row('an unclear send is settled by', can => PROOFS[can.proof]),
    row('the same wire message twice', can => (can.idempotent ? 'arrives once' : 'may arrive twice')),
  ];
}
