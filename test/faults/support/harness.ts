/** The command of one harness: `npm run faults:<name> -- [--size ci|release] [--seed n] [--json]`. */
import { parseArgs } from 'node:util';
import { isMissed, type Report, tableOf } from './report.ts';

/** `ci` is over in less than a minute; `release` takes as long as the figures need to mean more. */
export const SIZES = ['ci', 'release'] as const;
export type Size = (typeof SIZES)[number];

export interface HarnessOptions {
  readonly size: Size;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

export interface Harness {
  /** As in `npm run faults:<name>`. */
  readonly name: string;
  readonly run: (options: HarnessOptions) => Promise<Report>;
}

const tell = (line: string): void => console.error(line);

export const sizeOf = (value: unknown): Size | undefined => SIZES.find(size => size === value);

/** Progress and the table on stderr; with `--json` one line of JSON on stdout, the last. Exit code 1 when a goal is missed. */
export async function runHarness({ name, run }: Harness): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: 'ci' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
    },
  });
  const size = sizeOf(values.size);
  const seed = Number(values.seed);
  if (size === undefined || !Number.isInteger(seed)) {
    tell(`usage: npm run faults:${name} -- [--size ${SIZES.join('|')}] [--seed <n>] [--json]`);
    process.exitCode = 2;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const startedAt = performance.now();
  tell(`${name}, size ${size}, seed ${seed}`);
  const report = await run({ size, seed, progress: tell });
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  tell(tableOf(report.figures));
  const missed = report.figures.filter(isMissed);
  tell(
    missed.length === 0
      ? `no goal is missed; ${seconds} s`
      : `GOALS ARE MISSED: ${missed.length}; ${seconds} s`,
  );
  if (values.json) console.log(JSON.stringify({ faults: name, size, seed, seconds, ...report }));
  process.exitCode = missed.length === 0 ? 0 : 1;
}
