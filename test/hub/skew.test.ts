/** The clocks of the platforms beside this machine's. */
import assert from 'node:assert/strict';
import { httpClient } from '../../src/channels/http.ts';
import { watchSkew } from '../../src/compose/skew.ts';
import { platform } from '../../src/kit/server.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const dateOff = (byMs: number): string => new Date(NOW + byMs).toUTCString();

function watch() {
  const lines: unknown[] = [];
  const clock = { wall: NOW, monotonic: 0 };
  const logger = { warn: (fields: unknown) => void lines.push(fields) };
  const sources = { wall: () => clock.wall, monotonic: () => clock.monotonic };
  return { lines, clock, skew: watchSkew(logger, sources) };
}

describe('the clocks of the platforms', () => {
  it('are no matter up to a minute, and an alarm beyond, once in an hour', () => {
    const { lines, clock, skew } = watch();
    for (let count = 0; count < 5; count++) skew.seen(dateOff(-60_000));
    assert.equal(skew.warning(), null);
    for (let count = 0; count < 5; count++) skew.seen(dateOff(-61_000));
    assert.match(
      skew.warning() ?? '',
      /^clock_skew: the clock of this machine is 61 s ahead of the platforms'/,
    );
    assert.deepEqual(lines, [{ code: 'clock_skew' }]);
    clock.monotonic += 3_600_000;
    skew.seen(dateOff(-61_000));
    assert.equal(lines.length, 2);
    for (let count = 0; count < 5; count++) skew.seen(dateOff(0));
    assert.equal(skew.warning(), null);
  });

  it('are not gone by for ever: the clock may have been set since', () => {
    const { clock, skew } = watch();
    for (let count = 0; count < 3; count++) skew.seen(dateOff(600_000));
    clock.monotonic += 2 * 3_600_000 - 1;
    assert.match(skew.warning() ?? '', /is 600 s behind/);
    clock.monotonic += 1;
    assert.equal(skew.warning(), null);
  });

  it('are not those of a cache', async () => {
    const dates: string[] = [];
    await using server = await platform(({ path }) => ({
      status: 200,
      headers: path === '/cached' ? { date: dateOff(-900_000), age: '900' } : { date: dateOff(0) },
      body: 'yes',
    }));
    await using http = httpClient({ onDate: date => void dates.push(date) });
    for (const path of ['/cached', '/fresh'])
      await http.request({
        method: 'GET',
        url: new URL(path, server.url).href,
        signal: AbortSignal.timeout(10_000),
      });
    assert.deepEqual(dates, [dateOff(0)]);
  });

  it('tell which way it is', () => {
    const { skew } = watch();
    for (let count = 0; count < 3; count++) skew.seen(dateOff(600_000));
    assert.match(skew.warning() ?? '', /is 600 s behind the platforms'/);
  });

  it('are not believed by one answer or two, nor by what is no date', () => {
    const { skew } = watch();
    for (const date of ['', 'yesterday', 'NaN']) skew.seen(date);
    for (let count = 0; count < 2; count++) skew.seen(dateOff(600_000));
    assert.equal(skew.warning(), null);
    for (let count = 0; count < 3; count++) skew.seen(dateOff(0));
    assert.equal(skew.warning(), null);
  });

  it('are read off every answer to a call', async () => {
    const dates: string[] = [];
    await using server = await platform(() => ({
      status: 500,
      headers: { date: dateOff(0) },
      body: 'no',
    }));
    await using http = httpClient({ onDate: date => void dates.push(date) });
    await http.request({ method: 'GET', url: server.url, signal: AbortSignal.timeout(10_000) });
    assert.deepEqual(dates, [dateOff(0)]);
  });
});
