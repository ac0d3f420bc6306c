/** Events API: one event a request. Messages are read in parse-messages.ts. https://docs.slack.dev/reference/events */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Sender } from '../../message/message.ts';
import { asId, asList, asObject, asObjects, asText, compact } from '../json.ts';
import { emojiOf } from './emoji.ts';
import { isTs, messageId, msOf } from './ids.ts';
import { ownReceipt } from './own.ts';
import { parseMessage } from './parse-messages.ts';
import {
  channelOf,
  ignored,
  nameForReason,
  personOrPlatform,
  pick,
  type Receiver,
  tell,
  unreadable,
} from './telling.ts';

/** An event with what its envelope says about it. */
export interface Told {
  readonly receiver: Receiver;
  readonly event: JsonObject;
  readonly type: string;
  /** The id of the event, the same in every redelivery. It has no colon, so it is never a message's. */
  readonly id: string;
  readonly time: number;
}

type Reader = (told: Told) => readonly InboundEvent[];

export function parseEvent(outer: JsonObject, receiver: Receiver): readonly InboundEvent[] {
  const event = asObject(outer.event);
  const type = asId(event?.type);
  if (event === undefined || type === undefined) return unreadable('an event without a type', '/event');
  const ts = asId(event.event_ts) ?? asId(event.ts);
  const id =
    asId(outer.event_id) ?? `${nameForReason(type)}/${channelOf(event) ?? 'account'}/${ts ?? 'once'}`;
  const time = msOf(ts) ?? secondsOf(outer) ?? receiver.signedAt;
  const told: Told = { receiver, event, type, id, time };
  const reader = READERS.get(type);
  if (reader !== undefined) return reader(told);
  return SKIPPED.some(skipped => skipped.test(type))
    ? ignored(`event ${nameForReason(type)}`)
    : unknown(told);
}

function secondsOf({ event_time }: JsonObject): number | undefined {
  return typeof event_time === 'number' && Number.isSafeInteger(event_time * 1_000)
    ? event_time * 1_000
    : undefined;
}

/** Something about a conversation or a person, told as it is: the named fields go along as data. */
const system =
  (fields: readonly string[] = []): Reader =>
  told =>
    about(told, compact({ kind: 'system', name: told.type, data: dataOf(told.event, fields) }));

const dataOf = (event: JsonObject, fields: readonly string[]): JsonObject | undefined => {
  const data = pick(event, fields);
  return Object.keys(data).length === 0 ? undefined : data;
};

function about(
  told: Told,
  content: InboundContent,
  more: { thread?: string | undefined; context?: JsonObject } = {},
) {
  const { receiver, event, id, time } = told;
  const conversation = channelOf(event) ?? asId(event.new_channel_id);
  if (conversation === undefined) return ignored(`event ${nameForReason(told.type)} without a conversation`);
  const who = personOrPlatform(asId(event.user) ?? asId(event.user_id));
  const sender: Sender = who.id === receiver.self ? { ...who, kind: 'bot' } : who;
  return [tell(receiver, { id, conversation, sender, time, content, ...more })];
}

/** https://docs.slack.dev/reference/events/reaction_added */
const reaction: Reader = told => {
  const { receiver, event, id, time } = told;
  const item = asObject(event.item);
  if (item?.type !== 'message') return ignored('reaction to something else than a message');
  const [channel, ts, name, user] = [
    asId(item.channel),
    asId(item.ts),
    asId(event.reaction),
    asId(event.user),
  ];
  if (channel === undefined || !isTs(ts) || name === undefined)
    return unreadable('a reaction without message or name', '/event/item');
  if (user !== undefined && user === receiver.self) return ignored('own reaction');
  const removed = told.type === 'reaction_removed';
  const content = {
    kind: 'reaction',
    emoji: emojiOf(name) ?? name,
    target: messageId(channel, ts),
    removed,
  } as const;
  return [tell(receiver, { id, conversation: channel, sender: personOrPlatform(user), time, content })];
};

const membership =
  (change: 'joined' | 'left'): Reader =>
  told => {
    const member = asId(told.event.user);
    if (member === undefined) return unreadable('a membership without its user', '/event/user');
    const self = member === told.receiver.self;
    return about(
      told,
      { kind: 'membership', change, members: [member], self },
      { context: pick(told.event, ['inviter']) },
    );
  };

/** https://docs.slack.dev/reference/events/app_home_opened */
const homeOpened: Reader = told => {
  const member = asId(told.event.user);
  const members = member === undefined ? [] : [member];
  return about(
    told,
    { kind: 'membership', change: 'opened', members, self: false },
    { context: pick(told.event, ['tab']) },
  );
};

