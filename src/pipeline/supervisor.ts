/**
 * Keeps a pipeline thread running. A thread that hangs is ended from outside; whatever ended it, what it was
 * working on is told to the store as one death more, and a new thread goes on. A record of the log that ended
 * three threads is named to the next as unreadable.
 */
import { randomUUID } from 'node:crypto';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import type { Damage, Position } from '../storage/log.ts';
import { pause, persist } from '../storage/persist.ts';
import type { Store } from '../storage/store.ts';
import { type Abandoned, MAX_DEATHS } from '../storage/work-queue.ts';
import { newBeat, readBeat } from './beat.ts';
import { type ChangingSetup, changingSetup } from './changing-setup.ts';
import { watchThread } from './watch-thread.ts';

export interface ThreadStart<Setup> {
  readonly setup: Setup;
  readonly claimant: { readonly name: string; readonly suspects: boolean };
  readonly port: MessagePort;
  readonly beat: SharedArrayBuffer;
  /** Everything before this is durable. */
  readonly durable: Position;
  /** By position, how often a record has ended its reader; at `MAX_DEATHS` it is not read any more. */
  readonly deaths: ReadonlyMap<string, number>;
}

export type ToPipeline =
  | { readonly durable: Position }
  /** Begin nothing more, and end with what is under way. */
  | { readonly finish: true }
  | { readonly stop: true };
export type FromPipeline =
  /** Names of the processors, in the order of their index; the thread is at work. */
  | { readonly started: readonly string[] }
  | { readonly damage: Damage }
  /** Why nothing can be taken in; null: it can again. */
  | { readonly trouble: string | null }
  /** Ends well: nothing is left to do for suspects, or all that was begun is done and it was told to finish. */
  | { readonly idle: true };

export interface SupervisorOptions<Setup> {
  readonly module: URL;
  readonly setup: Setup;
  readonly suspects: boolean;
  readonly store: Pick<Store, 'abandonWork'>;
  /** A new connection to the store for the thread. */
  readonly connect: () => MessagePort;
  readonly durable: () => Position;
  /** A thread whose loop has not turned for this much of its processor time is ended. */
  readonly hangMs: number;
  readonly maxMemoryMb: number;
  /** By position, how often a record has ended processes before this one. */
  readonly deaths?: ReadonlyMap<string, number>;
  readonly onDeath: (cause: string) => void;
  readonly onDamage: (damage: Damage) => void;
  readonly onTrouble: (trouble: string | null) => void;
  /**
   * Called with each new thread, and how long its loop has not turned (null while it starts); what it returns is
   * called when the thread has ended.
   */
  readonly watch?: (worker: Worker, silentMs: () => number | null) => () => void;
}

export interface Supervisor<Setup> extends AsyncDisposable {
  /** Starts a thread unless one runs. */
  wake(): void;
  tell(message: ToPipeline): void;
  /**
   * Resolves when a thread with this setup is at work, or none is needed; the one before ends what it has begun.
   * Rejects where none comes up with it: then the setup before goes on. One after the other.
   */
  renew(setup: Setup): Promise<void>;
  /** False while no thread is at work though one should be. */
  readonly running: boolean;
  /** The system gives no thread, for their number or for memory; it is asked again and again. */
  readonly refused: boolean;
}

/** What is cut off here is worked on again after the next start. */
const STOP_GRACE_MS = 2_500;
/** One processor has five seconds; what takes longer in all is worked on again by the thread that follows. */
const FINISH_GRACE_MS = 8_000;
const LONGEST_PAUSE_MS = 10_000;
const NOT_STARTED = 'was not given by the system';

/** A supervisor's thread, as it is at the moment. */
interface Run<Setup> {
  readonly options: SupervisorOptions<Setup>;
  readonly stop: AbortSignal;
  readonly setups: ChangingSetup<Setup>;
  /** By the position of the record that was being read. */
  readonly deaths: Map<string, number>;
  thread: Worker | null;
  /** Names; null until it has started. */
  processors: readonly string[] | null;
  hung: boolean;
  refused: boolean;
  /** It is ended because it did not make way by itself. */
  isHurried: boolean;
}

