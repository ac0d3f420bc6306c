/** A whole hub on a clock that has jumped: what health says of it, and what the next start knows. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hubFolder, startOn } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const DAY_MS = 86_400_000;

interface State {
  readonly wall: number;
  readonly past: readonly { readonly from: number; readonly ahead: number }[];
}

describe('a hub whose clock was set', function () {
  this.timeout(60_000);

  it('says so in health, is ready, and knows it after a restart', async () => {
    using folder = hubFolder();
    const path = join(folder.data, 'clock.json');
    const state = (): State => JSON.parse(readFileSync(path, 'utf8'));
    {
      await using hub = await startOn(folder);
      assert.deepEqual((await hub.api('/readyz')).body.warnings, []);
    }
    // As if the clock had been set on by a day while the hub was down.
    writeFileSync(path, JSON.stringify({ ...state(), wall: state().wall - DAY_MS }));
    for (const start of ['the first', 'the second']) {
      await using hub = await startOn(folder);
      await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
      const { body } = await hub.api('/readyz');
      assert.match(body.warnings.join(), /^clock_skew: the wall clock was set forward by 24 h, to 2/, start);
    }
    const { past } = state();
    assert.equal(past.length, 2);
    assert.ok(Math.abs((past[1]?.ahead ?? 0) - DAY_MS) < 60_000);
  });
});
