/** What is done at the start and hour by hour until the hub stops; what fails is told, and tried again an hour later. */
import { pause } from '../storage/persist.ts';
import type { Logger } from '../telemetry/logger.ts';

const HOUR_MS = 3_600_000;

/** `problem`: what the log says when it fails. */
export function hourly(
  work: (stop: AbortSignal) => Promise<void>,
  problem: string,
  logger: Pick<Logger, 'warn'>,
): AsyncDisposable {
  const stop = new AbortController();
  async function keepWorking(): Promise<void> {
    while (!stop.signal.aborted) {
      await work(stop.signal).catch(error => {
        if (!stop.signal.aborted) logger.warn({ err: error }, problem);
      });
      await pause(HOUR_MS, stop.signal);
    }
  }
  const running = keepWorking();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
