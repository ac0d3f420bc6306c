/** The embedded store: a journal and a database in one folder, which one hub at a time may hold. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Log, Position } from '../log.ts';
import type { Store } from '../store.ts';
import { type AcknowledgingFlag, newAcknowledgingFlag } from '../yield-to-acknowledging.ts';
import { type Backlog, watchBacklog } from './backlog.ts';
import { storeClient } from './client.ts';
import type { Left } from './database/database.ts';
import { FolderHeld, holdFolder, refuseUnfinished, unusable } from './hold.ts';
import { Journal } from './journal/writer.ts';
import type { FromThread, ThreadData, ToThread } from './protocol.ts';
import { guardOf } from './redo/connection.ts';
import { KEEPER_BOUNDS, type KeeperBounds } from './redo/keeper.ts';
import type { Recovery } from './redo/report.ts';

export interface EmbeddedOptions {
  /** The data folder. */
  readonly dir: string;
  readonly maxSegmentBytes: number;
  readonly maxPendingBytes: number;
  /** Bytes that may wait to be taken in; beyond it nothing more is accepted. */
  readonly maxBacklogBytes?: number;
  readonly onDurable: (next: Position) => void;
  /** The store's thread ended although nobody closed it: nothing can go on. */
  readonly onLost: (error: Error) => void;
  /** Something on the disk is not what was written to it, and nothing is lost. */
  readonly onProblem?: (problem: string) => void;
  /** The files that are there for repairs were looked at, after what there was to say. */
  readonly onLooked?: () => void;
  /** When files are begun and left; smaller for tests. */
  readonly redo?: Partial<KeeperBounds>;
  /** Named points where tests end the process. */
  readonly crash?: (point: string) => void;
}

export interface Embedded extends AsyncDisposable {
  readonly log: Log;
  readonly store: Store;
  readonly left: Left;
  /** What was found when the database was opened, and what was done about it. */
  readonly recovery: Recovery;
  /** What was found wrong since then with files that are there for repairs; grows. */
  readonly problems: readonly string[];
  readonly journalDir: string;
  /** For the threads that work. */
  readonly acknowledging: AcknowledgingFlag;
  /** A connection to the store for another thread; give it to `storeClient` there. */
  connect(): MessagePort;
  /** What the database's last commit failed with; null when all is well. */
  readonly trouble: string | null;
}

export const journalDir = (dir: string): string => join(dir, 'journal');
export const databasePath = (dir: string): string => join(dir, 'hub.db');

const MAX_PROBLEMS = 100;

export { FolderHeld };

export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  await using opened = new AsyncDisposableStack();
  mkdirSync(options.dir, { recursive: true });
  const lock = holdFolder(options.dir);
  opened.defer(() => lock.close());
  refuseUnfinished(options.dir);

  const acknowledging = newAcknowledgingFlag();
  const bounds = { ...KEEPER_BOUNDS, ...options.redo };
  const workerData: ThreadData = { dir: options.dir, bounds, acknowledging };
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'store', workerData });
  let trouble: string | null = null;
  let isOpen = false;
  let closing = false;
  let lost = false;
  const closed = Promise.withResolvers<void>();
  const started = Promise.withResolvers<{ readonly left: Left; readonly recovery: Recovery }>();
  const problems: string[] = [];
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'open') {
      isOpen = true;
      started.resolve(message);
    }
    if (message.kind === 'looked') options.onLooked?.();
    if (message.kind === 'problem') {
      if (problems.length < MAX_PROBLEMS) problems.push(message.message);
      options.onProblem?.(message.message);
    }
    if (message.kind === 'trouble') trouble = message.message;
  });
  worker.on('error', error => {
    lost = true;
    if (!isOpen) started.reject(unusable(options.dir, error as Error));
    else if (!closing) options.onLost(error as Error);
  });
  worker.on('exit', () => {
    started.reject(new Error('the store thread ended at start'));
    closed.resolve();
  });
  let guard: { close(): void } | null = null;
  opened.defer(async () => {
    closing = true;
    // Closing well, the thread is to be the last, so that it leaves one file behind.
    if (!lost) guard?.close();
    worker.postMessage({ kind: 'close' } satisfies ToThread);
    await closed.promise;
    if (lost) guard?.close();
  });

  const connect = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ kind: 'connect', port: port1 } satisfies ToThread, [port1]);
    return port2;
  };
  const { left, recovery } = await started.promise;
  // Outlives the thread, whatever ends that: its own connections are closed then in no order that could be chosen.
  guard = guardOf(databasePath(options.dir));
  const store = opened.use(storeClient(connect()));
  let durable: Position | null = null;
  const backlog: Backlog = opened.use(
    watchBacklog({
      journalDir: journalDir(options.dir),
      maxBytes: options.maxBacklogBytes ?? Number.POSITIVE_INFINITY,
      position: store.position,
      durable: (): Position => durable ?? log.start,
    }),
  );
  const log: Log = opened.use(
    new Journal({
      dir: journalDir(options.dir),
      maxSegmentBytes: options.maxSegmentBytes,
      maxPendingBytes: options.maxPendingBytes,
      isFull: () => backlog.full,
      acknowledging,
      onDurable(next) {
        durable = next;
        options.onDurable(next);
      },
      ...(options.crash === undefined ? {} : { crash: options.crash }),
    }),
  );
  const resources = opened.move();
  return {
    log,
    store,
    left,
    recovery,
    problems,
    journalDir: journalDir(options.dir),
    acknowledging,
    connect,
    get trouble() {
      return trouble;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
