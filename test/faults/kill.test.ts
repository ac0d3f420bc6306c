import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { killRun } from './kill/run.ts';
import { missedGoals, summaryOf } from './support/figures.ts';
import type { Taken } from './support/judge.ts';

/** A number of its own for each run; printed where the run fails, to have the same moments again. */
const SEED = Date.now() % 1_000_000;
const quiet = (): void => {};

describe('the hub, killed at moments of chance', function () {
  this.timeout(600_000);

  it('loses nothing and doubles nothing in eight kills', async () => {
    // On a slow machine eight may all come before the pipeline is up.
    for (let kills = 8; kills <= 32; kills *= 2) {
      const { figures, folder } = await killRun({ kills, seed: SEED, progress: quiet });
      assert.deepEqual(missedGoals(figures), [], `${summaryOf(figures)}\nkept for study: ${folder}`);
      if (figures.acknowledged >= 50 && figures.provenSent > 0) return;
    }
    assert.fail('no send was cut off and proven: the kills hit nothing');
  });

  it('is seen to lose and to double one message', async () => {
    const tamper = ([first, ...rest]: readonly Taken[]): readonly Taken[] => {
      const [second] = rest;
      assert.ok(first !== undefined && second !== undefined);
      return [...rest, { ...second, seq: Number.MAX_SAFE_INTEGER }];
    };
    const { figures, folder } = await killRun({ kills: 2, seed: SEED, progress: quiet, tamper });
    if (folder !== null) rmSync(folder, { recursive: true });
    assert.deepEqual(missedGoals(figures), ['lost', 'doubled']);
    assert.ok(figures.lost >= 1 && figures.doubled >= 1);
  });
});
