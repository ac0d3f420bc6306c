/**
 * Every harness, one after the other: `npm run faults -- --size ci|release [--only name,name] [--must-run] [--json]`.
 * Prints one table of figures; exits 1 when a goal is missed, and with `--must-run` also when something was not run.
 * In the CI size goals of time are printed and decide nothing.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SIZES, type Size, sizeOf } from '../support/harness.ts';
import { isMissed, type Measured, notRun, stateOf, tableOf } from '../support/report.ts';
import { type Entry, HARNESSES, judged, type Printed } from './harnesses.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Far beyond what they take: a slow machine is no fault. */
const LIMIT_MS: Readonly<Record<Size, number>> = { ci: 600_000, release: 8 * 3_600_000 };
/** Of what a harness said last, where it missed a goal. */
const LAST_LINES = 15;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'ci' },
    only: { type: 'string' },
    'must-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const tell = (line: string): void => console.error(line);
const size = sizeOf(values.size);
const only = values.only?.split(',');
if (size === undefined || only?.some(name => !HARNESSES.some(one => one.name === name)) === true) {
  const names = HARNESSES.map(({ name }) => name).join(',');
  tell(`usage: npm run faults -- [--size ${SIZES.join('|')}] [--only ${names}] [--must-run] [--json]`);
  process.exit(2);
}
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

const figures: (Measured & { readonly by: string })[] = [];
const lastWords = new Map<string, string>();
const startedAt = performance.now();
for (const entry of HARNESSES) {
  if (only !== undefined && !only.includes(entry.name)) continue;
  tell(`== ${entry.name}`);
  const begunAt = performance.now();
  for (const figure of await run(entry, size)) figures.push({ ...figure, by: entry.name });
  if (!figures.some(figure => figure.by === entry.name && isMissed(figure))) lastWords.delete(entry.name);
  tell(`== ${entry.name}: ${Math.round((performance.now() - begunAt) / 1_000)} s`);
}
figures.sort((one, other) => rank(one.id) - rank(other.id));
tell('');
tell(tableOf(figures));
const count = (state: string): number => figures.filter(figure => stateOf(figure) === state).length;
const seconds = Math.round((performance.now() - startedAt) / 1_000);
tell(`${count('met')} met, ${count('MISSED')} missed, ${count('not run')} not run; ${seconds} s`);
if (values.json) {
  const stated = figures.map(figure => ({ ...figure, state: stateOf(figure) }));
  console.log(JSON.stringify({ faults: 'all', size, seconds, figures: stated }));
}
const missed = figures.filter(isMissed);
const times = missed.filter(figure => figure.timed === true);
if (missed.length > 0) tell(`\nmissed:\n${tableOf(missed)}`);
for (const [name, words] of lastWords) tell(`\n== ${name} said last:\n${words}`);
if (size === 'ci' && times.length > 0)
  tell(
    `${times.length} of the missed are times: they do not decide here, where others use the machine as well`,
  );
const unrun = values['must-run'] ? count('not run') : 0;
if (unrun > 0) tell(`${unrun} not run, and --must-run was asked for`);
process.exitCode = missed.length - (size === 'ci' ? times.length : 0) + unrun > 0 ? 1 : 0;

/** G1 before G2 before G10 before P1. */
function rank(id: string): number {
  return (id.startsWith('G') ? 0 : 1_000) + Number(id.slice(1));
}

async function run(entry: Entry, of: Size): Promise<readonly Measured[]> {
  const [, file, ...rest] = scripts[entry.script]?.split(' ') ?? [];
  if (file === undefined)
    return entry.ids.map(id => notRun(id, entry.name, '', `there is no npm run ${entry.script}`));
  const { code, printed, said } = await outcomeOf(
    [file, ...rest, ...entry.arguments[of], '--json'],
    LIMIT_MS[of],
  );
  lastWords.set(entry.name, said);
  return judged(entry, code, printed);
}

interface Outcome {
  /** Null for a signal, also the one at the limit. */
  readonly code: number | null;
  /** Null where the last line was no JSON. */
  readonly printed: Printed | null;
  /** The last lines of its standard error. */
  readonly said: string;
}

function outcomeOf(program: readonly string[], limitMs: number): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const cut = setTimeout(() => void child.kill('SIGTERM'), limitMs);
    const killWithUs = (): void => void child.kill('SIGTERM');
    process.once('exit', killWithUs);
    let text = '';
    let said = '';
    child.stdout.on('data', chunk => {
      text += chunk;
    });
    child.stderr.on('data', chunk => {
      process.stderr.write(chunk);
      said = `${said}${chunk}`.split('\n').slice(-LAST_LINES).join('\n');
    });
    child.once('error', error => resolve({ code: null, printed: null, said: String(error) }));
    child.once('close', code => {
      clearTimeout(cut);
      process.off('exit', killWithUs);
      const ending = code === null ? `${said}\n(ended by a signal)` : said;
      resolve({ code, printed: parsed(text.trim().split('\n').at(-1) ?? ''), said: ending.trim() });
    });
  });
}

function parsed(line: string): Printed | null {
  try {
    return JSON.parse(line) as Printed;
  } catch {
    return null;
  }
}
