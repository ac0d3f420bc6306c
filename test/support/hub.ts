/**
 * A whole hub in the test's own process: the shipped configuration (or changes to it) read by the real loader, a
 * data folder of its own, a free port, and the sandbox for every platform.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from '../../src/channels/index.ts';
import { apiToken } from '../../src/config/api-token.ts';
import type { ChannelConfig, HubConfig } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ALL_ROLES, type Hub, type HubParts, startHub } from '../../src/hub.ts';
import type { Webhook } from '../../src/sandbox/platform.ts';
import type { Received } from '../../src/sandbox/received.ts';
import { buildTrigger } from '../../src/sandbox/trigger.ts';
import type { RawRequest } from '../../src/storage/log.ts';
import type { Ledger, MessageView, Trace } from '../../src/storage/look-up.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { definitionFor, triggerOf } from '../sandbox/support.ts';
import { temporaryFolder } from './folder.ts';
import { until } from './wait.ts';

const SHIPPED = fileURLToPath(new URL('../../config', import.meta.url));

/** hub.yaml for messages to people who never wrote: whether they may go is left to the platform. */
export function uncheckedWindow(): { readonly 'hub.yaml': string } {
  const text = readFileSync(join(SHIPPED, 'hub.yaml'), 'utf8');
  const anchor = '    timeout: 15s';
  assert.ok(text.includes(anchor));
  return { 'hub.yaml': text.replace(anchor, `${anchor}\n    window: { check: false }`) };
}

/** What a hub is started on: configuration and data, kept from one start to the next. */
export interface HubFolder extends Disposable {
  /** hub.yaml. */
  readonly config: string;
  /** The data folder. */
  readonly data: string;
}

/** Says the same in every language, and by word alone, so that no test depends on what is shipped. */
const ASSISTANT = `version: 1
name: test assistant
rules:
  - { name: greeting, any: [hello], say: Hello there. }
  - { name: hours, any: [opening hours], say: We are open. }
fallback: { say: I do not know that., unreadable: I only read text. }
`;

