import assert from 'node:assert/strict';
import { buckets, networkOf } from '../../../src/channels/web/limits.ts';

describe('web chat: limits', () => {
  it('lets a burst through, then so many a second', () => {
    let now = 0;
    const bucket = buckets(10, 3, () => now);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.take('a')),
      [0, 0, 0, 100],
    );
    assert.equal(bucket.take('b'), 0);
    now = 100;
    assert.equal(bucket.take('a'), 0);
    assert.equal(bucket.take('a'), 100);
  });

  it('forgets who is rested first, and never grows beyond its bound', () => {
    let now = 0;
    const bucket = buckets(1, 2, () => now, 3);
    bucket.take('rested');
    now = 10_000;
    for (const key of ['tired', 'tired', 'x', 'y']) bucket.take(key);
    assert.ok(bucket.take('tired') > 0);
  });

  const networks: readonly (readonly [string | undefined, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    [undefined, 'unknown'],
  ];
  for (const [address, network] of networks) {
    it(`counts ${address} as ${network}`, () => assert.equal(networkOf(address), network));
  }
});
