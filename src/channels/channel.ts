/**
 * The contract between the hub and one platform. An adapter is pure, except `send`, `lookup` and `open`:
 * `verify`, `parse` and `render` are functions of their arguments and the channel's configuration.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import type { InboundKind, Media } from '../message/content.ts';
import type { InboundEvent } from '../message/event.ts';
import type { SendResult } from '../message/fault.ts';
import type { JsonValue } from '../message/json.ts';
import type { Loss, OutboundMessage } from '../message/message.ts';
import type { HttpClient } from './http.ts';

/** A request as plain data: what was signed, byte by byte, and what came with it. */
export interface WebhookRequest {
  readonly method: 'GET' | 'POST';
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; every value that came, in order. Use `header()`, which refuses doubled ones. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The raw bytes the platform signed. */
  readonly body: Uint8Array;
}

/** What is said to the platform at once. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/**
 * Who sent it. `ok: true` with an `answer` is a handshake: answered, nothing is stored.
 * `ok: false` is answered with the status and an empty body; the reason is counted, never sent.
 */
export type Verdict =
  | { readonly ok: true; readonly answer?: Answer }
  | { readonly ok: false; readonly status: 401 | 403; readonly reason: RefusalReason };

export type RefusalReason =
  | 'missing-signature'
  | 'doubled-signature'
  | 'malformed-signature'
  | 'wrong-signature'
  | 'malformed-timestamp'
  | 'stale-timestamp'
  | 'future-timestamp'
  | 'wrong-verify-token'
  | 'not-allowed';

/** What a platform takes and shows, as data: the planner splits and degrades by it, the reference prints it. */
export interface Capabilities {
  /** `true`, or why the platform never sends it. */
  readonly inbound: Readonly<Record<InboundKind, true | string>>;
  /** The longest text message, in UTF-16 units of the finished text. */
  readonly text: { readonly max: number };
  readonly choices: {
    /** Buttons below a text; null where there are none. */
    readonly buttons: { readonly max: number; readonly label: number; readonly text: number } | null;
    /** A menu that opens; null where there is none. */
    readonly list: {
      readonly max: number;
      readonly label: number;
      readonly description: number;
      readonly text: number;
    } | null;
    /** How many of the buttons may open an address; 0: the address is written into the text. */
    readonly links: number;
  };
  /** How each type of media goes out: as itself, as another type, or as a link in a text. */
  readonly media: Readonly<Record<Media['type'], MediaSupport>>;
  readonly card: {
    readonly title: number;
    readonly text: number;
    readonly buttons: number;
    readonly label: number;
    readonly image: boolean;
  } | null;
  /** Natively, or how a text stands in. */
  readonly location: boolean;
  readonly contacts: boolean;
  /** `true`, or why not: these are refused or skipped where the platform lacks them. */
  readonly template: true | string;
  readonly reaction: true | string;
  readonly typing: true | string;
  readonly read: true | string;
  readonly edit: true | string;
  readonly deletion: true | string;
  /** How an ambiguous send can be settled: by the platform's receipt or echo, its history, or not at all. */
  readonly proof: 'receipt' | 'history' | 'none';
  /** True when sending the same wire message twice has the effect of once. */
  readonly idempotent: boolean;
}

export type MediaSupport =
  | {
      readonly as: Media['type'] /** Longest caption; 0: a text of its own follows. */;
      readonly caption: number;
    }
  | { readonly as: 'link' };

export type { Loss };

export interface Rendering<Wire> {
  /** Each is sent, retried and receipted by itself, in this order. Empty: nothing to send, the losses say why. */
  readonly wires: readonly Wire[];
  readonly losses: readonly Loss[];
}

export interface SendContext {
  /** The delivery's id. Where the platform gives something back, this goes along to recognise our own. */
  readonly marker: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The delivery's place among those of its conversation: growing, with gaps. */
  readonly seq: number;
  readonly signal: AbortSignal;
}

/** What a look into the platform's history found out about an ambiguous send. */
export type Lookup =
  | { readonly found: true; readonly platformId: string | null }
  | { readonly found: false }
  /** The platform could not be asked, or would not say. */
  | { readonly found: null; readonly detail: string };

