import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/wait.ts';
import { ASSISTANT } from './support/clients.ts';
import { startHubProcess } from './support/hub-process.ts';
import { openPlatforms } from './support/platforms.ts';
import { chanceOf } from './support/random.ts';
import { openWorkplace } from './support/workplace.ts';

describe('the process, told to stop', function () {
  this.timeout(120_000);

  /** Starts it, sends the signal once the file is there, and returns how it ended. */
  async function stopAt(file: string): Promise<{ readonly code: number | null; readonly isGone: boolean }> {
    await using opened = new AsyncDisposableStack();
    const chance = chanceOf(Date.now());
    const platforms = opened.use(await openPlatforms({ chance, hubUrl: () => '', echoMs: 1 }));
    const { channels, secrets } = platforms;
    const workplace = await openWorkplace({
      chance,
      channels,
      assistant: ASSISTANT,
      secrets,
      ambiguousWaitMs: 1,
    });
    opened.defer(() => workplace.remove());
    const hub = startHubProcess(workplace);
    opened.defer(() => hub.kill('SIGKILL'));
    await until(() => existsSync(join(workplace.dataFolder, file)), file, 60_000);
    hub.kill('SIGTERM');
    const { code } = await hub.ended;
    return { code, isGone: !existsSync(join(workplace.dataFolder, 'run.json')) };
  }

  it('ends well while its parts are starting', async () => {
    assert.deepEqual(await stopAt('hub.db'), { code: 0, isGone: true });
  });

  it('ends well the moment it answers', async () => {
    assert.deepEqual(await stopAt('run.json'), { code: 0, isGone: true });
  });
});
