/**
 * What people (and Slack in their name) said. A message that names our bot comes twice, as `message` and as
 * `app_mention`; both are read here, to the same id and address, so that it is one.
 * https://docs.slack.dev/reference/events/message
 */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import type { Sender } from '../../message/message.ts';
import { asId, asObject, asObjects, asText, compact } from '../json.ts';
import { fileId, isTs, messageId, msOf, threadOf } from './ids.ts';
import { isOwn, ownMessage } from './own.ts';
import type { Told } from './parse-events.ts';
import { readFile } from './parse-files.ts';
import {
  ignored,
  nameForReason,
  personOrPlatform,
  pick,
  type Receiver,
  SLACK,
  tell,
  unreadable,
} from './telling.ts';
import { readSlackText } from './text.ts';
import { rawText } from './text-blocks.ts';

const SPOKEN = new Set(['file_share', 'me_message', 'thread_broadcast', 'bot_message']);

const HOUSEKEEPING =
  /^(?:channel|group)_(?:join|leave|topic|purpose|name|archive|unarchive|posting_permissions|convert_to_(?:private|public))$/;

export function parseMessage(told: Told): readonly InboundEvent[] {
  const { event } = told;
  const channel = asId(event.channel);
  if (channel === undefined) return unreadable('a message without a channel', '/event/channel');
  const subtype = asId(event.subtype);
  if (subtype === 'message_changed') return changed(told, channel);
  if (subtype === 'message_deleted') return deleted(told, channel);
  if (subtype === 'message_replied') return ignored('message_replied: the reply comes as its own');
  const ts = asId(event.ts);
  if (!isTs(ts)) return unreadable('a message without its ts', '/event/ts');
  if (isOwn(event, told.receiver)) return ownMessage(event, channel, ts);
  if (subtype === undefined || SPOKEN.has(subtype)) return spoken(told, channel, ts);
  return notice(told, channel, ts, subtype);
}

function spoken(told: Told, channel: string, ts: string): readonly InboundEvent[] {
  const { receiver, event } = told;
  if (event.user === SLACK) return notice(told, channel, ts, 'notice');
  const { text, mentions } = readSlackText(rawText(event), receiver.self);
  const threadTs = asId(event.thread_ts);
  const base = {
    conversation: channel,
    thread: threadOf(channel, ts, threadTs),
    sender: senderOf(event),
    time: msOf(ts) ?? told.time,
    replyTo: isTs(threadTs) && threadTs !== ts ? messageId(channel, threadTs) : undefined,
    context: contextOf(event, receiver),
  };
  return contentsOf(event, text).map((content, index) =>
    tell(receiver, {
      ...base,
      id: fileId(channel, ts, index + 1),
      content,
      mentions: index === 0 ? mentions : undefined,
    }),
  );
}

/** A message with files is one for each file; the words go with the first. */
function contentsOf(event: JsonObject, text: string): readonly InboundContent[] {
  const files = asObjects(event.files).map(readFile);
  const [first, ...others] = files;
  const said = text.trim() === '' ? undefined : text;
  if (first === undefined) {
    return said === undefined
      ? [{ kind: 'unsupported', platformType: 'message', detail: 'neither text nor files' }]
      : [{ kind: 'text', text: said }];
  }
  if (said === undefined) return files;
  return first.kind === 'media'
    ? [{ ...first, caption: said }, ...others]
    : [{ kind: 'text', text: said }, ...files];
}

function senderOf(event: JsonObject): Sender {
  const user = asId(event.user);
  const bot = asId(event.bot_id);
  if (bot === undefined) return personOrPlatform(user);
  const name = asId(asObject(event.bot_profile)?.name) ?? asId(event.username);
  return compact({
    id: user ?? bot,
    kind: 'bot',
    name,
    aliases: user === undefined ? undefined : [bot],
  } as const);
}

function contextOf(event: JsonObject, { account }: Receiver): JsonObject {
  const team = asId(event.user_team) ?? asId(event.team);
  const shared = asObjects(event.attachments).flatMap(sharedMessage);
  return compact({
    ...pick(event, ['channel_type', 'subtype', 'app_context']),
    // Somebody of another workspace, in a channel shared through Slack Connect.
    team: team === account.team_id ? undefined : team,
    shared: shared.length === 0 ? undefined : shared,
  });
}

