/** From what Slack told to an event of ours: the parts every kind of request shares. */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { InboundMessage, Sender } from '../../message/message.ts';
import type { ChannelIdentity } from '../channel.ts';
import { asId, asObject, compact } from '../json.ts';
import { header } from '../signature.ts';
import type { WebhookRequest } from '../webhook.ts';
import type { SlackConfig } from './config.ts';
import { TIMESTAMP_HEADER } from './verify.ts';

/** Who we are, and when the request was signed. */
export interface Receiver {
  readonly identity: ChannelIdentity;
  readonly account: SlackConfig['account'];
  /** Our bot user, as configured or as the event's authorization names it. */
  readonly self: string | undefined;
  readonly signedAt: number;
}

export interface Telling {
  readonly id: string;
  readonly conversation: string;
  readonly thread?: string | undefined;
  readonly sender: Sender;
  readonly time: number;
  readonly content: InboundContent;
  readonly replyTo?: string | undefined;
  readonly mentions?: InboundMessage['mentions'] | undefined;
  readonly context?: JsonObject | undefined;
}

export function tell(receiver: Receiver, telling: Telling): InboundEvent {
  const { identity } = receiver;
  const { conversation, thread, mentions, context, ...rest } = telling;
  const message: InboundMessage = compact({
    ...rest,
    address: compact({ tenant: identity.tenant, channel: identity.id, conversation, thread }),
    mentions: mentions?.length ? mentions : undefined,
    context: context !== undefined && Object.keys(context).length > 0 ? context : undefined,
  });
  return { kind: 'message', message };
}

export const ignored = (reason: string): readonly InboundEvent[] => [{ kind: 'ignored', reason }];

export const unreadable = (reason: string, at: string): readonly InboundEvent[] => [
  { kind: 'unreadable', reason, at },
];

/** A name from outside, fit for a reason that is counted: short, and of few characters. */
export const nameForReason = (value: JsonValue | undefined): string => {
  const name = asId(value);
  return name !== undefined && /^[\w.-]{1,64}$/.test(name) ? name : 'unnamed';
};

/** When the platform signed the request: the only time that slash commands and modals come with. */
export function signedAt(request: WebhookRequest): number {
  const value = header(request, TIMESTAMP_HEADER);
  return typeof value === 'string' && /^\d{10}$/.test(value) ? Number(value) * 1_000 : 0;
}

/** Slack itself speaks as this user where nobody else did. */
export const SLACK = 'USLACK';

const PLATFORM_USERS = new Set([SLACK, 'USLACKBOT', 'UREVOKEDU']);

export const personOrPlatform = (id: string | undefined): Sender =>
  id === undefined || PLATFORM_USERS.has(id) ? { id: id ?? SLACK, kind: 'platform' } : { id, kind: 'person' };

/** The user object of interactions and commands. */
export function senderOf(user: JsonObject | undefined): Sender {
  return compact({
    ...personOrPlatform(asId(user?.id)),
    username: asId(user?.username) ?? asId(user?.name),
  });
}

/** The fields of an object that are there, by name. */
export function pick(source: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = Object.hasOwn(source, name) ? source[name] : undefined;
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

/** The id of the conversation a request is about, wherever this kind of request has it. */
export const channelOf = (source: JsonObject): string | undefined =>
  asId(source.channel) ?? asId(asObject(source.channel)?.id) ?? asId(source.channel_id);
