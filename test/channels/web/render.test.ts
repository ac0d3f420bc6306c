import assert from 'node:assert/strict';
import { Unsayable } from '../../../src/channels/channel.ts';
import type { Media, OutboundContent } from '../../../src/message/content.ts';
import { channel } from './support.ts';

const subject = channel();
const address = { tenant: 'acme', channel: 'site-chat', conversation: '42' };
const render = (content: OutboundContent, replyTo?: string) =>
  subject.render({ id: 'm', address, content, ...(replyTo === undefined ? {} : { replyTo }) });
const paragraph = (text: string) => ({ kind: 'paragraph', runs: [{ text }] });
const picture = (url: string): Media => ({
  type: 'image',
  source: { kind: 'url', url },
  mimeType: 'image/png',
  name: 'a.png',
  bytes: 7,
});

describe('web chat: render', () => {
  const native: readonly (readonly [string, OutboundContent, object])[] = [
    [
      'text as blocks, tables and all',
      { kind: 'text', text: 'Hi **you**\n\n| a | b |\n|---|---|\n| 1 | 2 |' },
      {
        kind: 'text',
        blocks: [
          { kind: 'paragraph', runs: [{ text: 'Hi ' }, { text: 'you', strong: true }] },
          {
            kind: 'table',
            rows: [
              [[{ text: 'a' }], [{ text: 'b' }]],
              [[{ text: '1' }], [{ text: '2' }]],
            ],
          },
        ],
      },
    ],
    [
      'HTML as the text it is',
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
      { kind: 'text', blocks: [paragraph('<img src=x onerror=alert(1)>')] },
    ],
    [
      'choices as buttons',
      { kind: 'choices', text: 'Sure?', choices: [{ id: 'y', label: 'Yes' }] },
      { kind: 'choices', as: 'buttons', blocks: [paragraph('Sure?')], choices: [{ id: 'y', label: 'Yes' }] },
    ],
    [
      'described choices as a list',
      { kind: 'choices', text: 'Which?', choices: [{ id: 'a', label: 'A', description: 'first' }] },
      {
        kind: 'choices',
        as: 'list',
        blocks: [paragraph('Which?')],
        choices: [{ id: 'a', label: 'A', description: 'first' }],
      },
    ],
    [
      'a card',
      {
        kind: 'card',
        title: 'Shoe',
        text: '*blue*',
        image: picture('https://cdn.example/a.png'),
        choices: [{ id: 'buy', label: 'Buy' }],
      },
      {
        kind: 'card',
        title: 'Shoe',
        blocks: [{ kind: 'paragraph', runs: [{ text: 'blue', emphasis: true }] }],
        image: { type: 'image', url: 'https://cdn.example/a.png', name: 'a.png', bytes: 7 },
        choices: [{ id: 'buy', label: 'Buy' }],
      },
    ],
    [
      'media',
      { kind: 'media', media: picture('https://cdn.example/a.png'), caption: 'look' },
      {
        kind: 'media',
        media: { type: 'image', url: 'https://cdn.example/a.png', name: 'a.png', bytes: 7 },
        caption: [paragraph('look')],
      },
    ],
    [
      'a location',
      { kind: 'location', latitude: 1, longitude: 2, label: 'Here' },
      { kind: 'location', latitude: 1, longitude: 2, label: 'Here' },
    ],
    [
      'contacts',
      {
        kind: 'contacts',
        contacts: [
          { name: 'Ada', phones: [{ number: '123' }], emails: [{ address: 'a@b.example' }], urls: [] },
        ],
      },
      { kind: 'contacts', contacts: [{ name: 'Ada', phones: ['123'], emails: ['a@b.example'] }] },
    ],
    ['typing', { kind: 'typing', active: true }, { kind: 'typing', active: true }],
    ['a read mark of a frame', { kind: 'read', target: '42/f1' }, { kind: 'read', target: 'f1' }],
    [
      'a reaction to a frame',
      { kind: 'reaction', emoji: '👍', target: '42/f1', removed: false },
      { kind: 'reaction', emoji: '👍', target: 'f1', removed: false },
    ],
    [
      'an edit of a delivery',
      { kind: 'edit', target: 'd1', text: 'new' },
      { kind: 'edit', target: 'd1', blocks: [paragraph('new')] },
    ],
    ['a deletion', { kind: 'deletion', target: 'd1' }, { kind: 'deletion', target: 'd1' }],
    [
      'a form',
      {
        kind: 'native',
        platform: 'web',
        body: {
          kind: 'form',
          name: 'contact',
          title: 'Call me',
          fields: [{ name: 'tel', label: 'Phone', type: 'tel' }],
        },
      },
      {
        kind: 'form',
        name: 'contact',
        title: 'Call me',
        fields: [{ name: 'tel', label: 'Phone', type: 'tel' }],
      },
    ],
  ];
  for (const [name, content, expected] of native) {
    it(`shows ${name}`, () => {
      assert.deepEqual(render(content), { wires: [{ conversation: '42', content: expected }], losses: [] });
    });
  }

  it('names what it answers, once', () => {
    const [first, second] = render({ kind: 'text', text: 'word '.repeat(3_000) }, '42/f1').wires;
    assert.equal((first as { replyTo?: string }).replyTo, 'f1');
    assert.equal('replyTo' in (second as object), false);
  });

  it('sends the name of what a browser cannot fetch, and says so', () => {
    for (const source of [
      { kind: 'platform', ref: 'x' },
      { kind: 'url', url: 'javascript:alert(1)' },
      { kind: 'url', url: 'data:text/html,x' },
    ] as const) {
      const { wires, losses } = render({ kind: 'media', media: { ...picture(''), source } });
      assert.deepEqual(wires, [
        { conversation: '42', content: { kind: 'text', blocks: [paragraph('[a.png]')] } },
      ]);
      assert.equal(losses.length, 1);
    }
  });

  it('gives no button an address that runs code', () => {
    const { wires, losses } = render({
      kind: 'choices',
      text: 'x',
      choices: [{ id: 'a', label: 'A', url: 'javascript:alert(1)' }],
    });
    assert.equal(JSON.stringify(wires).includes('javascript'), false);
    assert.equal(losses.length, 1);
  });

  for (const [name, content] of [
    ['a template', { kind: 'template', name: 'x', language: 'en', parameters: [] }],
    ["another platform's native message", { kind: 'native', platform: 'slack', body: {} }],
    ['a native message that is no form', { kind: 'native', platform: 'web', body: { kind: 'x' } }],
  ] as const) {
    it(`cannot say ${name}`, () => {
      assert.throws(() => render(content), Unsayable);
    });
  }

  it('takes every wire it makes, and reports the delivery id', async () => {
    const [wire] = render({ kind: 'text', text: 'hi' }).wires;
    const context = { marker: 'd9', attempt: 1, seq: 9, signal: AbortSignal.timeout(1_000) };
    assert.deepEqual(await subject.send(wire ?? null, context), { ok: true, platformId: 'd9' });
  });
});
