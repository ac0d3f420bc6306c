/** How the hub is, asked of its parts. */
import type { ChannelConfig, HubConfig } from '../config/config.ts';
import type { Health } from '../server/health.ts';
import type { Warning } from '../server/warnings.ts';
import { channelHealth } from './channels.ts';

export interface HealthParts {
  readonly config: HubConfig;
  readonly version: string;
  /** Why it is not ready, part by part; null where all is well. */
  readonly troubles: () => readonly (string | null)[];
  readonly damage: () => Health['damage'];
  /** Null where there is nothing to say. */
  readonly warnings: () => readonly (Warning | null)[];
  /** Also those that are not enabled. */
  readonly channels: () => readonly ChannelConfig[];
  readonly configVersion: () => number;
  readonly eventLoop: () => Health['eventLoop'];
  readonly closed: () => Parameters<typeof channelHealth>[1];
}

export function healthOf(parts: HealthParts): () => Health {
  const { config, version, channels, configVersion, troubles, damage, warnings, eventLoop, closed } = parts;
  return () => {
    const known = troubles().filter(trouble => trouble !== null);
    const accounts = closed();
    return {
      live: true,
      ready: known.length === 0,
      troubles: known,
      damage: damage(),
      warnings: warnings().filter(warning => warning !== null),
      eventLoop: eventLoop(),
      name: config.name,
      version,
      configVersion: configVersion(),
      channels: channels().map(file => channelHealth(file, accounts)),
    };
  };
}
