/** A small world to read configuration in: two adapters, files in memory, an environment of our own. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { baseUrl, secret, signingSecret } from '../../src/channels/fields.ts';
import type { AdapterConfig } from '../../src/config/channel-schema.ts';
import type { FileContent, Files } from '../../src/config/files.ts';
import { type Checked, checkConfig, type LoadOptions } from '../../src/config/load.ts';
import { renderProblems } from '../../src/config/render.ts';

const phone: AdapterConfig = {
  type: 'phone',
  config: z.strictObject({
    credentials: z
      .strictObject({
        access_token: secret('Sends.'),
        app_secret: signingSecret('Signs.'),
        previous_app_secret: signingSecret('Signed.').optional(),
      })
      .describe('What only we know.'),
    account: z.strictObject({
      number_id: z.string().regex(/^\d+$/, 'expected digits').describe('The number.'),
      business_id: z.string().optional().describe('The business.'),
    }),
    api: z.strictObject({ base_url: baseUrl('Where the API is.', 'https://phone.example') }).prefault({}),
  }),
};

const chat: AdapterConfig = {
  type: 'chat',
  config: z.strictObject({
    credentials: z.strictObject({ client: z.string().describe('No secret.'), key: secret('Signs.') }),
    account: z.strictObject({ site: z.string() }),
    receive: z
      .strictObject({
        anonymous: z.boolean().default(true),
        per_minute: z.number().int().min(1).max(600).default(60),
        origins: z.array(z.string()).default([]),
      })
      .prefault({}),
  }),
};

export const definitions: readonly AdapterConfig[] = [phone, chat];

/** A text, bytes, or why it cannot be read. */
export type FileEntry = string | Uint8Array | Extract<FileContent, { ok: false }>['reason'] | undefined;

/** Paths are below /hub, where the process stands. */
export function memoryFiles(entries: Readonly<Record<string, FileEntry>>): Files {
  const all = new Map(Object.entries(entries).map(([path, entry]) => [resolve('/hub', path), entry]));
  return {
    read(path) {
      const entry = all.get(path);
      if (entry === undefined) return { ok: false, reason: 'missing' };
      if (entry === 'not a file' || entry === 'not allowed' || entry === 'too large' || entry === 'missing') {
        return { ok: false, reason: entry };
      }
      return { ok: true, bytes: typeof entry === 'string' ? Buffer.from(entry) : entry };
    },
    list(patterns, folder) {
      const matches = patterns.map(pattern => wildcard(resolve(folder, pattern)));
      return [...all.keys()].filter(path => matches.some(match => match.test(path))).sort();
    },
  };
}

const wildcard = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`);

export const HUB = 'version: 1\n';

/** A channel that is right and live. */
export const PHONE = `version: 1
type: phone
credentials:
  access_token: \${env:TOKEN}
  app_secret: \${env:APP_SECRET}
account:
  number_id: "4711"
`;
export const LIVE = { TOKEN: 'token-of-the-tests', APP_SECRET: 'app-secret-of-the-tests' };

export interface World {
  readonly files?: Readonly<Record<string, FileEntry>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: Partial<LoadOptions>;
}

/** `hub` and `a` stand for config/hub.yaml and config/channels/a.yaml; both are right unless given. */
export function check(world: World): Checked & { readonly text: string } {
  const { files = {}, env = LIVE, options = {} } = world;
  const checked = checkConfig({
    file: 'config/hub.yaml',
    cwd: '/hub',
    definitions,
    env,
    files: memoryFiles({ 'config/hub.yaml': HUB, 'config/channels/a.yaml': PHONE, ...files }),
    sandboxSecret: (channelId, path) => `sandbox secret of ${channelId} ${path}`,
    ...options,
  });
  return { ...checked, text: renderProblems(checked.problems, { color: false }) };
}

export const A = 'config/channels/a.yaml';
export const B = 'config/channels/b.yaml';
export const HUB_FILE = 'config/hub.yaml';

/** The right channel file with one line changed, or with lines added at its end. */
export const phoneWith = (change: {
  readonly replace?: readonly [string, string];
  readonly add?: string;
}): string =>
  (change.replace === undefined ? PHONE : PHONE.replace(change.replace[0], () => change.replace?.[1] ?? '')) +
  (change.add ?? '');
