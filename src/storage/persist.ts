/** Storing what must be stored: again and again while the store is unavailable, until told to stop. */
import { StoreUnavailable } from './store.ts';

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 2_000;

/** Rejects with the signal's reason when told to stop, and at once with any error that is not unavailability. */
export async function persist<T>(call: () => Promise<T>, stop: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      stop.throwIfAborted();
      await pause(waitMs, stop);
    }
  }
}

/** Resolves after the time, or at once when the signal says so. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (stop.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
  });
}
