/** `patchbay render`, without a hub. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { definitions } from '../../src/channels/index.ts';
import { patchbay, ROOT } from './support.ts';

const render = (input: string, ...args: readonly string[]) => patchbay(['render', '-', ...args], { input });

describe('patchbay render', () => {
  it('prints the wire message and says nothing of losses where there are none', async () => {
    const { code, out, err } = await render('{ kind: text, text: "**Hi**" }', '--channel', 'whatsapp');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^message +text/);
    assert.match(out, /wire +1 of 1/);
    assert.match(out, /"body": "\*Hi\*"/);
    assert.doesNotMatch(out, /lost/);
  });

  it('prints what is lost, and how', async () => {
    const { code, out } = await render('kind: location\nlatitude: 1\nlongitude: 2\n', '--channel', 'slack');
    assert.equal(code, 0);
    assert.match(out, /lost +location: slack has no location messages; sent as text with a map link/);
  });

  it('takes a list, whole messages and their addresses: as JSON', async () => {
    const messages = [
      { kind: 'text', text: 'one' },
      {
        content: { kind: 'text', text: 'two' },
        address: { conversation: 'C2', thread: '1.2' },
        replyTo: 'x',
      },
      { content: { kind: 'typing', active: true }, conversation: 'C3' },
    ];
    const { code, out } = await render(
      JSON.stringify(messages),
      '--channel',
      'team-slack',
      '--to',
      'C1',
      '--json',
    );
    assert.equal(code, 0);
    const told = JSON.parse(out);
    assert.deepEqual([told.type, told.channel], ['slack', 'team-slack']);
    const [one, two, three] = told.messages;
    assert.equal(one.wires[0].arguments.channel, 'C1');
    assert.deepEqual([two.wires[0].arguments.channel, two.wires[0].arguments.thread_ts], ['C2', '1.2']);
    assert.deepEqual([three.wires, three.losses[0].what], [[], 'typing']);
  });

  it('says why a platform has no way to say it: exit 1', async () => {
    const { code, out } = await render('{"kind":"deletion","target":"x"}', '--channel', 'whatsapp');
    assert.equal(code, 1);
    assert.match(out, /refused +WhatsApp has no deletion/);
  });

  it('knows every platform without a configuration', async () => {
    for (const { type } of definitions) {
      const { code, out, err } = await patchbay(['render', '-', '--json', '--channel', type], {
        input: '{"kind":"text","text":"hi"}',
        cwd: join(ROOT, 'test'),
      });
      assert.equal(code, 0, `${type}: ${err}`);
      assert.equal(JSON.parse(out).messages[0].wires.length, 1);
    }
  });

  for (const [name, input, args, exit, words] of [
    ['no such channel', '{}', ['--channel', 'slak'], 2, /Did you mean slack\?/],
    ['no channel at all', '{}', [], 2, /--channel/],
    ['neither JSON nor YAML', '{"kind": "text", ]', ['--channel', 'web'], 1, /neither JSON nor YAML/],
    ['an unknown kind', '{"kind":"smell"}', ['--channel', 'web'], 1, /the message is not valid/],
    [
      'the second of two',
      '[{"kind":"text","text":"a"},{"kind":"text"}]',
      ['--channel', 'web'],
      1,
      /message 2 is not valid/,
    ],
    ['nothing', '[]', ['--channel', 'web'], 1, /holds no message/],
  ] as const)
    it(`refuses ${name}`, async () => {
      const { code, out, err } = await render(input, ...args);
      assert.deepEqual([code, out], [exit, '']);
      assert.match(err, words);
    });

  it('says that the file cannot be read', async () => {
    const { code, err } = await patchbay(['render', 'nowhere.json', '--channel', 'web']);
    assert.equal(code, 2);
    assert.match(err, /nowhere\.json cannot be read: ENOENT/);
  });
});
