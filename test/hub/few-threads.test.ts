/** A hub whose system gives it few threads, as in a container with a limit of processes. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { couldNotRun } from '../support/could-not-run.ts';
import { attachTo, type HubFolder, hubFolder } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { until } from '../support/wait.ts';

const TITLE = 'a hub that is given few threads';
const CHANNEL = 'support-whatsapp';
/** A user of this run alone: the limit counts all that a user runs. */
const USER = 100_000 + process.pid;
const AS_USER = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] as const;

/** Root has no such limit. */
function refusal(): string | null {
  const [command, ...rest] = [...AS_USER, 'prlimit', '--nproc=100', 'cat'];
  const readable = fileURLToPath(new URL('../../bin/patchbay.mjs', import.meta.url));
  const { status } = spawnSync(command, [...rest, readable, process.execPath], { stdio: 'ignore' });
  return status === 0 ? null : 'needs root, setpriv, prlimit, and a folder that others may read';
}

function ownFolder(): HubFolder {
  const folder = hubFolder();
  const root = dirname(folder.data);
  mkdirSync(folder.data, { recursive: true });
  for (const path of [root, ...globSync(join(root, '**'))]) chownSync(path, USER, USER);
  return folder;
}

const threadsOf = (pid: number): number =>
  Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const why = refusal();
if (why !== null) couldNotRun(TITLE, why);
else
  describe(TITLE, function () {
    this.timeout(180_000);
    /** As many as a hub has that gets what it asks for. */
    let all = 0;

    const start = (folder: HubFolder, most: number) =>
      startProcess(folder, { HOME: folder.data }, [...AS_USER, 'prlimit', `--nproc=${most}:1000`]);
    const healthAt = async (url: string) =>
      (await (await fetch(new URL('/readyz', url))).json()) as {
        readonly troubles: readonly string[];
        readonly eventLoop: unknown;
      };

    before(async () => {
      using folder = ownFolder();
      await using running = start(folder, 1_000);
      const { url } = await running.listening();
      // The last of them begins behind the start.
      await until(async () => (await healthAt(url)).eventLoop !== null, 'all its threads');
      all = threadsOf(running.pid);
      // Some are there for a moment.
      for (let looks = 0; looks < 100; looks++) {
        all = Math.min(all, threadsOf(running.pid));
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    });

    it('goes on without those that it can do without', async () => {
      using folder = ownFolder();
      await using running = start(folder, all - 1);
      const hub = attachTo(folder, await running.listening());
      const isUnwatched = (): boolean => running.problems.includes('is not watched for stalls');
      await until(async () => (await healthAt(hub.url)).eventLoop !== null || isUnwatched(), 'the last one');
      const webhook = hub.draft(CHANNEL, 'text', { from: '15550100001', text: 'hello' });
      assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
      await hub.idle();
      assert.equal((await hub.received()).length, 1);
      running.signal('SIGTERM');
      assert.equal(await running.ended, 0, running.problems);
    });

    it('says that it works on nothing without the pipeline, and goes on once there is a thread', async () => {
      using folder = ownFolder();
      await using running = start(folder, all - 2);
      const hub = attachTo(folder, await running.listening());
      await until(() => running.problems.includes('was not given by the system'), 'it to be said');
      assert.deepEqual((await healthAt(hub.url)).troubles, ['the pipeline is not running']);
      const webhook = hub.draft(CHANNEL, 'text', { from: '15550100001', text: 'hello' });
      assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
      const [command, ...rest] = AS_USER;
      // Whoever raises it needs a process as well.
      execFileSync(command, [...rest, 'prlimit', `--pid=${running.pid}`, `--nproc=${all + 1}:1000`]);
      await until(async () => (await hub.received()).length === 1, 'the answer');
      assert.deepEqual((await healthAt(hub.url)).troubles, []);
    });
  });
