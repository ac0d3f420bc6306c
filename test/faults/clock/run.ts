/** The wall clock jumps while sends wait: for a platform that asked for it, and for word of what is in doubt. */
import { pause } from '../support/clients.ts';
import { faultRun, type Stage } from '../support/fault-run.ts';
import type { HarnessOptions, Size } from '../support/harness.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { type Call, NO_PROOF, NO_RECEIPTS } from '../support/platforms.ts';
import { atMost, notRun, type Report } from '../support/report.ts';
import { fakeClock, NO_CLOCK } from './fake-clock.ts';

const HOUR_MS = 3_600_000;
/** Where the clock stands after each jump, as far as it is from ours. */
const JUMPS: readonly (readonly [string, number])[] = [
  ['+2 h', 2 * HOUR_MS],
  ['back by 2 h', 0],
  ['-1 d', -24 * HOUR_MS],
  ['on by 1 d', 0],
];
/** And while the hub is down, with what waits in its store; that arrived, and Slack's history has it. */
const DOWN_JUMPS: readonly (readonly [string, number])[] = [
  ['+1 d while down', 24 * HOUR_MS],
  ['back by 1 d while down', 0],
];
const ROUNDS: Readonly<Record<Size, number>> = { ci: 1, release: 10 };
const TOLD_MS = 4_000;
const DOUBT_MS = 3_000;
const DOUBTFUL = 6;
/** Until what waits has begun to wait, and then the jump. */
const BEFORE_MS = 1_500;
/** Timers may be this much off, and on a busy machine late by this. */
const EARLY_MS = 100;
const LATE_MS = 2_000;

export async function clockRun({ size, seed, progress }: HarnessOptions): Promise<Report> {
  const what = 'clock jumps: sends early, late or repeated';
  using clock = fakeClock();
  if (clock === null) return { figures: [notRun('G20', what, '0', NO_CLOCK)], details: {} };
  const waits: Wait[] = [];
  const outcome = await faultRun(
    {
      seed,
      progress,
      setting: {
        weather: { rules: NO_PROOF },
        ambiguousWaitMs: DOUBT_MS,
        width: 16,
        now: clock.now,
      },
    },
    async stage => {
      let hub = stage.start({ environment: clock.environment });
      await stage.awake(hub);
      await pause(1_000);
      for (let round = 0; round < ROUNDS[size]; round++) {
        for (const [name, offsetMs] of JUMPS) {
          const from = stage.platforms.sends.length;
          bringWaits(stage);
          await pause(BEFORE_MS);
          clock.set(offsetMs);
          await pause(TOLD_MS + LATE_MS);
          stage.platforms.look();
          const seen = waitsIn(stage.platforms.sends.slice(from), name);
          waits.push(...seen);
          progress(`${name}: ${seen.length} sends waited`);
        }
        for (const [name, offsetMs] of DOWN_JUMPS) {
          bringDoubt(stage);
          await pause(BEFORE_MS);
          await end(stage, hub);
          clock.set(offsetMs);
          hub = stage.start({ environment: clock.environment });
          await stage.awake(hub);
          // Now and again with a clock that stays where it is, as far from Slack's as that may be.
          bringDoubt(stage);
          await pause(TOLD_MS);
          progress(name);
        }
      }
      return { kills: 0, hub };
    },
  );
  const early = waits.filter(({ lateMs }) => lateMs < -EARLY_MS);
  const late = waits.filter(({ lateMs }) => lateMs > LATE_MS);
  const { figures: seen } = outcome;
  const least = JUMPS.length * ROUNDS[size] * 2;
  return {
    figures: [
      atMost('G20', `clock jumps, ${waits.length} sends waiting: early`, early.length),
      // A busy machine is late by itself; what never comes is counted below.
      { ...atMost('G20', 'clock jumps: late', late.length + Math.max(0, least - waits.length)), timed: true },
      atMost('G20', 'clock jumps: sends repeated', seen.doubled),
      atMost(
        'G1',
        `clock jumps: parts of replies that never came, of ${seen.dead} given up as dead`,
        seen.lost,
      ),
      atMost('G4', 'clock jumps: replies out of order', seen.outOfOrder),
      atMost('G6', 'clock jumps: ledger off by', seen.ledger + seen.recounted),
    ],
    details: { ...seen, waits, kept: outcome.folder },
  };
}

interface Wait {
  readonly jump: string;
  readonly kind: 'told to wait' | 'in doubt';
  /** How much later than it should have been; infinite when it never came. */
  readonly lateMs: number;
}

async function end(stage: Stage, hub: HubProcess): Promise<void> {
  hub.kill('SIGTERM');
  const code = await stage.gone(hub);
  if (code !== 0) throw new Error(`the hub ended with ${code}; see ${stage.workplace.logFile}`);
}

function bringWaits({ platforms }: Stage): void {
  const headers = { 'retry-after': String(TOLD_MS / 1_000) };
  platforms.weather({
    rules: [
      ...NO_PROOF,
      {
        match: { type: 'whatsapp', path: '/messages' },
        times: 1,
        do: { kind: 'answer', status: 429, headers },
      },
      {
        match: { type: 'slack', path: '/chat.postMessage' },
        times: DOUBTFUL,
        do: { kind: 'reset', delivered: false },
      },
    ],
  });
}

/** Posts that arrive and whose answers are lost: only the history can tell, and by its own clock. */
function bringDoubt({ platforms }: Stage): void {
  platforms.weather({
    rules: [
      ...NO_RECEIPTS,
      {
        match: { type: 'slack', path: '/chat.postMessage' },
        times: DOUBTFUL,
        do: { kind: 'reset', delivered: true },
      },
    ],
  });
}

function waitsIn(seen: readonly Call[], jump: string): readonly Wait[] {
  return seen.flatMap((call, at): readonly Wait[] => {
    const later = seen.slice(at + 1);
    if (call.status === 429) {
      // The account as a whole: what had left before the answer arrived does not count.
      const next = later.find(({ account, at: when }) => account === call.account && when > call.at + 250);
      return [{ jump, kind: 'told to wait', lateMs: (next?.at ?? Infinity) - call.at - TOLD_MS }];
    }
    if (call.weather !== 'reset') return [];
    const next = later.find(({ account, body }) => account === call.account && body === call.body);
    return [{ jump, kind: 'in doubt', lateMs: (next?.at ?? Infinity) - call.at - DOUBT_MS }];
  });
}
