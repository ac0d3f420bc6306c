/** The channels that are served, by id. */
import type { ChannelDefinition, OutboundMedia } from '../channels/channel.ts';
import type { HttpClient } from '../channels/http.ts';
import { createChannel, type MountedChannel } from '../channels/index.ts';
import type { ChannelConfig } from '../config/config.ts';
import type { ChannelHealth } from '../server/health.ts';
import type { OpenSandbox } from './sandbox.ts';

export type Mounted = ReadonlyMap<string, MountedChannel & { readonly file: ChannelConfig }>;

export function mountChannels(
  files: readonly ChannelConfig[],
  sandbox: OpenSandbox,
  http: HttpClient,
  /** What the channels of a tenant may send. */
  mediaOf: (tenant: string) => OutboundMedia,
  known: readonly ChannelDefinition[],
): Mounted {
  return new Map(
    files.map(file => {
      const adapter = sandbox.redirect(file);
      const deps = { http, now: Date.now, media: mediaOf(file.tenant) };
      return [file.id, { file, ...createChannel({ ...file, adapter }, deps, known) }] as const;
    }),
  );
}

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
