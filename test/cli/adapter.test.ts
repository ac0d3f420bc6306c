/** An adapter of one's own: begun, checked, named in hub.yaml and served by a hub by a hub. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hmacHex } from '../../src/channels/signature.ts';
import { platform } from '../../src/kit/server.ts';
import { adapterFolder, READS_TEXTS } from '../kit/adapters.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hubFolder, startOn } from '../support/hub.ts';
import { until } from '../support/wait.ts';
import { patchbay } from './support.ts';

const SECRET = 'a-signing-secret-of-the-tests';

describe('patchbay new adapter', () => {
  it('writes a folder that says what to do next', async () => {
    using folder = temporaryFolder();
    const { code, out, err } = await patchbay(['new', 'adapter', 'carrier-pigeon'], { cwd: folder.path });
    assert.equal(code, 0, err);
    assert.match(out, /adapter-carrier-pigeon\/parse\.ts/);
    assert.match(err, /npx patchbay adapter test adapter-carrier-pigeon/);
    const at = join(folder.path, 'adapter-carrier-pigeon');
    for (const file of ['package.json', 'tsconfig.json', 'testing.ts', 'recordings/text.json', 'README.md'])
      assert.ok(existsSync(join(at, file)), file);
    const index = readFileSync(join(at, 'index.ts'), 'utf8');
    assert.match(index, /export const carrierPigeon = defineChannel\(\{\n {2}type: 'carrier-pigeon'/);
    assert.doesNotMatch(index, /sample/i);
  });

  for (const [name, args, words] of [
    ['a name that is none', ['Pigeon!'], /expected small letters/],
    ['a type the hub has', ['slack'], /has an adapter of type slack already/],
    ['a folder with something in it', ['pigeon', '--out', '.'], /is not empty/],
  ] as const)
    it(`refuses ${name}: exit 2, and nothing is written`, async () => {
      using folder = temporaryFolder();
      writeFileSync(join(folder.path, 'mine.txt'), '');
      const { code, err } = await patchbay(['new', 'adapter', ...args], { cwd: folder.path });
      assert.equal(code, 2);
      assert.match(err, words);
      assert.ok(!existsSync(join(folder.path, 'adapter-pigeon')));
    });
});

describe('patchbay adapter test', function () {
  this.timeout(60_000);

  it('names the rule that is broken, and how: exit 1', async () => {
    using folder = adapterFolder();
    const { code, out } = await patchbay(['adapter', 'test', folder.path, '--only', 'recordings']);
    assert.equal(code, 1);
    assert.match(out, /^FAIL {2}recordings\/a-text$/m);
    assert.match(out, /^ok {4}recordings\/a-receipt$/m);
    assert.match(out, /1 is broken/);
  });

  it('is content: exit 0, and as JSON', async () => {
    using folder = adapterFolder(READS_TEXTS);
    const only = ['--only', 'recordings', 'delivery/sent-once'];
    const { code, out, err } = await patchbay(['--json', 'adapter', 'test', folder.path, ...only]);
    assert.equal(code, 0, err + out);
    const { ok, type, results } = JSON.parse(out);
    assert.deepEqual([ok, type], [true, folder.type]);
    assert.ok(results.some(({ name }: { name: string }) => name === 'delivery/sent-once'));
  });

  it('checks one of our own in the same way', async () => {
    const { code, out } = await patchbay(['adapter', 'test', 'src/channels/whatsapp', '--only', 'batches']);
    assert.equal(code, 0, out);
    assert.match(out, /ok {4}batches\/one-bad-of-hundred/);
  });

  it('says what is wrong with the folder, or the rules asked for: exit 2', async () => {
    using folder = adapterFolder();
    using broken = adapterFolder(['parse.ts', 'export function parse(', 'export function parse((']);
    using waits = adapterFolder(['index.ts', 'export const', 'await Promise.resolve();\n\nexport const']);
    for (const [dir, words, ...more] of [
      ['nowhere', /nowhere: it does not exist/],
      [join(folder.path, 'recordings'), /the folder has no index\.ts/],
      [join(folder.path, 'faults.ts'), /exports no channel definition/],
      [broken.path, /cannot be loaded: .*SYNTAX|cannot be loaded: SyntaxError/i],
      [waits.path, /awaits something while it is loaded/],
      [folder.path, /no rule or group smells; groups: config, signature/, '--only', 'smells'],
    ] as const) {
      const { code, err } = await patchbay(['adapter', 'test', dir, ...more]);
      assert.equal(code, 2, err);
      assert.match(err, words);
    }
  });
});

describe('an adapter in hub.yaml', function () {
  this.timeout(60_000);

  const hubYaml = (...adapters: readonly string[]) =>
    `version: 1\nadapters: ${JSON.stringify(adapters)}\nassistant: { file: ./assistant.yaml }\n`;
  const channelYaml = (type: string, url: string) =>
    `version: 1
type: ${type}
credentials: { token: "\${env:OWN_TOKEN}", signing_secret: "\${env:OWN_SECRET}" }
account: { id: our-bot }
api: { base_url: ${url} }
`;
  const env = { PORT: '0', OWN_TOKEN: 'a-token-of-the-tests', OWN_SECRET: SECRET };
  const pigeon = (id: string) => ({
    type: 'message',
    id,
    conversation: 'c-7',
    from: { id: 'ada' },
    time: 1_700_000_000_000,
    content: { type: 'text', text: 'hello' },
  });

  it('is served: a webhook comes in, is answered, and the reply goes out', async () => {
    using adapter = adapterFolder(READS_TEXTS);
    await using played = await platform(() => ({ status: 200, body: { id: 'm-sent-1' } }));
    using folder = hubFolder({
      'hub.yaml': hubYaml(adapter.path),
      'channels/own.yaml': channelYaml(adapter.type, played.url),
    });
    await using hub = await startOn(folder, {}, env);
    const body = JSON.stringify({ events: [pigeon('m-7')] });
    const signed = await hub.postAs('own', body, {
      'content-type': 'application/json',
      [`x-${adapter.type}-signature`]: `sha256=${hmacHex(SECRET, body)}`,
    });
    assert.equal(signed.status, 200);
    const forged = await hub.postAs('own', body, { 'content-type': 'application/json' });
    assert.equal(forged.status, 401);
    await until(() => played.calls.length === 1, 'the reply');
    const [call] = played.calls;
    assert.equal(call?.headers.authorization, `Bearer ${env.OWN_TOKEN}`);
    const { marker: _marker, ...said } = JSON.parse(call?.body ?? '{}');
    assert.deepEqual(said, { conversation: 'c-7', text: 'Hello there.' });
  });

  it('is known to parse, with and without a channel', async () => {
    using adapter = adapterFolder(READS_TEXTS);
    const input = JSON.stringify({ events: [pigeon('m-7')] });
    for (const channel of ['', channelYaml(adapter.type, 'http://127.0.0.1:9')]) {
      using folder = hubFolder({
        'hub.yaml': hubYaml(adapter.path),
        // Something else that is wrong is in nobody's way.
        'channels/own.yaml': channel === '' ? `version: 1\ntype: ${adapter.type}\n` : channel,
      });
      const args = ['--config', folder.config, 'parse'];
      const { code, out, err } = await patchbay([...args, adapter.type, '-'], { env, input });
      assert.deepEqual([code, err], [0, '']);
      const [event] = JSON.parse(out);
      assert.deepEqual(event.message.content, { kind: 'text', text: 'hello' });
      assert.equal((await patchbay([...args, 'pigeon', '-'], { env, input })).code, 2);
    }
  });

  it('is rendered for, by its type and by a channel', async () => {
    using adapter = adapterFolder(READS_TEXTS);
    const input = '{"kind":"text","text":"hello"}';
    const render = (config: string, channel: string) =>
      patchbay(['--config', config, 'render', '-', '--json', '--channel', channel], { env, input });
    using alone = hubFolder({
      'hub.yaml': hubYaml(adapter.path),
      // Something else that is wrong is in nobody's way.
      'channels/own.yaml': `version: 1\ntype: ${adapter.type}\n`,
    });
    using both = hubFolder({
      'hub.yaml': hubYaml(adapter.path),
      'channels/own.yaml': channelYaml(adapter.type, 'http://127.0.0.1:9'),
    });
    for (const [config, channel] of [
      [alone.config, adapter.type],
      [both.config, adapter.type],
      [both.config, 'own'],
    ] as const) {
      const { code, out, err } = await render(config, channel);
      assert.deepEqual([code, err], [0, '']);
      const told = JSON.parse(out);
      assert.deepEqual([told.type, told.channel], [adapter.type, channel]);
      assert.equal(told.messages[0].wires[0].text, 'hello');
    }
    const unknown = await render(both.config, 'pigeon');
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, new RegExp(`Known: .*${adapter.type}, .*own`));
    assert.equal((await render(alone.config, 'own')).code, 78);
    rmSync(join(adapter.path, 'testing.ts'));
    const without = await render(alone.config, adapter.type);
    assert.equal(without.code, 1);
    assert.match(without.err, /no sample account/);
  });

  it('says what it needs to be parsed where it has neither a channel nor tests of its own', async () => {
    using adapter = adapterFolder();
    rmSync(join(adapter.path, 'testing.ts'));
    using folder = hubFolder({ 'hub.yaml': hubYaml(adapter.path) });
    const given = { env, input: '{"events":[]}' };
    const { code, err } = await patchbay(['--config', folder.config, 'parse', adapter.type, '-'], given);
    assert.equal(code, 1);
    assert.match(err, /needs a channel of this type, or a testing\.ts/);
  });

  it('is triggered by its recordings, and by a file', async () => {
    using adapter = adapterFolder(READS_TEXTS);
    await using played = await platform(() => ({ status: 200, body: { id: 'm-sent-1' } }));
    using folder = hubFolder({
      'hub.yaml': hubYaml(adapter.path),
      'channels/own.yaml': channelYaml(adapter.type, played.url),
    });
    await using _hub = await startOn(folder, {}, env);
    const run = (args: readonly string[], input = '') =>
      patchbay(['--config', folder.config, 'trigger', ...args], {
        env: { ...env, PATCHBAY_DATA: folder.data },
        input,
      });
    const kind = `${adapter.type}.a-text`;
    const listed = await run(['--list']);
    assert.match(listed.out, /^slack\.text /m);
    assert.match(listed.out, new RegExp(`^${kind} `, 'm'));
    assert.match((await run([adapter.type])).err, /has many kinds/);
    assert.match((await run([`${adapter.type}.a-tex`])).err, new RegExp(`did you mean ${kind}\\?`));
    const careful = await run([kind]);
    assert.equal(careful.code, 2);
    assert.match(careful.err, /own is live: replies would go to the real platform/);
    const recorded = await run([kind, '--channel', 'own', '--set', 'events.0.id=m-8']);
    assert.equal(recorded.code, 0, recorded.err);
    const body = JSON.stringify({ events: [pigeon('m-9')] });
    const given = await run([adapter.type, '--channel', 'own', '--file', '-'], body);
    assert.equal(given.code, 0, given.err);
    assert.equal(played.calls.length, 2);
  });

  it('is checked before the channel files: every problem with its place', async () => {
    using adapter = adapterFolder(READS_TEXTS);
    using twin = adapterFolder(['index.ts', "type: '", `type: '${adapter.type}', name: '`]);
    using folder = hubFolder({
      'hub.yaml': hubYaml(adapter.path, './nowhere', twin.path),
      'channels/own.yaml': `version: 1\ntype: ${adapter.type}\naccount: { idd: x }\n`,
    });
    const { code, out } = await patchbay(['lint', folder.config], { env });
    assert.equal(code, 78);
    assert.match(out, /error\[PB-C024\] adapters\[1\]: it does not exist\n {2}--> .*hub\.yaml:2:/);
    assert.match(out, new RegExp(`adapters\\[2\\]: there is an adapter of type "${adapter.type}" already`));
    assert.match(out, /unknown key "idd" in account[\s\S]*did you mean "id"\?/);
    assert.doesNotMatch(out, /PB-C002/);
  });
});
