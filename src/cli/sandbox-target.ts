/** The hub a scenario is played against: the running one, or one of the command's own. */
import { type HttpClient, httpClient } from '../channels/http.ts';
import { definitions } from '../channels/index.ts';
import { apiToken } from '../config/api-token.ts';
import type { ChannelConfig, HubConfig } from '../config/config.ts';
import { checkConfig } from '../config/load.ts';
import { renderProblems } from '../config/render.ts';
import type { Ledger, MessageView } from '../storage/look-up.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { findHub } from './hub-client.ts';
import type { Session } from './io.ts';
import { scratchFolder, startOwnHub } from './own-hub.ts';
import { readConfig } from './settings.ts';

export interface Target extends AsyncDisposable {
  /** True for a hub of the command's own, whose waits are short. */
  readonly own: boolean;
  readonly config: HubConfig;
  readonly url: string;
  readonly sandboxUrl: string | null;
  readonly http: HttpClient;
  ledger(): Promise<Ledger>;
  /** Our messages with a sequence number behind this one, the oldest first, at most 200. */
  replies(after: number): Promise<readonly MessageView[]>;
  /** Of the sandbox's inspection API; throws where it does not answer as it should. */
  sandbox<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: string,
    contentType?: string,
  ): Promise<T>;
}

/** The running hub, unless one of its own is asked for or none runs. A number is the exit code. */
export async function openTarget(own: boolean, session: Session): Promise<Target | ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  if (!own) {
    const hub = findHub(config);
    const isThere = hub !== null && (await hub.ask('/v1/ledger')).kind === 'answered';
    if (hub !== null && isThere) return runningTarget(config, hub);
    await hub?.[Symbol.asyncDispose]();
  }
  return ownTarget(session);
}

function runningTarget(config: HubConfig, hub: NonNullable<ReturnType<typeof findHub>>): Target {
  const { url, sandboxUrl, http } = hub;
  const token = apiToken(config.data, config);
  const asking = asker({ http, url, sandboxUrl, token });
  return {
    own: false,
    config,
    url,
    sandboxUrl,
    http,
    ...asking,
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

async function ownTarget({ io, settings }: Session): Promise<Target | ExitCode> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(scratchFolder());
  const { config, problems } = checkConfig({
    file: settings.config,
    definitions,
    env: io.environment.variables,
    cwd: io.cwd,
    dataDir: folder.path,
  });
  if (config === null) {
    io.tell(`${renderProblems(problems, settings)}\n`);
    return EXIT.config;
  }
  const quick = { ...config, channels: config.channels.map(withShortWaits) };
  const hub = opened.use(await startOwnHub(quick));
  const http = opened.use(httpClient());
  const { url, sandboxUrl, token } = hub;
  const asking = asker({ http, url, sandboxUrl, token });
  const resources = opened.move();
  return {
    own: true,
    config: quick,
    url,
    sandboxUrl,
    http,
    ...asking,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** So that nobody waits for a minute to see the end. What a platform asks for is kept all the same. */
const withShortWaits = (channel: ChannelConfig): ChannelConfig => ({
  ...channel,
  delivery: {
    ...channel.delivery,
    retry: { ...channel.delivery.retry, baseMs: 50, maxMs: 500 },
    timeoutMs: Math.min(channel.delivery.timeoutMs, 2_000),
    ambiguous: { ...channel.delivery.ambiguous, waitMs: 1_000 },
    breaker: { ...channel.delivery.breaker, probeMs: 200, maxProbeMs: 1_000 },
  },
});

interface Asking {
  readonly http: HttpClient;
  readonly url: string;
  readonly sandboxUrl: string | null;
  readonly token: string;
}

const PATIENCE_MS = 10_000;
const MAX_ANSWER_BYTES = 64_000_000;

function asker({ http, url, sandboxUrl, token }: Asking): Pick<Target, 'ledger' | 'replies' | 'sandbox'> {
  const authorization = `Bearer ${token}`;
  async function ask<T>(
    method: 'GET' | 'POST' | 'DELETE',
    address: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<T> {
    const outcome = await http.request({
      method,
      url: address,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(PATIENCE_MS),
      maxResponseBytes: MAX_ANSWER_BYTES,
    });
    if (outcome.kind === 'failure') throw new Error(`${address} does not answer: ${outcome.reason}`);
    if (outcome.status > 299) throw new Error(`${address} answered ${outcome.status}`);
    return JSON.parse(outcome.body.toString('utf8')) as T;
  }
  return {
    ledger: () => ask<Ledger>('GET', `${url}/v1/ledger?recount`, { authorization }),
    async replies(after) {
      const path = `/v1/messages?direction=outbound&limit=200&after=${after}`;
      return (await ask<{ messages: readonly MessageView[] }>('GET', `${url}${path}`, { authorization }))
        .messages;
    },
    sandbox: (method, path, body, contentType = 'application/json') =>
      ask(method, `${sandboxUrl ?? url}/_sandbox/${path}`, { 'content-type': contentType }, body),
  };
}
