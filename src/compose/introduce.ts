/** At the start: each platform is told what the channel files say of the accounts themselves. Nothing waits for it. */
import type { Logger } from '../telemetry/logger.ts';
import type { Mounted } from './channels.ts';

const WITHIN_MS = 30_000;

export function introduceChannels(mounted: Mounted, logger: Logger): AsyncDisposable {
  const stop = new AbortController();
  const introductions = [...mounted.values()].map(async ({ channel }) => {
    const fault = await channel.introduce?.(AbortSignal.any([stop.signal, AbortSignal.timeout(WITHIN_MS)]));
    if (fault === undefined || fault === null || stop.signal.aborted) return;
    const { code, detail } = fault;
    logger.warn(
      { channel: channel.id, code, detail },
      'the account’s profile could not be set at its platform',
    );
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(introductions);
    },
  };
}
