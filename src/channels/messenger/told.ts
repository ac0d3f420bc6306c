/** One item of a webhook with all that is needed to read it, and the events that become of it. */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Address, InboundMessage, Sender } from '../../message/message.ts';
import type { ChannelIdentity } from '../channel.ts';
import { compact } from '../json.ts';

/** Whose webhooks these are. */
export interface Account {
  readonly identity: ChannelIdentity;
  readonly pageId: string;
  readonly appId: string | undefined;
  /** The payload of the button that begins a conversation. */
  readonly getStarted: string | undefined;
  /** The payloads of the page's menu. */
  readonly menu: ReadonlySet<string>;
}

export interface Told {
  readonly account: Account;
  /** The person it is about, as a conversation. */
  readonly person: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Which plugin, and which reference, led to the first answer of somebody known by no more than that. */
  readonly prior?: JsonObject | undefined;
}

/** The events of one part of an item; a text says why it cannot be read. */
export type Read = (part: JsonObject, told: Told) => readonly InboundEvent[] | string;

export const ignored = (reason: string): InboundEvent => ({ kind: 'ignored', reason });
export const unreadable = (reason: string, at: string): InboundEvent => ({ kind: 'unreadable', reason, at });

const addressOf = ({ account, person }: Pick<Told, 'account' | 'person'>): Address => ({
  tenant: account.identity.tenant,
  channel: account.identity.id,
  conversation: person,
});

export interface Said {
  readonly id: string;
  readonly content: InboundContent;
  readonly kind?: Sender['kind'];
  readonly replyTo?: string | undefined;
  readonly context?: JsonObject | undefined;
}

export function said(told: Told, { id, content, kind = 'person', replyTo, context }: Said): InboundEvent {
  const known = told.prior === undefined ? context : { ...context, prior_message: told.prior };
  const message: InboundMessage = compact({
    id,
    address: addressOf(told),
    sender: { id: told.person, kind },
    time: told.time,
    content,
    replyTo,
    context: known === undefined || Object.keys(known).length === 0 ? undefined : known,
  });
  return { kind: 'message', message };
}

/** Something the platform tells of a person: nobody waits for an answer to it. */
export const notice = (told: Told, id: string, name: string, data: JsonObject): readonly InboundEvent[] => [
  said(told, {
    id,
    kind: 'platform',
    content: compact({
      kind: 'system' as const,
      name,
      data: Object.keys(data).length > 0 ? data : undefined,
    }),
  }),
];
