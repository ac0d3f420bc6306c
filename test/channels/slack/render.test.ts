/** What we say, as Slack's calls. */
import assert from 'node:assert/strict';
import { Unsayable } from '../../../src/channels/channel.ts';
import { asObject, asObjects } from '../../../src/channels/json.ts';
import type { Wire } from '../../../src/channels/slack/render.ts';
import type { Choice, OutboundContent } from '../../../src/message/content.ts';
import type { JsonObject, JsonValue } from '../../../src/message/json.ts';
import { offline } from './support.ts';

const TARGET = 'C061EG9SL:1699999998.000200';

function render(content: OutboundContent, where: JsonObject = {}, send: JsonObject = {}) {
  const address = { tenant: 'kit', channel: 'sample', conversation: 'C061EG9SL', ...where };
  const { replyTo, ...rest } = address as typeof address & { replyTo?: string };
  const message = { id: 'm1', address: rest, content, ...(replyTo === undefined ? {} : { replyTo }) };
  const { wires, losses } = offline({ send }).render(message);
  // `Channel` forgets the adapter's wire type; what it renders is one.
  return { wires: wires as unknown as readonly Wire[], losses };
}

function only(content: OutboundContent, where: JsonObject = {}, send: JsonObject = {}): Wire {
  const { wires } = render(content, where, send);
  assert.equal(wires.length, 1);
  const [wire] = wires;
  assert.ok(wire !== undefined);
  return wire;
}

const blocksOf = (wire: Wire): readonly JsonObject[] => asObjects(wire.arguments.blocks);
const picks = (count: number, more: Partial<Choice> = {}): readonly Choice[] =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, label: `Choice ${index}`, ...more }));

