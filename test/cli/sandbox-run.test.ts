/** Scenarios, played against real hubs: those we ship, and what is said of one that is wrong or comes out otherwise. */
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Played } from '../../src/cli/sandbox-play.ts';
import { temporaryFolder } from '../support/folder.ts';
import { patchbay, ROOT, startHubProcess } from './support.ts';

/** The shipped configuration in a folder of its own, and no hub. */
function project(scenario?: string) {
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'config'), join(folder.path, 'config'), { recursive: true });
  if (scenario !== undefined) writeFileSync(join(folder.path, 'scenario.yaml'), scenario);
  const env = { PATCHBAY_DATA: join(folder.path, 'data') };
  const run = (...args: readonly string[]) =>
    patchbay(['sandbox', 'run', ...args], { cwd: folder.path, env });
  return { run, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

const SAYS_HELLO = 'say: [{ send: web.text, with: { text: hello } }]\n';

describe('patchbay sandbox run', function () {
  this.timeout(120_000);

  for (const name of ['duplicates-and-disorder', 'rate-limits', 'broken-connections'])
    it(`plays ${name} on a hub of its own, and it comes out as it says`, async () => {
      using at = project();
      const { code, out, err } = await at.run('--own', '--json', `config/scenarios/${name}.yaml`);
      assert.equal(code, 0, `${err}\n${out}`);
      const played = JSON.parse(out) as Played & { ok: boolean };
      assert.ok(played.ok && played.own && played.settled);
      assert.ok(played.expected.length >= 4 && played.expected.every(({ ok }) => ok));
      assert.ok(played.posted.length > 0 && played.posted.every(({ status }) => status === 200));
      assert.ok(played.calls.length > 0);
    });

  it('plays on the running hub, and leaves fair weather behind', async () => {
    await using hub = await startHubProcess();
    const played = await hub.json<Played>('sandbox', 'run', 'config/scenarios/duplicates-and-disorder.yaml');
    assert.deepEqual([played.own, played.counts.messages, played.counts.taken_twice], [false, 7, 0]);
    const again = await hub.run('sandbox', 'run', 'config/scenarios/duplicates-and-disorder.yaml');
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /on the running hub/);
    assert.match(again.out, /21 x|15 x support-whatsapp {2}whatsapp\.text -> 200/);
  });

  it('says what was not as expected: exit 1', async () => {
    using at = project(
      `version: 1\nname: Wrong\n${SAYS_HELLO}expect: { messages: 2, duplicates: { at_most: 0 } }\n`,
    );
    const { code, out, err } = await at.run('--own', 'scenario.yaml');
    assert.equal(code, 1);
    assert.match(err, /messages: counted 1, expected 2/);
    assert.match(out, /duplicates +0 +as expected/);
  });

  for (const [name, scenario, exit, words] of [
    [
      'a key nobody reads',
      `version: 1\nname: x\nwether: []\n${SAYS_HELLO}`,
      78,
      /error\[PB-C003\].*"wether"[\s\S]*scenario\.yaml:3:1/,
    ],
    [
      'weather of no kind',
      `version: 1\nname: x\nweather: [{ do: { kind: snow } }]\n${SAYS_HELLO}`,
      78,
      /scenario\.yaml:3/,
    ],
    ['no such webhook', 'version: 1\nname: x\nsay: [{ send: slack.tex }]\n', 2, /did you mean slack\.text\?/],
    [
      'no such parameter',
      'version: 1\nname: x\nsay: [{ send: web.text, with: { nope: 1 } }]\n',
      2,
      /web\.text: nope: there is no such field/,
    ],
    ['not YAML', 'version: [1\n', 78, /PB-C001/],
  ] as const)
    it(`refuses ${name}`, async () => {
      using at = project(scenario);
      const { code, err } = await at.run('--own', 'scenario.yaml');
      assert.equal(code, exit, err);
      assert.match(err, words);
    });

  it('says that the file is not there', async () => {
    using at = project();
    const { code, err } = await at.run('nowhere.yaml');
    assert.equal(code, 78);
    assert.match(err, /PB-C016/);
  });
});
