/** The composition root: the only file that knows every part. Read it from top to bottom. */
import { join } from 'node:path';
import type { Express } from 'express';
import { httpClient } from './channels/http.ts';
import { definitions } from './channels/index.ts';
import { mountChannels } from './compose/channels.ts';
import { startClock } from './compose/clock.ts';
import { type DamageBook, damageBook } from './compose/damage.ts';
import { startDelivery } from './compose/delivery.ts';
import { startFront } from './compose/front.ts';
import { healthOf } from './compose/health.ts';
import { introduceChannels } from './compose/introduce.ts';
import { openMedia, startMedia } from './compose/media.ts';
import { watchOldLetters } from './compose/old-letters.ts';
import { startOperations } from './compose/operations.ts';
import { type PipelineBounds, type PipelineThreads, startPipeline } from './compose/pipeline.ts';
import { watchPlatforms } from './compose/platforms.ts';
import { type Reading, type Reloaded, reloader } from './compose/reload.ts';
import { startRetention } from './compose/retention.ts';
import { announce } from './compose/run-file.ts';
import { openSandbox } from './compose/sandbox.ts';
import { swapping } from './compose/swap.ts';
import { withAdapters } from './config/adapters.ts';
import type { ChannelConfig, HubConfig } from './config/config.ts';
import type { Trial } from './pipeline-thread.ts';
import type { AssistantRules } from './processors/ai/rules.ts';
import type { Health } from './server/health.ts';
import { type Embedded, openEmbedded } from './storage/embedded/open.ts';
import { crashPoints } from './telemetry/crash.ts';
import type { Logger } from './telemetry/logger.ts';
import { type StallBook, stallBook } from './telemetry/stalls/book.ts';

export interface Roles {
  /** From the log into the store. */
  readonly intake: boolean;
  readonly pipeline: boolean;
  readonly delivery: boolean;
}

export const ALL_ROLES: Roles = { intake: true, pipeline: true, delivery: true };

export interface HubParts {
  readonly logger: Logger;
  readonly token: string;
  readonly assistant: AssistantRules | null;
  readonly version: string;
  /** The page at `/` and the widget. */
  readonly mountPage: (app: Express) => void;
  /** Which work is done here; the rest waits in the store. For measuring the parts. */
  readonly roles: Roles;
  /** Where the process is to die, for the fault harness. */
  readonly crash: string | undefined;
  /** Other processors and bounds, for finding out what the pipeline survives. */
  readonly trial?: Trial & Partial<PipelineBounds>;
  /** Where the process tells of its main thread's stalls; one of the hub's own unless given. */
  readonly stalls?: StallBook;
  /** How late the main thread's event loop turns, where the process measures it. */
  readonly eventLoop?: () => Health['eventLoop'];
  /** Nothing can go on; the process should end. */
  readonly onFatal: (error: Error) => void;
}

export interface Hub extends AsyncDisposable {
  readonly url: string;
  /** Where the platforms of our own are; null when no channel needs one. */
  readonly sandboxUrl: string | null;
  health(): Health;
  /** Resolves once all that was accepted until now has been taken in. */
  settled(): Promise<void>;
  /** Takes another configuration without a pause, as a whole or not at all. */
  reload(reading: Reading): Promise<Reloaded>;
}

