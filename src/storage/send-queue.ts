/** What is to go out: messages, their parts, every attempt and what became of it, and what accounts remember. */
import type { Fault } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import type { Loss, OutboundMessage } from '../message/message.ts';
import type { Allowance } from './turns.ts';

export type DeliveryState = 'queued' | 'intent' | 'ambiguous' | 'sent' | 'dead' | 'parked' | 'skipped';

export interface Delivery {
  readonly id: string;
  readonly seq: number;
  readonly part: number;
  readonly wire: JsonValue;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** How often it was sent again although the attempt before may have arrived. */
  readonly resends: number;
  /** How many of the attempts are not held against it: the account or the recipient's limit was in the way. */
  readonly spared: number;
  /** When the last attempt began. */
  readonly triedAt: number | null;
  /** In doubt: when the first attempt began of those that may have arrived. Null: not in doubt, or not known. */
  readonly inDoubtSince: number | null;
  /** Since when it has stood in the way of others of its conversation; null: it does not. */
  readonly heldSince: number | null;
}

export interface SendItem {
  readonly seq: number;
  readonly message: OutboundMessage;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When somebody in its conversation, and no bot, was last heard of; null: never. Milliseconds since 1970. */
  readonly lastInboundAt: number | null;
  /** How its conversation is reached, as a message that came in last told it; null: none did. */
  readonly route: string | null;
  /** Null before the message was rendered. */
  readonly deliveries: readonly Delivery[] | null;
}

export type Settlement =
  | { readonly kind: 'sent'; readonly platformId: string | null }
  /** Certainly not sent; again after the wait. `spared`: the attempt is not held against the message. */
  | {
      readonly kind: 'not sent';
      readonly fault: Fault;
      readonly afterMs: number;
      readonly spared?: boolean;
      /** It, and not its account, stands in the way of those behind it, from the first of these until a false one. */
      readonly holds?: boolean;
      /** Where another message waits behind it, it is parked with this fault instead, and the other goes on. */
      readonly makesWay?: Fault;
    }
  /** Perhaps sent; looked at again after the wait. */
  | { readonly kind: 'ambiguous'; readonly fault: Fault; readonly afterMs: number }
  | { readonly kind: 'dead'; readonly fault: Fault }
  | { readonly kind: 'parked'; readonly fault: Fault };

/** What an account is to remember over a restart: its limits and its breaker. */
export interface AccountState {
  readonly tenant: string;
  readonly channel: string;
  readonly state: JsonValue;
  /** Why nothing is sent at the moment, for people; null when all is well. */
  readonly reason: string | null;
}

/** Open messages of a channel that were created before a time, to be ended by this fault. */
export interface Lapse {
  readonly tenant: string;
  readonly channel: string;
  /** Milliseconds since 1970. */
  readonly before: number;
  readonly fault: Fault;
}

/** Why something may be sent in a message's place. `window`: it came too late. `late`: it was taken and did not arrive. */
export const FAILED_BY = ['window', 'late'] as const;
export type FailureCause = (typeof FAILED_BY)[number];

/** A message that ended, and in whose place something may be sent: nobody has decided yet. */
export interface FailedSend {
  readonly seq: number;
  readonly cause: FailureCause;
  /** Of its fault. */
  readonly code: string;
  readonly message: OutboundMessage;
}

export interface SendQueue {
  /**
   * Up to `limit` outbound messages, at most one a conversation, no more of any tenant and account than the
   * allowance has. Tenants take turns, then accounts; those that have waited longest go first, and one in five of
   * an account with a backlog is fresh.
   */
  claimSends(limit: number, allowance?: Allowance): Promise<readonly SendItem[]>;
  /** Stores what was rendered. No wires: nothing is to be sent, the message ends as skipped. */
  plan(plan: {
    readonly seq: number;
    readonly wires: readonly { readonly id: string; readonly wire: JsonValue }[];
    readonly losses: readonly Loss[];
  }): Promise<readonly Delivery[]>;
  /** The message cannot be said on its platform: dead, or parked where a part may have arrived. */
  refuse(refusal: { readonly seq: number; readonly fault: Fault }): Promise<void>;
  /**
   * Stored before every attempt. The attempt's number; null when the delivery is settled already, as by a receipt.
   * `resend`: those before may have arrived.
   */
  intend(intent: {
    readonly delivery: string;
    readonly at: number;
    readonly resend: boolean;
  }): Promise<number | null>;
  /**
   * What became of an attempt; or, of a delivery in doubt, what was found out: `not sent` and `dead` say that it did
   * not arrive. An attempt that was not sent leaves the doubt about those before it: it is in doubt again, or parked
   * where it ends. True when the message may go on with its next part.
   */
  settle(settlement: {
    readonly delivery: string;
    readonly at: number;
    readonly settlement: Settlement;
  }): Promise<boolean>;
  /** Nothing was tried; look again after the wait. */
  hold(hold: { readonly seq: number; readonly afterMs: number }): Promise<void>;
  /** Some of what has waited for too long ends: dead, or parked where a part may have arrived. How many did. */
  lapse(lapse: Lapse): Promise<number>;
  /** The oldest of them. `onReady('sends')` calls when there is a new one. */
  failedSends(limit: number): Promise<readonly FailedSend[]>;
  /**
   * Decides one of them for good. `instead` goes to the end of its conversation's lane, unless something was sent in
   * its place before, or in any other's of the conversation since the person last wrote. True when it does.
   */
  answerFailed(answer: { readonly seq: number; readonly instead: OutboundMessage | null }): Promise<boolean>;
  keepAccount(account: AccountState): Promise<void>;
  accounts(): Promise<readonly AccountState[]>;
}
