/** An inbound message on its way through the pipeline, with what was learned so far. */
import type { JsonValue } from './json.ts';
import type { InboundMessage, OutboundMessage } from './message.ts';

/** What processors learned. Each key has one owner. */
export interface Facts {
  readonly text?: { readonly truncated: boolean; readonly changed: boolean };
  readonly language?: { readonly code: string; readonly confidence: number; readonly detector: string };
  readonly conversation?: {
    readonly first: boolean;
    readonly messages: number;
    readonly idleMs: number | null;
  };
  readonly answer?: { readonly by: string; readonly rule: string | null };
  readonly [key: string]: JsonValue | undefined;
}

/** What the store knows of the conversation when the message is taken up. */
export interface ConversationContext {
  /** Messages before this one. */
  readonly messages: number;
  /** The language last detected in the conversation. */
  readonly language: string | null;
  /** When the message before this one was received; null for the first. */
  readonly previousAt: number | null;
}

export interface Envelope {
  /** The hub's id of the message. */
  readonly id: string;
  readonly receivedAt: number;
  /** 1 for the first time the message is worked on. */
  readonly attempt: number;
  readonly message: InboundMessage;
  readonly conversation: ConversationContext;
  readonly facts: Facts;
  readonly replies: readonly OutboundMessage[];
}

/** One stage's or processor's share in a message's journey. */
export interface StageTrace {
  /** Which attempt at the message it belongs to. */
  readonly attempt: number;
  readonly stage: string;
  readonly processor: string;
  readonly ms: number;
  readonly step: 'next' | 'drop' | 'retry' | 'reject' | 'threw' | 'timed out';
  readonly reason?: string;
}
