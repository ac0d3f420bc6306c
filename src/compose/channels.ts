/** The channels that are served, by id. */
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
): Mounted {
  return new Map(
    files.map(file => {
      const adapter = sandbox.redirect(file);
      return [file.id, { file, ...createChannel({ ...file, adapter }, { http, now: Date.now }) }] as const;
    }),
  );
}

export function channelHealth(file: ChannelConfig): ChannelHealth {
  const { id, type, sandbox, missing } = file;
  const state = !file.enabled ? 'disabled' : sandbox && type !== 'web' ? 'sandbox' : 'ready';
  return { id, type, webhook: `/webhooks/${id}`, state, missing: state === 'sandbox' ? missing : [] };
}
