/** The work between the intake and the stages: who has which message, and what became of it. */
import type { ConversationContext, Facts, StageTrace } from '../message/envelope.ts';
import type { InboundMessage, OutboundMessage } from '../message/message.ts';

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

/** As long as the most patient of the platforms that give up goes on sending a message again. */
export const TARGET_WAIT_MS = 600_000;

/** A claimant that ended before its results. */
export interface Abandoned {
  readonly claimant: string;
  readonly cause: string;
  /** What it had begun on last, if that is known: most likely the cause, so the other suspects go before it. */
  readonly blamed?: number;
}

/** Who works on messages; the name is never used again. */
export interface Claimant {
  readonly name: string;
  readonly suspects: boolean;
  readonly bursts?: readonly Burst[];
  /**
   * An edit or a deletion that came before its message is given out behind it, or after so long without it; the
   * others of its conversation meanwhile. Absent: it is given out like any other.
   */
  readonly targetWaitMs?: number;
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
  abandonWork(abandoned: Abandoned): Promise<number>;
  /** Stage results and outbound messages in one transaction. Repeating it changes nothing. */
  finishWork(results: readonly WorkResult[]): Promise<void>;
}