const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** Resolves when webhooks are answered. Rejects when a part cannot start; what had started is closed then. */
export async function startHub(config: HubConfig, parts: HubParts): Promise<Hub> {
  await using opened = new AsyncDisposableStack();
  const { logger, roles, onFatal, stalls = stallBook(parts.logger) } = parts;
  const crash = crashPoints(parts.crash);
  const known = withAdapters(definitions, config.adapters);
  let pipeline: PipelineThreads | null = null;
  const damage = damageBook(logger);
  let isLost = false;

  const storage = opened.use(
    await openStore(config, parts, damage, {
      onDurable(next) {
        durable = next;
        pipeline?.advance(next);
      },
      onLost(error) {
        isLost = true;
        onFatal(error);
      },
    }),
  );
  const { store, log } = storage;
  const clock = opened.use(startClock(config.data, logger, () => !isLost));
  let durable = log.start;

  const sandbox = opened.use(await openSandbox(config, () => server.url, known));
  const media = opened.use(await openMedia(config, store));
  const platforms = watchPlatforms(id => mounted.get(id)?.file.file, logger);
  const http = opened.use(httpClient({ onDate: platforms.seenDate }));
  const mounted = mountChannels(config.channels, { sandbox, http, mediaOf: media.shelf.outbound, known });

  const setupOf = pipelineSetup(config, parts, storage.journalDir);
  const setup = setupOf(config.channels, parts.assistant);
  const books = { logger, damage, stalls };
  if (roles.intake) pipeline = opened.use(startPipeline(setup, storage, () => durable, books, parts.trial));
  const caughtUp = async (withinMs?: number): Promise<boolean> =>
    pipeline === null || store.reached(durable, withinMs);
  const settled = async (): Promise<void> => void (await caughtUp());
  const common = { ages: clock, logger, onFatal };
  const sending = { store, mounted, tenantRate: config.tenantRate, crash, caughtUp, ...common };
  if (roles.pipeline) opened.use(startMedia({ config, books: store, media, mounted, sandbox, ...common }));
  const delivery = roles.delivery ? opened.use(startDelivery(sending)) : null;
  opened.use(startRetention(config, storage, clock, logger, crash));
  const oldLetters = opened.use(watchOldLetters(config.retention.deadLettersMs, { store, ...common }));
  const introductions = roles.delivery ? opened.use(introduceChannels(mounted.values(), logger)) : null;
  opened.use(startOperations({ storage, mounted, logger, crash, onFatal }));

  let draining = false;
  const reloading = reloader({
    config,
    table: mounted,
    logger,
    prepare: async (next, channels) => pipeline?.renew(setupOf(channels, next.assistant?.rules ?? null)),
    swapped: swapping({ mounted, delivery, introductions, front: () => server, draining: () => draining }),
  });
  const health = healthOf({
    config,
    version: parts.version,
    troubles: () => [
      draining ? 'the hub is stopping' : null,
      log.trouble,
      storage.trouble,
      pipeline?.trouble ?? null,
    ],
    damage: () => damage.entries,
    warnings: () => [
      ...platforms.warnings(),
      ...[clock, oldLetters, stalls, reloading].map(one => one.warning()),
    ],
    eventLoop: parts.eventLoop ?? (() => null),
    channels: () => reloading.config.channels,
    configVersion: () => reloading.version,
    closed: () => delivery?.closed() ?? [],
  });
  const { token, mountPage } = parts;
  const storing = { config, storage, mounted, media, caughtUp };
  const answering = { token, logger, crash, mountPage, health, platforms, draining: () => draining };
  const server = opened.use(await startFront({ ...storing, ...answering }));

  opened.defer(announce(config.data, { url: server.url, sandbox: sandbox.url }));
  opened.defer(() => {
    draining = true;
    delivery?.stop();
  });
  const resources = opened.move();
  return {
    url: server.url,
    sandboxUrl: sandbox.url,
    health,
    settled,
    reload: reloading.reload,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Says what the process before left. */
async function openStore(
  config: HubConfig,
  { logger, crash }: HubParts,
  damage: DamageBook,
  listeners: Pick<Parameters<typeof openEmbedded>[0], 'onDurable' | 'onLost'>,
): Promise<Embedded> {
  const { maxSegmentBytes, maxBacklogBytes } = config.journal;
  const bounds = { maxSegmentBytes, maxPendingBytes: MAX_PENDING_BYTES, maxBacklogBytes };
  const storage = await openEmbedded({
    dir: config.data,
    ...bounds,
    ...listeners,
    onProblem: damage.problem,
    crash,
  });
  damage.recovered(storage.recovery);
  const { interrupted } = storage.left;
  if (interrupted > 0) logger.warn({ sends: interrupted }, 'the process before left sends without an end');
  return storage;
}

/** What a pipeline thread is given, for the channels and the assistant of a moment. */
function pipelineSetup(config: HubConfig, parts: HubParts, journalDir: string) {
  const { crash, roles, trial = null } = parts;
  return (channels: readonly ChannelConfig[], assistant: AssistantRules | null) => {
    const files = { journalDir, readingFile: join(config.data, 'reading') };
    return { ...files, channels, assistant, adapters: config.adapters, crash, work: roles.pipeline, trial };
  };
}
