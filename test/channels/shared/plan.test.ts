import assert from 'node:assert/strict';
import type { Capabilities } from '../../../src/channels/capabilities.ts';
import { Unsayable } from '../../../src/channels/channel.ts';
import type { Dialect } from '../../../src/channels/markdown/write.ts';
import type { Piece } from '../../../src/channels/piece.ts';
import { plan } from '../../../src/channels/plan.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import { bare } from './dialects.ts';

const dialect: Dialect = {
  ...bare,
  quote: '> ',
  bullet: '- ',
  link: (label, href, bare) => (bare ? href : `${label} (${href})`),
};
const capabilities: Capabilities = {
  inbound: {} as Capabilities['inbound'],
  text: { max: 60 },
  choices: {
    buttons: { max: 3, label: 10, text: 40 },
    list: { max: 5, label: 15, description: 20, text: 60 },
    links: 0,
  },
  media: {
    image: { as: 'image', caption: 20 },
    video: { as: 'video', caption: 20 },
    audio: { as: 'audio', caption: 0 },
    voice: { as: 'audio', caption: 0 },
    file: { as: 'link' },
    sticker: { as: 'image', caption: 0 },
  },
  card: null,
  location: false,
  contacts: false,
  template: 'no templates here',
  reaction: 'no reactions here',
  typing: 'no typing here',
  read: true,
  edit: 'cannot edit',
  deletion: 'cannot delete',
  proof: 'none',
  idempotent: false,
};
const to = { tenant: 't', channel: 'c', conversation: 'x' };
const planned = (content: OutboundContent, can = capabilities) =>
  plan({ id: 'm', address: to, content }, { platform: 'test', capabilities: can, dialect });
const shape = (pieces: readonly Piece[]): string[] =>
  pieces.map(piece => ('text' in piece ? `${piece.kind}: ${piece.text}` : piece.kind));
const picks = (...labels: string[]) => labels.map((label, index) => ({ id: `${index}`, label }));
const url = { kind: 'url', url: 'https://x.example/f' } as const;

const address = (length: number): string => 'https://x.example/'.padEnd(length, 'x');

const rows: readonly {
  name: string;
  content: OutboundContent;
  pieces: readonly string[];
  lost: readonly string[];
}[] = [
  { name: 'text', content: { kind: 'text', text: 'hello' }, pieces: ['text: hello'], lost: [] },
  { name: 'blank text', content: { kind: 'text', text: ' \n' }, pieces: [], lost: ['text'] },
  {
    name: 'few short buttons',
    content: { kind: 'choices', text: 'Which?', choices: picks('A', 'B') },
    pieces: ['buttons: Which?'],
    lost: [],
  },
  {
    name: 'many buttons',
    content: { kind: 'choices', text: 'Which?', choices: picks('A', 'B', 'C', 'D') },
    pieces: ['list: Which?'],
    lost: ['buttons'],
  },
  {
    name: 'long labels',
    content: { kind: 'choices', text: 'Which?', choices: picks('A long label', 'B') },
    pieces: ['list: Which?'],
    lost: ['buttons'],
  },
  {
    name: 'too many for a list',
    content: { kind: 'choices', text: 'Which?', choices: picks('A', 'B', 'C', 'D', 'E', 'F') },
    pieces: ['text: Which?\n\n1. A\n2. B\n3. C\n4. D\n5. E\n6. F'],
    lost: ['choices'],
  },
  {
    name: 'a link among choices',
    content: {
      kind: 'choices',
      text: 'Which?',
      choices: [...picks('A'), { id: 'u', label: 'Shop', url: 'https://x.example' }],
    },
    pieces: ['buttons: Which?\n\nShop: https://x.example'],
    lost: ['links'],
  },
  {
    name: 'a text too long for its buttons',
    content: { kind: 'choices', text: `${'word '.repeat(9)}\n\nWhich?`, choices: picks('A') },
    pieces: ['text: word word word word word word word word', 'buttons: word\n\nWhich?'],
    lost: [],
  },
  {
    name: 'a link too long for its buttons, but not for a text',
    content: { kind: 'choices', text: `Pay:\n\n[bill](<${address(45)}>)\n\nThen?`, choices: picks('A') },
    pieces: ['text: Pay:', `text: bill (${address(45)})`, 'buttons: Then?'],
    lost: [],
  },
  {
    name: 'such a link at the end',
    content: { kind: 'choices', text: `Pay: ${address(55)}`, choices: picks('A') },
    pieces: ['text: Pay:', `text: ${address(55)}`, 'buttons: '],
    lost: [],
  },
  {
    name: 'a link too long for any message',
    content: { kind: 'text', text: `Pay: ${address(65)}\n\nThen?` },
    pieces: ['text: Pay:', `text: ${address(60)}`, 'text: xxxxx\n\nThen?'],
    lost: ['link'],
  },
  {
    name: 'a caption',
    content: { kind: 'media', media: { type: 'image', source: url }, caption: 'hi' },
    pieces: ['media'],
    lost: [],
  },
  {
    name: 'a caption too long',
    content: { kind: 'media', media: { type: 'image', source: url }, caption: 'x'.repeat(21) },
    pieces: ['media', `text: ${'x'.repeat(21)}`],
    lost: ['caption'],
  },
  {
    name: 'voice as audio',
    content: { kind: 'media', media: { type: 'voice', source: url } },
    pieces: ['media'],
    lost: ['voice'],
  },
  {
    name: 'a file as a link',
    content: { kind: 'media', media: { type: 'file', source: url, name: 'a*b*.pdf' } },
    pieces: ['text: a*b*.pdf (https://x.example/f)'],
    lost: ['file'],
  },
  {
    name: 'a location',
    content: { kind: 'location', latitude: 1.5, longitude: -2, label: 'Here' },
    pieces: ['text: Here\nhttps://www.google.com/maps/search/?api=1&query=1.5,-2'],
    lost: ['location'],
  },
  {
    name: 'a card',
    content: { kind: 'card', title: 'T', text: 'x', choices: picks('A') },
    pieces: ['buttons: T\n\nx'],
    lost: ['card'],
  },
  { name: 'typing', content: { kind: 'typing', active: true }, pieces: [], lost: ['typing'] },
  { name: 'a read mark', content: { kind: 'read', target: 'x' }, pieces: ['read'], lost: [] },
  {
    name: 'an edit',
    content: { kind: 'edit', target: 'x', text: 'new' },
    pieces: ['text: new'],
    lost: ['edit'],
  },
];

