import assert from 'node:assert/strict';
import { type Lookups, lookupPace } from '../../src/delivery/pace-lookups.ts';
import { pause } from '../../src/storage/persist.ts';
import { until } from '../support/wait.ts';

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

  it('go by another rate at once, also by none', async () => {
    const look = async (): Promise<string> => 'looked';
    const hourly = { count: 1, perMs: 3_600_000 };
    assert.equal(await lookups.run('a', hourly, look), 'looked');
    assert.equal(await lookups.run('a', hourly, look), null);
    for (let n = 0; n < 3; n++) assert.equal(await lookups.run('a', null, look), 'looked');
    assert.equal(await lookups.run('a', hourly, look), 'looked');
    assert.equal(await lookups.run('a', hourly, look), null);
  });

  it('go on where the wall clock is set back', async () => {
    const wall = Date.now;
    const rate = { count: 3, perMs: 60_000 };
    const look = async (): Promise<string> => 'looked';
    assert.equal(await lookups.run('a', rate, look), 'looked');
    try {
      Date.now = () => wall() - 86_400_000;
      assert.equal(await lookups.run('a', rate, look), 'looked');
    } finally {
      Date.now = wall;
    }
  });

  it('go on where it was set forward and back in between, when nobody asked', async () => {
    const wall = Date.now;
    const rate = { count: 1, perMs: 250 };
    const look = async (): Promise<string> => 'looked';
    assert.equal(await lookups.run('a', rate, look), 'looked');
    try {
      Date.now = () => wall() + 86_400_000;
      // Longer than bottleneck takes to look at the clock by itself.
      await pause(5_500, new AbortController().signal);
    } finally {
      Date.now = wall;
    }
    for (let n = 0; n < 3; n++)
      await until(async () => (await lookups.run('a', rate, look)) !== null, `look ${n}`);
  });

  it('are made again once the time of the rate is over', async () => {
    const rate = { count: 2, perMs: 100 };
    let looked = 0;
    await until(async () => {
      await lookups.run('a', rate, async () => ++looked);
      return looked === 6;
    }, 'three times as many as may go at once');
  });

  it('are refused and not queued where several come at once', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const rate = { count: 100, perMs: 60_000 };
    let underWay = 0;
    const look = async (): Promise<string> => {
      underWay++;
      await released;
      return 'looked';
    };
    const results: Promise<string | null>[] = [];
    let refused = 0;
    for (let n = 0; n < 20; n++) {
      const result = lookups.run('a', rate, look);
      void result.then(value => {
        if (value === null) refused++;
      });
      results.push(result);
    }
    await until(() => refused + underWay === 20, 'each to begin or to be refused');
    assert.deepEqual([underWay, refused], [4, 16]);
    release();
    await Promise.all(results);
    assert.equal(await lookups.run('a', rate, look), 'looked');
  });

  it('are not counted where a channel file says so', async () => {
    let looked = 0;
    for (let n = 0; n < 100; n++) await lookups.run('a', null, async () => ++looked);
    assert.equal(looked, 100);
  });

  it('pass on what the look itself fails with', async () => {
    const rate = { count: 5, perMs: 60_000 };
    await assert.rejects(
      lookups.run('a', rate, () => Promise.reject(new TypeError('a bug'))),
      TypeError,
    );
  });
});
