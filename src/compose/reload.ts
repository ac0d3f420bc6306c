/**
 * The configuration, read again while the hub runs: taken as a whole or not at all. What can change is what the
 * channel files and the assistant say; the rest is named, and waits for a restart.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ChannelConfig, HubConfig } from '../config/config.ts';
import type { Problem } from '../config/problem.ts';
import type { Warning } from '../server/warnings.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ChannelChanges, ChannelTable, PlannedChannels } from './channels.ts';

/** What was read: a configuration, or null and what is wrong. */
export interface Reading {
  readonly config: HubConfig | null;
  readonly problems: readonly Problem[];
}

export type Reloaded =
  | ({ readonly kind: 'applied'; readonly version: number } & ChannelChanges)
  | { readonly kind: 'unchanged'; readonly version: number }
  /** Nothing of it was taken. `because` is for people: file, line and key, or what only a restart can change. */
  | { readonly kind: 'refused'; readonly version: number; readonly because: readonly string[] };

export interface Reloader {
  /** As it is now. */
  readonly config: HubConfig;
  /** From 1; one more with each that was taken. */
  readonly version: number;
  /** One after the other, in the order of the calls. */
  reload(reading: Reading): Promise<Reloaded>;
  /** While what was read last is not what the hub runs on. */
  warning(): Warning | null;
}

export interface ReloadParts {
  readonly config: HubConfig;
  readonly table: ChannelTable;
  readonly logger: Logger;
  /**
   * Everything before the swap: messages are read and worked on by the new files when it resolves. Rejects, in words
   * that anybody may read, where that cannot be, and then all is as it was.
   */
  readonly prepare: (next: HubConfig, channels: readonly ChannelConfig[]) => Promise<void>;
  /** Right behind the swap, in the same turn of the loop. */
  readonly swapped: (changes: PlannedChannels) => void;
}

const CODE = 'config_refused';
const MAX_LINES = 20;

export function reloader({ table, logger, prepare, swapped, ...parts }: ReloadParts): Reloader {
  // A platform of ours is played as the files were at the start.
  const played = new Map(parts.config.channels.filter(isPlayed).map(file => [file.id, file.adapter]));
  let { config } = parts;
  let version = 1;
  let refusal: Warning | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function refuse(because: readonly string[]): Reloaded {
    const more = because.length > 1 ? ` (and ${because.length - 1} more)` : '';
    refusal = `${CODE}: ${because[0]}${more}; the hub goes on with version ${version} of its configuration`;
    for (const problem of because.slice(0, MAX_LINES))
      logger.error({ code: CODE, problem, version }, 'the configuration that was read again is not used');
    return { kind: 'refused', version, because };
  }

  async function take(reading: Reading): Promise<Reloaded> {
    const next = reading.config;
    if (next === null) return refuse(reading.problems.map(shown));
    const atStart = onlyAtStart(config, next, played);
    if (atStart.length > 0) return refuse(atStart);
    if (isDeepStrictEqual(config, next)) {
      refusal = null;
      return { kind: 'unchanged', version };
    }
    let planned: PlannedChannels;
    try {
      planned = table.plan(next.channels);
    } catch (error) {
      // An adapter from outside, on what its schema let pass. Its words may quote a secret of the file.
      const name = error instanceof Error ? error.name : 'something that is no error';
      return refuse([`${next.file}: an adapter cannot make a channel of it: ${name}`]);
    }
    const failed = await prepare(next, planned.files).then(
      () => null,
      (error: Error) => error.message,
    );
    if (failed !== null) return refuse([`${next.file}: the pipeline cannot work with it: ${failed}`]);
    refusal = null;
    planned.apply();
    config = next;
    version++;
    swapped(planned);
    const { added, changed, removed } = planned;
    logger.info({ version, added, changed, removed }, 'the configuration was read again and is used');
    return { kind: 'applied', version, added, changed, removed };
  }

  return {
    get config() {
      return config;
    },
    get version() {
      return version;
    },
    reload(reading) {
      const taken = last.then(() => take(reading));
      last = taken.catch(() => {});
      return taken;
    },
    warning: () => refusal,
  };
}

/** Our own web chat needs nobody in the platform's place. */
const isPlayed = ({ enabled, sandbox, type }: ChannelConfig): boolean => enabled && sandbox && type !== 'web';

/** Secrets are masked in it, as in all problems. */
function shown({ code, message, file, place, help }: Problem): string {
  const where = place === undefined ? file : `${place.file}:${place.line}:${place.column}`;
  return `${where}: ${message} [${code}]${help === undefined ? '' : `; ${help}`}`;
}

/** What of `next` a running hub cannot take on, as people know it. */
function onlyAtStart(
  now: HubConfig,
  next: HubConfig,
  played: ReadonlyMap<string, ChannelConfig['adapter']>,
): readonly string[] {
  const { channels: _, assistant: __, ...fixed } = now;
  const keys = (Object.keys(fixed) as (keyof typeof fixed)[]).filter(
    key => !isDeepStrictEqual(now[key], next[key]),
  );
  return [
    ...keys.map(key => `${next.file}: ${IN_FILE[key] ?? key} changed, which takes a restart`),
    ...next.channels
      .filter(file => isPlayed(file) && !isDeepStrictEqual(played.get(file.id), file.adapter))
      .map(({ file }) => `${file}: the platform that the sandbox plays for it takes a restart`),
  ];
}

/** Where the key in the file has another name. */
const IN_FILE: Readonly<Partial<Record<keyof HubConfig, string>>> = { tenantRate: 'tenants.rate_limit' };
