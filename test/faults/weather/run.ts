/** Bad weather at the platforms: everything they do wrong, with proof of what arrived and without. */
import type { ScenarioInput } from '../../../src/sandbox/weather.ts';
import { pause } from '../support/clients.ts';
import { faultRun, type Outcome, type Setting, type Stage } from '../support/fault-run.ts';
import { goalsWithout } from '../support/figures.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import { forSends, NO_PROOF } from '../support/platforms.ts';
import { atMost, type Measured, type Report } from '../support/report.ts';
import { FAR_MS, forbiddenRun } from './forbidden.ts';

const SECONDS: Readonly<Record<Size, number>> = { ci: 4, release: 120 };
const WAIT_MS = 1_500;

/** What a call may meet; few of each, because Slack lets us look into its history fifty times a minute. */
const STORM: ScenarioInput['rules'] = [
  ...forSends({ chance: 0.006, do: { kind: 'answer', status: 500, delivered: true } }),
  ...forSends({ chance: 0.006, do: { kind: 'answer', status: 503 } }),
  ...forSends({ chance: 0.004, do: { kind: 'reset', delivered: true } }),
  ...forSends({ chance: 0.004, do: { kind: 'reset', atByte: 40, delivered: true } }),
  ...forSends({ chance: 0.004, do: { kind: 'reset', delivered: false } }),
  ...forSends({ times: 2, chance: 0.02, do: { kind: 'hang', delivered: true } }),
  ...forSends({ times: 2, chance: 0.02, do: { kind: 'hang' } }),
  ...forSends({ chance: 0.004, do: { kind: 'wrong-json' } }),
  ...forSends({ chance: 0.01, do: { kind: 'trickle', bytes: 64, everyMs: 20 } }),
  ...forSends({ chance: 0.2, do: { kind: 'hang', ms: 30, delivered: true } }),
];

/** Receipts twice, late, and in the wrong order. */
const ASTRAY: ScenarioInput['rules'] = [
  ...forSends({ chance: 0.2, do: { kind: 'webhooks', copies: 2 } }),
  ...forSends({ chance: 0.2, do: { kind: 'webhooks', reversed: true } }),
  ...forSends({ chance: 0.1, do: { kind: 'webhooks', delayMs: 300 } }),
];

const FAILURES = 5;
/** "Undeliverable", told after the message had been taken. */
const LATE_FAILURES: ScenarioInput['rules'] = [
  {
    match: { type: 'whatsapp', path: '/messages' },
    skip: 20,
    times: FAILURES,
    do: { kind: 'webhooks', failure: '131026' },
  },
];

type Way = Pick<Setting, 'policy' | 'goals' | 'weather'>;

const PROVEN: Way = {
  policy: 'resend',
  weather: { rules: [...LATE_FAILURES, ...ASTRAY, ...STORM] },
  goals: goalsWithout('dead', 'wronglyParked'),
};
/** Nobody can tell that a parked message has arrived. */
const PARKED: Way = {
  policy: 'park',
  weather: { rules: [...NO_PROOF, ...STORM] },
  goals: goalsWithout('wronglyParked'),
};
const RESENT: Way = { ...PARKED, policy: 'resend', goals: goalsWithout('wronglyParked', 'doubled') };

export async function weatherRun(options: HarnessOptions): Promise<Report> {
  const { size, seed, progress } = options;
  const run = (way: Way, after: number): Promise<Outcome> =>
    faultRun({ seed: seed + after, progress, setting: { ...way, ambiguousWaitMs: WAIT_MS } }, stage =>
      storm(stage, SECONDS[size]),
    );
  progress('with receipts and history');
  const proven = await run({ ...PROVEN, policy: 'park' }, 0);
  progress('without, and what is in doubt is parked');
  const parked = await run(PARKED, 10);
  progress('without, and what is in doubt is sent again');
  const resent = await run(RESENT, 20);
  progress('told to wait, in every form there is');
  const forbidden = await forbiddenRun(options);

  const all = [proven, parked, resent].map(({ figures }) => figures);
  const sum = (of: (figures: Outcome['figures']) => number): number =>
    all.reduce((total, figures) => total + of(figures), 0);
  const figures: Measured[] = [
    atMost(
      'G1',
      'bad weather: acknowledged messages lost',
      sum(one => one.lost),
    ),
    atMost(
      'G3',
      'bad weather: messages with another number of effects than one',
      sum(one => Math.abs(one.effects)),
    ),
    atMost(
      'G4',
      'bad weather: replies out of order',
      sum(one => one.outOfOrder),
    ),
    atMost('G5', 'replies doubled: with receipts and history', proven.figures.doubled),
    atMost('G5', 'replies doubled: without, policy park', parked.figures.doubled),
    atMost('G5', 'replies doubled: without, policy resend', resent.figures.doubled, resent.figures.ambiguous),
    atMost(
      'G6',
      'bad weather: ledger off by',
      sum(one => one.ledger + one.recounted),
    ),
    atMost(
      'P5',
      'bad weather: replies dead that no platform refused',
      Math.max(0, sum(one => one.dead) - FAILURES),
    ),
    atMost(
      'G12',
      `sends inside a forbidden window, of ${forbidden.limits} times told to wait`,
      forbidden.violations.length,
    ),
    atMost('G12', `sends in ${FAR_MS / 1_000} s after "wait for 10 years"`, forbidden.afterTenYears),
  ];
  const details = {
    proven: proven.figures,
    parked: parked.figures,
    resent: resent.figures,
    forbidden,
    kept: [proven, parked, resent].flatMap(({ folder }) => folder ?? []),
  };
  return { figures, details };
}

async function storm(stage: Stage, seconds: number) {
  const hub = stage.start();
  await stage.awake(hub);
  await pause(seconds * 1_000);
  // Receipts stay as they were: what can be proven later could otherwise be proven now.
  return { kills: 0, hub };
}
