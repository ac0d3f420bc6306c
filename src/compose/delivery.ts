/** Delivery, and how it ends well. */
import { consumeSends } from '../delivery/consume.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Mounted } from './channels.ts';
import { newId } from './new-id.ts';

const SENDS_AT_ONCE = 64;
/** What is under way when the hub stops may take this long to end by itself; then it is cut off. */
const FINISH_MS = 6_000;

export interface DeliveryParts {
  readonly store: Store;
  readonly mounted: Mounted;
  readonly logger: Logger;
  readonly crash: (point: string) => void;
  readonly onFatal: (error: Error) => void;
}

export function startDelivery({ store, mounted, logger, crash, onFatal }: DeliveryParts): AsyncDisposable {
  const stop = new AbortController();
  const abort = new AbortController();
  const running = consumeSends({
    store,
    outlet(tenant, id) {
      const found = mounted.get(id);
      if (found === undefined || found.file.tenant !== tenant) return undefined;
      const { channel, definition, file } = found;
      return { channel, idempotent: definition.capabilities.idempotent, policy: file.delivery };
    },
    width: SENDS_AT_ONCE,
    newId,
    now: Date.now,
    random: Math.random,
    stop: stop.signal,
    abort: abort.signal,
    crash,
    onBug: error => logger.error({ err: error }, 'a delivery failed on a bug'),
  });
  running.catch(onFatal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      const cut = setTimeout(() => abort.abort(), FINISH_MS);
      await running;
      clearTimeout(cut);
    },
  };
}
