/**
 * What every fault harness does around its faults: the platforms, the people, the hub's folder, and at the end the
 * verdict. What the hub acknowledged is held against what the platforms took, and its own books are asked.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpClient } from '../../../src/channels/http.ts';
import type { ScenarioInput } from '../../../src/sandbox/weather.ts';
import type { Ledger } from '../../../src/storage/look-up.ts';
import { ledgerOf, messagesOf, traceOf } from './books.ts';
import { ASSISTANT, type Clients, pause, startClients, WORDS } from './clients.ts';
import { type Figures, figuresOf, type Goal, missedGoals } from './figures.ts';
import { type HubProcess, type Launch, startHubProcess } from './hub-process.ts';
import { judge, type Taken, type Verdict } from './judge.ts';
import { forSends, openPlatforms, type Platforms } from './platforms.ts';
import { type Chance, chanceOf } from './random.ts';
import { type SeenBooks, watchBooks } from './watch-books.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

export interface FaultOptions {
  readonly seed: number;
  readonly progress: (line: string) => void;
  /** True once somebody wants the end: nothing more is done to the hub, and what was is judged. */
  readonly enough?: () => boolean;
  /** Changes what the platforms are said to have taken, to see that the verdict notices. */
  readonly tamper?: (taken: readonly Taken[]) => readonly Taken[];
  /** What is other than as a rule. */
  readonly setting?: Partial<Setting>;
}

export interface Setting {
  readonly weather: ScenarioInput;
  readonly policy: 'resend' | 'park';
  readonly ambiguousWaitMs: number;
  /** Conversations side by side, and messages that may wait for their replies before people wait too. */
  readonly width: number;
  readonly maxOpen: number;
  /** Which figures must be 0. */
  readonly goals: readonly Goal[];
  /** Something between the hub and the platforms, and between people and the hub: its address, given the real one. */
  readonly toPlatforms: (url: string) => Promise<string>;
  readonly toHub: (url: string) => Promise<string>;
  /** Where the hub keeps what it has. */
  readonly dataFolder: string;
  /** The hub's clock, where it is another than ours. */
  readonly now: () => number;
}

export interface Outcome {
  readonly figures: Figures;
  readonly verdict: Verdict;
  /** Webhooks that were answered by anything but 200, or not at all. */
  readonly refused: number;
  /** Kept for study where the goal was missed; null when it was removed. */
  readonly folder: string | null;
}

/** A run under way, as the faults see it. */
export interface Stage {
  readonly chance: Chance;
  readonly workplace: Workplace;
  readonly platforms: Platforms;
  readonly clients: Clients;
  /** Starts the hub and resolves at once. */
  start(launch?: Launch): HubProcess;
  /** Resolves true when the hub answers: then people write. False when it ended before. */
  awake(hub: HubProcess): Promise<boolean>;
  /** Nobody writes any more; resolves when the process is gone. Its exit code; null for a signal. */
  gone(hub: HubProcess): Promise<number | null>;
}

const ECHO_MS = 30;
/** Far more than an echo takes with its repetitions, also where starts are slow and the machine has much else to do. */
export const AMBIGUOUS_WAIT_MS = 6_000;
/** Nothing has moved for so long: it never will. What is left may take as long as the machine needs. */
const DRAIN_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;

/** What the faults leave: the hub ended, or still running where it is to come to an end as it is. */
export interface Done {
  readonly kills: number;
  readonly hub?: HubProcess;
}

export interface OpenStage extends Stage, AsyncDisposable {
  /** How long each start took. */
  readonly starts: readonly number[];
  /** The hub's books so far, looked at every second. */
  watched(): SeenBooks;
}

