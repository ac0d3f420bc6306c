/** Media: where they are kept, how they get there, when they go. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Ages } from '../clock/clock.ts';
import type { HubConfig } from '../config/config.ts';
import { readOrCreate } from '../config/create-once.ts';
import { consumeMedia } from '../media/consume.ts';
import { type Guard, guard } from '../media/guard.ts';
import { type MediaLinks, mediaLinks } from '../media/link.ts';
import { localStore } from '../media/local.ts';
import { removeOldMedia } from '../media/retention.ts';
import { s3Store } from '../media/s3.ts';
import { mediaShelf, type Shelf } from '../media/shelf.ts';
import { openSpool, type Spool } from '../media/spool.ts';
import type { MediaStore } from '../media/store.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Mount, Mounted } from './channels.ts';
import type { OpenSandbox } from './sandbox.ts';

const FETCHES_AT_ONCE = 8;
const LOOK_FOR_OLD_MS = 60 * 60_000;

export interface OpenMedia extends AsyncDisposable {
  readonly shelf: Shelf;
  readonly links: MediaLinks;
  readonly store: MediaStore;
  readonly spool: Spool;
}

export async function openMedia(config: HubConfig, books: Store): Promise<OpenMedia> {
  const dir = join(config.data, 'media');
  const spool = await openSpool(join(dir, 'incoming'));
  const { s3, maxBytes } = config.media;
  const store = s3 === null ? localStore(join(dir, 'kept')) : s3Store(s3);
  const links = mediaLinks(linkSecret(config.data), Date.now);
  const publicUrl = config.http.publicUrl?.replace(/\/+$/, '') ?? null;
  const newId = (): string => randomBytes(16).toString('hex');
  const shelf = mediaShelf({ books, media: store, spool, links, publicUrl, maxBytes, newId });
  return { shelf, links, store, spool, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/** Made once, so that addresses given out hold over a restart. */
function linkSecret(dataDir: string): string {
  const secret = readOrCreate(join(dataDir, 'media-key'), () => randomBytes(32).toString('base64url'));
  if (secret === undefined) throw new Error(`the data folder ${dataDir} cannot be used`);
  return secret;
}

export interface MediaFetching {
  readonly config: HubConfig;
  readonly books: Store;
  readonly media: OpenMedia;
  readonly mounted: Mounted;
  readonly sandbox: OpenSandbox;
  readonly ages: Pick<Ages, 'ago'>;
  readonly logger: Logger;
  readonly onFatal: (error: Error) => void;
}

/** Fetches what messages name, and removes what is too old. */
export function startMedia(parts: MediaFetching): AsyncDisposable {
  const { config, books, media, mounted, sandbox, ages, logger } = parts;
  const stop = new AbortController();
  const guards = new WeakMap<Mount, Guard>();
  function guardOf(mount: Mount): Guard {
    const standIn = sandbox.baseOf(mount.file);
    const found = guards.get(mount) ?? guard({ trusted: standIn === null ? [] : [standIn] });
    guards.set(mount, found);
    return found;
  }
  const running = consumeMedia({
    store: books,
    media: media.store,
    spool: media.spool,
    source(tenant, id) {
      const found = mounted.known(tenant, id);
      return found === undefined ? undefined : { channel: found.channel, guard: guardOf(found) };
    },
    maxBytes: config.media.maxBytes,
    timeoutMs: config.media.timeoutMs,
    width: FETCHES_AT_ONCE,
    random: Math.random,
    stop: stop.signal,
    onGivenUp: ({ id, channel }, reason) => logger.warn({ media: id, channel, reason }, 'media was given up'),
    onBug: error => logger.error({ err: error }, 'fetching media failed on a bug'),
  });
  running.catch(parts.onFatal);
  const removeOld = (): void => {
    const before = ages.ago(config.retention.mediaMs);
    removeOldMedia(before, { books, media: media.store }, stop.signal).catch(error => {
      if (!stop.signal.aborted) logger.warn({ err: error }, 'old media could not be removed');
    });
  };
  removeOld();
  const timer = setInterval(removeOld, LOOK_FOR_OLD_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stop.abort();
      await running;
    },
  };
}
