import assert from 'node:assert/strict';
import { cleanRun } from './flips/clean.ts';
import { flipRun, missedBy, summaryOfFlips } from './flips/run.ts';
import { missedGoals, summaryOf } from './support/figures.ts';

/** A number of its own for each run; printed where the run fails, to have the same bits again. */
const SEED = Date.now() % 1_000_000;
const quiet = (): void => {};

describe('a data folder with a bit turned over', function () {
  this.timeout(600_000);

  it('is noticed and made good: eight in the database and its log, 3 more under the hub', async () => {
    const { figures, hub } = await flipRun({ flips: 8, seed: SEED, progress: quiet });
    const missed = missedBy(figures, missedGoals(hub.figures));
    const told = `${summaryOfFlips(figures)}\n${summaryOf(hub.figures)}\nkept for study: ${hub.folder}`;
    assert.deepEqual(missed, [], told);
    assert.ok(figures.parts.database.detected + figures.parts.wal.detected >= 2, told);
  });

  it('is not found where there is none: five kills without damage', async () => {
    const { alarms, lost, records } = await cleanRun({ kills: 5, seed: SEED, progress: quiet });
    assert.deepEqual([alarms, lost], [[], 0]);
    assert.ok(records > 0);
  });
});
