/** What people and programs may ask the store: messages, their whole history, and the books. */
import type { Facts, StageTrace } from '../message/envelope.ts';
import type { ReceiptStatus } from '../message/event.ts';
import type { Fault } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import type { InboundMessage, Loss, OutboundMessage } from '../message/message.ts';
import type { MediaView } from './media.ts';
import type { Delivery } from './send-queue.ts';

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
