/**
 * The contract between the hub and one platform. An adapter is pure, except `send`, `lookup` and `open`:
 * `verify`, `parse` and `render` are functions of their arguments and the channel's configuration.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { z } from 'zod';
import type { InboundKind, Media } from '../message/content.ts';
import type { InboundEvent } from '../message/event.ts';
import type { Fault, SendResult } from '../message/fault.ts';
import type { JsonObject, JsonValue } from '../message/json.ts';
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

/**
 * What reading the body may need beside it: its form, and the time it was signed at, where it tells none itself.
 * Signatures and tokens have done their work and are not kept: `parse` sees these headers and no others.
 */
export function keptHeaders(headers: WebhookRequest['headers']): WebhookRequest['headers'] {
  const kept: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (name === 'content-type' || name.endsWith('-timestamp')) kept[name] = values;
  }
  return kept;
}

/** What is said to the platform at once. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/**
 * Who sent it. `ok: true` with an `answer` is a handshake: answered, nothing is stored.
 * `ok: false` is answered with the status and an empty body; the reason is counted, never sent. 503 says that it
 * could not be found out now (a key server is down): the platform is to send it again.
 */
export type Verdict =
  | { readonly ok: true; readonly answer?: Answer }
  | { readonly ok: false; readonly status: 401 | 403 | 503; readonly reason: RefusalReason };

export type RefusalReason =
  | 'missing-signature'
  | 'doubled-signature'
  | 'malformed-signature'
  | 'wrong-signature'
  | 'malformed-timestamp'
  | 'stale-timestamp'
  | 'future-timestamp'
  | 'wrong-verify-token'
  | 'not-allowed'
  | 'unverifiable';

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
  /** How fast the platform takes messages. Absent: it documents no limit. */
  readonly rates?: Rates;
}

/** So many in that time; up to `burst` of them at once, which is `count` where nothing is said. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
  readonly burst?: number;
}

/** All rates of a list hold at the same time. */
export interface Rates {
  /** Of all that the account sends. */
  readonly account?: readonly Rate[];
  /** Of what it sends into one conversation; where that is one person's, of the pair. */
  readonly conversation?: readonly Rate[];
  /** Of looks into the history, where `lookup` makes some. */
  readonly lookups?: Rate;
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
  /**
   * When somebody in the conversation was last heard of: milliseconds since 1970, null if never. Absent where that is
   * not to be gone by: the platform decides then what it takes.
   */
  readonly lastInboundAt?: number | null;
}

/** What a look into the platform's history found out about an ambiguous send. */
export type Lookup =
  | { readonly found: true; readonly platformId: string | null }
  | { readonly found: false }
  /** The platform would not say; or, `again`, it could not be asked just now and may be later. */
  | { readonly found: null; readonly detail: string; readonly again?: boolean };

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
  /**
   * How the bytes of an inbound message's media are fetched, or why they are not to be. Pure; asked anew for each
   * try, so what the platform gives out for a short time is asked for again. Absent: the platform's messages have none.
   */
  media?(media: Media): MediaFetch | string;
  /** Asks the platform whether an ambiguous send arrived. Only with `proof: 'history'`. */
  lookup?(wire: Wire, context: SendContext & { readonly since: number }): Promise<Lookup>;
  /**
   * Tells the platform what the channel file says of the account itself, as its greeting and menu. Called once at
   * each start and changes nothing where it is so already; null when all is as the file says. Never throws; a fault
   * stops nothing.
   */
  introduce?(signal: AbortSignal): Promise<Fault | null>;
  /** For a channel whose platform is ours (the web chat): its own front door beside the webhook. */
  open?(hall: Hall): Door;
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** One GET. Only addresses of the public internet are gone to, and of our own stand-ins. */
export interface MediaFetch {
  readonly url: string;
  /** Goes to `hosts` and nowhere else, wherever a redirect leads. A function: got when needed; null: there is none. */
  readonly authorization?: string | ((signal: AbortSignal) => Promise<string | null>);
  /** The platform's own: exact names, or `*.example.com` for all below one. Absent: any public host. */
  readonly hosts?: readonly string[];
  /** What is answered is JSON that says where the bytes are, and no bytes yet. A string: why it says no such thing. */
  readonly next?: (answer: JsonObject) => MediaFetch | string;
}

/** Media the hub keeps, for sending it. */
export interface OutboundMedia {
  /** Null where it is not kept, or not this tenant's. Whoever opened it reads it to its end or destroys it. */
  open(id: string, signal: AbortSignal): Promise<OutboundFile | null>;
  /** A path of the hub that leads to it for so long, for whoever has it; begins with a slash. */
  path(id: string, forMs: number): string;
  /** The same as a whole address; null where the hub does not know how it is reached from outside. */
  link(id: string, forMs: number): string | null;
}

export interface OutboundFile {
  readonly name: string;
  /** By its bytes. */
  readonly type: string;
  readonly bytes: number;
  readonly stream: Readable;
}

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

export interface ChannelDependencies {
  readonly http: HttpClient;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Absent: the hub keeps none, and what it keeps cannot be sent. */
  readonly media?: OutboundMedia;
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
