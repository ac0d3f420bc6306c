/** The channels that are served, by id: looked up anew each time, because a reload may change them while the hub runs. */
import { isDeepStrictEqual } from 'node:util';
import type { ChannelDefinition, OutboundMedia } from '../channels/channel.ts';
import type { HttpClient } from '../channels/http.ts';
import { createChannel, type MountedChannel } from '../channels/index.ts';
import type { ChannelConfig } from '../config/config.ts';
import type { ChannelHealth } from '../server/health.ts';
import { accountKey } from '../storage/turns.ts';
import type { OpenSandbox } from './sandbox.ts';

export interface Mount extends MountedChannel {
  readonly file: ChannelConfig;
}

export interface Mounted {
  /** One that takes webhooks and messages of one's own. */
  get(id: string): Mount | undefined;
  values(): readonly Mount[];
  /** Also one that a reload took away: what it had on its way ends with it. */
  known(tenant: string, id: string): Mount | undefined;
}

/** Ids of channels, by what became of them. */
export interface ChannelChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface ChannelTable extends Mounted {
  /** Those that are not enabled are left out. What did not change stays the same object. */
  plan(files: readonly ChannelConfig[]): PlannedChannels;
}

export interface PlannedChannels extends ChannelChanges {
  /** With those that are or were taken away, for what they have on their way. */
  readonly files: readonly ChannelConfig[];
  /** From now on it is so. */
  apply(): void;
}

export interface ChannelParts {
  readonly sandbox: OpenSandbox;
  readonly http: HttpClient;
  /** What the channels of a tenant may send. */
  readonly mediaOf: (tenant: string) => OutboundMedia;
  readonly known: readonly ChannelDefinition[];
}

export function mountChannels(files: readonly ChannelConfig[], parts: ChannelParts): ChannelTable {
  const keeps = new Map<string, unknown>();
  function keptFor(name: string): <T>(make: () => T) => T {
    return <T>(make: () => T): T => {
      if (!keeps.has(name)) keeps.set(name, make());
      // What is kept by a name was made by the same adapter: its type is in the name.
      return keeps.get(name) as T;
    };
  }
  const mount = (file: ChannelConfig): Mount => {
    const adapter = parts.sandbox.redirect(file);
    const kept = keptFor(`${nameOf(file)} ${file.type}`);
    const deps = { http: parts.http, now: Date.now, media: parts.mediaOf(file.tenant), kept };
    return { file, ...createChannel({ ...file, adapter }, deps, parts.known) };
  };
  const byId = (mounts: readonly Mount[]): Map<string, Mount> =>
    new Map(mounts.map(one => [one.file.id, one]));
  let served = byId(files.filter(({ enabled }) => enabled).map(mount));
  let retired = new Map<string, Mount>();

  return {
    get: id => served.get(id),
    values: () => [...served.values()],
    known(tenant, id) {
      const found = served.get(id);
      return found?.file.tenant === tenant ? found : retired.get(accountKey(tenant, id));
    },
    plan(wanted) {
      const enabled = wanted.filter(file => file.enabled);
      const next = byId(
        enabled.map(file => {
          const old = served.get(file.id);
          return old !== undefined && isDeepStrictEqual(old.file, file) ? old : mount(file);
        }),
      );
      const gone = new Map(retired);
      for (const old of served.values())
        if (next.get(old.file.id)?.file.tenant !== old.file.tenant) gone.set(nameOf(old.file), old);
      for (const { file } of next.values()) gone.delete(nameOf(file));
      const ids = [...next.keys()];
      return {
        added: ids.filter(id => !served.has(id)),
        changed: ids.filter(id => served.has(id) && served.get(id) !== next.get(id)),
        removed: [...served.keys()].filter(id => !next.has(id)),
        files: [...[...gone.values()].map(({ file }) => file), ...wanted],
        apply() {
          served = next;
          retired = gone;
        },
      };
    },
  };
}

const nameOf = ({ tenant, id }: ChannelConfig): string => accountKey(tenant, id);

/** `closed`: accounts that send nothing at the moment. */
export function channelHealth(
  file: ChannelConfig,
  closed: readonly { readonly tenant: string; readonly channel: string; readonly reason: string }[],
): ChannelHealth {
  const { id, type, tenant, sandbox, missing } = file;
  const state = !file.enabled ? 'disabled' : sandbox && type !== 'web' ? 'sandbox' : 'ready';
  const trouble = closed.find(one => one.channel === id && one.tenant === tenant)?.reason ?? null;
  return {
    id,
    type,
    webhook: `/webhooks/${id}`,
    state,
    missing: state === 'sandbox' ? missing : [],
    trouble,
  };
}
