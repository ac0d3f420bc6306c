/** Every harness with its command, and how the figures of those that print counts are read. */
import type { Size } from '../support/harness.ts';
import { atMost, type Measured } from '../support/report.ts';

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

const counted = (
  name: string,
  flag: string,
  counts: Readonly<Record<Size, number>>,
  id: string,
  figuresOf: Entry['figuresOf'],
): Entry => ({
  name,
  script: `faults:${name}`,
  arguments: { ci: [flag, String(counts.ci)], release: [flag, String(counts.release)] },
  figuresOf,
  ids: [id],
});

/** What is not there is no 0. */
function numberIn(printed: Printed, key: string): number {
  const value = printed[key];
  return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
}

const killed =
  (id: string, what: string) =>
  (printed: Printed): readonly Measured[] => {
    const of = (key: string): number => numberIn(printed, key);
    const kills = `${of('kills')} ${what}`;
    const effects = Math.abs(of('effects')) + Math.abs(of('accepted'));
    return [
      atMost(id, `${kills}, ${of('acknowledged')} acknowledged: lost`, of('lost')),
      atMost('G3', `${kills}: messages with another number of effects than one`, effects),
      atMost('G4', `${kills}: replies out of order`, of('outOfOrder')),
      atMost('G5', `${kills}, ${of('ambiguous')} sends cut off: replies doubled`, of('doubled')),
      atMost('G6', `${kills}: ledger off by`, of('ledger') + of('recounted')),
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
  counted('kill', '--kills', { ci: 10, release: 500 }, 'G1', killed('G1', 'kills at moments of chance')),
  counted('crash', '--rounds', { ci: 1, release: 20 }, 'G2', killed('G2', 'kills at named points')),
  counted('flips', '--flips', { ci: 10, release: 1_000 }, 'G8', flipped),
  harness('dlq', ['G21']),
];
