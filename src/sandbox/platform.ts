/**
 * What every played platform is made of. The shared parts (weather, webhooks, inspection) know no platform: all
 * that a platform says and refuses is in its own folder.
 */
import type { ChannelDefinition } from '../channels/channel.ts';
import type { JsonObject, JsonValue } from '../message/json.ts';

/** One account to be played: our number, page or app at a platform. */
export interface SandboxAccount {
  readonly type: string;
  /** The channel's id. */
  readonly id: string;
  /** The adapter's part of the channel file, as its schema put it out: the credentials are to be right here. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly definition: ChannelDefinition;
  /** Where the hub takes webhooks; asked for each time where the hub's address is known only later. */
  readonly webhook: string | (() => string);
}

/** How the platforms behave while the weather is fair. */
export interface Behaviour {
  /** Between a message and the first of its receipts, and between two of them. */
  readonly receiptMs: number;
  /** A factor on the platform's own waits before a webhook is sent again. */
  readonly redelivery: number;
  /** `none`: as many calls as one likes, for measuring. */
  readonly rates: 'real' | 'none';
  /**
   * What the sandbox never heard of, as after its restart: people who may have written, messages that may exist.
   * `refused` holds everything against the sandbox's own memory.
   */
  readonly strangers: 'believed' | 'refused';
  /** Whether a platform tells us what we said, where it does so. */
  readonly echoes: boolean;
}

export interface PlatformRequest {
  /** As `POST`. */
  readonly method: string;
  /** Below the account's address, with a slash in front and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PlatformAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text and bytes as they are; anything else as JSON. */
  readonly body: JsonValue | Uint8Array;
}

/** A request of the platform to the hub, without what signs it. */
export interface Webhook {
  readonly body: string;
  readonly contentType: string;
}

/** A webhook that follows from a call. */
export interface Consequence extends Webhook {
  readonly afterMs: number;
  /** For people: `status delivered`. */
  readonly what: string;
  /** It says that our message arrived: not told of one that fails. */
  readonly arrival?: boolean;
}

/** What the platform took from a call and passed on. */
export interface Taken {
  readonly platformId: string | null;
  /** What the hub gave along to recognise the delivery. */
  readonly marker: string | null;
  readonly conversation: string | null;
  /** What a person reads. */
  readonly text: string | null;
}

/** What became of a call. */
export interface Handled {
  readonly answer: PlatformAnswer;
  /** The platform's own name of the call, as `messages` or `chat.postMessage`. */
  readonly method: string;
  /** Null where the platform did nothing. */
  readonly taken: Taken | null;
  readonly webhooks: readonly Consequence[];
}

/** How a platform repeats a webhook that was not answered 2xx. */
export interface Redelivery {
  /** The wait before each repetition, in milliseconds; after the last the webhook is given up. */
  readonly waitsMs: readonly number[];
  /** An answer that takes longer is none. */
  readonly answerWithinMs: number;
  /** What the platform sends along besides the signature; `cause` is why the try before failed. */
  headers(attempt: number, cause: RedeliveryCause | null): Readonly<Record<string, string>>;
  /** False for webhooks the platform sends only once, and where the hub's answer asks for no more. */
  repeats(webhook: Webhook, answered: Readonly<Record<string, string>>): boolean;
}

export type RedeliveryCause = 'timeout' | 'status' | 'connection';

export interface AccountContext {
  readonly id: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The address of the account at the sandbox, without a slash at its end. */
  readonly url: string;
  readonly behaviour: Behaviour;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** One account, played. It holds its state for as long as the sandbox runs. */
export interface PlayedAccount {
  handle(request: PlatformRequest): Handled | Promise<Handled>;
  /** Somebody said this over the platform: the webhook is about to reach the hub, and the platform remembers it. */
  note(webhook: Webhook): void;
  /** The platform's refusal by its own code; a general one for a code it does not know. */
  refuse(code: string): PlatformAnswer;
  /** How a token that has expired is refused. */
  expiredToken(): PlatformAnswer;
  /** How it is told later that a message could not be delivered; null where the platform tells no such thing. */
  failure(taken: Taken, code: string): Webhook | null;
}

export interface Play {
  readonly redelivery: Redelivery;
  /** Throws on a configuration that is not of this platform. */
  open(context: AccountContext): PlayedAccount;
}

export interface SampleOptions {
  /** A value for a credential, by its name. */
  readonly secret: (name: string) => string;
  /** A webhook's body: the account it is addressed to. */
  readonly about?: JsonObject;
}

/** A platform as the sandbox knows it. */
export interface SandboxPlatform {
  /** The channel type. */
  readonly type: string;
  /** Null where the platform is the hub itself: webhooks can be triggered, and there is nobody to call. */
  readonly play: Play | null;
  /** Every kind of webhook the platform sends. */
  readonly triggers: readonly Trigger[];
  /** The adapter's part of a channel file for an account that exists nowhere. */
  sampleConfig(options: SampleOptions): JsonObject;
}

export interface Draft {
  /** What `--set` with a path changes; with `payload` and `form` it is what becomes the form. */
  readonly json: JsonObject;
  /** `payload`: a form with the JSON in one field of this name; `form`: its fields are the form's. */
  readonly encoding: 'json' | 'payload' | 'form';
}

/** What a trigger is made with. */
export interface TriggerContext {
  readonly config: Readonly<Record<string, unknown>>;
  /** The address of the account at the sandbox, without a slash at its end; absent where none is known. */
  readonly url?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: () => number;
  /** The named parameter, or what stands here in its place. */
  readonly param: (name: string, fallback: string) => string;
}

/** One kind of webhook, made up anew each time, with ids nobody has seen before. */
export interface Trigger {
  readonly name: string;
  readonly describe: string;
  /** The named parameters it takes. */
  readonly params: readonly string[];
  draft(context: TriggerContext): Draft;
}
