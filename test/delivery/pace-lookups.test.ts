import assert from 'node:assert/strict';
import { type Lookups, lookupPace } from '../../src/delivery/pace-lookups.ts';

describe('looks into the history', () => {
  let lookups: Lookups;
  beforeEach(() => {
    lookups = lookupPace();
  });
  afterEach(() => lookups[Symbol.asyncDispose]());

  it('are made as often as the platform allows, and refused then, for each account', async () => {
    const rate = { count: 3, perMs: 3_600_000 };
    let looked = 0;
    const look = async (): Promise<number> => ++looked;
    const results: (number | null)[] = [];
    for (let n = 0; n < 5; n++) results.push(await lookups.run('a', rate, look));
    assert.deepEqual(results, [1, 2, 3, null, null]);
    assert.equal(await lookups.run('b', rate, look), 4);
  });

  it('are refused and not queued where several come at once', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const rate = { count: 100, perMs: 60_000 };
    const all = Array.from({ length: 20 }, () => lookups.run('a', rate, () => released.then(() => 'looked')));
    // Those that were refused are known before any of the others has ended.
    const refused = await Promise.race(all);
    assert.equal(refused, null);
    release();
    const results = await Promise.all(all);
    const made = results.filter(result => result === 'looked').length;
    assert.ok(made >= 1 && made <= 4, `${made} at once`);
    assert.equal(await lookups.run('a', rate, async () => 'next'), 'next');
  });

  it('pass on what the look itself fails with', async () => {
    const rate = { count: 5, perMs: 60_000 };
    await assert.rejects(
      lookups.run('a', rate, () => Promise.reject(new TypeError('a bug'))),
      TypeError,
    );
  });
});
