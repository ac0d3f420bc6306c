/** What a channel whose platform is ours has beside its webhook, and what the hub gives it for that. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { JsonValue } from '../message/json.ts';
import type { WebhookRequest } from './webhook.ts';

/** What a channel with a front door of its own gets from the hub. */
export interface Hall {
  /** Stores a request that the channel itself has authenticated. Resolves once durable, rejects never. */
  accept(
    request: WebhookRequest,
  ): Promise<{ readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string }>;
  /** Sent wire messages of a conversation after a sequence number, oldest first, at most `limit`. */
  feed(conversation: string, after: number, limit: number): Promise<readonly FeedEntry[]>;
  /**
   * Keeps a file that a person gives; durable when `ok`. Reads the source only as far as it is of use, and rejects
   * only on a bug. Absent: the hub keeps none.
   */
  keep?(file: GivenFile, signal: AbortSignal): Promise<KeptFile>;
}

export interface GivenFile {
  /** As the person named it. */
  readonly name: string | null;
  readonly claimedType: string | null;
  readonly source: AsyncIterable<Uint8Array>;
  /** Whether a file is wanted that is of this type by its bytes. */
  takes(type: string): boolean;
}

export type KeptFile =
  | {
      readonly ok: true;

      /** For a `stored` source of media. */
      readonly id: string;
      readonly name: string | null;
      /** By its bytes. */
      readonly type: string;
      readonly bytes: number;
    }
  | { readonly ok: false; readonly reason: 'too-large' | 'empty' | 'type' | 'broken-off' | 'unavailable' };

export interface FeedEntry {
  readonly seq: number;
  readonly delivery: string;
  readonly wire: JsonValue;
  readonly at: number;
}

export interface Door extends AsyncDisposable {
  /** Whether a body to this path may take longer than the server's own time; then the door ends it by itself. */
  isPatient?(path: string): boolean;
  /** Requests below `/web/<channel id>/`. */
  request(request: IncomingMessage, response: ServerResponse, path: string): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void;
}
