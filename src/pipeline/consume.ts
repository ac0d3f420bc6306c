/** From the work queue through the stages and back: results are stored together where they come together. */

import { runClaims } from '../storage/claims.ts';
import { persist } from '../storage/persist.ts';
import type { Store } from '../storage/store.ts';
import type { Claimant, WorkItem, WorkResult } from '../storage/work-queue.ts';
import { type RunOptions, runPipeline } from './run.ts';

export interface PipelineConsumer extends RunOptions {
  readonly store: Store;
  /** How many messages are worked on side by side; never two of one conversation. */
  readonly width: number;
  readonly claimant: Claimant;
  /** Nothing more is claimed. */
  readonly stop: AbortSignal;
  /** What is under way is not waited for: it is worked on again after the next start. */
  readonly cut: AbortSignal;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
  /** Told how many messages are under way, from their claim to their stored result, when that changes. */
  readonly onUnderWay?: (count: number) => void;
}

/** Runs until the signal; resolves when everything claimed has a stored result. */
export function consumeWork(consumer: PipelineConsumer): Promise<void> {
  const { store, stop, cut, claimant } = consumer;
  const finish = together((results: readonly WorkResult[]) => persist(() => store.finishWork(results), cut));
  /** Again without the others of its turn; where it is what no store keeps, as a dead letter. */
  async function alone(result: WorkResult): Promise<void> {
    const reason = 'its result could not be stored';
    const storeOne = (one: WorkResult): Promise<void> => persist(() => store.finishWork([one]), cut);
    try {
      await storeOne(result).catch(error => {
        if (cut.aborted) throw error;
        return storeOne({ ...result, outcome: { kind: 'dead', reason }, facts: {} });
      });
    } catch (error) {
      // Before the end of the process it is worked out again after it; else the thread ends, and gives it back.
      if (!cut.aborted) throw error;
    }
  }
  let underWay = 0;
  const count = (by: 1 | -1): void => {
    underWay += by;
    consumer.onUnderWay?.(underWay);
  };
  return runClaims<WorkItem>({
    width: consumer.width,
    claim: limit => store.claimWork(limit, claimant),
    onReady: wake => store.onReady(claimant.suspects ? 'suspects' : 'work', wake),
    stop,
    async work(item) {
      count(1);
      consumer.crash('CP6');
      const result = await runPipeline(item, consumer, cut);
      consumer.crash('CP8');
      await finish(result).catch(() => alone(result));
      count(-1);
      consumer.crash('CP9');
    },
  });
}

/** Calls that come in the same turn of the loop become one. */
function together<T>(run: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  let waiting: T[] = [];
  let batch: Promise<void> | null = null;
  return item => {
    waiting.push(item);
    batch ??= new Promise<void>(resolve => {
      setImmediate(resolve);
    }).then(() => {
      const items = waiting;
      waiting = [];
      batch = null;
      return run(items);
    });
    return batch;
  };
}
