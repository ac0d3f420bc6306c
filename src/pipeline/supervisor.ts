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

export interface ThreadStart<Setup> {
  readonly setup: Setup;
  readonly claimant: { readonly name: string; readonly suspects: boolean };
  readonly port: MessagePort;
  readonly beat: SharedArrayBuffer;
  /** Everything before this is durable. */
  readonly durable: Position;
  /** Positions of records that ended threads. */
  readonly unreadable: readonly string[];
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
}

const LOOK_MS = 250;
const ANSWER_MS = 1_000;
/** Loading the modules takes this long at the most on a slow machine. */
const START_GRACE_MS = 60_000;
/** A thread that stands still without computing is given this many times as long. */
const WAITING_FACTOR = 6;
/** What is cut off here is worked on again after the next start. */
const STOP_GRACE_MS = 2_500;
/** One processor has five seconds; what takes longer in all is worked on again by the thread that follows. */
const FINISH_GRACE_MS = 8_000;
const LONGEST_PAUSE_MS = 10_000;

export function superviseThread<Setup>(options: SupervisorOptions<Setup>): Supervisor<Setup> {
  const stop = new AbortController();
  const deaths = new Map<string, number>();
  let thread: Worker | null = null;
  let processors: readonly string[] | null = null;
  let hung = false;
  let { setup } = options;
  /** A change of the setup under way, and what to go back to where no thread comes up with it. */
  let renewal: (PromiseWithResolvers<void> & { readonly before: Setup }) | null = null;
  let isHurried = false;
  let wanted = false;
  let loop: Promise<void> | null = null;

  const renewed = (): void => {
    renewal?.resolve();
    renewal = null;
  };

  /** No thread comes up with the new setup: the one before goes on. */
  function takeBack(cause: string): void {
    if (renewal === null) return;
    setup = renewal.before;
    renewal.reject(new Error(`a thread with it ${cause}`));
    renewal = null;
  }

  /** One thread, from its start to its end; how it ended, null when it was told to. */
  async function runThread(): Promise<string | null> {
    const beat = newBeat();
    const claimant = { name: randomUUID(), suspects: options.suspects };
    const port = options.connect();
    const start: ThreadStart<Setup> = {
      setup,
      claimant,
      port,
      beat,
      durable: options.durable(),
      unreadable: [...deaths].filter(([, count]) => count >= MAX_DEATHS).map(([position]) => position),
    };
    const worker = new Worker(options.module, {
      name: options.suspects ? 'pipeline for suspects' : 'pipeline',
      workerData: start,
      transferList: [port] as Transferable[],
      resourceLimits: { maxOldGenerationSizeMb: options.maxMemoryMb },
    });
    thread = worker;
    let cause: string | null = null;
    let isOver = false;
    hung = false;
    worker.on('message', (message: FromPipeline) => {
      if ('started' in message) {
        processors = message.started;
        if (start.setup === setup) renewed();
      } else if ('damage' in message) options.onDamage(message.damage);
      else if ('trouble' in message) options.onTrouble(message.trouble);
      else isOver = true;
    });
    worker.on('error', (error: Error & { code?: string }) => {
      cause = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'used up its memory' : `ended with ${error.name}`;
    });
    const stopWatching = watchThread(worker, beat, options.hangMs, () => {
      cause = 'hung';
      // One that stands in a call of the system ends only when the call does.
      hung = true;
      void worker.terminate();
    });
    const stopTelling = options.watch?.(worker, () => (processors === null ? null : readBeat(beat).silentMs));
    const ended = new Promise<void>(resolve => worker.once('exit', () => resolve()));
    await ended;
    stopWatching();
    stopTelling?.();
    thread = null;
    options.onTrouble(null);
    if (stop.signal.aborted) return null;
    const give = (how: Pick<Abandoned, 'cause' | 'blamed'>): Promise<number> =>
      persist(() => options.store.abandonWork({ claimant: claimant.name, ...how }), stop.signal);
    if (isHurried && start.setup !== setup) cause ??= 'did not make way in time';
    isHurried = false;
    if (isOver && cause === null) {
      // What was given to it when it had made up its mind.
      await give({ cause: 'ended by itself' });
      return null;
    }
    const doing = readBeat(beat);
    if (doing.reading !== null) deaths.set(doing.reading, (deaths.get(doing.reading) ?? 0) + 1);
    if (processors === null && start.setup === setup) takeBack(cause ?? 'ended by itself');
    const place = doing.processor === null ? '' : ` in ${processors?.[doing.processor] ?? 'a processor'}`;
    const told = `${cause ?? 'ended by itself'}${place}`;
    await give({ cause: told, ...(doing.seq === null ? {} : { blamed: doing.seq }) });
    return told;
  }

  async function keepRunning(): Promise<void> {
    for (let inARow = 0; wanted && !stop.signal.aborted; ) {
      const startedAt = performance.now();
      wanted = !options.suspects;
      const cause = await runThread();
      processors = null;
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
      return (processors !== null || renewal !== null) && !hung;
    },
    wake() {
      wanted = true;
      if (!stop.signal.aborted) loop ??= keepRunning().catch(() => {});
    },
    tell: message => thread?.postMessage(message),
    async renew(next) {
      const before = setup;
      setup = next;
      const old = thread;
      if (old === null || stop.signal.aborted) return;
      wanted = true;
      renewal = { ...Promise.withResolvers<void>(), before };
      const { promise } = renewal;
      old.postMessage({ finish: true } satisfies ToPipeline);
      const cut = setTimeout(() => {
        if (thread !== old) return;
        isHurried = true;
        void old.terminate();
      }, FINISH_GRACE_MS).unref();
      await promise.finally(() => clearTimeout(cut));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      renewed();
      thread?.postMessage({ stop: true } satisfies ToPipeline);
      const cut = setTimeout(() => void thread?.terminate(), STOP_GRACE_MS);
      await loop;
      clearTimeout(cut);
    },
  };
}

