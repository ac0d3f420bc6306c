/** What a channel with a front door of its own gets: its accept, as durable as a webhook's, and its feeds. */
import type { Channel } from '../channels/channel.ts';
import type { GivenFile, Hall, KeptFile } from '../channels/front-door.ts';
import type { Shelf } from '../media/shelf.ts';
import type { Log } from '../storage/log.ts';
import { type Store, StoreUnavailable } from '../storage/store.ts';

export interface HallOptions {
  readonly log: Log;
  readonly store: Store;
  readonly newId: () => string;
  readonly now: () => number;
  readonly shelf?: Pick<Shelf, 'keep'>;
}

export function hallOf(channel: Channel, { log, store, newId, now, shelf }: HallOptions): Hall {
  const { tenant, id } = channel;
  return {
    async accept(request) {
      const record = {
        id: newId(),
        at: now(),
        source: 'door' as const,
        tenant,
        channel: id,
        query: request.query,
        headers: request.headers,
        body: request.body,
      };
      const appended = await log.append(record);
      return appended.ok ? { ok: true, id: record.id } : appended;
    },
    ...(shelf === undefined ? {} : { keep: (file, signal) => keepIn(shelf, tenant, file, signal) }),
    feed: (conversation, after, limit) => store.feed({ tenant, channel: id, conversation, after, limit }),
  };
}

/** A disk or a bucket that takes nothing now may do so later. */
async function keepIn(
  shelf: Pick<Shelf, 'keep'>,
  tenant: string,
  file: GivenFile,
  signal: AbortSignal,
): Promise<KeptFile> {
  try {
    const kept = await shelf.keep({ ...file, tenant, takes: type => file.takes(type) }, signal);
    if (!kept.ok) return kept;
    const { id, name, type, bytes } = kept.view;
    return { ok: true, id, name, type: type ?? 'application/octet-stream', bytes: bytes ?? 0 };
  } catch (error) {
    if (error instanceof StoreUnavailable) return { ok: false, reason: 'unavailable' };
    throw error;
  }
}
