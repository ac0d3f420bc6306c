/** A hub of a command's own, on a folder that is gone when it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiToken } from '../config/api-token.ts';
import type { HubConfig } from '../config/config.ts';
import { ALL_ROLES, startHub } from '../hub.ts';
import { createLogger } from '../telemetry/logger.ts';

export interface OwnHub extends AsyncDisposable {
  readonly url: string;
  readonly sandboxUrl: string | null;
  readonly token: string;
  /** Why it cannot go on; null as long as it can. */
  readonly trouble: string | null;
}

export interface Scratch extends Disposable {
  readonly path: string;
}

/** A folder for what nobody needs afterwards. */
export function scratchFolder(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'patchbay-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** `config.data` is the folder to use; the port is any that is free. */
export async function startOwnHub(config: HubConfig): Promise<OwnHub> {
  const token = apiToken(config.data, config);
  let trouble: string | null = null;
  const hub = await startHub(
    {
      ...config,
      http: { ...config.http, host: '127.0.0.1', port: 0 },
      sandbox: { ...config.sandbox, listen: null },
    },
    {
      logger: createLogger({ level: 'silent', format: 'json', color: false }),
      token,
      assistant: config.assistant?.rules ?? null,
      version: 'own',
      mountPage: () => {},
      roles: ALL_ROLES,
      crash: undefined,
      onFatal(error) {
        trouble = error.message;
      },
    },
  );
  return {
    url: hub.url,
    sandboxUrl: hub.sandboxUrl,
    token,
    get trouble() {
      return trouble;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}
