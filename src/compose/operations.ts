/** Operations on dead letters, and how what could not be read is read again: by the adapters as they are now. */
import { Unreadable } from '../channels/channel.ts';
import { runOperations } from '../delivery/operations.ts';
import { inForm } from '../pipeline/event-form.ts';
import { NOT_STORABLE, readRecord, unreadable } from '../pipeline/read.ts';
import type { Quarantined } from '../storage/dead-letters.ts';
import { journalReader } from '../storage/embedded/journal/reader.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import { type LogRecord, parsePosition } from '../storage/log.ts';
import type { ReadRecord } from '../storage/store.ts';
import type { Mounted } from './channels.ts';
import { newId } from './new-id.ts';

export interface OperationsParts {
  readonly storage: Embedded;
  readonly mounted: Mounted;
  readonly crash: (point: string) => void;
  readonly onFatal: (error: Error) => void;
}

export function startOperations({ storage, mounted, crash, onFatal }: OperationsParts): AsyncDisposable {
  const { store, journalDir } = storage;
  const reader = journalReader(journalDir);
  const stop = new AbortController();
  const options = {
    readerOf(tenant: string, id: string) {
      const found = mounted.get(id);
      return found?.file.tenant === tenant ? found.channel : undefined;
    },
    isUnreadable: (error: unknown): boolean => error instanceof Unreadable,
  };
  const recordWith =
    (eventsOf: (record: LogRecord) => ReadRecord['events']) =>
    ({ raw, ...origin }: Quarantined): ReadRecord | null => {
      const position = parsePosition(raw);
      const record = reader.at(position, origin);
      if (record === null) return null;
      const { id, at, tenant, channel } = record;
      return { id, at, tenant, channel, position, events: eventsOf(record) };
    };
  const read = recordWith(record => inForm(readRecord(record, options)));
  const nothing = recordWith(() => unreadable(NOT_STORABLE));
  const running = runOperations({ store, read, unreadable: nothing, newId, stop: stop.signal, crash });
  running.catch(onFatal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