/** A message that was forwarded comes as an attachment. */
function sharedMessage(attachment: JsonObject): readonly JsonObject[] {
  if (attachment.is_share !== true && attachment.is_msg_unfurl !== true) return [];
  const [channel, ts] = [asId(attachment.channel_id), asId(attachment.ts)];
  return [
    compact({
      message: channel !== undefined && isTs(ts) ? messageId(channel, ts) : undefined,
      sender: asId(attachment.author_id),
      text: readSlackText(asText(attachment.text) ?? '').text,
    }),
  ];
}

/** A subtype that nobody said: housekeeping of the conversation, or something we do not know. */
function notice(told: Told, channel: string, ts: string, subtype: string): readonly InboundEvent[] {
  const { receiver, event } = told;
  if (subtype === 'assistant_app_thread')
    return ignored('assistant_app_thread: the root of an assistant thread');
  const known = subtype === 'notice' || HOUSEKEEPING.test(subtype);
  const { text } = readSlackText(rawText(event));
  const content: InboundContent = known
    ? compact({ kind: 'system', name: subtype, text: text === '' ? undefined : text } as const)
    : { kind: 'unsupported', platformType: `message/${nameForReason(subtype)}` };
  return [
    tell(receiver, {
      id: messageId(channel, ts),
      conversation: channel,
      thread: isTs(asId(event.thread_ts)) ? asId(event.thread_ts) : undefined,
      sender: personOrPlatform(asId(event.user)),
      time: msOf(ts) ?? told.time,
      content,
      context: pick(event, ['channel_type', 'topic', 'purpose', 'name', 'old_name', 'inviter']),
    }),
  ];
}

/** `message_changed` also tells of link previews and reply counts; only other words are an edit. */
function changed(told: Told, channel: string): readonly InboundEvent[] {
  const { receiver, event, id, time } = told;
  const message = asObject(event.message);
  const previous = asObject(event.previous_message);
  const ts = asId(message?.ts);
  if (message === undefined || !isTs(ts)) return unreadable('a change without its message', '/event/message');
  if (isOwn(message, receiver)) return ignored('own message changed');
  const base = { id, conversation: channel, thread: threadOf(channel, ts, asId(message.thread_ts)), time };
  const target = { target: messageId(channel, ts), targetTime: msOf(ts) };
  // The root of a thread with replies is not taken away but emptied.
  if (message.subtype === 'tombstone') {
    if (isOwn(previous, receiver)) return ignored('own message deleted');
    const sender = personOrPlatform(asId(previous?.user));
    return [tell(receiver, { ...base, sender, content: compact({ kind: 'deletion', ...target } as const) })];
  }
  const edited = asObject(message.edited);
  const same = previous === undefined ? edited === undefined : rawText(previous) === rawText(message);
  if (same) return ignored('message_changed without another text');
  const { text, mentions } = readSlackText(rawText(message), receiver.self);
  const sender = senderOf({ ...message, ...pick(edited ?? {}, ['user']) });
  return [
    tell(receiver, {
      ...base,
      sender,
      mentions,
      content: compact({ kind: 'edit', ...target, text } as const),
    }),
  ];
}

function deleted(told: Told, channel: string): readonly InboundEvent[] {
  const { receiver, event, id, time } = told;
  const ts = asId(event.deleted_ts);
  const previous = asObject(event.previous_message);
  if (!isTs(ts)) return unreadable('a deletion without its ts', '/event/deleted_ts');
  if (isOwn(previous, receiver)) return ignored('own message deleted');
  return [
    tell(receiver, {
      id,
      conversation: channel,
      thread: threadOf(channel, ts, asId(previous?.thread_ts)),
      sender: previous === undefined ? personOrPlatform(undefined) : senderOf(previous),
      time,
      content: compact({ kind: 'deletion', target: messageId(channel, ts), targetTime: msOf(ts) } as const),
    }),
  ];
}