/** https://docs.slack.dev/reference/events/assistant_thread_started */
const assistantThread: Reader = told => {
  const thread = asObject(told.event.assistant_thread) ?? {};
  const data = pick(asObject(thread.context) ?? {}, ['channel_id', 'team_id', 'enterprise_id']);
  const content = { kind: 'system', name: told.type, data } as const;
  const event = { ...pick(thread, ['channel_id', 'user_id']), type: told.type };
  return about({ ...told, event }, content, { thread: asId(thread.thread_ts) });
};

/** Agent sessions name their thread beside the channel. https://docs.slack.dev/reference/events/agent_session_stopped */
const agentSession: Reader = told =>
  about(
    told,
    compact({
      kind: 'system',
      name: told.type,
      data: dataOf(told.event, ['title', 'previous_title']),
    } as const),
    { thread: asId(told.event.thread_ts) },
  );

/** What happens to the app itself has no conversation: it is told in that of the workspace. */
const account =
  (content: (told: Told) => InboundContent): Reader =>
  told => {
    const { receiver, id, time } = told;
    const conversation = receiver.account.team_id;
    return [
      tell(receiver, { id, conversation, sender: personOrPlatform(undefined), time, content: content(told) }),
    ];
  };

const uninstalled = account(() => ({ kind: 'membership', change: 'uninstalled', members: [], self: true }));

/** The users whose tokens were revoked; the tokens themselves are never told. */
const tokensRevoked = account(({ event, type }) => {
  const tokens = asObject(event.tokens);
  const data = { bot: asList(tokens?.bot).length, oauth: asList(tokens?.oauth).length };
  return { kind: 'system', name: type, data };
});

/** https://docs.slack.dev/reference/events/link_shared */
const linkShared: Reader = told => {
  // Not sent yet, perhaps never: there is no such conversation as COMPOSER.
  if (told.event.source === 'composer') return ignored('link_shared while writing');
  const links = asObjects(told.event.links).flatMap(link => asText(link.url) ?? []);
  const { channel, message_ts, thread_ts } = told.event;
  const [conversation, ts] = [asId(channel), asId(message_ts)];
  const message = conversation !== undefined && isTs(ts) ? messageId(conversation, ts) : undefined;
  const data = compact({ links, message });
  return about(told, { kind: 'system', name: told.type, data }, { thread: asId(thread_ts) });
};

const renamed: Reader = told => {
  const data = pick(asObject(told.event.channel) ?? {}, ['name']);
  return about(told, { kind: 'system', name: told.type, data });
};

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['message', parseMessage],
  ['app_mention', parseMessage],
  ['reaction_added', reaction],
  ['reaction_removed', reaction],
  ['member_joined_channel', membership('joined')],
  ['member_left_channel', membership('left')],
  ['app_home_opened', homeOpened],
  ['assistant_thread_started', assistantThread],
  ['assistant_thread_context_changed', assistantThread],
  ['app_context_changed', system(['context'])],
  ['agent_session_stopped', agentSession],
  ['agent_session_title_changed', agentSession],
  ['app_uninstalled', uninstalled],
  ['tokens_revoked', tokensRevoked],
  ['link_shared', linkShared],
  ['message_metadata_posted', ownReceipt],
  ['channel_rename', renamed],
  ['group_rename', renamed],
  ['channel_id_changed', system(['old_channel_id', 'new_channel_id'])],
  ['channel_shared', system(['connected_team_id'])],
  ['channel_unshared', system(['previously_connected_team_id', 'is_ext_shared'])],
  ...['channel', 'group'].flatMap(kind =>
    ['archive', 'unarchive', 'deleted', 'left', 'history_changed'].map(
      what => [`${kind}_${what}`, system()] as const,
    ),
  ),
  ['pin_added', system(['pin_count'])],
  ['pin_removed', system(['pin_count', 'has_pins'])],
]);

/** Events that say nothing in a conversation, or that another event says better; some bear a token. */
const SKIPPED: readonly RegExp[] = [
  /^file_/, // file_shared comes beside the message that carries the file
  /^(?:team|user|subteam|dnd|star|im|call|invite|email_domain|emoji|scope|resources|grid_migration)_/,
  /^(?:channel_created|group_open|group_close|app_installed|app_requested|app_deleted|app_uninstalled_team)$/,
  /^(?:shared_channel_invite|workflow|function|entity_details|message_metadata)_/,
];

/** What Slack has invented since: kept where there is a conversation to keep it in. */
function unknown(told: Told): readonly InboundEvent[] {
  return channelOf(told.event) === undefined
    ? ignored(`unknown event: ${nameForReason(told.type)}`)
    : about(told, { kind: 'unsupported', platformType: told.type });
}
