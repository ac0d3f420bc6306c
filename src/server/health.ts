/** What `/healthz` and `/readyz` say. */
import type { Warning } from './warnings.ts';

export interface ChannelHealth {
  readonly id: string;
  readonly type: string;
  readonly webhook: string;
  readonly state: 'ready' | 'sandbox' | 'disabled';
  /** What to set to go live, where the sandbox stands in. */
  readonly missing: readonly string[];
  /** Why nothing is sent at the moment; messages wait. Null when all is well. */
  readonly trouble: string | null;
}

export interface Health {
  /** False: the process should be replaced. */
  readonly live: boolean;
  /** False: webhooks are answered 503 at the moment. */
  readonly ready: boolean;
  /** Why not ready; empty when all is well. */
  readonly troubles: readonly string[];
  /** What was damaged on the disk, and what of it could not be made good; empty when nothing was. */
  readonly damage: readonly string[];
  /** What people should see to, though all goes on; empty when there is nothing. */
  readonly warnings: readonly Warning[];
  /** How late the main thread's event loop turns, since the start; null where nobody measures it. */
  readonly eventLoop: { readonly p99Ms: number; readonly longestMs: number } | null;
  readonly name: string;
  readonly version: string;
  /** Of the configuration that is used: from 1, one more with each that was read while the hub runs. */
  readonly configVersion: number;
  readonly channels: readonly ChannelHealth[];
}
