/** The process: read the configuration, start the hub, say where it is, stop on a signal. */
import module from 'node:module';
import { resolve } from 'node:path';
import { definitions } from './channels/index.ts';
import { EXIT } from './cli/exit.ts';
import { apiToken } from './config/api-token.ts';
import { readEnvironment } from './config/environment.ts';
import { checkConfig, loadConfig } from './config/load.ts';
import { ConfigError } from './config/problem.ts';
import { renderProblems } from './config/render.ts';
import { ALL_ROLES, type Hub, startHub } from './hub.ts';
import { reloadOnSignal } from './reload.ts';
import { mountPage } from './server/page/mount.ts';
import { FilesGone } from './storage/embedded/gone.ts';
import { FolderHeld } from './storage/embedded/open.ts';
import { banner } from './telemetry/banner.ts';
import { createLogger } from './telemetry/logger.ts';
import { stallBook } from './telemetry/stalls/book.ts';
import { type MainThreadWatch, watchMainThread } from './telemetry/stalls/main-thread.ts';
import { packageVersion } from './version.ts';

export interface RunOptions {
  /** hub.yaml. */
  readonly config: string;
  readonly quiet?: boolean;
}

/** Past this a second signal's worth of patience is used up. */
const STOP_LIMIT_MS = 10_000;

/** Runs until a signal; resolves with the exit code. */
export async function run(options: RunOptions): Promise<number> {
  const environment = readEnvironment();
  const loading = { file: resolve(options.config), definitions, env: environment.variables };
  const color =
    environment.color === 'always' || (environment.color === 'auto' && process.stderr.isTTY === true);
  const ended = Promise.withResolvers<number>();
  let hub: Hub;
  const config = readConfig();
  if (config === null) return EXIT.config;
  const logger = createLogger({ ...config.log, color });
  const onFatal = (error: Error): void => {
    // Where it is for the operator to mend, the way through our code says nothing.
    if (error instanceof FilesGone) logger.fatal(`the hub cannot go on: ${error.message}`);
    else logger.fatal({ err: error }, 'the hub cannot go on');
    ended.resolve(EXIT.problems);
  };
  const stalls = stallBook(logger);
  let turns: MainThreadWatch | null = null;
  // From here on: a signal while the parts are starting waits until they stand, and then they end well.
  for (const signal of stopSignals()) {
    process.once(signal, () => {
      logger.info({ signal }, 'stopping');
      ended.resolve(0);
    });
  }
  const standing = Promise.withResolvers<Hub>();
  using reloading =
    process.stdin.isTTY === true
      ? null
      : reloadOnSignal({
          read: () => checkConfig(loading),
          hub: standing.promise,
          onBug: error =>
            logger.error({ err: error }, 'the configuration could not be read again, for a bug'),
        });
  try {
    hub = await startHub(config, {
      logger,
      token: apiToken(config.data, config),
      assistant: config.assistant?.rules ?? null,
      version: packageVersion(),
      mountPage,
      roles: ALL_ROLES,
      crash: environment.crash,
      onFatal,
      stalls,
      eventLoop: () => turns?.delay() ?? null,
    });
  } catch (error) {
    process.stderr.write(`patchbay: ${startFailure(error, config.http)}\n`);
    return error instanceof FolderHeld ? EXIT.held : EXIT.problems;
  }
  // What starting takes is no stall: nobody waits for it.
  await using watch = watchMainThread(
    stall => stalls.tell('main', stall),
    error => logger.warn({ err: error }, 'the main thread is not watched for stalls any more'),
  );
  turns = watch;
  standing.resolve(hub);
  // Otherwise it is written at the end alone, and a process that is killed leaves the next one nothing.
  module.flushCompileCache();
  if (options.quiet !== true)
    process.stdout.write(banner(hub.health(), hub.url, config, process.stdout.isTTY === true && color));
  const code = await ended.promise;
  setTimeout(() => process.exit(EXIT.problems), STOP_LIMIT_MS).unref();
  reloading?.[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
  return code;

  function readConfig() {
    try {
      return loadConfig(loading);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      process.stderr.write(renderProblems(error.problems, { color }));
      return null;
    }
  }
}

/** A terminal that is closed says so with SIGHUP: whoever started the hub by hand means it to end. */
const stopSignals = (): readonly NodeJS.Signals[] =>
  process.stdin.isTTY === true ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

function startFailure(error: unknown, http: { readonly host: string; readonly port: number }): string {
  if (error instanceof FolderHeld)
    return `${error.message}; stop it first, or give this one its own with PATCHBAY_DATA`;
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `port ${http.port} on ${http.host} is taken; set PORT or http.listen to another`;
  if (code === 'EACCES' && syscall === 'listen') return `not allowed to listen on ${http.host}:${http.port}`;
  return `cannot start: ${message}`;
}
