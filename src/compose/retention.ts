/**
 * Forgetting what is over and old, hour by hour: requests as they came, messages, keys, what operators did. Media
 * has its own.
 */
import type { Ages } from '../clock/clock.ts';
import type { HubConfig } from '../config/config.ts';
import { pruneJournal } from '../storage/embedded/journal/prune.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import { pause } from '../storage/persist.ts';
import type { Logger } from '../telemetry/logger.ts';
import { hourly } from './hourly.ts';

const AT_ONCE = 200;
/** Rows of what operators did are small. */
const ROWS_AT_ONCE = 2_000;
/** Between two batches, so that other work of the store comes in between. */
const BREATH_MS = 20;

export function startRetention(
  config: HubConfig,
  storage: Embedded,
  ages: Pick<Ages, 'ago'>,
  logger: Logger,
  crash: (point: string) => void = () => {},
): AsyncDisposable {
  const { retention } = config;
  const { store } = storage;

  /** Until nothing of it is left. */
  async function batches(forgetSome: () => Promise<number>, stop: AbortSignal): Promise<void> {
    while (!stop.aborted && (await forgetSome()) > 0) await pause(BREATH_MS, stop);
  }

  async function forget(stop: AbortSignal): Promise<void> {
    const before = { messages: ages.ago(retention.messagesMs), keys: ages.ago(retention.dedupeMs) };
    await batches(async () => {
      const { inbound, outbound } = await store.expire(before, AT_ONCE);
      crash('CP16');
      return inbound + outbound;
    }, stop);
    const records = { operations: ages.ago(retention.operationsMs), audit: ages.ago(retention.auditMs) };
    await batches(() => store.expireOperatorRecords(records, ROWS_AT_ONCE), stop);
    pruneJournal(storage.journalDir, ages.ago(retention.rawMs), await store.syncedPosition());
  }
  return hourly(forget, 'what is old could not be forgotten', logger);
}
