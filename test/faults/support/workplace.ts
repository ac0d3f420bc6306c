/** A folder for one run: the hub's configuration, its data, its log, and where to find it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chance } from './random.ts';

export interface Workplace {
  readonly folder: string;
  readonly configFile: string;
  readonly dataFolder: string;
  /** What the hub's processes wrote, one after the other. */
  readonly logFile: string;
  readonly url: string;
  readonly token: string;
  /** Secrets, the port, and where Node keeps compiled code. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

export interface ChannelFile {
  readonly id: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface WorkplaceOptions {
  readonly chance: Chance;
  readonly channels: readonly ChannelFile[];
  readonly assistant: unknown;
  /** What the channel files refer to. */
  readonly secrets: Readonly<Record<string, string>>;
  /** How long a send without a clear answer waits for the platform's word. */
  readonly ambiguousWaitMs: number;
  readonly policy?: 'resend' | 'park';
  /** Where the hub keeps what it has; below the folder unless given. */
  readonly dataFolder?: string;
}

const TOKEN = 'test-only-api-token-0123456789';

/** JSON is YAML as well. */
export async function openWorkplace(options: WorkplaceOptions): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-faults-'));
  const port = await freePort(options.chance);
  const dataFolder = options.dataFolder ?? join(folder, 'data');
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(content, null, 2));
  mkdirSync(join(folder, 'channels'));
  write('hub.yaml', {
    version: 1,
    http: { listen: `127.0.0.1:${port}` },
    data: dataFolder,
    channels: './channels/*.yaml',
    sandbox: { mode: 'off' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration's own.
    api: { token: '${env:FAULTS_API_TOKEN}' },
    assistant: { file: './assistant.yaml' },
    defaults: {
      delivery: {
        retry: { max_attempts: 20, base: '20ms', max: '500ms' },
        timeout: '5s',
        ambiguous: { wait: `${options.ambiguousWaitMs}ms`, policy: options.policy ?? 'resend' },
        breaker: { probe: '100ms', max_probe: '1s' },
        // The platforms here set no limits: as much as possible is to be under way at each kill.
        rate_limit: { account: 'none', conversation: 'none', lookups: 'none' },
      },
    },
    // Small, so that a run goes over many files.
    journal: { max_segment: '256kb' },
    log: { level: 'info', format: 'json' },
  });
  write('assistant.yaml', options.assistant);
  for (const { id, content } of options.channels) write(join('channels', `${id}.yaml`), content);
  return {
    folder,
    configFile: join(folder, 'hub.yaml'),
    dataFolder,
    logFile: join(folder, 'hub.log'),
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    environment: {
      ...options.secrets,
      FAULTS_API_TOKEN: TOKEN,
      PORT: String(port),
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Below the range that systems take outgoing connections from: a port of that range could be taken by one of our
 * own connections while the hub is down, and a connection to it could even meet itself.
 */
async function freePort(chance: Chance): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = chance.between(20_000, 30_000);
    const free = await new Promise<boolean>(resolve => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error('no free port');
}
