/** What Teams is sent: activities, cards, escapes, addresses. */
import assert from 'node:assert/strict';
import { Unsayable } from '../../../src/channels/channel.ts';
import { asObjects } from '../../../src/channels/json.ts';
import { readable, teamsMarkdown, withLineBreaks } from '../../../src/channels/teams/dialect.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { APP_ID, CONVERSATION, offline, SERVICE_URL } from './support.ts';

const CHANNEL = '19:0f1e2d3c4b5a69788796a5b4c3d2e1f0@thread.tacv2';

interface Wire {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  readonly route?: string;
}

function render(content: OutboundContent, more: Record<string, string> = {}): readonly Wire[] {
  const { replyTo, ...place } = more;
  const rendering = offline().render({
    id: 'out-1',
    address: { tenant: 'kit', channel: 'sample', conversation: CONVERSATION, ...place },
    content,
    ...(replyTo === undefined ? {} : { replyTo }),
  });
  return rendering.wires as unknown as readonly Wire[];
}

const hello = { kind: 'text', text: 'hello' } as const;

function one(content: OutboundContent, more: Record<string, string> = {}): Wire {
  const wires = render(content, more);
  assert.equal(wires.length, 1);
  return wires[0] as Wire;
}

const card = (content: OutboundContent): JsonObject => {
  const [attachment] = asObjects(one(content).body?.attachments);
  assert.equal(attachment?.contentType, 'application/vnd.microsoft.card.adaptive');
  return attachment?.content as JsonObject;
};

const pathOf = (more: Record<string, string>): string => decodeURIComponent(one(hello, more).path);

describe('teams: rendering', () => {
  it('is an activity of ours, in Markdown', () => {
    assert.deepEqual(one(hello), {
      method: 'POST',
      path: `v3/conversations/${encodeURIComponent(CONVERSATION)}/activities`,
      conversation: CONVERSATION,
      body: {
        type: 'message',
        text: 'hello',
        textFormat: 'markdown',
        from: { id: `28:${APP_ID}` },
        conversation: { id: CONVERSATION },
      },
    });
  });

  it('goes the way Teams told', () => {
    assert.equal(one(hello, { route: SERVICE_URL }).route, SERVICE_URL);
    assert.equal(Object.hasOwn(one(hello), 'route'), false);
  });

  it('goes to a conversation, a thread, a message, and from a message of a channel into its thread', () => {
    const at = (conversation: string) => `v3/conversations/${conversation}/activities`;
    assert.equal(pathOf({ conversation: 'a:1/2?x#y' }), at('a:1/2?x#y'));
    assert.ok(!one(hello, { conversation: 'a:1/2?x#y' }).path.includes('?'));
    assert.equal(pathOf({ conversation: CHANNEL, thread: '17' }), at(`${CHANNEL};messageid=17`));
    assert.equal(pathOf({ replyTo: `${CONVERSATION}/17` }), `${at(CONVERSATION)}/17`);
    assert.equal(
      pathOf({ conversation: CHANNEL, replyTo: `${CHANNEL}/17` }),
      `${at(`${CHANNEL};messageid=17`)}/17`,
    );
    assert.equal(pathOf({ replyTo: `${CHANNEL}/17` }), at(CONVERSATION), 'a message of somewhere else');
    assert.equal(pathOf({ replyTo: 'nonsense' }), at(CONVERSATION));
    assert.equal(pathOf({ replyTo: `${CONVERSATION}/17#2` }), `${at(CONVERSATION)}/17`, 'its second file');
  });

  it('changes and deletes by the id of the message, in the thread it is in', () => {
    const edit = one(
      { kind: 'edit', target: `${CHANNEL}/17`, text: 'new' },
      { conversation: CHANNEL, thread: '9' },
    );
    assert.deepEqual(
      [edit.method, decodeURIComponent(edit.path)],
      ['PUT', `v3/conversations/${CHANNEL};messageid=9/activities/17`],
    );
    const deletion = one({ kind: 'deletion', target: `${CONVERSATION}/17` });
    assert.equal(deletion.method, 'DELETE');
    assert.equal(deletion.body, undefined);
    assert.throws(() => render({ kind: 'edit', target: 'nonsense', text: 'x' }), Unsayable);
  });

  it('offers choices as buttons that come back as what they were', () => {
    const content = card({
      kind: 'choices',
      text: 'Which *one*?',
      choices: [
        { id: 'a', label: 'First' },
        { id: 'b', label: 'Site', url: 'https://shop.example/' },
      ],
    });
    assert.deepEqual(content.body, [{ type: 'TextBlock', text: 'Which _one_?', wrap: true }]);
    assert.deepEqual(content.actions, [
      { type: 'Action.Submit', title: 'First', data: { patchbay: { id: 'a', label: 'First' } } },
      { type: 'Action.OpenUrl', title: 'Site', url: 'https://shop.example/' },
    ]);
  });

  it('offers many as a menu, with the labels to know what was picked', () => {
    const choices = Array.from({ length: 7 }, (_, n) => ({ id: `id-${n}`, label: `Pick ${n}` }));
    const [, input] = card({ kind: 'choices', text: 'Which?', choices }).body as readonly JsonObject[];
    assert.deepEqual(asObjects(input?.choices)[6], { title: 'Pick 6', value: 'id-6' });
    const [action] = card({ kind: 'choices', text: 'Which?', choices }).actions as readonly JsonObject[];
    const labels = Object.fromEntries(choices.map(({ id, label }) => [id, label]));
    assert.deepEqual(action, { type: 'Action.Submit', title: '✓', data: { patchbay: { labels } } });
  });

  it('never puts a text beside an attachment: Teams would make two messages of them', () => {
    const source = { kind: 'url', url: 'https://files.example/a.png' } as const;
    const plain = one({
      kind: 'media',
      media: { type: 'image', source, mimeType: 'image/PNG', name: 'a.png' },
    });
    assert.deepEqual(plain.body?.attachments, [
      { contentType: 'image/png', contentUrl: source.url, name: 'a.png' },
    ]);
    const captioned = one({
      kind: 'media',
      media: { type: 'image', source, mimeType: 'image/png' },
      caption: 'Look',
    });
    assert.equal(captioned.body?.text, undefined);
    assert.ok(JSON.stringify(captioned.body).includes('"TextBlock"'));
  });

  it('sends as a link what Teams cannot show', () => {
    for (const media of [
      { type: 'image', source: { kind: 'url', url: 'http://files.example/a.png' } },
      { type: 'image', source: { kind: 'url', url: 'https://files.example/a.webp' }, mimeType: 'image/webp' },
      { type: 'file', source: { kind: 'url', url: 'https://files.example/a.pdf' } },
    ] as const)
      assert.match(String(one({ kind: 'media', media }).body?.text), /\]\(https?:\/\/files\.example\/a\./);
  });

  it('says typing, and nothing when it stops', () => {
    assert.equal(one({ kind: 'typing', active: true }).body?.type, 'typing');
    assert.deepEqual(render({ kind: 'typing', active: false }), []);
  });

  it('passes activities through, and opens conversations', () => {
    const native = (body: JsonObject) => one({ kind: 'native', platform: 'teams', body });
    const given = native({ activity: { text: 'x', channelData: { notification: { alert: true } } } });
    assert.deepEqual(given.body?.channelData, { notification: { alert: true } });
    const opened = native({ conversation: { members: [{ id: '29:1' }], isGroup: false } });
    assert.deepEqual(opened, {
      method: 'POST',
      path: 'v3/conversations',
      body: { bot: { id: `28:${APP_ID}` }, members: [{ id: '29:1' }], isGroup: false },
    });
    assert.throws(() => native({ path: 'v3/anything' }), Unsayable);
  });

  it('stays below 28 KB, in any script', () => {
    const choices = Array.from({ length: 50 }, (_, n) => ({
      id: `id-${n}`,
      label: `${n}${'我'.repeat(90)}`,
      description: '我'.repeat(90),
    }));
    for (const text of ['我'.repeat(30_000), '*'.repeat(30_000), 'a\n'.repeat(15_000), '😀'.repeat(9_000)])
      for (const wire of render({ kind: 'text', text }))
        assert.ok(Buffer.byteLength(JSON.stringify(wire.body)) < 28_000, text.slice(0, 2));
    for (const wire of render({ kind: 'choices', text: '我'.repeat(9_000), choices }))
      assert.ok(JSON.stringify(wire.body).length * 2 < 80_000);
  });
});

