/** Everything a webhook can say, after an adapter has read it. */
import type { Fault } from './fault.ts';
import type { InboundMessage, OutboundMessage } from './message.ts';

/** Ranked: a message's state only moves up. `failed` ends it. */
export const RECEIPT_STATUSES = ['accepted', 'sent', 'delivered', 'read', 'played', 'failed'] as const;
export type ReceiptStatus = (typeof RECEIPT_STATUSES)[number];

export interface Receipt {
  /** The platform's id of our message; absent where the platform only tells a watermark. */
  readonly target?: string;
  /** What we gave along with the send and the platform gave back: the delivery's id. Proves acceptance. */
  readonly marker?: string;
  /** With `conversation`: every message we sent there up to this time (ms) is meant. */
  readonly watermark?: number;
  /** Beside a target or marker: they count only if the message went there. */
  readonly conversation?: string;
  readonly status: ReceiptStatus;
  /** Milliseconds since 1970, by the platform's clock. */
  readonly time: number;
  /** Why, where the status is `failed`. */
  readonly fault?: Fault;
}

export type InboundEvent =
  | { readonly kind: 'message'; readonly message: InboundMessage }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** Understood and skipped on purpose; counted by reason. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** One item of a batch that could not be read: quarantined with its raw bytes, the others go on. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly at: string }
  /** A message of ours, asked for over the API. */
  | {
      readonly kind: 'outbound';
      readonly message: OutboundMessage;
      readonly idempotencyKey: string | null;
      readonly digest: string;
    };