/**
 * Calls back once when the thread hangs: its loop has stood still for `hangMs` of its own processor time, as in an
 * endless loop, or for much longer by the clock, as in a wait that never ends. Processor time, because on a busy
 * machine a healthy thread may wait long for its turn.
 */
function watchThread(
  worker: Worker,
  beat: SharedArrayBuffer,
  hangMs: number,
  onHang: () => void,
): () => void {
  const startedAt = performance.now();
  let busyBefore: number | null = null;
  let looking = false;
  async function look(): Promise<void> {
    const { silentMs } = readBeat(beat);
    const standing = Math.min(silentMs, performance.now() - startedAt);
    if (standing < LOOK_MS * 4) {
      busyBefore = null;
      return;
    }
    const busyMs = await busyMsOf(worker);
    busyBefore ??= busyMs;
    const limitMs = silentMs > standing ? START_GRACE_MS : hangMs;
    const spentMs = busyMs === null || busyBefore === null ? 0 : busyMs - busyBefore;
    if (spentMs < limitMs && standing < limitMs * WAITING_FACTOR) return;
    // The whole machine may have stood still, and we with it.
    if (readBeat(beat).silentMs < LOOK_MS * 4) return;
    stop();
    onHang();
  }
  const watch = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, LOOK_MS);
  const stop = (): void => clearInterval(watch);
  return stop;
}

/** Processor time so far; null where the thread stands in a call of the system and cannot say. */
async function busyMsOf(worker: Worker): Promise<number | null> {
  const tooLate = Promise.withResolvers<null>();
  const timer = setTimeout(tooLate.resolve, ANSWER_MS, null);
  try {
    const usage = await Promise.race([worker.cpuUsage(), tooLate.promise]);
    return usage === null ? null : (usage.user + usage.system) / 1000;
  } finally {
    clearTimeout(timer);
  }
}
