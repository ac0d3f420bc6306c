/**
 * What an adapter's author hands to the conformance kit, in a `testing.ts` beside the adapter
 * (`export const subject = defineSubject({ ... })`). The kit knows the contract; the subject knows the platform:
 * how it signs, what it sends, how it refuses. Everything is data or pure, so the kit can run it anywhere.
 */

import type { ChannelDefinition } from '../channels/channel.ts';
import type { Answer, RefusalReason } from '../channels/webhook.ts';
import type { OutboundContent } from '../message/content.ts';
import type { InboundEvent } from '../message/event.ts';
import type { FaultCode } from '../message/fault.ts';
import type { JsonObject, JsonValue } from '../message/json.ts';

/** Who the kit's channels are: recordings expect `tenant: 'kit', channel: 'sample'` in every address. */
export const KIT_IDENTITY = { tenant: 'kit', id: 'sample' } as const;

/** The kit's clock stands still here (2023-11-14T22:13:20Z): `deps.now()`, and the time given to `sign`. */
export const KIT_NOW_MS = 1_700_000_000_000;

/** Instead of an answer where the platform has no such thing: why. The rules are then reported as skipped. */
export interface NotApplicable {
  readonly none: string;
}

/** A webhook as the platform sends it. The kit signs every POST with `definition.sign`, unless `unsigned`. */
export interface RecordedRequest {
  /** POST where absent. */
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string>>;
  /** Names in any case. `content-type: application/json` where none is given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is (forms, escaped unicode); anything else as JSON. */
  readonly body?: JsonValue;
  /** True: sent without the headers of `sign`. */
  readonly unsigned?: boolean;
}

/** One file of a recordings folder: what came in and exactly what it means. */
export interface Recording {
  readonly name: string;
  readonly request: RecordedRequest;
  readonly events: readonly InboundEvent[];
}

export interface Handshake {
  readonly name: string;
  readonly request: RecordedRequest;
  /** The whole answer, or why (and with which status) it is refused. */
  readonly expected:
    | { readonly answer: Answer }
    | { readonly status: 401 | 403; readonly reason: RefusalReason };
}

/** How the platform signs. The signed headers themselves come from `definition.sign`. */
export interface SignatureFacts {
  /** The header that carries the signature, in lower case. */
  readonly header: string;
  /** Values of that header that must be refused beside the kit's own: old or weaker algorithms, for instance. */
  readonly forged?: readonly { readonly name: string; readonly value: string }[];
  /** Other headers that must not be taken in its place when it is missing, such as a legacy SHA-1 signature. */
  readonly decoys?: Readonly<Record<string, string>>;
  /** Where the platform signs a time as well. */
  readonly timestamp?: { readonly header: string; readonly toleranceSeconds: number };
  /** The configuration with the secret before the present one kept: requests signed with `old` must be taken. */
  readonly rotation?: { readonly config: JsonObject; readonly old: JsonObject };
}

/** A call as the kit's loopback server got it. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the loopback server answers. A body that is not a string is sent as JSON. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
}

/** One refusal the platform documents, and how it is to be classified. */
export interface Refusal {
  readonly name: string;
  /** `hang`: no answer; `refused`: no listener; `reset`: cut before an answer; `cut`: cut after the headers. */
  readonly reply: Reply | 'hang' | 'refused' | 'reset' | 'cut';
  /** What is sent; a short text where absent. */
  readonly content?: OutboundContent;
  readonly fault: FaultCode;
  readonly retryAfterMs?: number;
  readonly platformCode?: string;
}

export interface OutboundFacts {
  /** What the platform answers to a call it takes. */
  accept(call: Call): Reply;
  /** The id `send` reports for a plain text taken with that answer; null where the platform gives none. */
  readonly platformId: string | null;
  readonly refusals: readonly Refusal[];
  /** Where the marker travels, for the rule that looks for it; any place of the call will do where absent. */
  marker?(call: Call): string | undefined;
}

export interface Subject {
  readonly definition: ChannelDefinition;
  /** A valid configuration as a file would give it: every secret in place (16 characters or more), no defaults. */
  readonly config: JsonObject;
  /** The same account with every secret different: what it signs must be refused. */
  readonly stranger: JsonObject;

  readonly signature: SignatureFacts | NotApplicable;
  readonly handshakes: readonly Handshake[] | NotApplicable;

  /** Recordings, or the folder that holds them as `*.json`. At least one for every inbound kind claimed. */
  readonly recordings: readonly Recording[] | URL;
  /** A request of `count` messages and the message ids it must give, in order. */
  readonly batch:
    | ((count: number) => { readonly request: RecordedRequest; readonly ids: readonly string[] })
    | NotApplicable;
  /** Requests that tell us of what we ourselves said: no message may come of them. */
  readonly own: readonly RecordedRequest[] | NotApplicable;
  /** Requests of kinds the platform has not invented yet: `unsupported` or `ignored`, never lost. */
  readonly unknown: readonly RecordedRequest[];

  /**
   * What the platform answers to calls that carry no message: keys to verify with, tokens to send with. Undefined
   * for every other call. These do not count as calls. `origin` is where the platform is played, if it is: for
   * answers that name other addresses of it.
   */
  prepare?(call: Pick<Call, 'method' | 'path'>, origin?: string): Reply | undefined;

  /** Where messages can go: every form of address the platform has. The first is used unless told otherwise. */
  readonly addresses: readonly { readonly conversation: string; readonly thread?: string }[];
  /** The id of a message of a person, as the platform writes it: for quotes, reactions, read marks. */
  readonly messageId: string;
  /** A body the platform takes as `native`. */
  readonly native: JsonObject;
  /** What a person would read in a wire message, in order; '' where it says nothing. */
  read(wire: JsonValue): string;
  /** Text that must not become a mention or a hidden link: `live` may not occur in any string of the wire. */
  readonly injections: readonly { readonly text: string; readonly live: string }[] | NotApplicable;

  readonly outbound: OutboundFacts | NotApplicable;

  /** Rules that do not hold for this platform, by name, each with the reason. Shown as skipped. */
  readonly exempt?: Readonly<Record<string, string>>;
}

/** Checks the type and gives it back. */
export const defineSubject = (subject: Subject): Subject => subject;

export const notApplicable = (value: object): value is NotApplicable => 'none' in value;
