/** The configuration read again while the hub runs: as a whole or not at all, and nobody who writes notices. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { definitions } from '../../src/channels/index.ts';
import { type Reloaded, reloader } from '../../src/compose/reload.ts';
import { type Checked, checkConfig } from '../../src/config/load.ts';
import { settledReading } from '../../src/reload.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { chanceOf } from '../faults/support/random.ts';
import { attachTo, type HubFolder, hubFolder, startOn, type TestHub } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { visit } from '../support/visitor.ts';
import { until } from '../support/wait.ts';
import { lookOn } from './support/onlooker.ts';

const WHATSAPP = 'support-whatsapp';
const MESSENGER = 'page-messenger';
/** `PATCHBAY_TEST_MUTATIONS=1000` for as many as the goal names. */
const MUTATIONS = Number(process.env.PATCHBAY_TEST_MUTATIONS ?? 50);

const pathOf = ({ config }: HubFolder, name: string): string => join(dirname(config), name);
const readingOf = (folder: HubFolder): Checked =>
  checkConfig({ file: folder.config, definitions, env: { PORT: '0' }, dataDir: folder.data });

function edit(folder: HubFolder, name: string, change: (text: string) => string): void {
  const path = pathOf(folder, name);
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  assert.notEqual(changed, text, `${name} is changed`);
  writeFileSync(path, changed);
}

const reload = (hub: TestHub, folder: HubFolder): Promise<Reloaded> => hub.hub.reload(readingOf(folder));

async function say(hub: TestHub, from: string, text: string): Promise<void> {
  assert.equal((await hub.post(WHATSAPP, hub.draft(WHATSAPP, 'text', { from, text }))).status, 200);
}

const texts = async (hub: TestHub) => (await hub.received()).map(({ text }) => text);

