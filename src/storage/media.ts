/**
 * What the store knows of media: which are still to be fetched, and what became of each. The bytes themselves are
 * elsewhere, under the same id. Part of the store's port; its promises hold here as well.
 */
import type { Media } from '../message/content.ts';

/** `failed` and `skipped` have no bytes and never will; `expired` had them. */
export type MediaState = 'waiting' | 'fetching' | 'stored' | 'failed' | 'skipped' | 'expired';

export interface MediaView {
  /** Random, and nothing but this id leads to the bytes. */
  readonly id: string;
  readonly tenant: string;
  /** Where it came in; null for what was given to the API. */
  readonly channel: string | null;
  /** The hub's id of the message it came with; null for what was given to the API. */
  readonly message: string | null;
  readonly state: MediaState;
  /** Why it is not there (yet). */
  readonly reason: string | null;
  readonly attempts: number;
  /** As the sender named it: data, never a path. */
  readonly name: string | null;
  /** As the sender claimed it. */
  readonly claimedType: string | null;
  /** By its bytes; null before they are there. */
  readonly type: string | null;
  readonly bytes: number | null;
  /** In hexadecimal. */
  readonly sha256: string | null;
  /** What is odd about it, as a type that is not the claimed one. */
  readonly notes: readonly string[];
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

/** Media of an inbound message whose bytes are still at the platform. */
export interface MediaJob {
  readonly id: string;
  readonly tenant: string;
  readonly channel: string;
  /** 1 for the first; counted before the fetch, so that a crash counts. */
  readonly attempt: number;
  readonly media: Media;
}

/** What is known once the bytes are there. */
export interface KeptMedia {
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly notes: readonly string[];
}

export type MediaOutcome =
  | { readonly kind: 'stored'; readonly kept: KeptMedia }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Nobody said how it could be fetched. */
  | { readonly kind: 'skipped'; readonly reason: string };

/** A platform that lets the hub wait holds up its own files and no others. */
export const MAX_MEDIA_OF_CHANNEL = 4;

/** Longer than a fetch is ever asked to wait. */
export const LONGEST_MEDIA_WAIT_MS = 3_600_000;

export interface MediaBooks {
  /**
   * Up to `limit` media that are to be fetched now, the longest due first, and never more than
   * `MAX_MEDIA_OF_CHANNEL` of one channel at a time. What would wait for more than `LONGEST_MEDIA_WAIT_MS` waits
   * because the clock was set back, and is due. Each is the caller's until `finishMedia` or the process ends.
   */
  claimMedia(limit: number): Promise<readonly MediaJob[]>;
  /** What became of a fetch. An attempt that is not the last has no effect. */
  finishMedia(result: {
    readonly id: string;
    readonly attempt: number;
    readonly outcome: MediaOutcome;
  }): Promise<void>;
  /** Bytes that are kept already, under an id of the caller's. */
  addMedia(added: {
    readonly id: string;
    readonly tenant: string;
    readonly name: string | null;
    readonly claimedType: string | null;
    readonly kept: KeptMedia;
  }): Promise<void>;
  media(id: string): Promise<MediaView | null>;
  /** Ids whose bytes are kept since before a time, oldest first. */
  oldMedia(before: number, limit: number): Promise<readonly string[]>;
  /** Their bytes are gone; that they were there is still known. */
  expireMedia(ids: readonly string[]): Promise<void>;
}
