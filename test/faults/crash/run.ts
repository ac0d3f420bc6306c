/** Every named point of the hub, one after the other: killed there, started again, and judged as ever. */
import { pause } from '../support/clients.ts';
import { type FaultOptions, faultRun, type Outcome, type Stage, WEATHER } from '../support/fault-run.ts';
import { forSends } from '../support/platforms.ts';
import { type CrashPoint, POINTS } from './points.ts';

export interface CrashOptions extends FaultOptions {
  /** How often each point. */
  readonly rounds: number;
  /** All there are unless said. */
  readonly points?: readonly CrashPoint[];
}

/** At the first to the so-manieth time that the point is passed. */
const LATEST_PASS = 30;
const REACH_LIMIT_MS = 60_000;
/** Long enough for what died in work to be worked on: three deaths of one message, and it would be given up. */
const REST_MS = 2_500;
const LOOK_MS = 3;
const STOPPED_AFTER_MS = 700;
const SLOW_ANSWER_MS = 500;

/** Rejects when a point is not reached. */
export const crashRun = (options: CrashOptions): Promise<Outcome> =>
  faultRun(options, async stage => {
    const { rounds, points = POINTS, progress } = options;
    for (let round = 1; round <= rounds; round++) {
      for (const point of points) {
        await crashAt(point, stage);
        if (point.inWork) await rest(stage);
      }
      progress(`${round} of ${rounds} rounds, ${stage.clients.acknowledged} acknowledged`);
    }
    return { kills: rounds * points.length };
  });

async function crashAt(point: CrashPoint, stage: Stage): Promise<void> {
  const { chance, workplace, platforms } = stage;
  const nth = point.whenStopped ? 1 : chance.between(1, LATEST_PASS);
  const late = new AbortController();
  const tooLate = setTimeout(() => late.abort(), REACH_LIMIT_MS);
  const isByHub = point.by === 'hub';
  if (!isByHub) platforms.weather(SLOW);
  const hub = stage.start(isByHub ? { environment: { HUB_CRASH: `${point.name}:${nth}` } } : {});
  let isGone = false;
  void hub.ended.then(() => {
    isGone = true;
  });
  platforms.look();
  const before = platforms.taken.length;
  await stage.awake(hub);
  if (point.whenStopped) {
    await Promise.race([hub.ended, pause(STOPPED_AFTER_MS)]);
    hub.kill('SIGTERM');
  }
  while (!isGone && !late.signal.aborted) {
    platforms.look();
    if (!isByHub && platforms.taken.length >= before + nth) hub.kill('SIGKILL');
    await pause(LOOK_MS);
  }
  clearTimeout(tooLate);
  platforms.weather(WEATHER);
  if (!isGone) throw new Error(`${point.name} was not reached; see ${workplace.logFile}`);
  const code = await stage.gone(hub);
  if (code !== null)
    throw new Error(`the hub ended with ${code}, not at ${point.name}; see ${workplace.logFile}`);
}

const SLOW = { rules: forSends({ do: { kind: 'hang', ms: SLOW_ANSWER_MS, delivered: true } }) };

/** A life without a fault, from start to end. */
async function rest(stage: Stage): Promise<void> {
  const hub = stage.start();
  await stage.awake(hub);
  await pause(REST_MS);
  hub.kill('SIGTERM');
  const code = await stage.gone(hub);
  if (code !== 0) throw new Error(`the hub ended with ${code}; see ${stage.workplace.logFile}`);
}
