/** The kill oracle: the real hub, real sockets, real files, and SIGKILL at moments of chance. */
import { pause } from '../support/clients.ts';
import {
  AMBIGUOUS_WAIT_MS,
  type FaultOptions,
  faultRun,
  type Outcome,
  type Stage,
} from '../support/fault-run.ts';
import type { Chance } from '../support/random.ts';

export interface KillOptions extends FaultOptions {
  readonly kills: number;
}

/** From the first answer to the kill: shorter than the pipeline takes to come up, or long enough for much to be under way. */
const SHORT_LIVES = { share: 0.3, from: 1, to: 400 };
const LONG_LIVES = { from: 300, to: 900 };
/**
 * Long enough for open questions to be answered, and for what was cut off twice to be worked on: the hub tries that
 * once it has lived for five seconds, and a machine that does much else takes its time.
 */
const REST_MS = AMBIGUOUS_WAIT_MS + 4_000;
const REST_SHARE = 0.03;
/** Killed while it starts, before it answers. */
const UNBORN_SHARE = 0.12;
/** So many lives without a single reply, as on a slow machine: then the next is a long one. */
const MAX_BARREN = 4;
const TELL_EVERY = 25;

export const killRun = (options: KillOptions): Promise<Outcome> =>
  faultRun(options, async stage => {
    const { kills, progress, enough = () => false } = options;
    const { clients, platforms } = stage;
    let startMs = 500;
    let barren = 0;
    let done = 0;
    while (done < kills && !enough()) {
      const kill = ++done;
      const replies = platforms.taken.length;
      startMs = await liveAndDie(stage, startMs, barren >= MAX_BARREN);
      platforms.look();
      barren = platforms.taken.length > replies ? 0 : barren + 1;
      if (kill % TELL_EVERY === 0 || kill === kills) {
        const figures = `${clients.acknowledged} acknowledged, ${platforms.taken.length} replies`;
        progress(`${kill} of ${kills} kills, ${figures}`);
      }
    }
    return { kills: done };
  });

/** One life of the hub. Returns how long its start took, or that of the one before where it was not let live so long. */
async function liveAndDie(stage: Stage, startMs: number, long: boolean): Promise<number> {
  const { chance, workplace } = stage;
  const hub = stage.start();
  let took = startMs;
  if (!long && chance.happens(UNBORN_SHARE)) {
    await Promise.race([hub.ended, pause(chance.between(0, Math.ceil(startMs)))]);
  } else {
    const isAwake = await stage.awake(hub);
    if (isAwake) took = performance.now() - hub.startedAt;
    await Promise.race([hub.ended, pause(long ? REST_MS : lifeOf(chance))]);
  }
  hub.kill('SIGKILL');
  const code = await stage.gone(hub);
  if (code !== null) throw new Error(`the hub ended by itself with ${code}; see ${workplace.logFile}`);
  return took;
}

function lifeOf(chance: Chance): number {
  if (chance.happens(REST_SHARE)) return REST_MS;
  const { from, to } = chance.happens(SHORT_LIVES.share) ? SHORT_LIVES : LONG_LIVES;
  return chance.between(from, to);
}
