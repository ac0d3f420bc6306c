/** Credentials for channels in the sandbox: made up, but the same after every start. */
import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readOrCreate } from './create-once.ts';
import type { SandboxSecret } from './credentials.ts';
import type { Problem } from './problem.ts';

/**
 * Values from a seed in the data folder, which is made with the first of them. The seed is this hub's own, so
 * nobody else can sign what a sandbox channel would believe.
 */
export function sandboxSecrets(dataDir: string): SandboxSecret {
  let seed: string | undefined;
  return (channelId, path) => {
    seed ??= readOrCreate(join(dataDir, 'sandbox-seed'), () => randomBytes(32).toString('hex'));
    if (seed === undefined) return undefined;
    return createHmac('sha256', seed)
      .update(JSON.stringify([channelId, path]))
      .digest('hex');
  };
}

export const unusableFolder = (dataDir: string): Problem => ({
  code: 'PB-C023',
  message: 'the data folder cannot be used',
  file: dataDir,
  help: 'let this user write to it, or name another with PATCHBAY_DATA',
});