const LITERAL: readonly string[] = [
  '*not bold* _nor this_ ~~nor~~ `code`',
  '# no heading',
  '- no list\n+ none\n1. none\n2) none',
  '> no quotation',
  '[no link](https://a.example)',
  '<at>Ada</at> <b>x</b> &lt; &amp;',
  'a \\* b',
  '---',
  'snake_case_name and 2*3*4',
  '![no picture](https://a.example/p.png)',
];

describe("teams: a person's words", () => {
  for (const text of LITERAL) {
    it(`stay what they are: ${text.slice(0, 30)}`, () => {
      const written = teamsMarkdown.escape(text);
      assert.equal(readable(written), text);
      assert.ok(!/<|(?<!\\)[*_`[\]~]/.test(written), written);
      assert.ok(!/^(?:[-+#>]|\d+[.)]\s)/m.test(written), written);
    });
  }

  it('show where a link leads that says something else', () => {
    const link = (label: string, href: string, bare = false) => teamsMarkdown.link(label, href, bare);
    assert.equal(
      link('here', 'https://a.example/(x y)?a=b&c=d'),
      '[here](https://a.example/%28x%20y%29?a=b&amp;c=d)',
    );
    assert.equal(
      link('https://bank.example', 'https://evil.example'),
      'https://bank.example ([https://evil.example](https://evil.example))',
    );
  });

  it('keep their lines, outside of code alone', () => {
    assert.equal(withLineBreaks('a\nb\n\nc'), 'a  \nb\n\nc');
    assert.equal(withLineBreaks('a\n```\nx\ny\n```\nb\nc'), 'a  \n```\nx\ny\n```\nb  \nc');
    assert.equal(withLineBreaks('- ```\n  x\n  y\n  ```\nb'), '- ```\n  x\n  y\n  ```\nb');
  });

  it('lose halves of characters, which could not be sent', () => {
    assert.equal(teamsMarkdown.escape('a\ud800b'), 'a\ufffdb');
  });
});
