/** Every harness with its command, and how the figures of those that print counts are read. */
import { POLICIES, type Policy } from '../kill/no-proof.ts';
import type { Goal } from '../support/figures.ts';
import type { Size } from '../support/harness.ts';
import { atMost, isMissed, type Measured } from '../support/report.ts';

export type Printed = Readonly<Record<string, unknown>>;

export interface Entry {
  readonly name: string;
  /** Of `package.json`. */
  readonly script: string;
  readonly arguments: Readonly<Record<Size, readonly string[]>>;
  /** Of what it prints with `--json`. */
  readonly figuresOf: (printed: Printed) => readonly Measured[];
  /** What it stands for, where it cannot be run. */
  readonly ids: readonly string[];
}

const harness = (name: string, ids: readonly string[], script = `faults:${name}`): Entry => ({
  name,
  script,
  arguments: { ci: ['--size', 'ci'], release: ['--size', 'release'] },
  figuresOf: printed => printed.figures as readonly Measured[],
  ids,
});

interface Counted {
  readonly name: string;
  /** The script, where it is not called as the harness. */
  readonly script?: string;
  readonly flag: string;
  /** Behind the count. */
  readonly more?: readonly string[];
  readonly counts: Readonly<Record<Size, number>>;
  readonly id: string;
  readonly figuresOf: Entry['figuresOf'];
}

const counted = ({ name, script = name, flag, more = [], counts, id, figuresOf }: Counted): Entry => ({
  name,
  script: `faults:${script}`,
  arguments: {
    ci: [flag, String(counts.ci), ...more],
    release: [flag, String(counts.release), ...more],
  },
  figuresOf,
  ids: [id],
});

/** What is not there is no 0. */
function numberIn(printed: Printed, key: string): number {
  const value = printed[key];
  return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
}

/** Every goal of `GOALS` is in one of them; without proof those that hold then. */
const killed =
  (id: string, what: string, policy: Policy | null = null) =>
  (printed: Printed): readonly Measured[] => {
    const of = (key: Goal | 'kills' | 'acknowledged' | 'ambiguous'): number => numberIn(printed, key);
    const kills = `${of('kills')} ${what}`;
    const effects = Math.abs(of('effects')) + Math.abs(of('accepted'));
    return [
      atMost(id, `${kills}, ${of('acknowledged')} acknowledged: lost`, of('lost')),
      atMost('G3', `${kills}: messages with another number of effects than one`, effects),
      atMost('G4', `${kills}: replies out of order`, of('outOfOrder')),
      policy === 'resend'
        ? atMost(
            'G5',
            `${kills}: replies doubled beyond the sends that the policy sent again`,
            of('doubledBeyondResent'),
          )
        : atMost('G5', `${kills}, ${of('ambiguous')} sends cut off: replies doubled`, of('doubled')),
      atMost('G5', `${kills}: replies to nobody`, of('strange')),
      atMost('G6', `${kills}: ledger off by`, of('ledger') + of('recounted')),
      ...(policy === null ? [atMost('P4', `${kills}: parked, and it had come`, of('wronglyParked'))] : []),
      atMost('P5', `${kills}: given up, and nothing was wrong with it`, of('dead')),
      atMost(id, `${kills}: calls that the harness did not see`, of('missed')),
      atMost(id, `${kills}: exit code of the last hub, told to stop`, of('exitCode')),
    ];
  };

function flipped(printed: Printed): readonly Measured[] {
  const parts = Object.values(printed.parts as Readonly<Record<string, Printed>>);
  const sum = (key: string): number => parts.reduce((total, part) => total + numberIn(part, key), 0);
  const flips = `${sum('flips')} bits flipped in what a killed hub left`;
  return [
    atMost('G8', `${flips}: not noticed`, sum('missed')),
    atMost('G8', `${flips}: rows other than they were, or lost, after the repair`, sum('changed')),
    atMost(
      'G8',
      `${numberIn(printed, 'hubFlips')} flips under the hub: not told`,
      numberIn(printed, 'hubFlips') - numberIn(printed, 'hubTold'),
    ),
    ...killed('G8', 'kills, each but one with a flip behind it')(printed.hub as Printed),
  ];
}

function unharmed(printed: Printed): readonly Measured[] {
  const kills = `${numberIn(printed, 'kills')} kills without damage`;
  const { alarms } = printed as { readonly alarms: readonly unknown[] };
  return [
    atMost('G8', `${kills}: called damaged`, alarms.length),
    atMost('G8', `${kills}, ${numberIn(printed, 'records')} records: lost`, numberIn(printed, 'lost')),
  ];
}

/** In the order in which they are run: the quick ones first. */
export const HARNESSES: readonly Entry[] = [
  harness('recovery', ['G11']),
  harness('duplicates', ['G3']),
  harness('ack', ['G9', 'G10'], 'bench:ack'),
  harness('noisy', ['G14']),
  harness('clock', ['G20']),
  harness('poison', ['G18']),
  harness('pressure', ['P7']),
  harness('disk', ['G7']),
  harness('tcp', ['G13']),
  harness('weather', ['G5', 'G12']),
  counted({
    name: 'kill',
    flag: '--kills',
    counts: { ci: 30, release: 500 },
    id: 'G1',
    figuresOf: killed('G1', 'kills at moments of chance'),
  }),
  ...POLICIES.map(policy =>
    counted({
      name: `kill-${policy}`,
      script: 'kill',
      flag: '--kills',
      more: ['--no-proof', policy],
      counts: { ci: 6, release: 100 },
      id: 'G1',
      figuresOf: killed('G1', `kills, nothing proves what arrived, policy ${policy}`, policy),
    }),
  ),
  counted({
    name: 'crash',
    flag: '--rounds',
    counts: { ci: 1, release: 20 },
    id: 'G2',
    figuresOf: killed('G2', 'kills at named points'),
  }),
  counted({
    name: 'flips',
    flag: '--flips',
    counts: { ci: 30, release: 1_000 },
    id: 'G8',
    figuresOf: flipped,
  }),
  counted({
    name: 'clean',
    script: 'flips',
    flag: '--clean',
    counts: { ci: 8, release: 1_000 },
    id: 'G8',
    figuresOf: unharmed,
  }),
  harness('dlq', ['G21']),
];

/**
 * The figures of one run. A command that ended badly, whatever it printed, has a figure that is missed: if none of
 * its own says so, one that does.
 */
export function judged(entry: Entry, code: number | null, printed: Printed | null): readonly Measured[] {
  const failed = (goal: string, measured: string): readonly Measured[] =>
    entry.ids.map(id => ({ id, what: entry.name, goal, measured, met: false }));
  if (printed === null) return failed('comes to an end', 'it did not');
  const figures = entry.figuresOf(printed);
  if (code === 0 || figures.some(isMissed)) return figures;
  return [...figures, ...failed('exit code 0', String(code ?? 'a signal'))];
}
