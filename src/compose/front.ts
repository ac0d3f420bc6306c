/** The way in: webhooks, doors of channels, the API. Started last, so nothing is accepted before all stands behind it. */
import type { Express } from 'express';
import type { Channel } from '../channels/channel.ts';
import type { Door, Hall } from '../channels/front-door.ts';
import type { HubConfig } from '../config/config.ts';
import { createApp } from '../server/app.ts';
import { hallOf } from '../server/hall.ts';
import type { Health } from '../server/health.ts';
import { type RunningServer, startServer } from '../server/server.ts';
import { webhookHandler } from '../server/webhooks.ts';
import { rawRequest } from '../storage/embedded/journal/reader.ts';
import type { Embedded } from '../storage/embedded/open.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Mounted } from './channels.ts';
import type { OpenMedia } from './media.ts';
import { newId } from './new-id.ts';
import type { PlatformWatch } from './platforms.ts';

export interface FrontParts {
  readonly config: HubConfig;
  readonly storage: Embedded;
  readonly mounted: Mounted;
  readonly media: OpenMedia;
  readonly token: string;
  readonly logger: Logger;
  readonly crash: (point: string) => void;
  readonly mountPage: (app: Express) => void;
  readonly health: () => Health;
  readonly draining: () => boolean;
  readonly platforms: Pick<PlatformWatch, 'refused' | 'verified'>;
  /** True once all that was accepted until now can be looked up; false when it could not within the time. */
  readonly caughtUp: (withinMs: number) => Promise<boolean>;
}

export interface Front extends RunningServer {
  /** After the channels changed: doors of those that did are closed, and their people come again. */
  refresh(): void;
}

export async function startFront(parts: FrontParts): Promise<Front> {
  const { config, storage, mounted, logger, platforms } = parts;
  const { store, log } = storage;
  await using opened = new AsyncDisposableStack();
  const accepting = { log, newId, now: Date.now };
  const doors = openDoors(mounted, channel =>
    hallOf(channel, { ...accepting, store, shelf: parts.media.shelf }),
  );
  const webhooks = webhookHandler({
    ...accepting,
    channelOf: mounted.get,
    draining: parts.draining,
    onRefused(channel, reason) {
      logger.debug({ channel, reason }, 'a webhook was refused');
      platforms.refused(channel, reason);
    },
    onVerified: platforms.verified,
    crash: parts.crash,
  });
  const app = createApp({
    ...accepting,
    store,
    token: parts.token,
    health: parts.health,
    tenantOf: id => mounted.get(id)?.file.tenant,
    caughtUp: parts.caughtUp,
    shelf: parts.media.shelf,
    links: parts.media.links,
    maxBytes: config.media.maxBytes,
    tenant: config.tenant,
    raw: (position, origin) => rawRequest(storage.journalDir, position, origin),
    mountPage: parts.mountPage,
    onError: error => logger.error({ err: error }, 'a request failed on a bug'),
  });
  const server = opened.use(
    await startServer({ host: config.http.host, port: config.http.port, doors: doors.open, webhooks, app }),
  );
  // Closed before the server, which would wait for their sockets for ever.
  opened.use(doors);
  const resources = opened.move();
  return {
    url: server.url,
    port: server.port,
    refresh: doors.refresh,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

interface Doors extends AsyncDisposable {
  readonly open: ReadonlyMap<string, Door>;
  refresh(): void;
}

function openDoors(mounted: Mounted, hall: (channel: Channel) => Hall): Doors {
  const open = new Map<string, Door>();
  const owners = new Map<string, Channel>();
  const closing = new Set<Promise<void>>();
  function close(id: string, door: Door): void {
    open.delete(id);
    const closed = Promise.resolve(door[Symbol.asyncDispose]()).finally(() => closing.delete(closed));
    closing.add(closed);
  }
  function refresh(): void {
    for (const [id, door] of open) if (mounted.get(id)?.channel !== owners.get(id)) close(id, door);
    for (const { file, channel } of mounted.values()) {
      if (channel.open === undefined || open.has(file.id)) continue;
      open.set(file.id, channel.open(hall(channel)));
      owners.set(file.id, channel);
    }
  }
  refresh();
  return {
    open,
    refresh,
    async [Symbol.asyncDispose]() {
      for (const [id, door] of open) close(id, door);
      await Promise.all(closing);
    },
  };
}
