/** The embedded store: a journal and a database in one folder, which one hub at a time may hold. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { crashesAt, crashPoints } from '../../telemetry/crash.ts';
import type { Log, Position } from '../log.ts';
import type { Store } from '../store.ts';
import { type AcknowledgingFlag, newAcknowledgingFlag } from '../yield-to-acknowledging.ts';
import { type Backlog, watchBacklog } from './backlog.ts';
import { storeClient } from './client.ts';
import type { Left } from './database/database.ts';
import { FilesGone, folder, openFile, watchFiles } from './gone.ts';
import { FolderHeld, holdFolder, refuseUnfinished } from './hold.ts';
import { Journal } from './journal/writer.ts';
import type { ThreadData } from './protocol.ts';
import { guardOf } from './redo/connection.ts';
import { databaseFiles } from './redo/files.ts';
import { KEEPER_BOUNDS, type KeeperBounds } from './redo/keeper.ts';
import type { Recovery } from './redo/report.ts';
import { startThread } from './start-thread.ts';

export interface EmbeddedOptions {
  /** The data folder. */
  readonly dir: string;
  readonly maxSegmentBytes: number;
  readonly maxPendingBytes: number;
  /** Bytes that may wait to be taken in; beyond it nothing more is accepted. */
  readonly maxBacklogBytes?: number;
  readonly onDurable: (next: Position) => void;
  /** The store's thread ended although nobody closed it, or its files are gone: nothing can go on. */
  readonly onLost: (error: Error) => void;
  /** Something on the disk is not what was written to it, and nothing is lost. */
  readonly onProblem?: (problem: string) => void;
  /** The files that are there for repairs were looked at, after what there was to say. */
  readonly onLooked?: () => void;
  /** When files are begun and left; smaller for tests. */
  readonly redo?: Partial<KeeperBounds>;
  /** `HUB_CRASH`: where tests end the process. */
  readonly crash?: string | undefined;
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

export { FolderHeld };

export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  await using opened = new AsyncDisposableStack();
  mkdirSync(options.dir, { recursive: true });
  const lock = holdFolder(options.dir);
  opened.defer(() => lock.close());
  refuseUnfinished(options.dir);
  const lockFile = openFile(join(options.dir, 'hub.lock'));

  const acknowledging = newAcknowledgingFlag();
  const crash = crashPoints(options.crash);
  const bounds = { ...KEEPER_BOUNDS, ...options.redo };
  const workerData: ThreadData = { dir: options.dir, bounds, acknowledging, crash: options.crash };
  const thread = startThread(workerData, options);
  let guard: { close(): void } | null = null;
  opened.defer(async () => {
    // Closing well, the thread is to be the last, so that it leaves one file behind.
    const isLast = !thread.isLost;
    if (isLast) guard?.close();
    await thread.close();
    if (!isLast) guard?.close();
  });
  const { left, recovery } = await thread.opened;
  // Outlives the thread, whatever ends that: its own connections are closed then in no order that could be chosen.
  guard = guardOf(databasePath(options.dir));
  const { wal, redo } = databaseFiles(options.dir);
  const database = [databasePath(options.dir), wal].map(openFile);
  const store = opened.use(storeClient(thread.connect()));
  let durable: Position | null = null;
  const takenIn = await store.position();
  const backlog: Backlog = opened.use(
    watchBacklog({
      journalDir: journalDir(options.dir),
      maxBytes: options.maxBacklogBytes ?? Number.POSITIVE_INFINITY,
      takenIn,
      position: store.position,
      durable: (): Position => durable ?? log.start,
    }),
  );
  let isGone = false;
  const onGone = (path: string): void => {
    isGone = true;
    // Not closed well: what stands there now may be another hub's, and the thread writes files by their names.
    thread.end(new FilesGone(path, path === wal));
  };
  const log: Log = opened.use(
    new Journal({
      dir: journalDir(options.dir),
      takenIn,
      maxSegmentBytes: options.maxSegmentBytes,
      maxPendingBytes: options.maxPendingBytes,
      isFull: () => backlog.full,
      isLost: () => isGone,
      onGone,
      acknowledging,
      onDurable(next) {
        durable = next;
        options.onDurable(next);
      },
      ...(crashesAt(options.crash, 'CP3') ? { onWritten: () => crash('CP3') } : {}),
    }),
  );
  const folders = [journalDir(options.dir), redo].map(folder);
  opened.use(watchFiles([lockFile, ...database, ...folders], onGone));
  const resources = opened.move();
  return {
    log,
    store,
    left,
    recovery,
    problems: thread.problems,
    journalDir: journalDir(options.dir),
    acknowledging,
    connect: thread.connect,
    get trouble() {
      return thread.trouble ?? backlog.trouble;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
