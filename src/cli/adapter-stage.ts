/** A hub with one channel of the adapter on trial, and a platform on the loopback address that does as it is told. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpClient } from '../channels/http.ts';
import { definitionOf, definitions } from '../channels/index.ts';
import { loadConfig } from '../config/load.ts';
import { at, secretPaths, withValue } from '../kit/rules/config.ts';
import { type Behaviour, platform } from '../kit/server.ts';
import type { Call, RecordedRequest, Subject } from '../kit/subject.ts';
import type { OutboundContent } from '../message/content.ts';
import type { JsonObject } from '../message/json.ts';
import type { Ledger, MessageView, OutboundTrace } from '../storage/look-up.ts';
import { scratchFolder, startOwnHub } from './own-hub.ts';

export interface Stage extends AsyncDisposable {
  /** What the platform got, without what only prepares. */
  readonly calls: readonly Call[];
  /** Sends over the API; resolves when the message is over. */
  send(content: OutboundContent): Promise<OutboundTrace>;
  /** Posts the webhook, signed; the status of the answer. */
  receive(request: RecordedRequest): Promise<number>;
  ledger(): Promise<Ledger>;
  inbound(): Promise<readonly MessageView[]>;
}

const CHANNEL = 'on-trial';
const PATIENCE_MS = 20_000;

/** Quick, and nothing is sent twice on a guess. */
const DELIVERY = {
  retry: { max_attempts: 5, base: '10ms', max: '50ms' },
  timeout: '5s',
  ambiguous: { wait: '50ms', policy: 'park' },
  // Nobody wrote before.
  window: { check: false },
};

export async function openStage(subject: Subject, entry: string, behaviour: Behaviour): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(scratchFolder());
  const played = opened.use(await platform(behaviour, subject.prepare));
  const { definition } = subject;
  const config = loadConfig({ ...writeConfig(folder.path, subject, entry), definitions });
  const channels = config.channels.map(file => ({
    ...file,
    adapter: definition.redirect(file.adapter, played.url) as JsonObject,
  }));
  const hub = opened.use(await startOwnHub({ ...config, channels }));
  const http = opened.use(httpClient());

  async function ask<T>(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<T> {
    const outcome = await http.request({
      method,
      url: `${hub.url}${path}`,
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
      maxResponseBytes: 8_000_000,
    });
    if (outcome.kind === 'failure') throw new Error(`the hub does not answer: ${outcome.reason}`);
    if (outcome.status > 299) throw new Error(`the hub answered ${outcome.status} to ${method} ${path}`);
    return JSON.parse(outcome.body.toString('utf8')) as T;
  }

  const resources = opened.move();
  return {
    calls: played.calls,
    async send(content) {
      const [address = { conversation: 'nowhere' }] = subject.addresses;
      const said: JsonObject = { channel: CHANNEL, ...address, content: content as unknown as JsonObject };
      const { id } = await ask<{ id: string }>('POST', '/v1/messages', said);
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const { outbound } = await ask<{ outbound: readonly OutboundTrace[] }>('GET', `/v1/trace/${id}`);
        const [trace] = outbound;
        if (trace !== undefined && OVER.has(trace.view.state)) return trace;
        if (hub.trouble !== null) throw new Error(`the hub cannot go on: ${hub.trouble}`);
        if (performance.now() > deadline)
          throw new Error(
            `the message is still ${trace?.view.state ?? 'unknown'} after ${PATIENCE_MS / 1000} s`,
          );
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    },
    async receive(request) {
      const [file] = channels;
      const body = Buffer.from(
        typeof request.body === 'string' ? request.body : JSON.stringify(request.body ?? ''),
      );
      const signed = await definition.sign(file?.adapter ?? {}, body, Date.now());
      const outcome = await http.request({
        method: 'POST',
        url: `${hub.url}/webhooks/${CHANNEL}`,
        headers: { 'content-type': 'application/json', ...request.headers, ...signed },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return outcome.kind === 'response' ? outcome.status : 0;
    },
    ledger: () => ask<Ledger>('GET', '/v1/ledger?recount'),
    inbound: async () =>
      (await ask<{ messages: readonly MessageView[] }>('GET', '/v1/messages?direction=inbound')).messages,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const OVER = new Set(['sent', 'dead', 'parked', 'lost']);

/** The account of the subject as files, every secret by reference as it must be. */
function writeConfig(folder: string, subject: Subject, entry: string) {
  const { type } = subject.definition;
  const env: Record<string, string> = {};
  const account = secretPaths(subject).reduce((config, path, index) => {
    env[`KIT_${index}`] = String(at(subject.config, path));
    return withValue(config, path, `\${env:KIT_${index}}`);
  }, subject.config);
  const isShipped = definitionOf(type) !== undefined;
  const hub = { version: 1, ...(isShipped ? {} : { adapters: [entry] }) };
  mkdirSync(join(folder, 'channels'));
  const file = join(folder, 'hub.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(hub));
  writeFileSync(
    join(folder, 'channels', `${CHANNEL}.yaml`),
    JSON.stringify({ version: 1, type, ...account, delivery: DELIVERY }),
  );
  return { file, env, dataDir: join(folder, 'data'), cwd: folder };
}
