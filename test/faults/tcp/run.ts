/** The network at its worst, on both sides of the hub; and endpoints that answer a byte at a time. */
import { pause } from '../support/clients.ts';
import { faultRun } from '../support/fault-run.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import { type Chance, chanceOf } from '../support/random.ts';
import { atLeast, atMost, type Report } from '../support/report.ts';
import { type Manner, type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';
import { trickleRun } from './trickle.ts';

const SECONDS: Readonly<Record<Size, number>> = { ci: 10, release: 180 };
const WAIT_MS = 3_000;
/** A connection lives this long at the most until something happens to it: some dozens of messages. */
const FAR_BYTES = { requests: 25_000, answers: 8_000 };
/** What holds a connection up until somebody's patience ends is rarer than what ends it. */
const PATIENT = 0.12;

export async function tcpRun(options: HarnessOptions): Promise<Report> {
  const { size, seed, progress } = options;
  const chance = chanceOf(seed + 40);
  let isBad = false;
  const proxies: TcpProxy[] = [];
  const worst = (): Manner => (isBad ? somehow(chance) : { kind: 'pass' });
  const between = async (url: string): Promise<string> => {
    const proxy = await tcpProxy(url, worst);
    proxies.push(proxy);
    return proxy.url;
  };
  let ofPlatforms: Promise<string> | undefined;
  const outcome = await faultRun(
    {
      seed,
      progress,
      setting: {
        weather: { rules: [] },
        ambiguousWaitMs: WAIT_MS,
        toPlatforms: url => (ofPlatforms ??= between(url)),
        toHub: between,
      },
    },
    async stage => {
      const hub = stage.start();
      await stage.awake(hub);
      isBad = true;
      for (const proxy of proxies) proxy.endAll();
      await pause(SECONDS[size] * 1_000);
      isBad = false;
      for (const proxy of proxies) proxy.endAll();
      return { kills: 0, hub };
    },
  );
  const harmed = proxies.reduce((sum, proxy) => sum + proxy.harmed, 0);
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  progress(`${harmed} connections harmed; now 200 endpoints that trickle`);
  const trickled = await trickleRun(options);
  const { figures: seen } = outcome;
  return {
    figures: [
      atMost('G1', `${harmed} connections harmed: acknowledged messages lost`, seen.lost),
      atMost('G3', 'network: messages with another number of effects than one', Math.abs(seen.effects)),
      atMost('G4', 'network: replies out of order', seen.outOfOrder),
      atMost('G5', 'network: replies doubled, with receipts and history', seen.doubled),
      atMost('G6', 'network: ledger off by', seen.ledger + seen.recounted),
      atLeast(
        'G13',
        `throughput of healthy endpoints kept beside ${trickled.hostile} that trickle`,
        trickled.kept * 100,
        95,
        ' %',
      ),
    ],
    details: { ...seen, harmed, trickled, kept: outcome.folder },
  };
}

function somehow(chance: Chance): Manner {
  const of = chance.happens(0.5) ? 'requests' : 'answers';
  const afterBytes = chance.between(0, FAR_BYTES[of]);
  if (chance.happens(PATIENT))
    return chance.happens(0.5) ? { kind: 'half-open', afterBytes } : { kind: 'stall', of, afterBytes };
  switch (chance.between(0, 3)) {
    case 0:
      return { kind: 'delay', ms: chance.between(1, 60) };
    case 1:
      return { kind: 'cut', of, afterBytes };
    default:
      return { kind: 'reset', of, afterBytes };
  }
}
