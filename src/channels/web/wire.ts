/**
 * What goes to a browser: the wire messages of this channel, and the frames they travel in. The widget is
 * written against these types. Text is blocks and runs, so that a browser builds nodes and never parses HTML.
 */
import type { Block } from '../markdown/parse.ts';

export interface WireChoice {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** http or https: opens this address instead of answering. */
  readonly url?: string;
}

export interface WireMedia {
  readonly type: 'image' | 'video' | 'audio' | 'voice' | 'file' | 'sticker';
  /** http or https. What the hub keeps: as stored `media:<id>`, and to a browser a path of the hub. */
  readonly url: string;
  readonly name?: string;
  readonly bytes?: number;
}

export interface WireContact {
  readonly name?: string;
  readonly organisation?: string;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
}

export interface WireField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'email' | 'tel' | 'number' | 'date' | 'textarea' | 'select' | 'checkbox';
  readonly required?: boolean;
  readonly options?: readonly string[];
}

export type WireContent =
  | { readonly kind: 'text'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'choices';
      readonly blocks: readonly Block[];
      readonly as: 'buttons' | 'list';
      readonly choices: readonly WireChoice[];
    }
  | {
      readonly kind: 'card';
      readonly title: string;
      readonly blocks: readonly Block[];
      readonly image?: WireMedia;
      readonly choices: readonly WireChoice[];
    }
  | { readonly kind: 'media'; readonly media: WireMedia; readonly caption: readonly Block[] }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly label?: string;
      readonly address?: string;
    }
  | { readonly kind: 'contacts'; readonly contacts: readonly WireContact[] }
  | {
      readonly kind: 'form';
      readonly name: string;
      readonly token?: string;
      readonly title: string;
      readonly submit?: string;
      readonly fields: readonly WireField[];
    }
  | { readonly kind: 'reaction'; readonly emoji: string; readonly target: string; readonly removed: boolean }
  | { readonly kind: 'typing'; readonly active: boolean }
  | { readonly kind: 'read'; readonly target: string }
  | { readonly kind: 'edit'; readonly target: string; readonly blocks: readonly Block[] }
  | { readonly kind: 'deletion'; readonly target: string };

export interface Wire {
  /** Where it goes: whoever has a connection open to this conversation gets it. */
  readonly conversation: string;
  readonly content: WireContent;
  /** The visitor's own frame, or our delivery, that this one answers. */
  readonly replyTo?: string;
}

export type ErrorCode =
  | 'unauthorized'
  | 'token-expired'
  | 'identity-invalid'
  | 'identity-required'
  | 'origin-not-allowed'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'invalid'
  | 'rate-limited'
  | 'too-many-connections'
  | 'unavailable';

/** The shape of every refusal, over HTTP and over a socket alike. */
export interface WebError {
  readonly code: ErrorCode;
  /** For a developer: never quotes what was sent. */
  readonly message: string;
  readonly retry_after_ms?: number;
}

export interface SessionAnswer {
  readonly token: string;
  readonly expires_in: number;
  readonly conversation: string;
  readonly visitor: { readonly id: string; readonly anonymous: boolean };
}

export interface WidgetAnswer {
  readonly title: string;
  readonly colour: string;
  readonly greeting?: string;
  readonly languages?: readonly string[];
  readonly anonymous: boolean;
  /** The longest text a visitor may send. */
  readonly max_text: number;
  /** Absent where visitors may send no files. */
  readonly uploads?: { readonly max_bytes: number; readonly types: readonly string[] };
}

/** A file that is kept. `upload` is what a frame of type `media` names it by. */
export interface UploadAnswer {
  readonly upload: string;
  readonly name?: string;
  /** By its bytes. */
  readonly type: string;
  readonly bytes: number;
}

/** One of our messages on its way to a browser. `id` is the delivery's id: the same again is the same message. */
export interface Push {
  readonly seq: number;
  readonly id: string;
  readonly wire: Wire;
  /** When it was sent: milliseconds since 1970. */
  readonly at: number;
}

export interface Accepted {
  /** The frame's own id. */
  readonly id: string;
  /** The message's id in the hub. */
  readonly message: string;
}

export type ServerFrame =
  | { readonly type: 'ready'; readonly conversation: string; readonly heartbeat_ms: number }
  | ({ readonly type: 'message' } & Push)
  | ({ readonly type: 'ack' } & Accepted)
  | { readonly type: 'error'; readonly id?: string; readonly error: WebError }
  | { readonly type: 'ping' };
