/** Delivery, and how it ends well. */
import type { Rate } from '../channels/capabilities.ts';
import type { Ages } from '../clock/clock.ts';
import { consumeSends } from '../delivery/consume.ts';
import type { Outlet } from '../delivery/deliver-run.ts';
import { createGate, type Gate } from '../delivery/gate.ts';
import { lookupPace } from '../delivery/pace-lookups.ts';
import { persist } from '../storage/persist.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Mounted } from './channels.ts';
import { newId } from './new-id.ts';

const SENDS_AT_ONCE = 128;
/** What is under way when the hub stops may take this long to end by itself; then it is cut off. */
const FINISH_MS = 6_000;

export interface DeliveryParts {
  readonly store: Store;
  readonly mounted: Mounted;
  /** Of each tenant; null: no limit. */
  readonly tenantRate: Rate | null;
  readonly ages: Ages;
  readonly logger: Logger;
  readonly crash: (point: string) => void;
  readonly onFatal: (error: Error) => void;
  /** Resolves true once all that was accepted until now has been taken in; false after that long. */
  readonly caughtUp: (withinMs: number) => Promise<boolean>;
}

export interface RunningDelivery
  extends AsyncDisposable,
    Pick<Gate, 'closed' | 'paceState' | 'breakerStates' | 'renew'> {
  /** Begins no more sends; those under way have their time from now on, while other parts of the hub end. */
  stop(): void;
}

export function startDelivery(parts: DeliveryParts): RunningDelivery {
  const { store, mounted, tenantRate, ages, logger, crash, onFatal, caughtUp } = parts;
  const stop = new AbortController();
  const abort = new AbortController();
  let cut: NodeJS.Timeout | undefined;
  const stopNow = (): void => {
    stop.abort();
    cut ??= setTimeout(() => abort.abort(), FINISH_MS);
  };
  const outlet = (tenant: string, id: string): Outlet | undefined => {
    const found = mounted.known(tenant, id);
    if (found === undefined) return undefined;
    const { channel, definition, file } = found;
    const { idempotent, rates } = definition.capabilities;
    return { channel, idempotent, rates, policy: file.delivery };
  };
  const gate = createGate({
    accounts: mounted.values().map(({ file }) => ({ tenant: file.tenant, channel: file.id })),
    outlet,
    width: SENDS_AT_ONCE,
    tenantRate,
    now: () => performance.now(),
    wallNow: Date.now,
    ages,
    keep: account => persist(() => store.keepAccount(account), abort.signal),
    stopping: () => abort.signal.aborted,
  });
  const lookups = lookupPace();
  const running = consumeSends({
    store,
    gate,
    lookups,
    outlet,
    width: SENDS_AT_ONCE,
    newId,
    now: Date.now,
    ages,
    startedAt: Date.now(),
    caughtUp,
    random: Math.random,
    stop: stop.signal,
    abort: abort.signal,
    crash,
    onBug: error => logger.error({ err: error }, 'a delivery failed on a bug'),
  });
  running.catch(onFatal);
  return {
    stop: stopNow,
    renew: gate.renew,
    closed: gate.closed,
    paceState: gate.paceState,
    breakerStates: gate.breakerStates,
    async [Symbol.asyncDispose]() {
      stopNow();
      await running;
      clearTimeout(cut);
      gate[Symbol.dispose]();
      await lookups[Symbol.asyncDispose]();
    },
  };
}