export function superviseThread<Setup>(options: SupervisorOptions<Setup>): Supervisor<Setup> {
  const stop = new AbortController();
  const setups = changingSetup(options.setup);
  const run: Run<Setup> = {
    options,
    stop: stop.signal,
    setups,
    deaths: new Map(options.deaths),
    thread: null,
    processors: null,
    hung: false,
    refused: false,
    isHurried: false,
  };
  let wanted = false;
  let loop: Promise<void> | null = null;

  async function keepRunning(): Promise<void> {
    for (let inARow = 0; wanted && !stop.signal.aborted; ) {
      const startedAt = performance.now();
      wanted = !options.suspects;
      const cause = await runThread(run);
      run.processors = null;
      if (cause === null) continue;
      options.onDeath(cause);
      wanted = true;
      inARow = performance.now() - startedAt > 30_000 ? 0 : inARow + 1;
      // The first new start is at once: one bad message must not hold up the others.
      await pause(inARow <= MAX_DEATHS ? 0 : Math.min(100 * 2 ** inARow, LONGEST_PAUSE_MS), stop.signal);
    }
    loop = null;
  }

  return {
    get running() {
      return (run.processors !== null || setups.isChanging) && !run.hung;
    },
    get refused() {
      return run.refused;
    },
    wake() {
      wanted = true;
      if (stop.signal.aborted) return;
      loop ??= keepRunning().catch((error: Error) => {
        loop = null;
        if (!stop.signal.aborted) options.onDeath(`is not started any more: ${error.name}`);
      });
    },
    tell: message => run.thread?.postMessage(message),
    async renew(next) {
      const old = run.thread;
      const changed = setups.change(next, old !== null && !stop.signal.aborted);
      if (old === null || stop.signal.aborted) return;
      wanted = true;
      old.postMessage({ finish: true } satisfies ToPipeline);
      const cut = setTimeout(() => {
        if (run.thread !== old) return;
        run.isHurried = true;
        void old.terminate();
      }, FINISH_GRACE_MS).unref();
      await changed.finally(() => clearTimeout(cut));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      setups.end();
      run.thread?.postMessage({ stop: true } satisfies ToPipeline);
      const cut = setTimeout(() => void run.thread?.terminate(), STOP_GRACE_MS);
      await loop;
      clearTimeout(cut);
    },
  };
}

/** One thread, from its start to its end; how it ended, null when it was told to. */
async function runThread<Setup>(run: Run<Setup>): Promise<string | null> {
  const { options, stop, deaths, setups } = run;
  const beat = newBeat();
  const claimant = { name: randomUUID(), suspects: options.suspects };
  const port = options.connect();
  const start: ThreadStart<Setup> = {
    setup: setups.current,
    claimant,
    port,
    beat,
    durable: options.durable(),
    deaths,
  };
  const worker = startWorker(options, start);
  run.refused = worker === null;
  if (worker === null) {
    port.close();
    setups.failed(start.setup, NOT_STARTED);
    return NOT_STARTED;
  }
  run.thread = worker;
  let cause: string | null = null;
  let isOver = false;
  run.hung = false;
  worker.on('message', (message: FromPipeline) => {
    isOver ||= 'idle' in message;
    hear(run, message, start);
  });
  worker.on('error', (error: Error & { code?: string }) => {
    cause = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'used up its memory' : `ended with ${error.name}`;
  });
  const stopWatching = watchThread(worker, beat, options.hangMs, () => {
    cause = 'hung';
    // One that stands in a call of the system ends only when the call does.
    run.hung = true;
    void worker.terminate();
  });
  const stopTelling = options.watch?.(worker, () =>
    run.processors === null ? null : readBeat(beat).silentMs,
  );
  await new Promise<void>(resolve => worker.once('exit', () => resolve()));
  stopWatching();
  stopTelling?.();
  run.thread = null;
  options.onTrouble(null);
  if (stop.aborted) return null;
  const give = (how: Pick<Abandoned, 'cause' | 'blamed'>): Promise<number> =>
    persist(() => options.store.abandonWork({ claimant: claimant.name, ...how }), stop);
  if (run.isHurried && start.setup !== setups.current) cause ??= 'did not make way in time';
  run.isHurried = false;
  if (isOver && cause === null) {
    // What was given to it when it had made up its mind.
    await give({ cause: 'ended by itself' });
    return null;
  }
  const doing = readBeat(beat);
  if (doing.reading !== null) deaths.set(doing.reading, (deaths.get(doing.reading) ?? 0) + 1);
  const why = cause ?? 'ended by itself';
  if (run.processors === null) setups.failed(start.setup, why);
  const place = doing.processor === null ? '' : ` in ${run.processors?.[doing.processor] ?? 'a processor'}`;
  await give({ cause: `${why}${place}`, ...(doing.seq === null ? {} : { blamed: doing.seq }) });
  return `${why}${place}`;
}

function hear<Setup>(run: Run<Setup>, message: FromPipeline, start: ThreadStart<Setup>): void {
  const { options, setups } = run;
  if ('started' in message) {
    run.processors = message.started;
    setups.arrived(start.setup);
  } else if ('damage' in message) options.onDamage(message.damage);
  else if ('trouble' in message) options.onTrouble(message.trouble);
}

/** Null where the system gives no thread: that is thrown, and not told as an event. */
function startWorker<Setup>(options: SupervisorOptions<Setup>, start: ThreadStart<Setup>): Worker | null {
  try {
    return new Worker(options.module, {
      name: options.suspects ? 'pipeline for suspects' : 'pipeline',
      workerData: start,
      transferList: [start.port] as Transferable[],
      resourceLimits: { maxOldGenerationSizeMb: options.maxMemoryMb },
    });
  } catch {
    return null;
  }
}
