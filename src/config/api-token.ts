/** The key of the HTTP API. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { HubConfig } from './config.ts';
import { readOrCreate } from './create-once.ts';
import { ConfigError } from './problem.ts';
import { unusableFolder } from './sandbox-secrets.ts';

/**
 * The token of the configuration, else the one in the data folder, which is made on first use. Two processes that
 * ask at once get the same. Throws `ConfigError` where the data folder cannot be used.
 */
export function apiToken(dataDir: string, config: Pick<HubConfig, 'api'>): string {
  const token =
    config.api.token ?? readOrCreate(join(dataDir, 'api-token'), () => randomBytes(32).toString('base64url'));
  if (token === undefined) throw new ConfigError([unusableFolder(dataDir)]);
  return token;
}
