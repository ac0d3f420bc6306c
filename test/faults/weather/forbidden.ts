/** 429 with every form of Retry-After: in the time the platform names, nothing may come. */
import { pause } from '../support/clients.ts';
import { type OpenStage, openStage } from '../support/fault-run.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import { type Call, forSends } from '../support/platforms.ts';

export interface Forbidden {
  /** How often a platform said so. */
  readonly limits: number;
  readonly violations: readonly {
    readonly shape: string;
    readonly account: string;
    readonly afterMs: number;
  }[];
  /** Sends to the account that was told to wait for ten years; and to the other one, which must go on. */
  readonly afterTenYears: number;
  readonly others: number;
}

interface Shape {
  readonly name: string;
  /** The header, given the time. */
  readonly retryAfter: (now: number) => string | undefined;
  /** How long nothing may come at the least; 0 where the platform said nothing that can be understood. */
  readonly windowMs: number;
}

const SHAPES: readonly Shape[] = [
  { name: 'seconds', retryAfter: () => '2', windowMs: 2_000 },
  { name: 'a fraction', retryAfter: () => '1.5', windowMs: 1_500 },
  // A date knows no fractions of a second.
  { name: 'a date', retryAfter: now => new Date(now + 3_000).toUTCString(), windowMs: 1_900 },
  { name: 'a date gone by', retryAfter: now => new Date(now - 60_000).toUTCString(), windowMs: 0 },
  { name: 'nothing', retryAfter: () => undefined, windowMs: 0 },
  { name: 'nonsense', retryAfter: () => 'soon', windowMs: 0 },
  { name: 'a negative number', retryAfter: () => '-5', windowMs: 0 },
  { name: 'zero', retryAfter: () => '0', windowMs: 0 },
];

const ROUNDS: Readonly<Record<Size, number>> = { ci: 1, release: 25 };
/** What had left the hub before the answer arrived there. */
const UNDER_WAY_MS = 250;
const PHASE_MS = 3_000;
const TEN_YEARS = '315360000';
export const FAR_MS = 3_000;
const TOLD_LIMIT_MS = 20_000;

export async function forbiddenRun({ size, seed, progress }: HarnessOptions): Promise<Forbidden> {
  await using stage = await openStage({ seed: seed + 30, setting: { weather: { rules: [] }, width: 12 } });
  const { platforms } = stage;
  await stage.awake(stage.start());
  await pause(1_000);
  let limits = 0;
  const violations: Forbidden['violations'][number][] = [];
  for (let round = 0; round < ROUNDS[size]; round++) {
    for (const shape of SHAPES) {
      const from = platforms.sends.length;
      tell(stage, shape.retryAfter(Date.now()), 2);
      await pause(Math.max(PHASE_MS, shape.windowMs + 1_000));
      platforms.look();
      const seen = platforms.sends.slice(from);
      limits += seen.filter(isRefused).length;
      violations.push(...insideOf(shape, seen));
    }
    progress(`${limits} times told to wait`);
  }
  const far = await tenYears(stage);
  stage.workplace.remove();
  return { limits, violations, ...far };
}

const isRefused = (call: Call): boolean => call.status === 429;

function tell({ platforms }: OpenStage, value: string | undefined, times: number): void {
  const headers = value === undefined ? {} : { 'retry-after': value };
  platforms.weather({ rules: forSends({ times, do: { kind: 'answer', status: 429, headers } }) });
}

function insideOf({ name, windowMs }: Shape, seen: readonly Call[]): Forbidden['violations'] {
  return seen.filter(isRefused).flatMap(refused =>
    seen
      .filter(call => isMeant(call, refused) && call.seq > refused.seq)
      .map(call => ({ shape: name, account: call.account, afterMs: call.at - refused.at }))
      .filter(({ afterMs }) => afterMs > UNDER_WAY_MS && afterMs < windowMs),
  );
}

/** Slack counts what is posted by channel; a number of WhatsApp is one whole. */
const isMeant = (call: Call, { account, conversation }: Call): boolean =>
  call.account === account && (account !== 'test-slack' || call.conversation === conversation);

async function tenYears(stage: OpenStage): Promise<Pick<Forbidden, 'afterTenYears' | 'others'>> {
  const { platforms } = stage;
  const account = 'test-whatsapp';
  // What the last forms have left behind is over by then.
  await pause(1_500);
  platforms.weather({
    rules: [
      {
        match: { account, path: '/messages' },
        times: 1,
        do: { kind: 'answer', status: 429, headers: { 'retry-after': TEN_YEARS } },
      },
    ],
  });
  const from = platforms.sends.length;
  const isTold = (call: Call): boolean => call.account === account && isRefused(call);
  const giveUp = performance.now() + TOLD_LIMIT_MS;
  while (!platforms.sends.slice(from).some(isTold)) {
    if (performance.now() > giveUp) throw new Error('nothing was sent that could be refused');
    await pause(50);
    platforms.look();
  }
  await pause(FAR_MS);
  platforms.look();
  const seen = platforms.sends.slice(from);
  const told = seen.find(isTold);
  const later = seen.filter(call => told !== undefined && call.at > told.at + UNDER_WAY_MS);
  return {
    afterTenYears: later.filter(call => call.account === account).length,
    others: later.filter(call => call.account !== account).length,
  };
}
