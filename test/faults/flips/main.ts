/** `npm run faults:flips -- --flips 1000 --seed 7 --json`, or `--clean 1000`: kills without damage. */
import { parseArgs } from 'node:util';
import { missedGoals, summaryOf } from '../support/figures.ts';
import { cleanRun } from './clean.ts';
import { flipRun, missedBy, summaryOfFlips } from './run.ts';

const { values } = parseArgs({
  options: {
    flips: { type: 'string' },
    clean: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const tell = (line: string): void => console.error(line);
const seed = Number(values.seed);
const flips = Number(values.flips ?? (values.clean === undefined ? 50 : 0));
const kills = Number(values.clean ?? 0);
if (![seed, flips, kills].every(Number.isInteger) || flips + kills < 1) {
  tell('usage: npm run faults:flips -- [--flips <n>] [--clean <n>] [--seed <n>] [--json]');
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
tell(`seed ${seed}`);
const missed: string[] = [];
if (flips > 0) {
  const { figures, hub } = await flipRun({ flips, seed, progress: tell });
  missed.push(...missedBy(figures, missedGoals(hub.figures)));
  tell(summaryOfFlips(figures));
  tell(summaryOf(hub.figures));
  if (hub.folder !== null) tell(`kept for study: ${hub.folder}`);
  if (values.json) console.log(JSON.stringify({ faults: 'flips', ...figures, hub: hub.figures }));
}
if (kills > 0) {
  const figures = await cleanRun({ kills, seed, progress: tell });
  if (figures.alarms.length > 0) missed.push(`${figures.alarms.length} false alarms`);
  if (figures.lost > 0) missed.push(`${figures.lost} lost`);
  const { records, lost, commits, broughtForward } = figures;
  tell(`${kills} kills without damage: ${figures.alarms.length} alarms, ${records} records, ${lost} lost,`);
  tell(`${commits} commits, the last of a life taken from the redo log ${broughtForward} times`);
  for (const alarm of figures.alarms.slice(0, 20)) tell(`  ${alarm}`);
  if (values.json) console.log(JSON.stringify({ faults: 'flips-clean', seed, ...figures }));
}
tell(missed.length === 0 ? 'the goal is met' : `THE GOAL IS MISSED: ${missed.join('; ')}`);
process.exitCode = missed.length === 0 ? 0 : 1;
