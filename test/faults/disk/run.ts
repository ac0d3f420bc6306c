/** Disks that are full, fail, or are closed to writing: nothing may be acknowledged that is not stored. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pause } from '../support/clients.ts';
import { AMBIGUOUS_WAIT_MS, faultRun, type Outcome, type Stage } from '../support/fault-run.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { atLeast, atMost, type Measured, notRun, type Report } from '../support/report.ts';
import { hasCommand, mountDisk, mountSmallDisk } from './disks.ts';

const SECONDS: Readonly<Record<Size, number>> = { ci: 8, release: 180 };
/** What a run keeps, with room to spare: it is to be full only when we say so. */
const MEGABYTES = 256;
const FULL_MS = 700;
const FREE_MS = 1_300;
/** One in fifty. */
const PROBABILITY = 0.02;
/** As the C library names them; SQLite and the journal use different ones. */
const POINTS = [
  'posix/io/sync/fsync',
  'posix/io/sync/fdatasync',
  'posix/io/rw/pwrite',
  'posix/io/rw/pwrite64',
];
const GOAL = '0';

export async function diskRun(options: HarnessOptions): Promise<Report> {
  const figures: Measured[] = [];
  const details: Record<string, unknown> = {};
  for (const [name, run] of Object.entries({ full, failing, closed })) {
    options.progress(name);
    const outcome = await run(options);
    figures.push(...outcome.figures);
    details[name] = outcome.details;
  }
  return { figures, details };
}

interface Part {
  readonly figures: readonly Measured[];
  readonly details: unknown;
}

/** Full, and free again, and full again, under load; the same process all the time. */
async function full({ size, seed, progress }: HarnessOptions): Promise<Part> {
  const what = 'full disk: acknowledged − stored';
  using disk = mountSmallDisk(MEGABYTES);
  if (disk === null) return { figures: [notRun('G7', what, GOAL, NO_MOUNT)], details: null };
  let times = 0;
  const outcome = await faultRun(
    { seed, progress, setting: { dataFolder: join(disk.path, 'data') } },
    async stage => {
      const hub = await started(stage);
      const end = performance.now() + SECONDS[size] * 1_000;
      while (performance.now() < end) {
        disk.fill();
        times++;
        await pause(FULL_MS);
        disk.free();
        await pause(FREE_MS);
      }
      return { kills: 0, hub };
    },
  );
  const refused = `${times} times full, ${outcome.refused} refused`;
  return {
    figures: [hit('full disk', outcome), ...judged(`full disk (${refused})`, what, outcome)],
    details: outcome.figures,
  };
}

/** Writes and syncs that fail at any moment. */
async function failing({ size, seed, progress }: HarnessOptions): Promise<Part> {
  const what = 'failing fsync and pwrite: acknowledged − stored';
  if (!hasCommand('fiu-run')) return { figures: [notRun('G7', what, GOAL, NO_FIU)], details: null };
  const points = POINTS.flatMap(name => ['-c', `enable_random name=${name},probability=${PROBABILITY}`]);
  const outcome = await faultRun({ seed: seed + 1, progress }, async stage => {
    const hub = await startedThrough(stage, ['fiu-run', '-x', ...points]);
    if (hub === null) throw new Error(`the hub never came up; see ${stage.workplace.logFile}`);
    await pause(SECONDS[size] * 1_000);
    // From now on the disk is well, and the same process is to come to an end with everything.
    for (const name of POINTS)
      execFileSync('fiu-ctrl', ['-c', `disable name=${name}`, String(hub.pid)], { stdio: 'pipe' });
    return { kills: 0, hub };
  });
  const refused = `${outcome.refused} refused`;
  return {
    figures: [
      hit('failing fsync and pwrite', outcome),
      ...judged(`failing fsync and pwrite (${refused})`, what, outcome),
    ],
    details: outcome.figures,
  };
}

const TRIES = 20;

/** A hub that cannot open its files at the start ends, and whoever supervises it starts it again. */
async function startedThrough(stage: Stage, through: readonly string[]): Promise<HubProcess | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const hub = stage.start({ through });
    if (await stage.awake(hub)) return hub;
    await stage.gone(hub);
  }
  return null;
}

/** The file system goes to read-only under the running hub, as it does when it finds itself damaged. */
async function closed({ seed, progress }: HarnessOptions): Promise<Part> {
  const what = 'disk closed to writing: acknowledged while closed';
  using disk = mountDisk();
  if (disk === null) return { figures: [notRun('G7', what, GOAL, NO_MOUNT)], details: null };
  let whileClosed = 0;
  let troubles: readonly string[] = [];
  const outcome = await faultRun(
    { seed: seed + 2, progress, setting: { dataFolder: join(disk.path, 'data') } },
    async stage => {
      const hub = await started(stage);
      await pause(3_000);
      disk.close();
      // What was on its way to the disk at that moment.
      await pause(500);
      const before = stage.clients.acknowledged;
      await pause(2_000);
      whileClosed = stage.clients.acknowledged - before;
      troubles = await troublesOf(stage);
      hub.kill('SIGKILL');
      await stage.gone(hub);
      disk.mend();
      return { kills: 1 };
    },
  );
  return {
    figures: [
      atMost('G7', what, whileClosed),
      atMost('P7', 'disk closed to writing: health says nothing', troubles.length > 0 ? 0 : 1),
      ...judged('disk closed to writing', 'disk closed to writing: acknowledged − stored', outcome),
    ],
    details: { ...outcome.figures, troubles },
  };
}

const NO_MOUNT = 'no file system can be mounted here';
const NO_FIU = 'fiu-run is not installed (Debian: fiu-utils)';

async function started(stage: Stage): Promise<HubProcess> {
  const hub = stage.start();
  if (!(await stage.awake(hub))) throw new Error(`the hub ended; see ${stage.workplace.logFile}`);
  return hub;
}

async function troublesOf(stage: Stage): Promise<readonly string[]> {
  const answer = await fetch(`${stage.workplace.url}/readyz`, {
    signal: AbortSignal.timeout(AMBIGUOUS_WAIT_MS),
  });
  return ((await answer.json()) as { troubles: readonly string[] }).troubles;
}

/** A fault that nobody met shows nothing. */
const hit = (name: string, { refused }: Outcome): Measured =>
  atLeast('P7', `${name}: webhooks refused`, refused, 1);

function judged(name: string, what: string, { figures, folder }: Outcome): readonly Measured[] {
  const note = folder === null ? {} : { note: `kept for study: ${folder}` };
  return [
    { ...atMost('G7', what, figures.lost + Math.abs(figures.accepted)), ...note },
    { ...atMost('G3', `${name}: effects but one each`, Math.abs(figures.effects)), ...note },
    { ...atMost('G5', `${name}: replies doubled`, figures.doubled), ...note },
    { ...atMost('G6', `${name}: ledger off by`, figures.ledger + figures.recounted), ...note },
  ];
}
