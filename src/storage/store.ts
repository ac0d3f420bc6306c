/**
 * What the hub keeps and looks up. Every method is one transaction and durable when its promise resolves; it
 * rejects with `StoreUnavailable` when nothing was changed, or when that is not known, and may then be called
 * again with the same arguments. Nothing here blocks the event loop.
 */
import type { ConversationContext, Facts, StageTrace } from '../message/envelope.ts';
import type { InboundEvent, ReceiptStatus } from '../message/event.ts';
import type { Fault } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import type { InboundMessage, Loss, OutboundMessage } from '../message/message.ts';
import type { DeadLetterDesk } from './dead-letters.ts';
import type { Position } from './log.ts';
import type { MediaBooks, MediaView } from './media.ts';
import type { Allowance } from './turns.ts';

/** The store cannot answer now. Callers wait and repeat the call. */
export class StoreUnavailable extends Error {}

// Intake ---------------------------------------------------------------------------------------------------

/** One record of the log, read: its events in order, or why it could not be read. */
export interface ReadRecord {
  readonly id: string;
  readonly at: number;
  readonly tenant: string;
  readonly channel: string;
  readonly position: Position;
  readonly events: readonly InboundEvent[];
}

export interface Intake {
  /** How far the log has been taken in. */
  position(): Promise<Position>;
  /**
   * Takes in what was read between `from` and `next`, all or nothing: messages once each (the same platform id
   * on the same channel again changes nothing), receipts applied upwards only, a work item for each new message.
   * False when `from` is not where the store stands: somebody else was there first.
   */
  accept(batch: {
    readonly from: Position;
    readonly next: Position;
    readonly records: readonly ReadRecord[];
  }): Promise<boolean>;
  /** True once everything before the position has been taken in; false when it was not within the time. */
  reached(position: Position, withinMs?: number): Promise<boolean>;
}

// Pipeline -------------------------------------------------------------------------------------------------

/** A message that was being worked on at this many ends of the process or its thread is worked on no more. */
export const MAX_DEATHS = 3;

export interface WorkItem {
  readonly seq: number;
  readonly id: string;
  /** 1 for the first; counted before the work, so that a crash counts. */
  readonly attempt: number;
  /** How many of the attempts were before the last replay, and are not held against the message. */
  readonly forgiven: number;
  readonly receivedAt: number;
  readonly message: InboundMessage;
  readonly conversation: ConversationContext;
}

export interface WorkResult {
  readonly seq: number;
  /** Which attempt this is the result of: one that is not the last has no effect. */
  readonly attempt: number;
  readonly outcome:
    | { readonly kind: 'done'; readonly replies: readonly OutboundMessage[] }
    | { readonly kind: 'dropped'; readonly reason: string }
    | { readonly kind: 'retry'; readonly reason: string; readonly afterMs: number }
    | { readonly kind: 'dead'; readonly reason: string };
  readonly stages: readonly StageTrace[];
  readonly facts: Facts;
}

/** What is done on a channel with several texts that a person writes in a row; each by itself unless one says so. */
export interface Burst {
  readonly tenant: string;
  readonly channel: string;
  /**
   * `debounce`: they wait until nothing came for `quietMs`, at most `maxMs`, and go out as the last of them with the
   * words of all. `latest`: only the last of those that wait goes out. The others are dropped, and say for which.
   */
  readonly policy: 'debounce' | 'latest';
  readonly quietMs: number;
  readonly maxMs: number;
}

/** Who works on messages; the name is never used again. */
export interface Claimant {
  readonly name: string;
  readonly suspects: boolean;
  readonly bursts?: readonly Burst[];
}

export interface WorkQueue {
  /**
   * Up to `limit` messages, at most one a conversation, the oldest of each. Their attempt is counted before they
   * are given out; each is the claimant's until `finishWork` (or until it ends). Suspects, which were being
   * worked on when the process or a claimant ended before, are given out only to who asks for them.
   */
  claimWork(limit: number, claimant: Claimant): Promise<readonly WorkItem[]>;
  /**
   * A claimant ended before its results: each of its messages has one death more, waits again as a suspect, and
   * after `MAX_DEATHS` is a dead letter. It can claim no more. Returns how many were given up.
   */
  abandonWork(abandoned: { readonly claimant: string; readonly cause: string }): Promise<number>;
  /** Stage results and outbound messages in one transaction. Repeating it changes nothing. */
  finishWork(results: readonly WorkResult[]): Promise<void>;
}

// Delivery -------------------------------------------------------------------------------------------------

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
      /** It, and not its account, stands in the way of those behind it, from the first such attempt on. */
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
  /** The message cannot be said on its platform. */
  refuse(refusal: { readonly seq: number; readonly fault: Fault }): Promise<void>;
  /** Stored before every attempt. The attempt's number; null when the delivery is settled already, as by a receipt. */
  intend(intent: {
    readonly delivery: string;
    readonly at: number;
    readonly resend: boolean;
  }): Promise<number | null>;
  /** What became of an attempt. True when the message may go on with its next part. */
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