describe('slack: rendering', () => {
  it('posts a text that nothing is looked for in', () => {
    assert.deepEqual(only({ kind: 'text', text: 'Hi *there*' }), {
      method: 'chat.postMessage',
      arguments: {
        channel: 'C061EG9SL',
        text: 'Hi _there_',
        parse: 'none',
        link_names: false,
        unfurl_links: false,
        unfurl_media: false,
      },
    });
  });

  it('unfurls links where the channel says so', () => {
    const { unfurl_links, unfurl_media } = only(
      { kind: 'text', text: 'hi' },
      {},
      { unfurl_links: true },
    ).arguments;
    assert.deepEqual([unfurl_links, unfurl_media], [true, true]);
  });

  const threads: readonly (readonly [string, JsonObject, JsonValue | undefined])[] = [
    ['no thread', {}, undefined],
    ['the thread of the address', { thread: '1699999990.000100' }, '1699999990.000100'],
    ['the message answered', { replyTo: TARGET }, '1699999998.000200'],
    [
      'the thread rather than the message answered',
      { thread: '1699999990.000100', replyTo: TARGET },
      '1699999990.000100',
    ],
    ['no thread for what is no message', { replyTo: 'Ev0PV52K21' }, undefined],
  ];
  for (const [name, where, thread] of threads)
    it(`answers in ${name}`, () => {
      assert.equal(only({ kind: 'text', text: 'hi' }, where).arguments.thread_ts, thread);
    });

  it('offers buttons whose values are our ids, and links that are told apart', () => {
    const choices = [...picks(1), { id: 'open', label: 'Open', url: 'https://example.com/' }];
    const wire = only({ kind: 'choices', text: 'Which?', choices });
    assert.equal(wire.arguments.text, 'Which?');
    const [words, actions] = blocksOf(wire);
    assert.deepEqual(words?.text, { type: 'mrkdwn', text: 'Which?', verbatim: true });
    const elements = asObjects(actions?.elements);
    assert.deepEqual(
      elements.map(({ action_id, value, url }) => [action_id, value, url]),
      [
        ['patchbay/0', 'c0', undefined],
        ['patchbay/link/1', 'open', 'https://example.com/'],
      ],
    );
  });

  it('offers more than 25, or described ones, as a menu', () => {
    for (const choices of [picks(26), picks(2, { description: 'about it' })]) {
      const [, actions] = blocksOf(only({ kind: 'choices', text: 'Which?', choices }));
      const [menu] = asObjects(actions?.elements);
      assert.equal(menu?.type, 'static_select');
      assert.equal(asObjects(menu?.options).length, choices.length);
    }
  });

  it('refuses ids that Slack would cut', () => {
    const long = (length: number, more: Partial<Choice>) => [{ id: 'x'.repeat(length), label: 'x', ...more }];
    for (const choices of [long(2_001, {}), long(151, { description: 'x' })])
      assert.throws(() => render({ kind: 'choices', text: 'x', choices }), Unsayable);
  });

  it('says something where only choices are', () => {
    const wire = only({ kind: 'choices', text: ' ', choices: picks(2) });
    assert.equal(wire.arguments.text, 'Choice 0, Choice 1');
    assert.deepEqual(
      blocksOf(wire).map(({ type }) => type),
      ['actions'],
    );
  });

  it('shows a card as header, image, section and buttons', () => {
    const image = {
      type: 'image',
      source: { kind: 'url', url: 'https://example.com/a.png' },
      name: 'shoes',
    } as const;
    const wire = only({ kind: 'card', title: 'Shoes <1>', text: 'Blue & new', image, choices: picks(2) });
    assert.deepEqual(
      blocksOf(wire).map(({ type }) => type),
      ['header', 'image', 'section', 'actions'],
    );
    assert.equal(wire.arguments.text, 'Shoes &lt;1&gt;\nBlue &amp; new');
  });

  it('shows images by address or by Slack file, with their caption above', () => {
    const media = (source: JsonObject) =>
      ({ kind: 'media', media: { type: 'image', source }, caption: 'A *b*' }) as unknown as OutboundContent;
    const [words, byAddress] = blocksOf(only(media({ kind: 'url', url: 'https://example.com/a.png' })));
    assert.equal(asObject(words?.text)?.text, 'A _b_');
    assert.deepEqual(byAddress, { type: 'image', alt_text: 'image', image_url: 'https://example.com/a.png' });
    const [, byFile] = blocksOf(only(media({ kind: 'platform', ref: 'F0IMAGE01' })));
    assert.deepEqual(byFile?.slack_file, { id: 'F0IMAGE01' });
  });

  const unshowable: readonly (readonly [string, JsonObject])[] = [
    [
      'a kind Slack does not show',
      { type: 'image', mimeType: 'image/webp', source: { kind: 'url', url: 'https://example.com/a.webp' } },
    ],
    ['kept in the hub', { type: 'image', source: { kind: 'stored', id: 'm1' } }],
    ['not on the web', { type: 'image', source: { kind: 'url', url: 'file:///etc/passwd' } }],
    ['a video', { type: 'video', source: { kind: 'url', url: 'https://example.com/a.mp4' } }],
  ];
  for (const [name, media] of unshowable)
    it(`sends as a text, and says so: ${name}`, () => {
      const { wires, losses } = render({ kind: 'media', media } as unknown as OutboundContent);
      assert.ok(wires.length > 0 && wires.every(wire => wire.arguments.blocks === undefined));
      assert.ok(losses.length > 0);
    });

  it('takes the buttons away when it changes the words', () => {
    assert.deepEqual(only({ kind: 'edit', target: TARGET, text: '<!channel>' }), {
      method: 'chat.update',
      arguments: {
        channel: 'C061EG9SL',
        ts: '1699999998.000200',
        text: '&lt;!channel&gt;',
        parse: 'none',
        link_names: false,
        blocks: [],
      },
    });
  });

  const calls: readonly (readonly [OutboundContent, Wire])[] = [
    [
      { kind: 'deletion', target: TARGET },
      { method: 'chat.delete', arguments: { channel: 'C061EG9SL', ts: '1699999998.000200' } },
    ],
    [
      { kind: 'reaction', emoji: '👍', target: TARGET, removed: false },
      {
        method: 'reactions.add',
        arguments: { channel: 'C061EG9SL', timestamp: '1699999998.000200', name: '+1' },
      },
    ],
    [
      { kind: 'reaction', emoji: ':company_logo:', target: TARGET, removed: true },
      {
        method: 'reactions.remove',
        arguments: { channel: 'C061EG9SL', timestamp: '1699999998.000200', name: 'company_logo' },
      },
    ],
    [
      { kind: 'native', platform: 'slack', body: { method: 'views.publish', arguments: { user_id: 'U1' } } },
      { method: 'views.publish', arguments: { user_id: 'U1' } },
    ],
    [
      {
        kind: 'native',
        platform: 'slack',
        body: { method: 'chat.postMessage', arguments: { channel: 'C0ELSE', text: 'x' } },
      },
      { method: 'chat.postMessage', arguments: { channel: 'C0ELSE', text: 'x' } },
    ],
  ];
  for (const [content, wire] of calls)
    it(`${content.kind} is ${wire.method}`, () => assert.deepEqual(only(content), wire));

  const refused: readonly (readonly [string, OutboundContent])[] = [
    ['an edit of no message', { kind: 'edit', target: 'wamid.1', text: 'x' }],
    ['a deletion of no message', { kind: 'deletion', target: 'Ev0PV52K21' }],
    ['a reaction without a name', { kind: 'reaction', emoji: '🜁', target: TARGET, removed: false }],
    ['a template', { kind: 'template', name: 'x', language: 'en', parameters: [] }],
    ...[
      { method: 'files.uploadV2', arguments: { file: '/etc/passwd' } },
      { method: 'https://evil.example/' },
      { method: '../chat.postMessage' },
      { method: 'postMessage' },
      { arguments: {} },
      { method: 'chat.postMessage', arguments: { token: 'xoxb-other', text: 'x' } },
    ].map(
      body => [`native ${body.method ?? 'nothing'}`, { kind: 'native', platform: 'slack', body }] as const,
    ),
  ];
  for (const [name, content] of refused)
    it(`refuses ${name}`, () => assert.throws(() => render(content), Unsayable));

  it('skips hints that Slack has no way to give, and says so', () => {
    for (const content of [
      { kind: 'typing', active: true },
      { kind: 'read', target: TARGET },
    ] as const) {
      const { wires, losses } = render(content);
      assert.deepEqual([wires.length, losses.length], [0, 1]);
    }
  });
});
