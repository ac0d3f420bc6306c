/** From an activity to an event of ours: the parts every kind of activity shares. */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import type { InboundMessage, Sender } from '../../message/message.ts';
import type { ChannelIdentity } from '../channel.ts';
import { asId, asObject, compact } from '../json.ts';
import { digest, messageId, msOf, type Place, splitConversation } from './ids.ts';

/** An activity, and whose it is. */
export interface Told {
  readonly activity: JsonObject;
  readonly identity: ChannelIdentity;
  /** Our own id, `28:` and the app's id, in lower case. */
  readonly selfId: string;
  readonly place: Place;
}

export interface Telling {
  readonly content: InboundContent;
  /** Behind the activity's id, where one activity tells several things or repeats another's id. */
  readonly suffix?: string;
  readonly id?: string;
  readonly sender?: Sender;
  readonly replyTo?: string | undefined;
  readonly mentions?: InboundMessage['mentions'] | undefined;
  readonly context?: JsonObject | undefined;
}

export function tell(told: Told, telling: Telling): InboundEvent {
  const { activity, identity, place } = told;
  const { content, suffix = '', id, sender, replyTo, mentions, context } = telling;
  const around = { ...contextOf(activity), ...context };
  const message: InboundMessage = compact({
    id: id ?? `${idOf(told)}${suffix}`,
    address: compact({
      tenant: identity.tenant,
      channel: identity.id,
      ...place,
      route: asId(activity.serviceUrl),
    }),
    sender: sender ?? senderOf(activity.from, activity.locale),
    time: timeOf(activity),
    content,
    // What a reaction is about is its target.
    replyTo: content.kind === 'reaction' ? undefined : (replyTo ?? targetOf(told)),
    mentions: mentions?.length ? mentions : undefined,
    context: Object.keys(around).length > 0 ? around : undefined,
  });
  return { kind: 'message', message };
}

export const one = (told: Told, telling: Telling): readonly InboundEvent[] => [tell(told, telling)];

export const ignored = (reason: string): readonly InboundEvent[] => [{ kind: 'ignored', reason }];

/** A name from outside, fit for a reason that is counted: short, and of few characters. */
export const nameForReason = (value: JsonValue | undefined): string => {
  const name = asId(value);
  return name !== undefined && /^[\w./-]{1,64}$/.test(name) ? name : 'unnamed';
};

/** The activity's own id with the conversation's; without one, a hash of what a repetition has again. */
export function idOf({ activity, place }: Told): string {
  const { type, name, timestamp, replyToId, text, value, from } = activity;
  const parts = [type, name, timestamp, replyToId, text, value, asObject(from)?.id];
  return messageId(place.conversation, asId(activity.id) ?? digest(...parts));
}

/** The message an activity answers or is about. */
export function targetOf({ activity, place }: Told): string | undefined {
  const target = asId(activity.replyToId);
  return target === undefined ? undefined : messageId(place.conversation, target);
}

/** ISO 8601, with up to seven digits behind the second; ids of messages are times as well. */
export function timeOf(activity: JsonObject): number {
  for (const text of [activity.timestamp, activity.localTimestamp]) {
    const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
    if (Number.isFinite(time)) return time;
  }
  return msOf(asId(activity.id)) ?? 0;
}

/** Teams itself speaks where nobody else did. */
const TEAMS: Sender = { id: 'msteams', kind: 'platform' };

function senderOf(from: JsonValue | undefined, locale?: JsonValue): Sender {
  const account = asObject(from);
  const id = asId(account?.id);
  if (account === undefined || id === undefined) return TEAMS;
  const directory = asId(account.aadObjectId) ?? asId(account.objectId);
  return compact({
    id,
    kind: account.role === 'bot' || id.startsWith('28:') ? ('bot' as const) : ('person' as const),
    name: asId(account.name),
    aliases: directory === undefined ? undefined : [directory],
    locale: asId(locale),
  });
}

/** Where in the organisation: what an answer may depend on, and where else to look it up. */
function contextOf(activity: JsonObject): JsonObject {
  const conversation = asObject(activity.conversation);
  const data = asObject(activity.channelData);
  const type = asId(conversation?.conversationType);
  return compact({
    conversation_type: type,
    conversation_name: asId(conversation?.name),
    tenant: asId(asObject(data?.tenant)?.id) ?? asId(conversation?.tenantId),
    team: named(data?.team),
    channel: named(data?.channel),
    meeting: named(data?.meeting),
    timezone: asId(activity.localTimezone),
  });
}

const named = (value: JsonValue | undefined): JsonObject | undefined => {
  const kept = pick(asObject(value) ?? {}, ['id', 'name', 'aadGroupId']);
  return Object.keys(kept).length === 0 ? undefined : kept;
};

/** The fields of an object that are there, by name. */
export const pick = (source: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap(name => {
      const value = Object.hasOwn(source, name) ? source[name] : undefined;
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );

/** The place of an activity; undefined where it names no conversation. */
export function placeOf(activity: JsonObject): Place | undefined {
  const id = asId(asObject(activity.conversation)?.id);
  return id === undefined ? undefined : splitConversation(id);
}
