/**
 * The contract between the hub and one platform. An adapter is pure, except `send`, `lookup` and `open`:
 * `verify`, `parse` and `render` are functions of their arguments and the channel's configuration.
 */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Media } from '../message/content.ts';
import type { InboundEvent } from '../message/event.ts';
import type { Fault, SendResult } from '../message/fault.ts';
import type { JsonObject, JsonValue } from '../message/json.ts';
import type { Loss, OutboundMessage } from '../message/message.ts';
import type { Capabilities } from './capabilities.ts';
import type { Door, Hall } from './front-door.ts';
import type { HttpClient } from './http.ts';
import type { Answer, Verdict, WebhookRequest } from './webhook.ts';

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
  /** How many attempts before this one are not held against the message, as those of an outage. Absent: none. */
  readonly spared?: number;
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
  /**
   * Of a call that comes to the same done twice, as an edit: one without an answer is made again, as far as the
   * policy's `retry` allows, and nobody is asked. Absent: none is. Pure.
   */
  repeatable?(wire: Wire): boolean;
  /** Asks the platform whether an ambiguous send arrived, with `proof: 'history'`. */
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

export interface ChannelDependencies {
  readonly http: HttpClient;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Absent: the hub keeps none, and what it keeps cannot be sent. */
  readonly media?: OutboundMedia;
  /**
   * What is to outlive a change of the channel's file, as people's open connections: made once for a channel, whatever
   * becomes of its objects. Absent: each object has its own.
   */
  readonly kept?: <T>(make: () => T) => T;
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
