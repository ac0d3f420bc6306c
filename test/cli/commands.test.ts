/** What needs no hub: usage, lint, explain, the list of kinds, and being told that no hub is there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyMaker, editedBody } from '../../src/cli/trigger/body.ts';
import { printable, quoted } from '../../src/cli/words.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { platformOf } from '../../src/sandbox/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { BIN, ended, patchbay, ROOT } from './support.ts';

/** A folder with the shipped configuration, and no hub. */
function project() {
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'config'), join(folder.path, 'config'), { recursive: true });
  const data = join(folder.path, 'data');
  const run = (...args: readonly string[]) =>
    patchbay(args, { cwd: folder.path, env: { PATCHBAY_DATA: data } });
  return { path: folder.path, data, run, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe('the command line', () => {
  for (const [args, words] of [
    [['strat'], /Did you mean start\?/],
    [['trigger', '--lst'], /Did you mean --list\?/],
    [['trigger'], /--list shows all/],
    [['trigger', 'slack'], /many kinds/],
    [['trigger', 'slack.tex'], /did you mean slack\.text\?/],
    [['trigger', 'slak.text'], /Did you mean slack\?/],
    [['trigger', 'web.text', '--count', '0'], /whole number from 1/],
    [['trigger', 'web.text', '--rate', 'fast'], /number from 0\.01/],
    [['trigger', 'web.text', '--tamper', 'all'], /signature, timestamp, body/],
    [['trigger', 'web.text', '--set', 'text'], /name=value/],
    [['trigger', 'web.text', '--edit'], /needs a terminal/],
    [['trigger', 'web.text', '--channel', 'site-cat'], /did you mean site-chat\?/],
    [['trigger', 'web.text', '--channel', 'team-slack'], /of type slack, not web/],
    [['trigger', 'web.text', '--set', 'nope=1'], /there is no such field in the body; text takes/],
    [['trigger', 'web', '--file', 'nowhere.json'], /nowhere\.json cannot be read: ENOENT/],
    [['trigger', 'web', '--file', 'x', '--set', 'text=a'], /--set changes a body that is made/],
    [['trigger', 'web', '--file', 'x', '--count', '2'], /--duplicate sends the same/],
    [['sandbox', 'serve', '--listen', 'here'], /expected host:port/],
    [['sandbox', 'serve', '--webhook-base', 'here'], /expected an http/],
  ] as const) {
    it(`${args.join(' ')}: exit 2 and what to do`, async () => {
      using at = project();
      const { code, out, err } = await at.run(...args);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, words);
    });
  }

  it('says that no hub runs: exit 3, nothing on standard output', async () => {
    using at = project();
    for (const args of [['trigger', 'whatsapp.text'], ['trace', 'x'], ['ledger']]) {
      const { code, out, err } = await at.run(...args);
      assert.deepEqual([args, code, out], [args, 3, '']);
      assert.match(err, /no hub is running/);
    }
  });

  it('says that a hub which left its address behind is gone: exit 3', async () => {
    using at = project();
    mkdirSync(at.data);
    const gone = { pid: 1, url: 'http://127.0.0.1:1', sandbox: null, startedAt: 1 };
    writeFileSync(join(at.data, 'run.json'), JSON.stringify(gone));
    const { code, err } = await at.run('trigger', 'web.text');
    assert.equal(code, 3);
    assert.match(err, /ECONNREFUSED/);
  });

  it('ends with 78 on a configuration that cannot be used, whatever the command', async () => {
    using at = project();
    writeFileSync(join(at.path, 'config/channels/site-chat.yaml'), 'version: 1\ntype: wbe\n');
    for (const args of [
      ['lint'],
      ['trigger', 'web.text'],
      ['trace', 'x'],
      ['ledger'],
      ['sandbox', 'serve'],
    ]) {
      const { code, out, err } = await at.run(...args);
      assert.deepEqual([args, code], [args, 78]);
      assert.match(out + err, /unknown channel type "wbe"/);
    }
  });

  it('wants --channel before it speaks to a live channel', async () => {
    using at = project();
    const env = {
      PATCHBAY_DATA: at.data,
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_SIGNING_SECRET: 'a-signing-secret-of-slack',
    };
    const { code, err } = await patchbay(['trigger', 'slack.text'], { cwd: at.path, env });
    assert.equal(code, 2);
    assert.match(err, /team-slack is live.*--channel team-slack/);
  });

  it('lints: problems as text, JSON and annotations; nothing is written', async () => {
    using at = project();
    assert.equal((await at.run('lint')).code, 0);
    writeFileSync(join(at.path, 'config/channels/site-chat.yaml'), 'version: 1\ntype: web\ncolour: red\n');
    assert.match((await at.run('lint')).out, /error\[PB-C003\][\s\S]*site-chat\.yaml:3:1/);
    const json = JSON.parse((await at.run('lint', '--json')).out) as { problems: { code: string }[] };
    assert.ok(json.problems.some(({ code }) => code === 'PB-C003'));
    const annotated = await at.run('lint', '--format', 'github');
    assert.match(annotated.out, /^::error file=.*site-chat\.yaml,line=3,col=1,title=PB-C003::/m);
    assert.equal((await at.run('lint', '--format', 'xml')).code, 2);
    assert.equal(existsSync(at.data), false);
  });

  it('explains codes of problems, of faults, of dead letters and of warnings', async () => {
    assert.match((await patchbay(['explain', 'pb-c003'])).out, /^PB-C003 {2}/);
    for (const code of ['poison', 'clock_skew', 'webhooks_refused']) {
      const { code: exit, out } = await patchbay(['explain', code]);
      assert.equal(exit, 0);
      assert.match(out, new RegExp(`^${code} {2}`));
    }
    const fault = JSON.parse((await patchbay(['explain', 'rate-limited', '--json'])).out) as { code: string };
    assert.equal(fault.code, 'rate-limited');
    const wrong = await patchbay(['explain', 'PB-C03']);
    assert.deepEqual([wrong.code, wrong.out], [1, '']);
    assert.match(wrong.err, /did you mean PB-C003/);
  });

  it('lists every kind without a hub, for people and as data', async () => {
    const { code, out } = await patchbay(['trigger', '--list', '--json']);
    const { kinds } = JSON.parse(out) as { kinds: { kind: string; params: string[] }[] };
    assert.equal(code, 0);
    for (const type of ['whatsapp', 'slack', 'web'])
      assert.equal(
        kinds.filter(({ kind }) => kind.startsWith(`${type}.`)).length,
        platformOf(type)?.triggers.length,
      );
    const listed = (await patchbay(['trigger', '--list', 'web'])).out.trim().split('\n');
    assert.ok(listed.length > 1 && listed.slice(1).every(line => line.startsWith('web.')));
  });

  it('writes colour only where it is asked for', async () => {
    const plain = await patchbay(['explain', 'PB-C003']);
    const forced = await patchbay(['explain', 'PB-C003'], { env: { FORCE_COLOR: '1' } });
    const refused = await patchbay(['explain', 'PB-C003'], { env: { NO_COLOR: '1' }, terminal: true });
    const flagged = await patchbay(['explain', 'PB-C003', '--no-color'], { terminal: true });
    assert.ok(forced.out.includes('\u001b['));
    for (const { out } of [plain, refused, flagged]) assert.ok(!out.includes('\u001b['));
  });

  it('shows what people wrote without doing what it says to a terminal', () => {
    assert.equal(printable('a\u001b[31mb\u202ec'), 'a\\u001b[31mb\\u202ec');
    assert.equal(quoted('one\ntwo\u009b'), '"one\\ntwo\\u009b"');
    assert.equal(quoted('👍👍👍', 2), '"👍…"');
  });

  it('opens a made body in the editor and sends what was saved', async () => {
    using folder = temporaryFolder();
    const script = join(folder.path, 'editor.sh');
    writeFileSync(script, '#!/bin/sh\nsed -i.bak "s/before/$1/" "$2"\n');
    chmodSync(script, 0o700);
    const io = (EDITOR: string) => ({
      environment: readEnvironment({ EDITOR }),
      cwd: folder.path,
      isTerminal: true,
      write: () => {},
      tell: () => {},
      read: async () => Buffer.alloc(0),
      ask: async () => '',
    });
    const trigger = platformOf('web')?.triggers.find(({ name }) => name === 'text');
    assert.ok(trigger !== undefined);
    const made = bodyMaker(trigger, { adapter: {} }, { text: 'before' })();
    assert.ok(made.ok);
    const edited = await editedBody(made, io(`${script} after`));
    assert.ok(edited.ok && JSON.parse(edited.webhook.body).messages[0].text === 'after');
    assert.deepEqual(await editedBody(made, io('false')), { ok: false, problem: 'false ended with 1' });
    const missing = await editedBody(made, io('/nowhere/editor'));
    assert.ok(!missing.ok && missing.problem.includes('ENOENT'));
  });

  it('serves the platforms until a signal', async () => {
    using at = project();
    const child = spawn(
      process.execPath,
      [BIN, 'sandbox', 'serve', '--json', '--webhook-base', 'http://127.0.0.1:9/'],
      { cwd: at.path, env: { PATCHBAY_DATA: at.data }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      let out = '';
      for await (const chunk of child.stdout) {
        out += String(chunk);
        if (out.trimEnd().endsWith('\n}')) break;
      }
      const { url } = JSON.parse(out) as { url: string };
      const response = await fetch(`${url}/_sandbox/accounts`);
      const { accounts } = (await response.json()) as { accounts: { id: string; webhook: string }[] };
      assert.equal(
        accounts.find(({ id }) => id === 'team-slack')?.webhook,
        'http://127.0.0.1:9/webhooks/team-slack',
      );
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await exit, [0, null]);
    } finally {
      await ended(child);
    }
  });
});
