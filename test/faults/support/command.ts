/** What the commands of the fault harnesses share: flags in, figures out. */
import { parseArgs } from 'node:util';
import type { FaultOptions, Outcome } from './fault-run.ts';
import { missedGoals, summaryOf } from './figures.ts';

export interface FaultCommand {
  /** As in `npm run faults:<name>`. */
  readonly name: string;
  /** The flag that says how much, and how much without it. */
  readonly count: { readonly flag: string; readonly fallback: number };
  readonly run: (options: FaultOptions & { readonly count: number }) => Promise<Outcome>;
}

const tell = (line: string): void => console.error(line);

/** Progress and a summary for people on stderr; with `--json` the figures as one line on stdout. Exit code 1 when the goal is missed. */
export async function runCommand({ name, count, run }: FaultCommand): Promise<void> {
  const { values } = parseArgs({
    options: {
      [count.flag]: { type: 'string', default: String(count.fallback) },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
    },
  });
  const [many, seed] = [Number(values[count.flag]), Number(values.seed)];
  if (!Number.isInteger(many) || many < 1 || !Number.isInteger(seed)) {
    tell(`usage: npm run faults:${name} -- [--${count.flag} <n>] [--seed <n>] [--json]`);
    process.exitCode = 2;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  tell(`seed ${seed}`);
  const { figures, folder } = await run({ count: many, seed, progress: tell });
  tell(summaryOf(figures));
  if (folder !== null) tell(`kept for study: ${folder}`);
  if (values.json === true) console.log(JSON.stringify({ faults: name, ...figures }));
  process.exitCode = missedGoals(figures).length === 0 ? 0 : 1;
}