// Looking up -----------------------------------------------------------------------------------------------

export interface MessageView {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly seq: number;
  readonly channel: string;
  readonly conversation: string;
  readonly at: number;
  readonly state: string;
  readonly reason: string | null;
  readonly platformIds: readonly string[];
  /** The one of its conversation right before it, which it overtook: that one was given up. */
  readonly gap: string | null;
  /** What was sent in its place. */
  readonly fallback: string | null;
  /** In whose place it was sent. */
  readonly fallbackOf: string | null;
  readonly message: InboundMessage | OutboundMessage | null;
  /** What came with it or is sent with it, as far as the hub keeps it or is to fetch it. */
  readonly media: readonly MediaView[];
}

export interface MessageFilter {
  readonly tenant?: string;
  readonly channel?: string;
  readonly direction: 'inbound' | 'outbound';
  /** Only those behind this sequence number. */
  readonly after: number;
  readonly limit: number;
}

export interface LedgerSide {
  readonly accepted: number;
  readonly done: number;
  readonly dead: number;
  readonly parked: number;
  readonly inFlight: number;
  /** accepted − done − dead − parked − inFlight; anything but 0 is a message that fell into a hole. */
  readonly difference: number;
}

export interface Ledger {
  readonly inbound: LedgerSide;
  readonly outbound: LedgerSide;
  readonly duplicates: number;
  readonly receipts: number;
  readonly ignored: readonly { readonly channel: string; readonly reason: string; readonly count: number }[];
  /** Attempts whose end nobody knows, and what became of them. */
  readonly ambiguous: { readonly total: number; readonly provenSent: number; readonly resent: number };
}

export interface AttemptView {
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly result: string;
  readonly fault: Fault | null;
}

export interface ReceiptView {
  readonly status: ReceiptStatus;
  readonly at: number;
  readonly receivedAt: number;
  readonly fault: Fault | null;
}

export interface DeliveryView extends Delivery {
  readonly platformId: string | null;
  readonly fault: Fault | null;
  readonly tries: readonly AttemptView[];
  readonly receipts: readonly ReceiptView[];
}

export interface OutboundTrace {
  readonly view: MessageView;
  /** Why its account sends nothing at the moment; null when it does, and for a message that is over. */
  readonly held: string | null;
  readonly losses: readonly Loss[];
  readonly deliveries: readonly DeliveryView[];
}

export interface Trace {
  /** What came in; null for a message that the API asked for. */
  readonly inbound:
    | (MessageView & {
        readonly raw: string;
        readonly attempts: number;
        readonly stages: readonly StageTrace[];
        readonly facts: Facts;
        readonly finishedAt: number | null;
      })
    | null;
  readonly outbound: readonly OutboundTrace[];
}

export interface FeedRow {
  readonly seq: number;
  readonly delivery: string;
  readonly wire: JsonValue;
  readonly at: number;
}

export interface LookUp {
  /** Recounted from the rows on demand, not only from the running counters. */
  ledger(recount: boolean): Promise<Ledger>;
  /** By the hub's id or the platform's, of either direction. */
  trace(id: string): Promise<Trace | null>;
  messages(filter: MessageFilter): Promise<readonly MessageView[]>;
  message(id: string): Promise<MessageView | null>;
  /** What an idempotency key was used for. */
  idempotent(
    tenant: string,
    key: string,
  ): Promise<{ readonly outbound: string; readonly digest: string } | null>;
  /** Sent wire messages of a conversation behind a sequence number, oldest first. */
  feed(query: {
    readonly tenant: string;
    readonly channel: string;
    readonly conversation: string;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly FeedRow[]>;
}

// Retention ------------------------------------------------------------------------------------------------

export interface Retention {
  /**
   * Forgets up to `limit` messages of each direction that are over, with all that followed from them, and whose
   * times (ms since 1970) lie before; idempotency keys have a time of their own. What is open, or a dead letter
   * without a decision, is kept. How many went; the ledger goes on counting them.
   */
  expire(
    before: { readonly messages: number; readonly keys: number },
    limit: number,
  ): Promise<{ readonly inbound: number; readonly outbound: number }>;
}

export type Queue = 'work' | 'suspects' | 'sends' | 'media' | 'operations';

export interface Store
  extends Intake,
    WorkQueue,
    SendQueue,
    LookUp,
    MediaBooks,
    DeadLetterDesk,
    Retention,
    AsyncDisposable {
  /** Calls back when there may be work, or sends, to claim. Ends with the returned function. */
  onReady(queue: Queue, callback: () => void): () => void;
}
