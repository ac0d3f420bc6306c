/** What the commands of the fault harnesses share: flags in, figures out. */
import { parseArgs } from 'node:util';
import type { FaultOptions, Outcome, Setting } from './fault-run.ts';
import { missedGoals, summaryOf } from './figures.ts';

export interface FaultCommand {
  /** As in `npm run faults:<name>`. */
  readonly name: string;
  /** The flag that says how much, and how much without it. */
  readonly count: { readonly flag: string; readonly fallback: number };
  /** A flag that takes one of these words, and what is other than as a rule with it. */
  readonly way?: {
    readonly flag: string;
    readonly settings: Readonly<Record<string, Partial<Setting>>>;
  };
  readonly run: (options: FaultOptions & { readonly count: number }) => Promise<Outcome>;
}

const tell = (line: string): void => console.error(line);

/** Progress and a summary for people on stderr; with `--json` the figures as one line on stdout. Exit code 1 when the goal is missed. */
export async function runCommand({ name, count, way, run }: FaultCommand): Promise<void> {
  const flags: Readonly<Record<string, { type: 'string' | 'boolean'; default?: string | boolean }>> = {
    [count.flag]: { type: 'string', default: String(count.fallback) },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
    ...(way === undefined ? {} : { [way.flag]: { type: 'string' } }),
  };
  const { values } = parseArgs({ options: flags });
  const [many, seed] = [Number(values[count.flag]), Number(values.seed)];
  const asked = way === undefined ? undefined : values[way.flag];
  const setting = asked === undefined ? {} : way?.settings[String(asked)];
  if (!Number.isInteger(many) || many < 1 || !Number.isInteger(seed) || setting === undefined) {
    const ways = way === undefined ? '' : ` [--${way.flag} ${Object.keys(way.settings).join('|')}]`;
    tell(`usage: npm run faults:${name} -- [--${count.flag} <n>]${ways} [--seed <n>] [--json]`);
    process.exitCode = 2;
    return;
  }
  process.once('SIGTERM', () => process.exit(1));
  let isEnough = false;
  process.on('SIGINT', () => {
    if (isEnough) process.exit(1);
    isEnough = true;
    tell('comes to its end; once more, and it ends at once');
  });
  tell(`seed ${seed}`);
  const { figures, folder } = await run({
    count: many,
    seed,
    progress: tell,
    setting,
    enough: () => isEnough,
  });
  tell(summaryOf(figures, setting.goals));
  if (folder !== null) tell(`kept for study: ${folder}`);
  if (values.json === true) console.log(JSON.stringify({ faults: name, ...figures }));
  process.exitCode = missedGoals(figures, setting.goals).length === 0 ? 0 : 1;
}
