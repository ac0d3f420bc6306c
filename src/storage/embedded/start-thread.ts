/** The store's own thread, seen from the hub's: what it tells, and how it ends. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Left } from './database/database.ts';
import { unusable } from './hold.ts';
import type { FromThread, ThreadData, ToThread } from './protocol.ts';
import type { Recovery } from './redo/report.ts';

export interface ThreadListeners {
  /** It ended although nobody closed it. */
  readonly onLost: (error: Error) => void;
  readonly onProblem?: (problem: string) => void;
  readonly onLooked?: () => void;
}

export interface StoreThread {
  /** Rejects where the database cannot be used. */
  readonly opened: Promise<{ readonly left: Left; readonly recovery: Recovery }>;
  readonly trouble: string | null;
  /** Grows. */
  readonly problems: readonly string[];
  /** Whether it ended, or was ended, without closing the database. */
  readonly isLost: boolean;
  connect(): MessagePort;
  /** At once: it writes nothing more. Whoever gave the listeners is told why. */
  end(error: Error): void;
  /** Resolves once it has ended, closed well unless it is lost. */
  close(): Promise<void>;
}

const MAX_PROBLEMS = 100;

export function startThread(workerData: ThreadData, listeners: ThreadListeners): StoreThread {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'store', workerData });
  const problems: string[] = [];
  const ended = Promise.withResolvers<void>();
  const started = Promise.withResolvers<{ readonly left: Left; readonly recovery: Recovery }>();
  let trouble: string | null = null;
  let isOpen = false;
  let closing = false;
  let lost = false;
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'open') {
      isOpen = true;
      started.resolve(message);
    }
    if (message.kind === 'looked') listeners.onLooked?.();
    if (message.kind === 'problem') {
      if (problems.length < MAX_PROBLEMS) problems.push(message.message);
      listeners.onProblem?.(message.message);
    }
    if (message.kind === 'trouble' && !lost) trouble = message.message;
  });
  worker.on('error', error => {
    lost = true;
    if (!isOpen) started.reject(unusable(workerData.dir, error as Error));
    else if (!closing) listeners.onLost(error as Error);
  });
  worker.on('exit', () => {
    started.reject(new Error('the store thread ended at start'));
    ended.resolve();
  });
  return {
    opened: started.promise,
    get trouble() {
      return trouble;
    },
    problems,
    get isLost() {
      return lost;
    },
    connect() {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ kind: 'connect', port: port1 } satisfies ToThread, [port1]);
      return port2;
    },
    end(error) {
      if (lost || closing) return;
      lost = true;
      trouble = error.message;
      void worker.terminate();
      listeners.onLost(error);
    },
    close() {
      closing = true;
      worker.postMessage({ kind: 'close' } satisfies ToThread);
      return ended.promise;
    },
  };
}
