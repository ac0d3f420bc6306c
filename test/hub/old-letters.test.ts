/** Dead letters that wait for longer than they should: what health and the log say, and that they are kept. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { watchOldLetters } from '../../src/compose/old-letters.ts';
import type { LetterGroup } from '../../src/storage/dead-letters.ts';
import { balanced, FILES, letters, send, UNREACHABLE, weather } from '../server/dead-letters-support.ts';
import { agesBy } from '../support/ages.ts';
import { hubFolder, startOn } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const DAY_MS = 86_400_000;

const group = (count: number): LetterGroup => ({
  direction: 'inbound',
  channel: 'a',
  code: 'rejected',
  count,
  firstAt: 1,
  lastAt: 2,
  sample: 'm1',
});

describe('dead letters that nobody decides on', function () {
  this.timeout(60_000);

  it('are told of in health, which is ready, and are kept', async () => {
    using folder = hubFolder(FILES);
    {
      await using hub = await startOn(folder);
      await weather(hub, UNREACHABLE);
      await send(hub, 'nobody there');
      await balanced(hub);
      assert.equal((await letters(hub)).length, 1);
    }
    {
      await using hub = await startOn(folder);
      await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
      assert.deepEqual((await hub.api('/readyz')).body.warnings, []);
    }
    appendFileSync(folder.config, '\nretention: { dead_letters: 1ms }\n');
    await using hub = await startOn(folder);
    await until(async () => (await hub.api('/readyz')).body.warnings.length > 0, 'the warning');
    await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
    const { body } = await hub.api('/readyz');
    assert.match(body.warnings.join(), /^old_dead_letters: 1 dead letter waits for a decision/);
    assert.equal((await letters(hub)).length, 1);
  });

  it('are looked for by their age, and counted over all groups', async () => {
    const asked: unknown[] = [];
    const told: unknown[] = [];
    const looked = Promise.withResolvers<void>();
    await using watch = watchOldLetters(83 * DAY_MS, {
      store: {
        async deadLetterGroups(filter) {
          asked.push(filter);
          return [group(2), group(5)];
        },
      },
      ages: agesBy(() => 100 * DAY_MS),
      logger: {
        warn(fields: unknown) {
          told.push(fields);
          looked.resolve();
        },
      },
    });
    await looked.promise;
    assert.deepEqual(asked, [{ until: 17 * DAY_MS }]);
    assert.deepEqual(told, [{ code: 'old_dead_letters', count: 7 }]);
    assert.match(watch.warning() ?? '', /7 dead letters wait for a decision, for 83 days and longer/);
  });
});
