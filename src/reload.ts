/** SIGHUP: the files are read again, and the hub takes what they say, or says why not. */
import { isDeepStrictEqual } from 'node:util';
import type { Reading, Reloaded } from './compose/reload.ts';

export interface ReloadOptions {
  /** Never throws but for a bug. */
  readonly read: () => Reading;
  /** Resolves when the hub stands: what is signalled before is followed then. */
  readonly hub: Promise<{ reload(reading: Reading): Promise<Reloaded> }>;
  /** Reading them failed on a bug. */
  readonly onBug: (error: unknown) => void;
}

/** Between two readings that have to agree: a file that is just being written may look complete. */
const SETTLE_MS = 200;
const MAX_READINGS = 25;

/** Until it is disposed. Signals that come while one is followed are followed by one more reading. */
export function reloadOnSignal(options: ReloadOptions): Disposable {
  let isWanted = false;
  let isRunning = false;
  let isOver = false;
  async function follow(): Promise<void> {
    const hub = await options.hub;
    while (isWanted && !isOver) {
      isWanted = false;
      try {
        const reading = await settledReading(options.read);
        if (!isOver) await hub.reload(reading);
      } catch (error) {
        options.onBug(error);
      }
    }
  }
  const onSignal = (): void => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    void follow().finally(() => {
      isRunning = false;
    });
  };
  process.on('SIGHUP', onSignal);
  return {
    [Symbol.dispose]() {
      isOver = true;
      process.off('SIGHUP', onSignal);
    },
  };
}

/** The first that is read twice in a row; of files that never rest, the last. */
export async function settledReading(read: () => Reading, settleMs = SETTLE_MS): Promise<Reading> {
  let reading = read();
  for (let readings = 1; readings < MAX_READINGS; readings++) {
    await new Promise(resolve => setTimeout(resolve, settleMs));
    const again = read();
    if (isDeepStrictEqual(again, reading)) return again;
    reading = again;
  }
  return reading;
}