export interface Channel<Wire extends JsonValue = JsonValue> {
  readonly type: string;
  readonly tenant: string;
  /** The id of the channel file. */
  readonly id: string;
  /** Our identity at the platform, for people: a number, a page, a workspace app. */
  readonly account: string;

  /** Never throws; examines the raw bytes only as far as it must. */
  verify(request: WebhookRequest): Verdict | Promise<Verdict>;
  /**
   * What to answer once the request is stored, where the platform awaits more than an empty 200.
   * Called after `verify` and before the bytes are stored, so it must be quick and must not fail.
   */
  reply?(request: WebhookRequest): Answer | undefined;
  /**
   * Every event of the body, in order: N in, N out; what it does not know is `unsupported` or `ignored`.
   * Throws `Unreadable` for a body that is not of the platform's form at all.
   */
  parse(request: WebhookRequest): readonly InboundEvent[];
  /** Total: what the platform cannot show is degraded, with a loss; what it refuses altogether throws `Unsayable`. */
  render(message: OutboundMessage): Rendering<Wire>;
  /** One wire message, one call. Never throws, never retries, never sleeps. */
  send(wire: Wire, context: SendContext): Promise<SendResult>;
  /** Asks the platform whether an ambiguous send arrived. Only with `proof: 'history'`. */
  lookup?(wire: Wire, context: SendContext & { readonly since: number }): Promise<Lookup>;
  /** For a channel whose platform is ours (the web chat): its own front door beside the webhook. */
  open?(hall: Hall): Door;
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** What a channel with a front door of its own gets from the hub. */
export interface Hall {
  /** Stores a request that the channel itself has authenticated. Resolves once durable, rejects never. */
  accept(
    request: WebhookRequest,
  ): Promise<{ readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string }>;
  /** Sent wire messages of a conversation after a sequence number, oldest first, at most `limit`. */
  feed(conversation: string, after: number, limit: number): Promise<readonly FeedEntry[]>;
}

export interface FeedEntry {
  readonly seq: number;
  readonly delivery: string;
  readonly wire: JsonValue;
  readonly at: number;
}

export interface Door extends AsyncDisposable {
  /** Requests below `/web/<channel id>/`. */
  request(request: IncomingMessage, response: ServerResponse, path: string): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void;
}

export interface ChannelDependencies {
  readonly http: HttpClient;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The identity every channel file carries, whatever its type. */
export interface ChannelIdentity {
  readonly tenant: string;
  readonly id: string;
}

/** The factory of one platform's channels; any number of accounts side by side. */
export interface ChannelDefinition<
  Schema extends z.ZodObject = z.ZodObject,
  Wire extends JsonValue = JsonValue,
> {
  readonly type: string;
  /** The part of a channel file that is this platform's own. Secret fields are made with `secret()`. */
  readonly config: Schema;
  /** The largest body the platform documents, in bytes. */
  readonly maxBodyBytes: number;
  readonly capabilities: Capabilities;
  /** The headers the platform itself would send with these bytes: for the sandbox, `trigger` and tests. */
  sign(
    config: z.output<Schema>,
    body: Uint8Array,
    nowMs: number,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** The same configuration with every outbound address below `url`: how the sandbox gets in. */
  redirect(config: z.output<Schema>, url: string): z.output<Schema>;
  create(identity: ChannelIdentity, config: z.output<Schema>, deps: ChannelDependencies): Channel<Wire>;
}

/** Binds a definition's parts to each other for the compiler, and forgets them for the register. */
export function defineChannel<Schema extends z.ZodObject, Wire extends JsonValue>(
  definition: ChannelDefinition<Schema, Wire>,
): ChannelDefinition {
  return definition as unknown as ChannelDefinition;
}

/** A verified body that cannot be read: quarantined with its raw bytes. The reason never quotes the body. */
export class Unreadable extends Error {}

/** An outbound message the platform has no way to say, not even degraded. */
export class Unsayable extends Error {}
