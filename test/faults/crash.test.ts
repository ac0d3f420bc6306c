import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KILLED_ELSEWHERE, POINTS } from './crash/points.ts';
import { crashRun } from './crash/run.ts';
import { missedGoals, summaryOf } from './support/figures.ts';

/** Another each time; the summary has it. */
const SEED = Date.now() % 1_000_000;
/** So many runs of the tests pass all of them; `npm run faults:crash` does at once. */
const PARTS = 3;

describe('the hub, killed at its named points', function () {
  this.timeout(600_000);

  it('knows every point there is', () => {
    const src = fileURLToPath(new URL('../../src/', import.meta.url));
    const inSource = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .flatMap(name => [...readFileSync(`${src}${name}`, 'utf8').matchAll(/\bcrash(?:\?\.)?\('(CP\d+)'\)/g)])
      .map(([, point]) => point);
    const known = POINTS.filter(({ by }) => by === 'hub').map(({ name }) => name);
    assert.deepEqual(inSource.sort(), [...known, ...KILLED_ELSEWHERE].sort());
  });

  it('loses nothing and doubles nothing', async () => {
    const points = POINTS.filter((_, n) => n % PARTS === SEED % PARTS);
    const { figures, folder } = await crashRun({ rounds: 1, points, seed: SEED, progress: () => {} });
    assert.deepEqual(missedGoals(figures), [], `${summaryOf(figures)}\nkept for study: ${folder}`);
  });
});
