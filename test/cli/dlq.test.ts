/** `patchbay dlq` against a hub with something wrong in it: looking, editing, replaying, discarding, the log. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BulkOperation, DeadLetter } from '../../src/storage/dead-letters.ts';
import {
  type BuggyHub,
  balanced,
  buggyHub,
  letters,
  only,
  said,
  send,
  UNREACHABLE,
  weather,
  write,
} from '../server/dead-letters-support.ts';
import type { TestHub } from '../support/hub.ts';
import { type Ended, patchbay, type World } from './support.ts';

describe('patchbay dlq', function () {
  this.timeout(60_000);
  let bench: BuggyHub;
  let hub: TestHub;
  beforeEach(async () => {
    bench = await buggyHub();
    hub = bench.hub;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const run = (args: readonly string[], world: World = {}): Promise<Ended> =>
    patchbay(['--config', bench.folder.config, 'dlq', ...args], {
      ...world,
      env: { PATCHBAY_DATA: bench.folder.data, ...world.env },
    });
  const json = async <T>(...args: readonly string[]): Promise<T> => {
    const { out, err } = await run([...args, '--json']);
    assert.ok(out !== '', err);
    return JSON.parse(out) as T;
  };
  async function twoLetters(): Promise<void> {
    await write(hub, 'bug 1');
    await weather(hub, UNREACHABLE);
    await send(hub, 'nobody there');
    await balanced(hub);
    await weather(hub);
  }

  it('lists and shows them, with a hub and without one', async () => {
    await twoLetters();
    const check = async (): Promise<void> => {
      const { code, out } = await run(['list']);
      assert.equal(code, 0);
      assert.match(out, /ID +DIRECTION +CHANNEL +AGE +TRIES +REASON +LAST ERROR/);
      assert.match(out, /outbound +support-whatsapp +\d+[smh] +1 +unreachable 131026/);
      assert.match(out, /inbound +support-whatsapp +\d+[smh] +1 +rejected/);
      const found = await json<DeadLetter[]>('list', '--since', '2h');
      assert.deepEqual(
        found.map(({ direction }) => direction),
        ['outbound', 'inbound'],
      );
      assert.deepEqual(await json('list', '--channel', 'other'), []);
      assert.equal((await json<DeadLetter[]>('list', '--reason', '131026')).length, 1);
      assert.equal((await json<DeadLetter[]>('list', '--limit', '1')).length, 1);
      assert.equal((await json<DeadLetter[]>('list', '--until', '2h')).length, 0);
      assert.match((await run(['list', '--group'])).out, /1 +inbound +support-whatsapp +rejected/);
      const shown = await run(['show', found[1]?.id ?? '']);
      assert.match(shown.out, /dead letter .* open/);
      assert.match(shown.out, /rejected: validate\/buggy: not understood/);
      assert.match(shown.out, /stages/);
      assert.match(shown.out, /bug 1/);
      assert.equal((await run(['show', 'nobody'])).code, 1);
    };
    await check();
    await hub[Symbol.asyncDispose]();
    await check();
    assert.equal((await run(['replay', '--all', '-y'])).code, 3);
  });

  it('says which of those it lists wait for too long', async () => {
    await twoLetters();
    assert.doesNotMatch((await run(['list'])).err, /wait for longer/);
    appendFileSync(bench.folder.config, '\nretention: { dead_letters: 1ms }\n');
    const { code, err } = await run(['list']);
    assert.equal(code, 0);
    assert.match(err, /2 of them wait for longer than 0s: replay or discard them/);
    assert.match((await run(['list', '--reason', '131026'])).err, /1 of them wait/);
    assert.doesNotMatch((await run(['list', '--json', '--quiet'])).err, /wait for longer/);
  });

  it('replays by filter after a count, and asks', async () => {
    await twoLetters();
    bench.mend();
    assert.match((await run(['replay', '--all', '--dry-run'])).out, /would replay 2 dead letters/);
    const nobody = await run(['replay', '--all']);
    assert.deepEqual([nobody.code, nobody.out], [2, '']);
    assert.match(nobody.err, /-y/);
    const no = await run(['replay', '--all'], { terminal: true, input: 'n\n' });
    assert.equal(no.code, 0);
    assert.match(no.err, /replay 2 dead letters\? \[y\/N\]/);
    assert.equal((await letters(hub)).length, 2);
    const yes = await run(['replay', '--reason', 'rejected'], { terminal: true, input: 'y\n' });
    assert.equal(yes.code, 0, yes.err);
    assert.match(yes.out, /done {2}1 of 1, 0 refused/);
    const operation = await json<BulkOperation>('replay', '--direction', 'outbound', '-y');
    assert.deepEqual([operation.state, operation.processed], ['done', 1]);
    await balanced(hub);
    assert.deepEqual(await said(hub), ['echo of bug 1', 'nobody there']);
  });

  it('refuses what had its effect, unless it is forced, and what nobody named', async () => {
    await write(hub, 'bug 1');
    await balanced(hub);
    bench.mend();
    const { id } = await only(hub);
    assert.equal((await run(['replay', id, '-y'])).code, 0);
    await balanced(hub);
    const refused = await run(['replay', id, '-y']);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /had its effect already; force overrules this/);
    assert.equal((await run(['replay', id, '-y', '--force'])).code, 0);
    await balanced(hub);
    assert.deepEqual(await said(hub), ['echo of bug 1', 'echo of bug 1']);
    for (const args of [
      ['replay', '-y'],
      ['discard', '-y'],
      ['replay', id, '--all', '-y'],
      ['list', '--since', 'yesterday'],
      ['list', '--state', 'x'],
      ['replay', '--all', '--rate', '0', '-y'],
    ])
      assert.equal((await run(args)).code, 2, args.join(' '));
    assert.equal((await run(['replay', 'nobody', '-y'])).code, 1);
  });

  it('edits in the editor, from a file, and back', async () => {
    await twoLetters();
    const [outbound] = await letters(hub);
    const id = outbound?.id ?? '';
    const script = join(bench.folder.config, '..', 'editor.sh');
    writeFileSync(script, '#!/bin/sh\nsed -i "s/nobody there/somebody there/" "$1"\n');
    chmodSync(script, 0o755);
    const edited = await run(['edit', id], { env: { EDITOR: script } });
    assert.equal(edited.code, 0, edited.err);
    assert.match(edited.out, /edited: "somebody there"/);
    assert.match((await run(['show', id])).out, /original +"nobody there"\n +edited +"somebody there"/);
    const same = await run(['edit', id], { env: { EDITOR: 'true' } });
    assert.match(same.err, /Nothing was changed/);
    assert.equal((await run(['edit', id], { env: { EDITOR: 'false' } })).code, 2);
    const wrong = await run(['edit', id, '--file', '-'], { input: '{"kind":"text"}' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /\/content\/text: expected string/);
    const content = '{"kind":"text","text":"from a file"}';
    assert.equal((await run(['edit', id, '--file', '-'], { input: content })).code, 0);
    assert.equal((await run(['replay', id, '-y'])).code, 0);
    await balanced(hub);
    assert.deepEqual(await said(hub), ['from a file']);
    const [inbound] = await letters(hub);
    assert.equal((await run(['edit', inbound?.id ?? '', '--file', '-'], { input: content })).code, 0);
    assert.match((await run(['edit', inbound?.id ?? '', '--undo'])).out, /as it was at first/);
  });

  it('does what was agreed to, and nothing to what died while that was asked', async () => {
    await twoLetters();
    const onAsked = async (): Promise<void> => {
      await write(hub, 'bug 2');
      await balanced(hub);
    };
    const { code, err } = await run(['discard', '--all'], { terminal: true, input: 'y\n', onAsked });
    assert.equal(code, 0);
    assert.match(err, /discard 2 dead letters\? \[y\/N\]/);
    assert.equal((await json<DeadLetter[]>('list', '--state', 'discarded')).length, 2);
    assert.equal((await json<DeadLetter[]>('list')).length, 1);
  });

  it('says why it reads the database where a hub does not answer', async () => {
    await twoLetters();
    const found = join(bench.folder.data, 'run.json');
    const said = JSON.parse(readFileSync(found, 'utf8')) as object;
    writeFileSync(found, JSON.stringify({ ...said, url: 'http://127.0.0.1:1' }));
    const prefix = ['--config', bench.folder.config];
    const world = { env: { PATCHBAY_DATA: bench.folder.data } };
    for (const args of [['dlq', 'list'], ['ledger'], ['trace', 'nobody']]) {
      const { err } = await patchbay([...prefix, ...args], world);
      assert.match(err, /The hub did not answer \(.*ECONNREFUSED.*\): read from .*hub\.db/);
    }
    rmSync(found);
    assert.match((await run(['list'])).err, /The hub is not running: read from .*hub\.db/);
  });

  it('discards with a note, stops, resumes, and keeps a log of it', async () => {
    for (let n = 0; n < 8; n++) await write(hub, `bug ${n}`);
    await balanced(hub);
    const [first] = await letters(hub);
    const discarded = await run(['discard', first?.id ?? '', '-y', '--note', 'called back']);
    assert.equal(discarded.code, 0, discarded.err);
    assert.equal((await json<DeadLetter[]>('list', '--state', 'discarded'))[0]?.note, 'called back');
    const started = await json<BulkOperation>('replay', '--all', '-y', '--no-wait', '--rate', '0.1');
    assert.deepEqual([started.state, started.total], ['running', 7]);
    assert.match((await run(['stop', started.id])).out, /stopped/);
    assert.match((await run(['status', started.id])).out, /stopped/);
    assert.match((await run(['resume', started.id])).out, /running/);
    await run(['stop', started.id]);
    assert.equal((await run(['stop', 'nobody'])).code, 1);
    const { out } = await run(['log']);
    const actions = [...out.matchAll(/ cli +(\w+) /g)].map(([, action]) => action);
    assert.deepEqual(actions, ['stop', 'resume', 'stop', 'replay', 'discard']);
    assert.match(out, /called back/);
  });
});
