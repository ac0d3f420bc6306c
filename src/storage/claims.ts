/**
 * The loop of a consumer: claim what is ready, work on it side by side, claim again when some of it is done.
 * Woken by the store, with a slow look now and then in case a wake-up was lost.
 */
import { createBell } from './bell.ts';
import { persist } from './persist.ts';

export interface ClaimLoop<Item> {
  /** How many are worked on side by side. */
  readonly width: number;
  /** How many of those under way take no place at the moment. */
  readonly aside?: () => number;
  claim(limit: number): Promise<readonly Item[]>;
  /** Must not reject; what fails is a value for the store. */
  work(item: Item): Promise<void>;
  onReady(wake: () => void): () => void;
  readonly stop: AbortSignal;
}

const LOOK_AGAIN_MS = 1_000;

/** Runs until the signal; resolves when everything claimed has been worked on. */
export async function runClaims<Item>(loop: ClaimLoop<Item>): Promise<void> {
  const { stop } = loop;
  const working = new Set<Promise<void>>();
  const bell = createBell();
  const stopListening = loop.onReady(bell.ring);
  while (!stop.aborted) {
    const free = loop.width + (loop.aside?.() ?? 0) - working.size;
    const items = free > 0 ? await persist(() => loop.claim(free), stop).catch(ifStopped(stop, [])) : [];
    for (const item of items) {
      const work = loop.work(item).finally(() => {
        working.delete(work);
        bell.ring();
      });
      working.add(work);
    }
    if (items.length === 0) await bell.rest(LOOK_AGAIN_MS, stop);
  }
  stopListening();
  await Promise.all(working);
}

const ifStopped =
  <T>(stop: AbortSignal, value: T) =>
  (error: unknown): T => {
    if (stop.aborted) return value;
    throw error;
  };
