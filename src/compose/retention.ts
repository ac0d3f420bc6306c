/** Forgetting what is over and old, hour by hour: requests as they came, messages, keys. Media has its own. */
import type { Ages } from '../clock/clock.ts';
import type { HubConfig } from '../config/config.ts';
import { pruneJournal } from '../storage/embedded/journal/prune.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import { pause } from '../storage/persist.ts';
import type { Logger } from '../telemetry/logger.ts';

const LOOK_MS = 3_600_000;
const AT_ONCE = 200;
/** Between two batches, so that other work of the store comes in between. */
const BREATH_MS = 20;

export function startRetention(
  config: HubConfig,
  storage: Embedded,
  ages: Pick<Ages, 'ago'>,
  logger: Logger,
): AsyncDisposable {
  const stop = new AbortController();
  const { retention } = config;
  async function forget(): Promise<void> {
    const before = { messages: ages.ago(retention.messagesMs), keys: ages.ago(retention.dedupeMs) };
    const { store } = storage;
    for (let more = true; more && !stop.signal.aborted; ) {
      const { inbound, outbound } = await store.expire(before, AT_ONCE);
      more = inbound + outbound > 0;
      await pause(BREATH_MS, stop.signal);
    }
    pruneJournal(storage.journalDir, ages.ago(retention.rawMs), await store.position());
  }
  async function keepForgetting(): Promise<void> {
    while (!stop.signal.aborted) {
      await forget().catch(error => {
        if (!stop.signal.aborted) logger.warn({ err: error }, 'what is old could not be forgotten');
      });
      await pause(LOOK_MS, stop.signal);
    }
  }
  const running = keepForgetting();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
