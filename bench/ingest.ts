/**
 * How fast webhooks are accepted durably, against a bare server that stores nothing and against bolt. In turns, in
 * one process tree: `npm run bench:ingest [-- --rounds 7 --seconds 2 --json]`. Exits 1 when a goal is missed.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runLoad } from './support/load.ts';
import { type ServerProcess, startServerProcess } from './support/server-process.ts';
import { rounded, type Spread, shuffled, spread, table } from './support/statistics.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);

/** More than any of them answers in the time. */
const PREPARED_PER_SECOND = 45_000;
const GOALS = { hubToBare: 0.6, hubToBolt: 2 };

interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly rssMb: number;
  /** As requestsPerSecond, with the time until all of it was taken in as well. */
  readonly sustained: number;
}

const PEERS = [
  { name: 'bare', title: '(a) bare node:http, stores nothing', path: '/', server: 'bare' },
  { name: 'hub', title: '(b) hub, durable', path: '/webhooks/bench', server: 'hub' },
  {
    name: 'bolt',
    title: '(c) @slack/bolt receiver, stores nothing',
    path: '/webhooks/bench',
    server: 'bolt',
  },
] as const;
type Name = (typeof PEERS)[number]['name'];

async function measure(server: ServerProcess, path: string, forSeconds: number): Promise<Sample> {
  const prepared = Math.ceil(PREPARED_PER_SECOND * forSeconds);
  const started = Promise.withResolvers<Promise<{ cpuMicros: number }>>();
  const result = await runLoad({ port: server.port, path, connections, seconds: forSeconds, prepared }, () =>
    started.resolve(server.usage()),
  );
  const endedAt = performance.now();
  await server.settled();
  const drainSeconds = (performance.now() - endedAt) / 1000;
  const before = await await started.promise;
  const after = await server.usage();
  if (result.refused > 0) throw new Error(`${result.refused} requests were refused`);
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / result.requests,
    rssMb: after.rssBytes / 1e6,
    sustained: result.requests / (result.seconds + drainSeconds),
  };
}

const samples: Record<Name, Sample[]> = { bare: [], hub: [], bolt: [] };
{
  await using open = new AsyncDisposableStack();
  const servers = new Map<Name, ServerProcess>();
  for (const peer of PEERS) servers.set(peer.name, open.use(await startServerProcess(peer.server)));
  const run = async (peer: (typeof PEERS)[number], forSeconds: number): Promise<Sample> => {
    const server = servers.get(peer.name);
    if (server === undefined) throw new Error(peer.name);
    return measure(server, peer.path, forSeconds);
  };
  for (const peer of PEERS) await run(peer, 1);
  for (let round = 1; round <= rounds; round++) {
    for (const peer of shuffled(PEERS)) samples[peer.name].push(await run(peer, seconds));
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
}

const of = (name: Name, key: keyof Sample): Spread => spread(samples[name].map(sample => sample[key]));
const ratio = (name: Name, to: Name, key: keyof Sample): Spread =>
  spread(samples[name].map((sample, round) => sample[key] / (samples[to][round]?.[key] ?? Number.NaN)));
const show = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;

const ratios = {
  hubToBare: ratio('hub', 'bare', 'requestsPerSecond'),
  hubToBolt: ratio('hub', 'bolt', 'requestsPerSecond'),
  sustainedToBare: ratio('hub', 'bare', 'sustained'),
  cpuToBare: ratio('hub', 'bare', 'cpuMicros'),
  cpuToBolt: ratio('hub', 'bolt', 'cpuMicros'),
};
const met = ratios.hubToBare.median >= GOALS.hubToBare && ratios.hubToBolt.median >= GOALS.hubToBolt;

console.log(
  `${rounds} rounds of ${seconds} s, ${connections} connections, ${availableParallelism()} cores; median (min-max)\n`,
);
console.log(
  table([
    ['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU us/request', 'RSS MB'],
    ...PEERS.map(({ name, title }) => [
      title,
      show(of(name, 'requestsPerSecond'), 0),
      show(of(name, 'p50Ms'), 2),
      show(of(name, 'p99Ms'), 1),
      show(of(name, 'cpuMicros'), 1),
      show(of(name, 'rssMb'), 0),
    ]),
  ]),
);
console.log(`\nrequests/s, ratio inside a round`);
console.log(`  (b)/(a)                      ${show(ratios.hubToBare, 2)}   goal ${GOALS.hubToBare}`);
console.log(`  (b)/(c)                      ${show(ratios.hubToBolt, 2)}   goal ${GOALS.hubToBolt}`);
console.log(`  (b)/(a), until all taken in  ${show(ratios.sustainedToBare, 2)}`);
console.log(`CPU per request`);
console.log(`  (b)/(a)                      ${show(ratios.cpuToBare, 2)}`);
console.log(`  (b)/(c)                      ${show(ratios.cpuToBolt, 2)}`);
console.log(met ? '\ngoals met' : '\nGOAL MISSED');
if (values.json) {
  const round = (of: Spread) => ({ median: rounded(of.median), min: rounded(of.min), max: rounded(of.max) });
  const peers = Object.fromEntries(
    PEERS.map(({ name }) => [
      name,
      Object.fromEntries(
        (['requestsPerSecond', 'p50Ms', 'p99Ms', 'cpuMicros', 'rssMb'] as const).map(key => [
          key,
          round(of(name, key)),
        ]),
      ),
    ]),
  );
  const shares = Object.fromEntries(Object.entries(ratios).map(([key, value]) => [key, round(value)]));
  console.log(
    JSON.stringify({
      bench: 'ingest',
      rounds,
      seconds,
      connections,
      peers,
      ratios: shares,
      goals: GOALS,
      met,
    }),
  );
}
process.exitCode = met ? 0 : 1;
