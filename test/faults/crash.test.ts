import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KILLED_ELSEWHERE, POINTS } from './crash/points.ts';
import { crashRun } from './crash/run.ts';
import { missedGoals, summaryOf } from './support/figures.ts';

/** Another each time; the summary has it. */
const SEED = Date.now() % 1_000_000;

describe('the hub, killed at each of its named points', function () {
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
    const { figures, folder } = await crashRun({ rounds: 1, seed: SEED, progress: () => {} });
    assert.deepEqual(missedGoals(figures), [], `${summaryOf(figures)}\nkept for study: ${folder}`);
  });
});