/** Platforms, people and a folder, and no hub yet. Whatever was started is gone when it is disposed. */
export async function openStage(options: Pick<FaultOptions, 'seed' | 'setting'>): Promise<OpenStage> {
  const { seed, setting = {} } = options;
  await using opened = new AsyncDisposableStack();
  const chance = chanceOf(seed);
  let workplace: Workplace | null = null;
  const hubUrl = (): string => workplace?.url ?? '';
  const { toPlatforms } = setting;
  const via = toPlatforms === undefined ? {} : { via: toPlatforms };
  const platforms = opened.use(
    await openPlatforms({ chance: chanceOf(seed + 1), hubUrl, echoMs: ECHO_MS, ...via }),
  );
  workplace = await openWorkplace({
    chance,
    channels: platforms.channels,
    assistant: ASSISTANT,
    secrets: platforms.secrets,
    ambiguousWaitMs: setting.ambiguousWaitMs ?? AMBIGUOUS_WAIT_MS,
    ...(setting.policy === undefined ? {} : { policy: setting.policy }),
    ...(setting.dataFolder === undefined ? {} : { dataFolder: setting.dataFolder }),
  });
  await warmUp(workplace);
  platforms.weather(setting.weather ?? WEATHER);
  let up = false;
  const clients = startClients({
    platforms,
    http: opened.use(httpClient()),
    chance: chanceOf(seed + 2),
    hubUrl: (await setting.toHub?.(workplace.url)) ?? workplace.url,
    isUp: () => up,
    width: setting.width ?? 24,
    maxOpen: setting.maxOpen ?? 2_000,
    ...(setting.now === undefined ? {} : { now: setting.now }),
  });
  opened.defer(() => clients.stop());
  const books = opened.use(watchBooks(workplace, () => up));
  const running = new Set<HubProcess>();
  opened.defer(() => {
    for (const hub of running) hub.kill('SIGKILL');
  });
  const starts: number[] = [];
  const resources = opened.move();
  const stage: OpenStage = {
    chance,
    workplace,
    platforms,
    clients,
    starts,
    watched: books.seen,
    start(launch) {
      const hub = startHubProcess(stage.workplace, launch);
      running.add(hub);
      return hub;
    },
    async awake(hub) {
      up = await hub.ready;
      if (up) starts.push(performance.now() - hub.startedAt);
      return up;
    },
    async gone(hub) {
      up = false;
      const { code } = await within(hub.ended, STOP_LIMIT_MS, 'the hub did not stop');
      running.delete(hub);
      return code;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  return stage;
}

/** Rejects when the hub does not start, or comes to no end with what it has. */
export async function faultRun(
  options: FaultOptions,
  faults: (stage: Stage) => Promise<Done>,
): Promise<Outcome> {
  const startedAt = performance.now();
  const { seed, progress, setting } = options;
  await using stage = await openStage(options);
  const { workplace, platforms, clients, starts } = stage;
  const { kills, hub: left } = await faults(stage);
  const hub = left ?? stage.start();
  if (!(await stage.awake(hub))) throw new Error(`the hub ended while starting; see ${workplace.logFile}`);
  const books = await drain(stage, progress);
  platforms.look();
  const taken = options.tamper?.(platforms.taken) ?? platforms.taken;
  const verdict = judge(clients.told, taken, WORDS, await parkedIn(workplace));
  const evidence = await collect(workplace, verdict, taken);
  hub.kill('SIGTERM');
  const exitCode = await stage.gone(hub);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { missed } = platforms;
  const watched = stage.watched();
  const seen = { seed, kills, clients, verdict, ...books, watched, replies: taken.length, missed };
  const figures = figuresOf({ ...seen, starts, exitCode, seconds });
  const { folder } = workplace;
  const refused = [...clients.refused.values()].reduce((sum, count) => sum + count, 0);
  if (missedGoals(figures, setting?.goals).length === 0) {
    workplace.remove();
    return { figures, verdict, refused, folder: null };
  }
  writeFileSync(join(folder, 'findings.json'), JSON.stringify({ figures, verdict, evidence }, null, 2));
  return { figures, verdict, refused, folder };
}

/** Answers that take their time, so that many sends are under way at each kill; and some that never come. */
export const WEATHER = {
  rules: [
    ...forSends({ chance: 0.004, do: { kind: 'reset', delivered: true } }),
    ...forSends({ chance: 0.004, do: { kind: 'reset', delivered: false } }),
    ...forSends({ chance: 0.4, do: { kind: 'hang', ms: 40, delivered: true } }),
  ],
};

/** Once from start to end, so that what Node keeps of compiled code is there: all later starts are quicker. */
async function warmUp(workplace: Workplace): Promise<void> {
  const hub = startHubProcess(workplace);
  await hub.ready;
  hub.kill('SIGTERM');
  const { code } = await within(hub.ended, STOP_LIMIT_MS, 'the hub did not stop');
  if (code !== 0) throw new Error(`the hub ended with ${code}; see ${workplace.logFile}`);
}

interface Books {
  readonly counted: Ledger;
  readonly recounted: Ledger;
}

/** Everything is acknowledged, worked on and sent, or is given up for good: nothing is on its way any more. */
async function drain(
  { clients, workplace, platforms }: Stage,
  progress: FaultOptions['progress'],
): Promise<Books> {
  await clients.finish(AbortSignal.timeout(DRAIN_LIMIT_MS));
  progress(`${clients.acknowledged} acknowledged; waiting for the rest of the replies`);
  let seen = '';
  for (let movedAt = performance.now(); performance.now() - movedAt < DRAIN_LIMIT_MS; ) {
    const counted = await ledgerOf(workplace, false);
    const { pending } = await platforms.webhooks();
    const left = [counted.inbound.inFlight, counted.outbound.inFlight, pending];
    if (left.every(count => count === 0))
      return { counted: await ledgerOf(workplace, false), recounted: await ledgerOf(workplace, true) };
    if (left.join() !== seen) movedAt = performance.now();
    seen = left.join();
    await pause(100);
  }
  throw new Error(`the hub did not come to an end; see ${workplace.folder}`);
}

/** The messages whose replies were kept back for an operator, by number: by policy, and for all to see. */
async function parkedIn(workplace: Workplace): Promise<ReadonlySet<number>> {
  const parked = (await messagesOf(workplace, 'outbound')).filter(({ state }) => state === 'parked');
  return new Set(parked.flatMap(({ message }) => numberIn(JSON.stringify(message))));
}

const numberIn = (text: string): number[] => (/\b\d{9}\b/.exec(text) ?? []).map(Number);

const MAX_TRACES = 50;

/** What the hub itself knows of the messages the verdict is about. */
async function collect(workplace: Workplace, verdict: Verdict, taken: readonly Taken[]): Promise<unknown> {
  const findings = Object.values(verdict).flat().slice(0, MAX_TRACES);
  if (findings.length === 0) return null;
  const inbound = await messagesOf(workplace, 'inbound');
  return Promise.all(
    findings.map(async finding => {
      const found = inbound.find(({ message }) => JSON.stringify(message).includes(String(finding.number)));
      const trace = found === undefined ? null : await traceOf(workplace, found.id);
      return { ...finding, trace, calls: taken.filter(({ seq }) => finding.calls.includes(seq)) };
    }),
  );
}

async function within<T>(promise: Promise<T>, ms: number, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), ms);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
