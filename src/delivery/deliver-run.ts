/** What delivering one message goes by: its channel, the store, the clock, and what ends it. */
import type { Rates } from '../channels/capabilities.ts';
import type { Channel } from '../channels/channel.ts';
import type { Ages } from '../clock/clock.ts';
import { persist } from '../storage/persist.ts';
import type { SendItem } from '../storage/send-queue.ts';
import type { Store } from '../storage/store.ts';
import type { Doubts } from './doubt.ts';
import type { Pass } from './gate-pass.ts';
import type { Lookups } from './pace-lookups.ts';
import type { DeliveryPolicy } from './policy.ts';

/** A channel with the policy its file gives it. */
export interface Outlet {
  readonly channel: Channel;
  /** Sending the same wire message twice has the effect of once. */
  readonly idempotent: boolean;
  /** As the platform documents them. */
  readonly rates?: Rates | undefined;
  readonly policy: DeliveryPolicy;
}

export interface DeliverOptions {
  readonly store: Store;
  /** Undefined for a channel that is no longer configured. */
  readonly outlet: (tenant: string, channel: string) => Outlet | undefined;
  readonly newId: () => string;
  /** Milliseconds since 1970, for what is noted. */
  readonly now: () => number;
  /** For what is judged by what was noted. */
  readonly ages: Ages;
  /** When this process began: what a platform had to tell before could not come in. Milliseconds since 1970. */
  readonly startedAt: number;
  /** Resolves true once all that was accepted until now has been taken in, receipts too; false after that long. */
  readonly caughtUp: (withinMs: number) => Promise<boolean>;
  /** 0 to 1. */
  readonly random: () => number;
  /** Nothing new is begun after it. */
  readonly stop: AbortSignal;
  /** Ends attempts that are under way. */
  readonly abort: AbortSignal;
  readonly lookups: Lookups;
  readonly doubts: Doubts;
  /** Named points where tests end the process. */
  readonly crash: (point: string) => void;
}

/** One message on its way. */
export interface Run extends DeliverOptions {
  readonly item: SendItem;
  readonly pass: Pass;
}

/** Of a bug in an adapter: its words may quote a message, its name does not. */
export const threw = (error: unknown): string =>
  `the adapter threw ${error instanceof Error ? error.name : 'something'}`;

/** Again and again while the store is unavailable; rejects with bugs, and when attempts are to end. */
export const stored = <T>(options: DeliverOptions, call: (store: Store) => Promise<T>): Promise<T> =>
  persist(() => call(options.store), options.abort);
