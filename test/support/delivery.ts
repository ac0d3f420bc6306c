/**
 * Delivery with a real store and clocks of the test's own: the monotonic one of the gate and the wall clock. What
 * the store itself waits for, it waits for in real time.
 */
import assert from 'node:assert/strict';
import type { Ages } from '../../src/clock/clock.ts';
import { consumeSends } from '../../src/delivery/consume.ts';
import type { Outlet } from '../../src/delivery/deliver-run.ts';
import { createGate, type Gate } from '../../src/delivery/gate.ts';
import { lookupPace } from '../../src/delivery/pace-lookups.ts';
import type { DeliveryPolicy } from '../../src/delivery/policy.ts';
import type { Receipt } from '../../src/message/event.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import { databasePath } from '../../src/storage/embedded/open.ts';
import type { OutboundTrace } from '../../src/storage/look-up.ts';
import type { Store } from '../../src/storage/store.ts';
import { agesBy } from './ages.ts';
import { temporaryFolder } from './folder.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from './messages.ts';
import { openStorage } from './storage.ts';
import { until } from './wait.ts';

export const POLICY: DeliveryPolicy = {
  retry: { maxAttempts: 3, baseMs: 1, maxMs: 2, maxAgeMs: 86_400_000, holdMs: null },
  timeoutMs: 5_000,
  ambiguous: { waitMs: 1, policy: 'resend' },
  rateLimit: {},
  breaker: { probeMs: 1_000, maxProbeMs: 8_000 },
  window: { check: false, fallbackTemplate: null },
  onFailed: { template: null },
};

export interface Clock {
  /** Milliseconds since the bench was made, and of the wall since 1970. */
  now: number;
  wall: number;
  advance(ms: number): void;
}

export interface Bench extends AsyncDisposable {
  readonly clock: Clock;
  readonly store: Store;
  /** None may be left at the end. */
  readonly bugs: unknown[];
  /** By the channel's id. */
  readonly outlets: Map<string, Outlet>;
  start(options?: {
    /** Unless said otherwise by the wall clock, every jump of which is time. */
    readonly ages?: Ages;
    readonly width?: number;
    readonly perTenant?: Parameters<typeof createGate>[0]['tenantRate'];
  }): Gate;
  /** Ends delivery; the store stays. */
  stop(): Promise<void>;
  /** As after the end of the process; `between` gets the path of the database, which nobody has open then. */
  reopen(between?: (databasePath: string) => void): Promise<void>;
  /** Asks for messages to be sent, as the API does. */
  ask(...messages: readonly OutboundMessage[]): Promise<void>;
  /** The platform says something of a message. */
  tell(receipt: Receipt): Promise<void>;
  /** Somebody writes, at that time. */
  hear(conversation: string, at: number): Promise<void>;
  ended(message: OutboundMessage): Promise<OutboundTrace>;
  traceOf(message: OutboundMessage): Promise<OutboundTrace>;
}

export async function deliveryBench(): Promise<Bench> {
  const folder = temporaryFolder();
  const clock: Clock = {
    now: 1_000_000,
    wall: Date.now(),
    advance(ms) {
      clock.now += ms;
      clock.wall += ms;
    },
  };
  const outlets = new Map<string, Outlet>();
  const bugs: unknown[] = [];
  let storage = await openStorage(folder.path);
  let running: { end(): Promise<void> } | null = null;
  let offset = 0;

  const bench: Bench = {
    clock,
    get store() {
      return storage.store;
    },
    bugs,
    outlets,
    start({ width = 8, perTenant = null, ages = agesBy(() => clock.wall) } = {}) {
      const stop = new AbortController();
      const abort = new AbortController();
      const { store } = storage;
      const outlet = (_: string, id: string): Outlet | undefined => outlets.get(id);
      const gate = createGate({
        accounts: [...outlets.values()].map(({ channel }) => ({
          tenant: channel.tenant,
          channel: channel.id,
        })),
        outlet,
        width,
        tenantRate: perTenant,
        now: () => clock.now,
        wallNow: () => clock.wall,
        ages,
        keep: account => store.keepAccount(account),
        stopping: () => abort.signal.aborted,
      });
      const lookups = lookupPace();
      const consumed = consumeSends({
        store,
        gate,
        lookups,
        outlet,
        width,
        newId: () => newId('delivery'),
        now: () => clock.wall,
        ages,
        startedAt: 0,
        caughtUp: async () => true,
        random: () => 1,
        stop: stop.signal,
        abort: abort.signal,
        crash: () => {},
        onBug: error => bugs.push(error),
      });
      running = {
        async end() {
          stop.abort();
          await consumed;
          gate[Symbol.dispose]();
          await lookups[Symbol.asyncDispose]();
          running = null;
        },
      };
      return gate;
    },
    stop: async () => running?.end(),
    async reopen(between) {
      await running?.end();
      await storage[Symbol.asyncDispose]();
      between?.(databasePath(folder.path));
      storage = await openStorage(folder.path);
    },
    async ask(...messages) {
      const from = await storage.store.position();
      const records = messages.map(message => {
        const { tenant, channel } = message.address;
        const event = { kind: 'outbound' as const, message, idempotencyKey: null, digest: '' };
        return readRecord([event], { segment: 1, offset: ++offset }, { tenant, channel });
      });
      await storage.store.accept({ from, next: { segment: 1, offset: ++offset }, records });
    },
    async tell(receipt) {
      const from = await storage.store.position();
      const record = readRecord([{ kind: 'receipt', receipt }], { segment: 1, offset: ++offset });
      await storage.store.accept({ from, next: { segment: 1, offset: ++offset }, records: [record] });
    },
    async hear(conversation, at) {
      const from = await storage.store.position();
      const event = messageEvent(inboundMessage({ address: { conversation } }));
      const record = readRecord([event], { segment: 1, offset: ++offset }, { at });
      await storage.store.accept({ from, next: { segment: 1, offset: ++offset }, records: [record] });
    },
    async traceOf(message) {
      const trace = (await storage.store.trace(message.id))?.outbound[0];
      assert.ok(trace !== undefined, 'the message is known');
      return trace;
    },
    async ended(message) {
      let trace: OutboundTrace | undefined;
      await until(async () => {
        [trace] = (await storage.store.trace(message.id))?.outbound ?? [];
        return trace !== undefined && trace.view.state !== 'open';
      }, 'the end of the message');
      assert.ok(trace !== undefined);
      return trace;
    },
    async [Symbol.asyncDispose]() {
      await running?.end();
      const ledgers = await Promise.all([false, true].map(recount => storage.store.ledger(recount)));
      await storage[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
      const differences = ledgers.flatMap(({ inbound, outbound }) => [
        inbound.difference,
        outbound.difference,
      ]);
      assert.deepEqual(differences, [0, 0, 0, 0], 'the books are right');
      assert.deepEqual(bugs, []);
    },
  };
  return bench;
}

export const textTo = (
  conversation: string,
  text: string,
  channel = 'test',
  tenant = 'default',
): OutboundMessage =>
  outboundMessage({ content: { kind: 'text', text }, address: { tenant, channel, conversation } });
