/** The main thread, watched from one of its own: nothing else can look at a thread whose loop stands still. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { Stall } from './watch.ts';

/** What the watching thread is given. */
export interface Watched {
  /** When the loop last turned, in nanoseconds of `process.hrtime`. */
  readonly turned: SharedArrayBuffer;
}

export interface LoopDelay {
  /** Beyond the time it was to turn at, in milliseconds, since the start: of a hundred turns the slowest. */
  readonly p99Ms: number;
  readonly longestMs: number;
}

export interface MainThreadWatch extends AsyncDisposable {
  /** Null while it has not begun. */
  delay(): LoopDelay | null;
}

const TURN_MS = 20;
/** What waits at the start goes first: a thread takes tens of milliseconds to come up. */
const BEGIN_MS = 3_000;

/** One for a process. A watcher that fails ends alone: the hub goes on without it, and `onFailure` says why. */
export function watchMainThread(
  onStall: (stall: Stall) => void,
  onFailure: (error: Error) => void,
): MainThreadWatch {
  const turned = new SharedArrayBuffer(8);
  const slots = new BigInt64Array(turned);
  const turn = (): void => {
    slots[0] = process.hrtime.bigint();
  };
  const histogram = monitorEventLoopDelay({ resolution: TURN_MS });
  histogram.enable();
  let turning: NodeJS.Timeout | undefined;
  let worker: Worker | null = null;
  function begin(): void {
    turn();
    const workerData: Watched = { turned };
    try {
      worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'stalls', workerData });
    } catch (error) {
      // The system gives no thread.
      return onFailure(error as Error);
    }
    turning = setInterval(turn, TURN_MS).unref();
    worker.unref();
    worker.on('message', onStall);
    worker.on('error', error => onFailure(error as Error));
  }
  const beginning = setTimeout(begin, BEGIN_MS).unref();
  return {
    delay: () => (worker === null ? null : delayOf(histogram)),
    async [Symbol.asyncDispose]() {
      clearTimeout(beginning);
      clearInterval(turning);
      histogram.disable();
      await worker?.terminate();
    },
  };
}

/** Node counts from turn to turn, the time between them with it. */
function delayOf(histogram: ReturnType<typeof monitorEventLoopDelay>): LoopDelay {
  const beyond = (ns: number): number => Math.max(0, Math.round(ns / 1e6) - TURN_MS);
  return histogram.count === 0
    ? { p99Ms: 0, longestMs: 0 }
    : { p99Ms: beyond(histogram.percentile(99)), longestMs: beyond(histogram.max) };
}
