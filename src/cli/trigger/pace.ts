/** Many calls: some at once, or so many per second. */
import { setTimeout as sleep } from 'node:timers/promises';

const AT_ONCE = 8;

/** Results in the order of their numbers. Without a rate, a new one begins whenever one of a few has ended. */
export async function eachAtPace<T>(
  count: number,
  perSecond: number | undefined,
  run: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  if (perSecond === undefined)
    return inBatches(
      Array.from({ length: count }, (_, index) => index),
      run,
    );
  const started = performance.now();
  const running: Promise<T>[] = [];
  for (let index = 0; index < count; index++) {
    const waitMs = started + (index * 1_000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    running.push(run(index));
  }
  return Promise.all(running);
}

export async function inBatches<From, To>(
  items: readonly From[],
  run: (item: From) => Promise<To>,
): Promise<readonly To[]> {
  const results: To[] = [];
  const entries = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
