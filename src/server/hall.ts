/** What a channel with a front door of its own gets: its accept, as durable as a webhook's, and its feeds. */
import type { Channel, Hall } from '../channels/channel.ts';
import type { Log } from '../storage/log.ts';
import type { Store } from '../storage/store.ts';

export interface HallOptions {
  readonly log: Log;
  readonly store: Store;
  readonly newId: () => string;
  readonly now: () => number;
}

export function hallOf(channel: Channel, { log, store, newId, now }: HallOptions): Hall {
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
    feed: (conversation, after, limit) => store.feed({ tenant, channel: id, conversation, after, limit }),
  };
}
