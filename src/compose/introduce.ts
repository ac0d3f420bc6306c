/**
 * At the start, and when a file changes: each platform is told what the channel files say of the accounts themselves.
 * Nothing waits for it.
 */
import { accountKey } from '../storage/turns.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Mount } from './channels.ts';

const WITHIN_MS = 30_000;

export interface Introductions extends AsyncDisposable {
  begin(mounts: readonly Mount[]): void;
}

/** Begins with these. */
export function introduceChannels(first: readonly Mount[], logger: Logger): Introductions {
  const stop = new AbortController();
  const underWay = new Set<Promise<void>>();
  const latest = new Map<string, AbortController>();
  async function introduce({ channel }: Mount): Promise<void> {
    // What an older file says must not arrive behind this one.
    const name = accountKey(channel.tenant, channel.id);
    latest.get(name)?.abort();
    const own = new AbortController();
    latest.set(name, own);
    const signal = AbortSignal.any([stop.signal, own.signal, AbortSignal.timeout(WITHIN_MS)]);
    const fault = await channel.introduce?.(signal);
    if (fault === undefined || fault === null || stop.signal.aborted || own.signal.aborted) return;
    const { code, detail } = fault;
    logger.warn(
      { channel: channel.id, code, detail },
      'the account’s profile could not be set at its platform',
    );
  }
  function begin(mounts: readonly Mount[]): void {
    for (const mount of mounts) {
      const introduction = introduce(mount).finally(() => underWay.delete(introduction));
      underWay.add(introduction);
    }
  }
  begin(first);
  return {
    begin,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(underWay);
    },
  };
}