/** The shipped configuration, with these files below `config/` written over it. `data` may be elsewhere. */
export function hubFolder(files: Readonly<Record<string, string>> = {}, data?: string): HubFolder {
  const folder = temporaryFolder();
  const configDir = join(folder.path, 'config');
  cpSync(SHIPPED, configDir, { recursive: true });
  for (const [name, text] of Object.entries({ 'assistant.yaml': ASSISTANT, ...files })) {
    const path = join(configDir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return {
    config: join(configDir, 'hub.yaml'),
    data: data ?? join(folder.path, 'data'),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where there is none, or no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever came and assert on it.
  readonly body: any;
}

/** What can be done with a running hub from outside, in whichever process it is. */
export interface HubTools {
  readonly config: HubConfig;
  readonly url: string;
  readonly token: string;
  channel(id: string): ChannelConfig;
  /** A webhook as the platform of this channel would write it, not signed yet. */
  draft(channel: string, trigger: string, params?: Record<string, string>): Webhook;
  /** The headers the platform sends with it. */
  headersFor(channel: string, webhook: Webhook): Promise<Record<string, string>>;
  /** Signed and posted; what it was answered. */
  post(channel: string, webhook: Webhook): Promise<Answer>;
  /** As `post`, with these headers and no others. */
  postAs(channel: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer>;
  /** Below the hub's address, with its token. */
  api(path: string, init?: RequestInit): Promise<Answer>;
  ledger(): Promise<Ledger>;
  trace(id: string): Promise<Trace & { readonly raw: RawRequest | null }>;
  messages(query?: string): Promise<readonly MessageView[]>;
  /** Calls the sandbox platforms took, in order; of one conversation, where that is given. */
  received(conversation?: string): Promise<readonly Received[]>;
  sandbox(path: string, init?: RequestInit): Promise<Answer>;
  /** Resolves when nothing is under way: every message is done, dead or parked, in and out. */
  idle(withinMs?: number): Promise<Ledger>;
}

export interface TestHub extends HubTools, AsyncDisposable {
  readonly hub: Hub;
  /** What `onFatal` was told. */
  readonly fatal: readonly Error[];
}

/** A hub that is gone, with its folder, at the end of the scope. */
export async function testHub(
  files: Readonly<Record<string, string>> = {},
  parts: Partial<HubParts> = {},
): Promise<TestHub> {
  const folder = hubFolder(files);
  try {
    const started = await startOn(folder, parts);
    return {
      ...started,
      async [Symbol.asyncDispose]() {
        await started[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

/** Starts a hub on a folder; disposing ends it and leaves the folder. */
export async function startOn(
  folder: HubFolder,
  parts: Partial<HubParts> = {},
  env: Readonly<Record<string, string>> = ANY_PORT,
): Promise<TestHub> {
  const config = configOf(folder, env);
  const token = apiToken(config.data, config);
  const fatal: Error[] = [];
  const hub = await startHub(config, {
    logger: createLogger({ level: 'silent', format: 'json', color: false }),
    token,
    assistant: config.assistant?.rules ?? null,
    version: '0.0.0-test',
    mountPage: () => {},
    roles: ALL_ROLES,
    crash: undefined,
    // A machine that does much else makes some: no test of something else is to see them.
    stalls: { tell: () => {}, warning: () => null },
    onFatal: error => fatal.push(error),
    ...parts,
  });
  const tools = attachTo(folder, { url: hub.url, sandbox: hub.sandboxUrl });
  return { ...tools, hub, fatal, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

const ANY_PORT = { PORT: '0' };

const configOf = (folder: HubFolder, env: Readonly<Record<string, string>> = ANY_PORT): HubConfig =>
  loadConfig({ file: folder.config, definitions, env, dataDir: folder.data });

/** For a hub that runs on this folder, at these addresses. */
export function attachTo(
  folder: HubFolder,
  hub: { readonly url: string; readonly sandbox: string | null },
): HubTools {
  const config = configOf(folder);
  const token = apiToken(config.data, config);
  const channel = (id: string): ChannelConfig => {
    const found = config.channels.find(file => file.id === id);
    assert.ok(found !== undefined, `there is a channel ${id}`);
    return found;
  };
  const ask = async (url: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000), ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: jsonIn(text) };
  };
  const api = (path: string, init: RequestInit = {}): Promise<Answer> =>
    ask(`${hub.url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  const postAs = (id: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer> =>
    ask(`${hub.url}/webhooks/${id}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers,
    });
  const headersFor = async (id: string, { body, contentType }: Webhook): Promise<Record<string, string>> => {
    const { type, adapter } = channel(id);
    const signed = await definitionFor(type).sign(adapter, Buffer.from(body), Date.now());
    return { 'content-type': contentType, ...signed };
  };
  const sandbox = (path: string, init: RequestInit = {}): Promise<Answer> => {
    assert.ok(hub.sandbox !== null, 'a channel is in the sandbox');
    return ask(`${hub.sandbox}/_sandbox/${path}`, init);
  };
  const ledger = async (): Promise<Ledger> => (await api('/v1/ledger?recount')).body;
  return {
    config,
    url: hub.url,
    token,
    channel,
    draft(id: string, name: string, params: Record<string, string> = {}): Webhook {
      const { type, adapter } = channel(id);
      const url = hub.sandbox === null ? undefined : `${hub.sandbox}/${type}/${id}`;
      const options = { config: adapter, url, params, now: Date.now(), random: Math.random };
      const built = buildTrigger(triggerOf(type, name), options);
      assert.ok(built.ok, built.ok ? '' : built.problem);
      return built.webhook;
    },
    headersFor,
    postAs,
    post: async (id: string, webhook: Webhook) => postAs(id, webhook.body, await headersFor(id, webhook)),
    api,
    sandbox,
    ledger,
    trace: async (id: string) => {
      const { status, body } = await api(`/v1/trace/${encodeURIComponent(id)}`);
      assert.equal(status, 200, `there is a trace of ${id}`);
      return body;
    },
    messages: async (query = '') => (await api(`/v1/messages${query}`)).body.messages,
    received: async (conversation?: string) => {
      const { body } = await sandbox('received?limit=10000');
      const all = body.received as readonly Received[];
      return all.filter(
        call => call.taken && (conversation === undefined || call.conversation === conversation),
      );
    },
    async idle(withinMs?: number) {
      let books: Ledger | undefined;
      await until(
        async () => {
          books = await ledger();
          return books.inbound.inFlight === 0 && books.outbound.inFlight === 0;
        },
        'the hub to have nothing under way',
        withinMs,
      );
      assert.ok(books !== undefined);
      return books;
    },
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
