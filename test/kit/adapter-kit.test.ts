/** The conformance kit on folders outside the repository: it notices what is wrong, and nothing else. */
import assert from 'node:assert/strict';
import { deliveryRules } from '../../src/cli/adapter-delivery.ts';
import { loadSubject } from '../../src/cli/adapter-load.ts';
import { rulesFor, runRules } from '../../src/kit/run.ts';
import { adapterFolder, type Change, READS_TEXTS } from './adapters.ts';
import { BROKEN } from './broken.ts';

/** Groups that take their time: only where they are to say something. */
const SLOW = ['delivery', 'properties'];

/** The broken rules of the scaffold with these changes. */
async function broken(slow: readonly string[], ...changes: readonly Change[]): Promise<readonly string[]> {
  using folder = adapterFolder(...changes);
  const loaded = loadSubject(folder.path);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problem);
  const names: string[] = [];
  const delivery = deliveryRules(loaded.entry);
  const groups = new Set(rulesFor(loaded.subject, delivery).map(({ group }) => group));
  const only = [...groups].filter(group => !SLOW.includes(group) || slow.includes(group));
  for await (const { name, ok } of runRules(loaded.subject, only, delivery)) if (!ok) names.push(name);
  return names.sort();
}

describe('the adapter kit', function () {
  this.timeout(180_000);

  it('finds in a new adapter the one thing its author has to do first', async () => {
    assert.deepEqual(await broken([]), ['recordings/a-text']);
  });

  it('is content with it once that is done', async () => {
    assert.deepEqual(await broken(SLOW, READS_TEXTS), []);
  });

  for (const { name, changes, rules } of BROKEN)
    it(`notices that ${name}`, async () => {
      const slow = SLOW.filter(group => rules.some(rule => rule.startsWith(`${group}/`)));
      assert.deepEqual(await broken(slow, READS_TEXTS, ...changes), [...rules].sort());
    });
});
