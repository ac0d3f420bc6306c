/** A hub under attack: requests byte by byte as an attacker writes them, and what must not have come of them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import pino from 'pino';
import { hmacHex } from '../../src/channels/signature.ts';
import { definitionFor } from '../sandbox/support.ts';
import { type TestHub, testHub } from '../support/hub.ts';
import { assertNothingStored } from '../support/nothing-stored.ts';

export type Line = readonly [name: string, value: string];

export interface Raw {
  readonly method?: string;
  /** The channel's webhook where absent. */
  readonly path?: string;
  /** Each as a line of its own, in this order. */
  readonly headers: readonly Line[];
  readonly body?: string | Uint8Array;
}

export interface Told {
  readonly status: number;
  /** Without the date, which is the only thing that may differ. */
  readonly head: string;
  readonly body: string;
}

/** In every message that is attacked with: it must be in no log. */
export const CANARY = 'canary-4711-of-the-message';

export interface Attacked extends AsyncDisposable {
  readonly hub: TestHub;
  /** What the hub wrote into its log, whatever the level. */
  readonly log: readonly string[];
  send(channel: string, raw: Raw): Promise<Told>;
  /** After it, nothing more is stored than before, and nothing secret is in the log. */
  leavesNothing(act: () => Promise<void>): Promise<void>;
}

const JSON_TYPE: Line = ['Content-Type', 'application/json'];

/** Nobody answers, so the journal holds nothing but what is posted. */
export async function attacked(
  files: Readonly<Record<string, string>> = {},
  clean = 'site-chat',
): Promise<Attacked> {
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: line => void log.push(line) });
  const hub = await testHub(files, { assistant: null, logger });
  const secrets = hub.config.channels.flatMap(({ adapter }) =>
    Object.values(adapter.credentials as Readonly<Record<string, string | undefined>>),
  );
  return {
    hub,
    log,
    send: (channel, raw) => exchange(hub.url, { path: `/webhooks/${channel}`, ...raw }),
    async leavesNothing(act) {
      await assertNothingStored(hub, clean, act);
      const written = log.join('');
      for (const secret of [hub.token, CANARY, ...secrets])
        if (secret !== undefined) assert.ok(!written.includes(secret), 'a secret or a message is in the log');
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

const DEADLINE_MS = 15_000;

/** Over a socket of its own, so that no client puts right what is wrong. */
function exchange(url: string, raw: Raw & { readonly path: string }): Promise<Told> {
  const { hostname, port } = new URL(url);
  const body = Buffer.from(raw.body ?? '');
  const has = (name: string): boolean => raw.headers.some(([one]) => one.toLowerCase() === name);
  const lines = [
    `${raw.method ?? 'POST'} ${raw.path} HTTP/1.1`,
    'Host: hub.example',
    'Connection: close',
    ...(has('content-length') ? [] : [`Content-Length: ${body.length}`]),
    ...raw.headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', chunk => chunks.push(chunk));
    // The hub may answer before it has read all, and then reads no more.
    socket.on('error', error => (chunks.length === 0 ? reject(error) : undefined));
    socket.on('close', () => resolve(told(Buffer.concat(chunks).toString('utf8'))));
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8'), body]));
  });
}

function told(text: string): Told {
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).replace(/\r\nDate: [^\r]*/i, '');
  return { status: Number(status), head, body: text.slice(end + 4) };
}

/** A channel whose platform signs the body with a secret. */
export interface Target {
  readonly id: string;
  readonly type: string;
  /** The header with the signature, and what stands in front of the digest. */
  readonly header: string;
  readonly prefix: string;
  /** The header with the time that is signed as well; null where none is. */
  readonly timed: string | null;
  /** A body of the platform's, with the canary in it. */
  readonly body: string;
  /** The header lines the platform would send with it. */
  sign(body: string | Uint8Array, atMs?: number): Promise<readonly Line[]>;
  /** The right digest of that body at that time, whatever the time looks like. */
  digest(body: string | Uint8Array, time: string): string;
}

const SIGNED: Readonly<Record<string, readonly [header: string, prefix: string, timed: string | null]>> = {
  whatsapp: ['x-hub-signature-256', 'sha256=', null],
  messenger: ['x-hub-signature-256', 'sha256=', null],
  slack: ['x-slack-signature', 'v0=', 'x-slack-request-timestamp'],
  web: ['x-patchbay-signature', 'v1=', 'x-patchbay-timestamp'],
};

export function target(hub: TestHub, id: string): Target {
  const { type, adapter } = hub.channel(id);
  const [header, prefix, timed] = SIGNED[type] ?? ['', '', null];
  const { app_secret, signing_secret } = adapter.credentials as Readonly<Record<string, string>>;
  const secret = app_secret ?? signing_secret ?? '';
  const before: Readonly<Record<string, (time: string) => string>> = {
    slack: time => `v0:${time}:`,
    web: time => `${time}.`,
  };
  return {
    id,
    type,
    header,
    prefix,
    timed,
    body: hub.draft(id, 'text', { text: CANARY }).body,
    async sign(body, atMs = Date.now()) {
      const headers = await definitionFor(type).sign(adapter, Buffer.from(body), atMs);
      return [JSON_TYPE, ...Object.entries(headers)];
    },
    digest: (body, time) => hmacHex(secret, Buffer.from(before[type]?.(time) ?? ''), Buffer.from(body)),
  };
}

export const lineOf = (lines: readonly Line[], name: string): string =>
  lines.find(([one]) => one.toLowerCase() === name)?.[1] ?? '';

/** With other values of one header, each on a line of its own; with none, without it. */
export const withValues = (
  lines: readonly Line[],
  name: string,
  ...values: readonly string[]
): readonly Line[] => [
  ...lines.filter(([one]) => one.toLowerCase() !== name),
  ...values.map(value => [name, value] as const),
];
