/** The pipeline's threads: one for all messages, and one when needed for those that ended a thread before. */
import { leftReading } from '../pipeline/reading-note.ts';
import { superviseThread } from '../pipeline/supervisor.ts';
import type { PipelineSetup } from '../pipeline-thread.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import type { Position } from '../storage/log.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StallBook } from '../telemetry/stalls/book.ts';
import { stackOfWorker } from '../telemetry/stalls/profile.ts';
import { watchLoop } from '../telemetry/stalls/watch.ts';
import type { DamageBook } from './damage.ts';

export interface PipelineThreads extends AsyncDisposable {
  /** More of the log is durable. */
  advance(durable: Position): void;
  /** Resolves when messages are read and worked on by this; what was begun ends as it began. Rejects where no thread
   * comes up with it, and the one before goes on. */
  renew(setup: Omit<PipelineSetup, 'acknowledging'>): Promise<void>;
  /** Why messages are not being worked on; null when all is well. */
  readonly trouble: string | null;
}

export interface PipelineBooks {
  readonly logger: Logger;
  readonly damage: DamageBook;
  readonly stalls: StallBook;
}

export interface PipelineBounds {
  /** A thread whose loop has not turned for this much of its processor time is ended. */
  readonly hangMs: number;
  readonly maxMemoryMb: number;
}

const BOUNDS: PipelineBounds = { hangMs: 5_000, maxMemoryMb: 1_024 };

export function startPipeline(
  setup: Omit<PipelineSetup, 'acknowledging'>,
  storage: Embedded,
  durable: () => Position,
  { logger, damage, stalls }: PipelineBooks,
  bounds: Partial<PipelineBounds> = {},
): PipelineThreads {
  const { store } = storage;
  const { hangMs, maxMemoryMb } = { ...BOUNDS, ...bounds };
  let stuck: string | null = null;
  const left = leftReading(setup.readingFile);
  if (left !== null) logger.warn(left, 'the process before ended while it read what came in');
  const supervise = (suspects: boolean) =>
    superviseThread<PipelineSetup>({
      module: new URL('../pipeline-thread.ts', import.meta.url),
      setup: current,
      suspects,
      store,
      connect: storage.connect,
      durable,
      hangMs,
      maxMemoryMb,
      deaths: new Map(left === null ? [] : [[left.position, left.deaths]]),
      onDeath: cause => logger.error({ cause, suspects }, 'a pipeline thread ended'),
      onDamage: damage.journal,
      onTrouble(trouble) {
        if (suspects) return;
        stuck = trouble;
        if (trouble !== null) logger.error({ cause: trouble }, 'what was accepted cannot be taken in');
      },
      watch: (worker, silentMs) =>
        watchLoop({
          silentMs,
          stack: isStill => stackOfWorker(worker, isStill),
          onStall: stall => stalls.tell(suspects ? 'suspects' : 'pipeline', stall),
        }),
    });
  let current: PipelineSetup = { ...setup, acknowledging: storage.acknowledging };
  const all = supervise(false);
  const suspects = supervise(true);
  all.wake();
  const stopListening = setup.work ? store.onReady('suspects', () => suspects.wake()) : () => {};
  if (setup.work && storage.left.suspects > 0) suspects.wake();
  return {
    advance: position => all.tell({ durable: position }),
    async renew(next) {
      const full = { ...next, acknowledging: storage.acknowledging };
      await all.renew(full);
      try {
        await suspects.renew(full);
      } catch (error) {
        await all.renew(current).catch(() => {});
        throw error;
      }
      current = full;
    },
    get trouble() {
      if (!all.running) return 'the pipeline is not running';
      if (suspects.refused)
        return 'messages that ended a thread are not worked on: the system gives no other';
      return stuck === null ? null : `what was accepted cannot be taken in: ${stuck}`;
    },
    async [Symbol.asyncDispose]() {
      stopListening();
      await Promise.all([all[Symbol.asyncDispose](), suspects[Symbol.asyncDispose]()]);
    },
  };
}