describe('the planner', () => {
  for (const { name, content, pieces, lost } of rows) {
    it(name, () => {
      const { pieces: got, losses } = planned(content);
      assert.deepEqual(shape(got), pieces);
      assert.deepEqual(
        losses.map(loss => loss.what),
        lost,
      );
    });
  }
  const refusals: readonly OutboundContent[] = [
    { kind: 'template', name: 'n', language: 'en', parameters: [] },
    { kind: 'reaction', emoji: '👍', target: 'x', removed: false },
    { kind: 'deletion', target: 'x' },
    { kind: 'native', platform: 'other', body: {} },
  ];
  for (const content of refusals) {
    it(`refuses ${content.kind} in plain words`, () => assert.throws(() => planned(content), Unsayable));
  }
  it('says of labels that they were shortened only where they were', () => {
    const alike = ['A label that is long 1', 'A label that is long 2'].map((label, index) => ({
      id: `${index}`,
      label: `${label} and more`,
    }));
    const { pieces, losses } = planned({ kind: 'choices', text: 'Which?', choices: alike });
    assert.ok(pieces.length > 0 && pieces.every(({ kind }) => kind === 'text'));
    assert.deepEqual(
      losses.map(({ what }) => what),
      ['choices'],
    );
  });

  const cards: Capabilities = {
    ...capabilities,
    card: { title: 20, text: 40, buttons: 3, label: 10, image: true },
  };
  const ofCards: readonly {
    name: string;
    text: string;
    pieces: readonly string[];
    lost: readonly string[];
  }[] = [
    {
      name: 'a link too long for its card, but not for a text',
      text: `See [our offer](<${address(45)}>) now`,
      pieces: ['card: See', `text: our offer (${address(45)})`, 'text: now'],
      lost: ['text'],
    },
    {
      name: 'such a link at the start of its card',
      text: `${address(55)}\n\nThen?`,
      pieces: ['card', `text: ${address(55)}`, 'text: Then?'],
      lost: ['text'],
    },
    {
      name: 'such a link and no more',
      text: address(55),
      pieces: ['card', `text: ${address(55)}`],
      lost: ['text'],
    },
  ];
  for (const { name, text, pieces, lost } of ofCards) {
    it(name, () => {
      const planning = planned({ kind: 'card', title: 'Offer', text, choices: picks('A') }, cards);
      assert.deepEqual(shape(planning.pieces), pieces);
      assert.deepEqual(
        planning.losses.map(({ what }) => what),
        lost,
      );
    });
  }

  it('does not offer two choices that look alike after shortening', () => {
    const { pieces } = planned(
      { kind: 'choices', text: 'Q', choices: picks('Delivery to Rome', 'Delivery to Riga') },
      {
        ...capabilities,
        choices: { ...capabilities.choices, list: null },
      },
    );
    assert.deepEqual(shape(pieces), ['text: Q\n\n1. Delivery to Rome\n2. Delivery to Riga']);
  });
});
