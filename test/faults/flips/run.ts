/**
 * Bits turned over at random in what a killed hub left. Most in copies of its folder, where only the storage is
 * opened; a few under the hub itself, which goes on with the same platforms, and is judged by what they took.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseFiles } from '../../../src/storage/embedded/redo/files.ts';
import { pause } from '../support/clients.ts';
import { type FaultOptions, faultRun, type Outcome, type Stage } from '../support/fault-run.ts';
import { type Chance, chanceOf } from '../support/random.ts';
import { flipIn, meaningIn, type Part } from './damage.ts';
import { type Finding, flipCopies, noFigures, type PartFigures } from './in-place.ts';
import { withBase } from './with-base.ts';

export interface FlipOptions extends FaultOptions {
  /** In the database and its write-ahead log; a fifth as many in each of the files that are there for repairs. */
  readonly flips: number;
}

export interface FlipFigures {
  readonly seed: number;
  readonly parts: Readonly<Record<Part, PartFigures>>;
  readonly findings: readonly Finding[];
  /** Under the running hub: how many flips, and after how many its log told of them. */
  readonly hubFlips: number;
  readonly hubTold: number;
}

const HUB_FLIPS = 3;
/** Long enough for many commits after the checkpoint that a start under load makes. */
const LIFE_MS = 2_500;
/** Also for what was being worked on at the kill before: at three kills in a row it would be given up. */
const LONG_LIFE_MS = 6_000;
const LOOK_MS = 250;
/** A machine that does much else takes its time. */
const MAX_LOOKS = 80;

export async function flipRun(
  options: FlipOptions,
): Promise<{ readonly figures: FlipFigures; readonly hub: Outcome }> {
  const { flips, progress, seed } = options;
  const work = mkdtempSync(join(tmpdir(), 'patchbay-flips-'));
  const parts: Record<Part, PartFigures> = {
    database: noFigures(),
    wal: noFigures(),
    redo: noFigures(),
    sums: noFigures(),
    base: noFigures(),
  };
  const findings: Finding[] = [];
  let hubTold = 0;
  const prepared = join(work, 'prepared');
  const few = Math.max(2, Math.ceil(flips / 5));
  const half = Math.ceil(flips / 2);
  async function inCopies(dir: string, chance: Chance, plan: readonly [Part, number][]): Promise<void> {
    for (const [part, count] of plan) {
      const found = await flipCopies({ dir, work, chance }, part, count);
      parts[part] = sum(parts[part], found.figures);
      findings.push(...found.findings);
      progress(`${count} flips in ${part}: ${JSON.stringify(found.figures)}`);
    }
  }
  try {
    const hub = await faultRun(options, async stage => {
      const { workplace, chance } = stage;
      // The first life ends well, with all in the database; the second is killed, with much in the write-ahead log.
      await live(stage, 'SIGTERM');
      await live(stage, 'SIGKILL');
      cpSync(workplace.dataFolder, prepared, { recursive: true });
      for (let flip = 0; flip < HUB_FLIPS; flip++) {
        const files = databaseFiles(workplace.dataFolder);
        flipWhereItMatters(workplace.dataFolder, flip % 2 === 0 ? files.database : files.wal, chance);
        const before = warningsIn(workplace.logFile);
        const isTold = (): boolean => warningsIn(workplace.logFile) > before;
        await live(stage, 'SIGKILL', LONG_LIFE_MS, isTold);
        if (isTold()) hubTold++;
        progress(`${flip + 1} of ${HUB_FLIPS} flips under the hub`);
      }
      return { kills: HUB_FLIPS + 1 };
    });
    // Behind the hub's own lives: while it is down for long, its platforms give up telling it what became of its sends.
    const chance = chanceOf(seed);
    await inCopies(prepared, chance, [
      ['wal', half],
      ['database', flips - half],
      ['redo', few],
      ['sums', few],
    ]);
    await withBase(prepared);
    await inCopies(prepared, chance, [
      ['database', few],
      ['base', few],
      ['redo', few],
    ]);
    return { figures: { seed, parts, findings, hubFlips: HUB_FLIPS, hubTold }, hub };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** At least so long, and until what is waited for has come, if it ever does. */
async function live(
  stage: Stage,
  end: 'SIGKILL' | 'SIGTERM',
  forMs = LIFE_MS,
  isDone = (): boolean => true,
): Promise<void> {
  const hub = stage.start();
  if (!(await stage.awake(hub)))
    throw new Error(`the hub ended at its start; see ${stage.workplace.logFile}`);
  await Promise.race([hub.ended, pause(forMs)]);
  for (let looks = 0; looks < MAX_LOOKS && !isDone(); looks++)
    await Promise.race([hub.ended, pause(LOOK_MS)]);
  hub.kill(end);
  const code = await stage.gone(hub);
  if (code !== (end === 'SIGKILL' ? null : 0)) throw new Error(`the hub ended with ${code}`);
}

function flipWhereItMatters(dir: string, path: string, chance: Chance): void {
  const means = meaningIn(dir);
  const part = path.endsWith('-wal') ? 'wal' : 'database';
  const copy = mkdtempSync(join(tmpdir(), 'patchbay-flip-'));
  try {
    for (let tries = 0; tries < 1_000; tries++) {
      cpSync(path, join(copy, 'file'));
      if (!means(part, flipIn(join(copy, 'file'), chance))) continue;
      cpSync(join(copy, 'file'), path);
      return;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const warningsIn = (logFile: string): number =>
  readFileSync(logFile, 'utf8').split('"the data folder was damaged"').length;

const sum = (one: PartFigures, other: PartFigures): PartFigures => ({
  flips: one.flips + other.flips,
  detected: one.detected + other.detected,
  harmless: one.harmless + other.harmless,
  missed: one.missed + other.missed,
  changed: one.changed + other.changed,
});

export const missedBy = (figures: FlipFigures, hub: readonly string[]): readonly string[] => [
  ...Object.entries(figures.parts).flatMap(([part, { missed, changed }]) => [
    ...(missed > 0 ? [`${part}: not noticed`] : []),
    ...(changed > 0 ? [`${part}: rows changed`] : []),
  ]),
  ...(figures.hubTold < figures.hubFlips ? ['the hub did not tell'] : []),
  ...hub,
];

export function summaryOfFlips({ parts, hubFlips, hubTold, seed }: FlipFigures): string {
  const rows = Object.entries(parts).map(
    ([part, { flips, detected, harmless, missed, changed }]) =>
      `${part.padEnd(9)} ${flips} flips: ${detected} noticed, ${harmless} where nothing is read, ${missed} missed; rows changed in ${changed}`,
  );
  return [...rows, `under the hub: ${hubFlips} flips, told of ${hubTold}; seed ${seed}`].join('\n');
}
