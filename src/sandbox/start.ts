/**
 * The sandbox: stand-ins for the platforms, as one HTTP server. Each account has an address of its own below it,
 * where its adapter's calls go; `/_sandbox/` is for whoever looks on.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpClient } from '../channels/http.ts';
import { openHall } from './hall.ts';
import type { Behaviour, SandboxAccount, SandboxPlatform, Webhook } from './platform.ts';
import type { Received } from './received.ts';
import { ring } from './ring.ts';
import { requestHandler } from './serve.ts';
import { fairWeather, type ScenarioInput } from './weather.ts';
import { type SentWebhook, webhookSender } from './webhooks.ts';

export interface SandboxOptions {
  /** Port 0 is any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Those of types without a platform to play, as the web chat, are left out. */
  readonly accounts: readonly SandboxAccount[];
  readonly behaviour?: Partial<Behaviour>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface Sandbox extends AsyncDisposable {
  readonly url: string;
  /** What to give to `definition.redirect`. */
  urlFor(type: string, id: string): string;
  /** What the platforms got, the last 10,000 calls, in order. */
  readonly received: readonly Received[];
  /** The webhooks that were sent, the last 10,000, in order. */
  readonly webhooks: readonly SentWebhook[];
  /** Sets the weather, in place of the one before. */
  scenario(scenario: ScenarioInput): void;
  addAccount(account: SandboxAccount): void;
  /** Somebody says this over the platform: remembered, signed, and sent to the hub. Throws for an unknown account. */
  say(account: string, webhook: Webhook): void;
  /** Only remembered: whoever calls brings it to the hub. Throws for an unknown account. */
  note(account: string, webhook: Webhook): void;
}

/** As on a good day, only quicker. */
const FAIR: Behaviour = {
  receiptMs: 150,
  redelivery: 1,
  rates: 'real',
  strangers: 'believed',
  echoes: true,
};

const MAX_RECEIVED = 10_000;

/** Resolves when it listens; rejects when it cannot. */
export async function startSandbox(
  options: SandboxOptions,
  platforms: readonly SandboxPlatform[],
): Promise<Sandbox> {
  await using opened = new AsyncDisposableStack();
  const { now = Date.now, random = Math.random } = options;
  const behaviour: Behaviour = { ...FAIR, ...options.behaviour };
  const http = opened.use(httpClient());
  const sender = opened.use(webhookSender({ http, now, factor: behaviour.redelivery }));
  const received = ring<Received>(MAX_RECEIVED);
  const weather = fairWeather(random);

  const server = createServer();
  const url = await listen(server, options.listen);
  opened.defer(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(() => resolve()));
  });
  const urlFor = (type: string, id: string): string => `${url}/${type}/${id}`;
  const hall = openHall({ received, weather, sender, behaviour, now, random, platforms, urlFor });
  for (const account of options.accounts) hall.addAccount(account);
  server.on('request', requestHandler(hall));

  const resources = opened.move();
  return {
    url,
    urlFor,
    get received() {
      return received.entries;
    },
    get webhooks() {
      return sender.sent;
    },
    scenario: scenario => weather.set(scenario),
    addAccount: hall.addAccount,
    say: hall.say,
    note: hall.note,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function listen(server: Server, { host, port }: SandboxOptions['listen']): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`;
}
