/** Operations on dead letters, and how what could not be read is read again: by the adapters as they are now. */
import { Unreadable } from '../channels/channel.ts';
import { type OpenRecord, runOperations } from '../delivery/operations.ts';
import { inForm } from '../pipeline/event-form.ts';
import { NOT_STORABLE, readRecord, unreadable } from '../pipeline/read.ts';
import type { Quarantined } from '../storage/dead-letters.ts';
import { journalReader } from '../storage/embedded/journal/reader.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import { parsePosition } from '../storage/log.ts';
import type { ReadRecord } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Mounted } from './channels.ts';
import { newId } from './new-id.ts';

export interface OperationsParts {
  readonly storage: Embedded;
  readonly mounted: Pick<Mounted, 'known'>;
  readonly logger: Logger;
  readonly crash: (point: string) => void;
  readonly onFatal: (error: Error) => void;
}

const TROUBLE = {
  waits: 'a replay waits: the hub is short of what reading its journal takes',
  stopped: 'an operation on dead letters failed and was stopped; "patchbay dlq resume" goes on with it',
} as const;

export function startOperations({
  storage,
  mounted,
  logger,
  crash,
  onFatal,
}: OperationsParts): AsyncDisposable {
  const { store, journalDir } = storage;
  const reader = journalReader(journalDir);
  const stop = new AbortController();
  const options = {
    readerOf(tenant: string, id: string) {
      return mounted.known(tenant, id)?.channel;
    },
    isUnreadable: (error: unknown): boolean => error instanceof Unreadable,
  };
  const open = ({ raw, ...origin }: Quarantined): OpenRecord | null => {
    const position = parsePosition(raw);
    const record = reader.at(position, origin);
    if (record === null) return null;
    const { id, at, tenant, channel } = record;
    const saying = (events: ReadRecord['events']): ReadRecord => ({
      id,
      at,
      tenant,
      channel,
      position,
      events,
    });
    return {
      read: () => saying(inForm(readRecord(record, options))),
      unreadable: () => saying(unreadable(NOT_STORABLE)),
    };
  };
  const onTrouble = (operation: string, what: 'waits' | 'stopped', cause: string): void =>
    logger.error({ operation, cause }, TROUBLE[what]);
  const running = runOperations({ store, open, onTrouble, newId, stop: stop.signal, crash });
  running.catch(onFatal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      // What it may have failed with was told.
      await running.catch(() => {});
    },
  };
}
