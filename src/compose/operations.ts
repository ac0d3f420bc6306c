/** Operations on dead letters, and how what could not be read is read again: by the adapters as they are now. */
import { Unreadable } from '../channels/channel.ts';
import { runOperations } from '../delivery/operations.ts';
import { inForm } from '../pipeline/event-form.ts';
import { readRecord } from '../pipeline/read.ts';
import type { Quarantined } from '../storage/dead-letters.ts';
import { journalReader } from '../storage/embedded/journal/reader.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import { parsePosition } from '../storage/log.ts';
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
  function read({ raw, ...origin }: Quarantined): ReadRecord | null {
    const position = parsePosition(raw);
    const record = reader.at(position, origin);
    if (record === null) return null;
    const { id, at: receivedAt, tenant, channel } = record;
    return { id, at: receivedAt, tenant, channel, position, events: inForm(readRecord(record, options)) };
  }
  const running = runOperations({ store, read, newId, stop: stop.signal, crash });
  running.catch(onFatal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
