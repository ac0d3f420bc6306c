/** The way in: webhooks, doors of channels, the API. Started last, so nothing is accepted before all stands behind it. */
import type { Express } from 'express';
import type { Door } from '../channels/front-door.ts';
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

export async function startFront(parts: FrontParts): Promise<RunningServer> {
  const { config, storage, mounted, logger, platforms } = parts;
  const { store, log } = storage;
  await using opened = new AsyncDisposableStack();
  const accepting = { log, newId, now: Date.now };
  const doors = new Map<string, Door>();
  for (const [id, { channel }] of mounted) {
    const hall = hallOf(channel, { ...accepting, store, shelf: parts.media.shelf });
    if (channel.open !== undefined) doors.set(id, channel.open(hall));
  }
  const webhooks = webhookHandler({
    ...accepting,
    channels: new Map(
      [...mounted].map(([id, { channel, definition }]) => [
        id,
        { channel, maxBodyBytes: definition.maxBodyBytes },
      ]),
    ),
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
    await startServer({ host: config.http.host, port: config.http.port, doors, webhooks, app }),
  );
  // Closed before the server, which would wait for their sockets for ever.
  for (const door of doors.values()) opened.use(door);
  const resources = opened.move();
  return { url: server.url, port: server.port, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
