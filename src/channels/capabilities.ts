/** What a platform takes, shows and allows, as data. */
import type { InboundKind, Media } from '../message/content.ts';

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
      readonly as: Media['type'];
      /** Longest caption; 0: a text of its own follows. */
      readonly caption: number;
    }
  | { readonly as: 'link' };
