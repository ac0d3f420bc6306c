/**
 * How soon a webhook is acknowledged, durably, at a steady rate; and how many can be for a while:
 * `npm run bench:ack [-- --size ci|release --json]`. Exits 1 when a goal is missed.
 */
import { parseArgs } from 'node:util';
import { HARD_LIMIT_MS } from '../src/server/webhooks.ts';
import { sizeOf } from '../test/faults/support/harness.ts';
import { atLeast, atMost, isMissed, type Measured, tableOf } from '../test/faults/support/report.ts';
import { type LoadResult, runLoad } from './support/load.ts';
import { startServerProcess } from './support/server-process.ts';
import { rounded, spread } from './support/statistics.ts';

const { values } = parseArgs({
  options: { size: { type: 'string', default: 'ci' }, json: { type: 'boolean', default: false } },
});
const size = sizeOf(values.size);
if (size === undefined) {
  console.error('usage: npm run bench:ack -- [--size ci|release] [--json]');
  process.exit(2);
}
const { seconds, rounds } = { ci: { seconds: 5, rounds: 3 }, release: { seconds: 60, rounds: 5 } }[size];
const PATH = '/webhooks/bench';
const STEADY = 500;
const BODY_BYTES = 2_048;
const CONNECTIONS = 64;
const GOALS = { p99Ms: 25, perSecond: 2_000 };
/** More than any machine takes in the time. */
const MOST_PER_SECOND = 20_000;

const steady: LoadResult[] = [];
const sustained: number[] = [];
const flatOut: LoadResult[] = [];
{
  // The pipeline works on what comes in meanwhile, and delivery stands ready.
  await using hub = await startServerProcess('hub', ['all']);
  const run = (forSeconds: number): Promise<LoadResult> => {
    const prepared = STEADY * forSeconds + 1;
    const load = { port: hub.port, path: PATH, connections: CONNECTIONS, seconds: forSeconds, prepared };
    return runLoad({ ...load, perSecond: STEADY, bytes: BODY_BYTES }, () => {});
  };
  await run(2);
  for (let round = 0; round < rounds; round++) {
    steady.push(await run(seconds));
    await hub.settled();
    console.error(`round ${round + 1} of ${rounds} at ${STEADY}/s`);
  }
}
{
  await using hub = await startServerProcess('hub');
  const run = async (forSeconds: number): Promise<number> => {
    const prepared = MOST_PER_SECOND * forSeconds;
    const load = { port: hub.port, path: PATH, connections: CONNECTIONS, seconds: forSeconds, prepared };
    const startedAt = performance.now();
    let begunAt = startedAt;
    const result = await runLoad({ ...load, bytes: BODY_BYTES }, () => {
      begunAt = performance.now();
    });
    flatOut.push(result);
    // What was acknowledged and still waits to be taken in is not done.
    await hub.settled();
    return (result.requests - result.refused) / ((performance.now() - begunAt) / 1_000);
  };
  await run(1);
  for (let round = 0; round < rounds; round++) {
    sustained.push(await run(Math.min(seconds, 20)));
    console.error(`round ${round + 1} of ${rounds} as fast as it goes`);
  }
}

const p50 = spread(steady.map(one => one.p50Ms));
const p99 = spread(steady.map(one => one.p99Ms));
const perSecond = spread(sustained);
const sum = (count: (one: LoadResult) => number): number =>
  [...steady, ...flatOut].reduce((all, one) => all + count(one), 0);
const refusedLate = sum(one => one.refusedLate);
const refused = sum(one => one.refused) - refusedLate;
const figures: Measured[] = [
  atMost(
    'G9',
    `acknowledged at ${STEADY} messages/s: p99, median of ${rounds}`,
    p99.median,
    GOALS.p99Ms,
    ' ms',
  ),
  atMost('G9', 'refused, and the hub had time left', refused),
  // The disk stood still for as long as that: of the machine.
  { ...atMost('G9', `refused after ${HARD_LIMIT_MS} ms`, refusedLate), timed: true },
  atLeast(
    'G10',
    `accepted durably and taken in, bodies of ${BODY_BYTES} bytes`,
    Math.round(perSecond.median),
    GOALS.perSecond,
    '/s',
  ),
];
console.error(tableOf(figures));
console.error(`p50 ${rounded(p50.median)} ms; p99 from ${rounded(p99.min)} to ${rounded(p99.max)} ms`);
if (values.json)
  console.log(JSON.stringify({ bench: 'ack', size, figures, details: { p50, p99, perSecond } }));
process.exitCode = figures.some(isMissed) ? 1 : 0;
