/** What a harness comes to: figures with their goals, in one form for all of them. */

export interface Measured {
  /** Of the table of figures, as `G5`. */
  readonly id: string;
  readonly what: string;
  readonly goal: string;
  /** Null: it could not be measured here; `note` says why. */
  readonly measured: string | null;
  readonly met: boolean;
  readonly note?: string;
  /** A time, which says as much of the machine as of the hub. */
  readonly timed?: boolean;
}

export interface Report {
  readonly figures: readonly Measured[];
  /** Whatever else was counted, for whoever looks closer. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** A count that may not be larger than `most`. */
export const atMost = (id: string, what: string, measured: number, most = 0, unit = ''): Measured => ({
  id,
  what,
  goal: most === 0 ? `0${unit}` : `≤ ${most}${unit}`,
  measured: `${rounded(measured)}${unit}`,
  met: measured <= most,
  timed: unit === ' ms' || unit === ' s',
});

export const atLeast = (id: string, what: string, measured: number, least: number, unit = ''): Measured => ({
  id,
  what,
  goal: `≥ ${least}${unit}`,
  measured: `${rounded(measured)}${unit}`,
  met: measured >= least,
});

/** What this machine cannot do is said, and counts as neither met nor missed. */
export const notRun = (id: string, what: string, goal: string, note: string): Measured => ({
  id,
  what,
  goal,
  measured: null,
  met: false,
  note,
});

export type State = 'met' | 'MISSED' | 'not run';

export const stateOf = ({ measured, met }: Measured): State =>
  measured === null ? 'not run' : met ? 'met' : 'MISSED';

export const isMissed = (figure: Measured): boolean => stateOf(figure) === 'MISSED';

const rounded = (value: number): number => Math.round(value * 100) / 100;

const HEAD = ['figure', 'what', 'goal', 'measured', ''];

/** A table for people. */
export function tableOf(figures: readonly Measured[]): string {
  const rows = figures.map(figure => [
    figure.id,
    figure.what,
    figure.goal,
    figure.measured ?? figure.note ?? '',
    stateOf(figure),
  ]);
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map(row => row[at]?.length ?? 0)));
  return [HEAD, ...rows]
    .map(row =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Of a list that need not be sorted. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
