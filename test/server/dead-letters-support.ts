/** A hub with something wrong in it, and what operators say to it. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BulkOperation, DeadLetter } from '../../src/storage/dead-letters.ts';
import {
  type Answer,
  type HubFolder,
  type HubTools,
  hubFolder,
  startOn,
  type TestHub,
} from '../support/hub.ts';
import { until } from '../support/wait.ts';

export const CHANNEL = 'support-whatsapp';

const CHANNEL_FILE = `version: 1
type: whatsapp
credentials:
  access_token: \${env:WHATSAPP_ACCESS_TOKEN}
  app_secret: \${env:WHATSAPP_APP_SECRET}
  verify_token: \${env:WHATSAPP_VERIFY_TOKEN}
account:
  phone_number_id: "106540352242922"
  business_account_id: "102290129340398"
delivery:
  ambiguous: { wait: 1ms, policy: park }
  window: { check: false }
  retry: { max_attempts: 2, base: 1ms, max: 5ms }
`;

/** As `channels/support-whatsapp.yaml`, but quick to give up. */
export const FILES = { [`channels/${CHANNEL}.yaml`]: CHANNEL_FILE };

export interface BuggyHub extends AsyncDisposable {
  readonly hub: TestHub;
  readonly folder: HubFolder;
  mend(): void;
  /** Starts the hub again on its folder. */
  restart(): Promise<TestHub>;
}

/** The pipeline does not take messages that say `bug`, until it is mended. */
export async function buggyHub(): Promise<BuggyHub> {
  const folder = hubFolder(FILES);
  const bug = join(folder.config, '..', 'bug');
  writeFileSync(bug, '');
  const module = new URL(`./trial/buggy.ts?bug=${encodeURIComponent(bug)}`, import.meta.url).href;
  const start = (): Promise<TestHub> => startOn(folder, { trial: { module, maxAttempts: 1 } });
  let hub = await start();
  return {
    folder,
    get hub() {
      return hub;
    },
    mend: () => rmSync(bug, { force: true }),
    async restart() {
      await hub[Symbol.asyncDispose]();
      hub = await start();
      return hub;
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Somebody writes; of one person each `from`. */
export async function write(hub: HubTools, text: string, from = '15550100001'): Promise<void> {
  const { status } = await hub.post(CHANNEL, hub.draft(CHANNEL, 'text', { from, text }));
  assert.equal(status, 200);
}

export const send = (hub: HubTools, text: string, conversation = '15550100002'): Promise<Answer> =>
  hub.api('/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: CHANNEL, conversation, content: { kind: 'text', text } }),
  });

export async function weather(hub: HubTools, ...rules: readonly object[]): Promise<void> {
  const match = { type: 'whatsapp', path: 'messages' };
  const asked = rules.map(rule => ({ ...rule, match: { ...match, ...(rule as { match?: object }).match } }));
  const { status, text } = await hub.sandbox('scenario', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules: asked }),
  });
  assert.equal(status, 200, text);
}

export const UNREACHABLE = { do: { kind: 'refuse', code: '131026' } };

export const ask = (
  hub: HubTools,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Answer> =>
  hub.api(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });

export async function letters(hub: HubTools, query = ''): Promise<readonly DeadLetter[]> {
  const { status, body, text } = await hub.api(`/v1/dead-letters${query}`);
  assert.equal(status, 200, text);
  return body.letters;
}

export async function letter(hub: HubTools, id: string): Promise<DeadLetter> {
  const { status, body, text } = await hub.api(`/v1/dead-letters/${id}`);
  assert.equal(status, 200, text);
  return body.letter;
}

export async function only(hub: HubTools, query = ''): Promise<DeadLetter> {
  const [one, ...more] = await letters(hub, query);
  assert.ok(one !== undefined && more.length === 0, 'there is one dead letter');
  return one;
}

/** Asks for it, and waits for its end and for what follows from it. */
export async function carriedOut(
  hub: HubTools,
  what: 'replay' | 'discard',
  body: object,
): Promise<BulkOperation> {
  const { status, body: started, text } = await ask(hub, `/v1/dead-letters/${what}`, body);
  assert.equal(status, 202, text);
  const done = await ended(hub, started.id);
  await balanced(hub);
  return done;
}

export async function ended(hub: HubTools, id: string): Promise<BulkOperation> {
  let seen: BulkOperation | undefined;
  await until(async () => {
    seen = (await hub.api(`/v1/operations/${id}`)).body;
    return seen?.state === 'done';
  }, 'the operation to be over');
  assert.ok(seen !== undefined);
  return seen;
}

/** What the platform was told to say, in order. */
export const said = async (hub: HubTools): Promise<readonly (string | null)[]> =>
  (await hub.received()).map(({ text }) => text);

/** Nothing is under way, and nothing fell into a hole. */
export async function balanced(hub: HubTools): Promise<Awaited<ReturnType<HubTools['idle']>>> {
  const books = await hub.idle();
  assert.deepEqual([books.inbound.difference, books.outbound.difference], [0, 0]);
  return books;
}
