/** At the start, and when a file changes: each platform is told what the channel files say of the accounts themselves. Nothing waits for it. */
import type { Logger } from '../telemetry/logger.ts';
import type { Mount } from './channels.ts';

const WITHIN_MS = 30_000;

export interface Introductions extends AsyncDisposable {
  begin(mounts: readonly Mount[]): void;
}

export function introduceChannels(logger: Logger): Introductions {
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  async function introduce({ channel }: Mount): Promise<void> {
    const fault = await channel.introduce?.(AbortSignal.any([stop.signal, AbortSignal.timeout(WITHIN_MS)]));
    if (fault === undefined || fault === null || stop.signal.aborted) return;
    const { code, detail } = fault;
    logger.warn(
      { channel: channel.id, code, detail },
      'the account’s profile could not be set at its platform',
    );
  }
  return {
    begin(mounts) {
      for (const mount of mounts) {
        const introduction = introduce(mount).finally(() => underWay.delete(introduction));
        underWay.add(introduction);
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(underWay);
    },
  };
}
