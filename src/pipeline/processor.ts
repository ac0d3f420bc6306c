/** The contract of the pipeline: stages in a fixed order, processors in each, and what a processor may decide. */
import type { Envelope } from '../message/envelope.ts';

export const STAGES = ['validate', 'normalize', 'process', 'enrich', 'ai'] as const;
export type StageName = (typeof STAGES)[number];

export type Step =
  /** Goes on with this envelope. */
  | { readonly kind: 'next'; readonly envelope: Envelope }
  /** Finished on purpose: no further stage, no reply. */
  | { readonly kind: 'drop'; readonly reason: string }
  /** Later, from the first stage on, unchanged; counted, and a dead letter when the attempts are used up. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs: number }
  /** Never: a dead letter at once. */
  | { readonly kind: 'reject'; readonly reason: string };

export interface Processor {
  readonly name: string;
  /**
   * Returns a new envelope and changes nothing else: it may be run again, after a crash or a retry, on the same
   * message. Throwing, or not settling before the signal, counts as a retry.
   */
  process(envelope: Envelope, signal: AbortSignal): Promise<Step> | Step;
}

export type Pipeline = Readonly<Record<StageName, readonly Processor[]>>;

export const next = (envelope: Envelope): Step => ({ kind: 'next', envelope });
