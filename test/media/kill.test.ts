/** A hub that is killed while it fetches: nothing is lost, nothing half is left, and it goes on after the next start. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attachTo, type HubFolder, type HubTools, hubFolder } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface Running {
  readonly hub: HubTools;
  kill(): Promise<void>;
}

async function start(folder: HubFolder): Promise<Running> {
  const child = spawn(process.execPath, [PROGRAM, 'start', '--quiet', '--config', folder.config], {
    env: { ...process.env, PATCHBAY_DATA: folder.data, PORT: '0' },
    stdio: 'ignore',
  });
  const ended = new Promise(resolve => child.once('exit', resolve));
  const running = (): { pid: number; url: string; sandbox: string } | null => {
    try {
      return JSON.parse(readFileSync(join(folder.data, 'run.json'), 'utf8'));
    } catch {
      return null;
    }
  };
  await until(() => gone(child) || running()?.pid === child.pid, 'the hub to answer', 60_000);
  const where = running();
  assert.ok(where !== null && !gone(child), 'the hub runs');
  return {
    hub: attachTo(folder, where),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const gone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

const json = { 'content-type': 'application/json' };

describe('media and kill -9', () => {
  it('goes on with what was being fetched, and leaves nothing of the first try', async () => {
    using folder = hubFolder();
    const first = await start(folder);
    let webhook = { body: '', contentType: '' };
    try {
      // The file comes byte by byte, for minutes.
      const rules = [{ match: { path: 'attachments' }, do: { kind: 'trickle', bytes: 1, everyMs: 500 } }];
      const set = await first.hub.sandbox('scenario', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ rules }),
      });
      assert.equal(set.status, 200, set.text);
      webhook = first.hub.draft('support-whatsapp', 'image');
      const said = { method: 'POST', headers: json, body: webhook.body };
      assert.equal((await first.hub.sandbox('say?account=support-whatsapp', said)).status, 202);
      const incoming = join(folder.data, 'media', 'incoming');
      await until(() => readdirSync(incoming).length === 1, 'the first byte');
    } finally {
      await first.kill();
    }
    assert.equal(readdirSync(join(folder.data, 'media', 'incoming')).length, 1);

    const second = await start(folder);
    try {
      assert.deepEqual(readdirSync(join(folder.data, 'media', 'incoming')), []);
      // The sandbox died as well: it hears again of the file it had, not of a message.
      const note = { method: 'POST', headers: json, body: webhook.body };
      assert.equal((await second.hub.sandbox('note?account=support-whatsapp', note)).status, 202);
      await until(
        async () => (await second.hub.messages('?channel=support-whatsapp'))[0]?.media[0]?.state === 'stored',
        'the file',
        30_000,
      );
      const messages = await second.hub.messages('?channel=support-whatsapp');
      assert.equal(messages.length, 1);
      assert.ok((messages[0]?.media[0]?.attempts ?? 0) >= 2);
    } finally {
      await second.kill();
    }
  }).timeout(120_000);
});