describe('a configuration that is read again', function () {
  this.timeout(120_000);

  it('adds, changes and removes channels, without a restart', async () => {
    using folder = hubFolder();
    await using hub = await startOn(folder);
    assert.deepEqual(await reload(hub, folder), { kind: 'unchanged', version: 1 });

    edit(folder, 'assistant.yaml', text => text.replace('Hello there.', 'Hello anew.'));
    edit(folder, `channels/${WHATSAPP}.yaml`, text => text.replace('Customer support', 'Support'));
    const chat = readFileSync(pathOf(folder, 'channels/site-chat.yaml'), 'utf8');
    writeFileSync(pathOf(folder, 'channels/help-chat.yaml'), chat.replace('site: Acme', 'site: Help'));
    rmSync(pathOf(folder, `channels/${MESSENGER}.yaml`));
    assert.deepEqual(await reload(hub, folder), {
      kind: 'applied',
      version: 2,
      added: ['help-chat'],
      changed: [WHATSAPP],
      removed: [MESSENGER],
    });

    assert.equal(hub.hub.health().configVersion, 2);
    assert.deepEqual(
      hub.hub.health().channels.map(({ id }) => id),
      ['help-chat', 'helpdesk-teams', 'site-chat', WHATSAPP, 'team-slack'],
    );
    const late = hub.draft(MESSENGER, 'text', { text: 'hello' });
    assert.equal((await hub.post(MESSENGER, late)).status, 404);
    await say(hub, '15550100001', 'hello');
    await using visitor = await visit(hub.url, 'help-chat');
    assert.equal(await visitor.say({ id: 'first', type: 'text', text: 'hello' }), 200);
    assert.equal((await visitor.told(1)).length, 1);
    await hub.idle();
    assert.deepEqual(await texts(hub), ['Hello anew.']);
  });

  it('lets what a removed channel had on its way end with it', async () => {
    using folder = hubFolder();
    const quick =
      'delivery: { ambiguous: { wait: 8s }, retry: { base: 50ms, max: 200ms }, breaker: { probe: 100ms, max_probe: 500ms } }';
    edit(folder, `channels/${MESSENGER}.yaml`, text => `${text}\n${quick}\n`);
    await using hub = await startOn(folder);
    const rules = [{ match: { type: 'messenger' }, do: { kind: 'answer', status: 503 } }];
    const weather = (body: object) =>
      hub.sandbox('scenario', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const set = await weather({ rules });
    assert.equal(set.status, 200, set.text);
    const first = hub.draft(MESSENGER, 'text', { text: 'hello' });
    assert.equal((await hub.post(MESSENGER, first)).status, 200);
    await until(async () => (await hub.ledger()).outbound.inFlight === 1, 'a reply that waits');

    rmSync(pathOf(folder, `channels/${MESSENGER}.yaml`));
    assert.equal((await reload(hub, folder)).kind, 'applied');
    assert.equal((await weather({ rules: [] })).status, 200);
    const ledger = await hub.idle();
    assert.deepEqual([ledger.outbound.done, ledger.outbound.dead, ledger.outbound.parked], [1, 0, 0]);
    assert.deepEqual(await texts(hub), ['Hello there.']);
  });

  it('keeps the one before where it is wrong, and says where; until it is right', async () => {
    using folder = hubFolder();
    await using hub = await startOn(folder);
    edit(folder, `channels/${WHATSAPP}.yaml`, text => text.replace('description:', 'descripton:'));
    edit(folder, 'assistant.yaml', text => text.replace('Hello there.', 'Hello anew.'));
    const refused = await reload(hub, folder);
    assert.equal(refused.kind, 'refused');
    const [because = ''] = refused.kind === 'refused' ? refused.because : [];
    assert.match(because, /support-whatsapp\.yaml:9:1: .*descripton/);
    const [warning = '', ...others] = hub.hub.health().warnings;
    assert.deepEqual(others, []);
    assert.match(warning, /^config_refused: .*support-whatsapp\.yaml:9:1: .*version 1 of its configuration$/);
    await say(hub, '15550100001', 'hello');
    await hub.idle();
    assert.deepEqual(await texts(hub), ['Hello there.'], 'nothing of it is used');

    edit(folder, `channels/${WHATSAPP}.yaml`, text => text.replace('descripton:', 'description:'));
    assert.equal((await reload(hub, folder)).kind, 'applied');
    assert.deepEqual(hub.hub.health().warnings, []);
  });

  it('names what only a restart can change, and takes nothing of the rest', async () => {
    using folder = hubFolder();
    await using hub = await startOn(folder);
    edit(folder, 'hub.yaml', text => text.replace('# retention:', 'retention: { raw: 20d }\n# retention:'));
    edit(folder, 'assistant.yaml', text => text.replace('Hello there.', 'Hello anew.'));
    const refused = await reload(hub, folder);
    assert.ok(refused.kind === 'refused');
    assert.equal(refused.because.length, 1);
    assert.match(refused.because[0] ?? '', /hub\.yaml: retention changed, which takes a restart$/);
    await say(hub, '15550100001', 'hello');
    await hub.idle();
    assert.deepEqual(await texts(hub), ['Hello there.']);
  });

  it('waits for a file that is just being written', async () => {
    const whole = { config: null, problems: [] };
    const half = { config: null, problems: [{ code: 'PB-C001' as const, message: 'half', file: 'a.yaml' }] };
    const readings = [half, whole, half, whole, whole, half];
    assert.equal(await settledReading(() => readings.shift() ?? half, 1), whole);
    assert.equal(readings.length, 1);
  });

  it('is followed by the process on SIGHUP', async () => {
    using folder = hubFolder();
    await using child = startProcess(folder);
    const hub = attachTo(folder, await child.listening());
    const health = async () => (await hub.api('/readyz')).body;
    edit(folder, 'assistant.yaml', text => text.replace('Hello there.', 'Hello anew.'));
    child.signal('SIGHUP');
    await until(async () => (await health()).configVersion === 2, 'the new version');
    edit(folder, 'assistant.yaml', text => text.replace('rules:', 'ruls:'));
    child.signal('SIGHUP');
    const refused = /^config_refused: .*assistant\.yaml:\d+:\d+: /;
    await until(
      async () => (await health()).warnings.some((warning: string) => refused.test(warning)),
      'the warning',
    );
    await until(() => child.problems.includes('code=config_refused'), 'the line in the log');
  });

  it('waits for the hub to stand where the signal comes while it starts', async () => {
    using folder = hubFolder();
    await using child = startProcess(folder);
    // The folder is held before anything else of the start is done, and behind that the signal is listened for.
    await until(() => existsSync(join(folder.data, 'hub.lock')), 'the start to begin');
    edit(folder, 'assistant.yaml', text => text.replace('Hello there.', 'Hello anew.'));
    child.signal('SIGHUP');
    const hub = attachTo(folder, await child.listening());
    const version = async (): Promise<number> => (await hub.api('/readyz')).body.configVersion;
    await until(async () => (await version()) === 2, 'what was signalled to be followed');
  });

  it('is refused where a channel cannot be made of it, in no words of the adapter', async () => {
    const lines: unknown[] = [];
    const logger = { error: (fields: unknown) => lines.push(fields), info: () => {} } as unknown as Logger;
    using folder = hubFolder();
    const { config } = readingOf(folder);
    assert.ok(config !== null);
    const plan = (): never => {
      throw new RangeError('about a secret');
    };
    const table = { get: () => undefined, values: () => [], known: () => undefined, plan };
    const reloading = reloader({ config, table, logger, prepare: async () => {}, swapped: () => {} });
    const outcome = await reloading.reload({ config: { ...config, channels: [] }, problems: [] });
    assert.deepEqual(outcome, {
      kind: 'refused',
      version: 1,
      because: [`${folder.config}: an adapter cannot make a channel of it: RangeError`],
    });
    assert.match(reloading.warning() ?? '', /^config_refused: /);
    assert.equal(lines.length, 1);
  });

  it('keeps who looks on at a web chat told of what was begun before', async () => {
    using folder = hubFolder();
    const slow = 'delivery: { rate_limit: { conversation: 6/s burst 1 } }';
    edit(folder, 'channels/site-chat.yaml', text => `${text}\n${slow}\n`);
    await using hub = await startOn(folder);
    await using onlooker = await lookOn(hub.url, 'site-chat');
    await until(() => onlooker.visits === 1, 'somebody to look on');
    const sent = await hub.api('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: 'site-chat',
        conversation: onlooker.conversation,
        content: { kind: 'text', text: 'word '.repeat(19_500) },
      }),
    });
    assert.equal(sent.status, 202, sent.text);
    await until(() => onlooker.told.length >= 2, 'the first parts');
    edit(folder, 'channels/site-chat.yaml', text => text.replace('Chat on the site', 'Chat'));
    assert.equal((await reload(hub, folder)).kind, 'applied');
    await hub.idle();
    const [message] = await hub.messages('?direction=outbound');
    const { outbound } = await hub.trace(message?.id ?? '');
    const parts = outbound.flatMap(({ deliveries }) => deliveries.map(({ seq }) => seq));
    assert.ok(parts.length > 4);
    await until(() => onlooker.told.length >= parts.length, 'every part');
    await until(() => onlooker.visits === 2, 'them to have come back');
    assert.deepEqual(onlooker.told, parts);
  });

  it(`of ${MUTATIONS} changed at random, uses whole ones alone, and drops no request meanwhile`, async () => {
    using folder = hubFolder();
    await using hub = await startOn(folder);
    const chance = chanceOf(4711);
    const names = ['hub.yaml', 'assistant.yaml', `channels/${WHATSAPP}.yaml`, 'channels/team-slack.yaml'];
    const originals = new Map(names.map(name => [name, readFileSync(pathOf(folder, name), 'utf8')]));
    const served = new Set<string>();
    let isOver = false;
    let posted = 0;
    const writing = (async () => {
      for (; !isOver; posted++) {
        const draft = hub.draft(WHATSAPP, 'text', { from: `1555020${posted % 50}`, text: `hello ${posted}` });
        const { status } = await hub.post(WHATSAPP, draft);
        served.add(String(status));
        await new Promise(resolve => setTimeout(resolve, 10));
      }
    })();
    const kinds = { applied: 0, unchanged: 0, refused: 0 };
    for (let done = 0; done < MUTATIONS; done++) {
      const name = names[chance.between(0, names.length - 1)] ?? '';
      writeFileSync(pathOf(folder, name), mutated(originals.get(name) ?? '', chance));
      const reading = readingOf(folder);
      const before = hub.hub.health();
      const outcome = await hub.hub.reload(reading);
      kinds[outcome.kind]++;
      const after = hub.hub.health();
      assert.equal(after.configVersion, before.configVersion + (outcome.kind === 'applied' ? 1 : 0));
      if (outcome.kind === 'refused') {
        assert.ok(
          outcome.because.every(one => /\.yaml(:\d+:\d+)?: \S/.test(one)),
          outcome.because.join('\n'),
        );
        assert.deepEqual(after.channels, before.channels);
      }
      writeFileSync(pathOf(folder, name), originals.get(name) ?? '');
    }
    assert.ok((await reload(hub, folder)).kind !== 'refused');
    isOver = true;
    await writing;
    const ledger = await hub.idle();
    assert.deepEqual([...served], ['200']);
    assert.ok(kinds.refused > MUTATIONS / 10 && kinds.applied > 0, JSON.stringify(kinds));
    assert.deepEqual(
      [ledger.inbound.accepted, ledger.inbound.done, ledger.inbound.dead],
      [posted, posted, 0],
    );
    assert.deepEqual([ledger.inbound.difference, ledger.outbound.difference], [0, 0]);
  });
});

/** A line left out, twice, or cut; a character turned; an end that is not there: as editors and copying leave files. */
function mutated(text: string, chance: ReturnType<typeof chanceOf>): string {
  const at = chance.between(0, text.length - 1);
  const lines = text.split('\n');
  const line = chance.between(0, lines.length - 1);
  switch (chance.between(0, 4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return lines.toSpliced(line, 1).join('\n');
    case 2:
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
    case 3:
      return `${text.slice(0, at)}${String.fromCharCode(chance.between(33, 126))}${text.slice(at + 1)}`;
    default:
      return lines.toSpliced(line, 1, `  ${lines[line]}`).join('\n');
  }
}
