/** `conversations.*`: what was said, and where. https://docs.slack.dev/reference/methods/conversations.history */
import { asId } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { type Api, conversation, isTs } from './api.ts';
import {
  type Arguments,
  isTrue,
  type Method,
  numberOf,
  type Outcome,
  type Refused,
  refused,
} from './calls.ts';

export function conversationMethods(api: Api): Readonly<Record<string, Method>> {
  return {
    'conversations.history': args => history(args, api),
    'conversations.replies': args => replies(args, api),
    'conversations.open': args => open(args, api),
    'conversations.info': args => info(args, api),
    'conversations.join': args => info(args, api),
  };
}

function history(args: Arguments, api: Api): Outcome {
  const at = conversation(api, args);
  if ('error' in at) return at;
  // Replies are in their threads only, unless they were shown in the conversation as well.
  const shown = api.known
    .messages(at.id)
    .filter(
      message => message.thread_ts === undefined || message.thread_ts === message.ts || isBroadcast(message),
    );
  return page([...shown].reverse(), args);
}

const isBroadcast = (message: JsonObject): boolean => message.subtype === 'thread_broadcast';

function replies(args: Arguments, api: Api): Outcome {
  const at = conversation(api, args);
  if ('error' in at) return at;
  const ts = asId(args.ts);
  if (!isTs(ts)) return refused('thread_not_found');
  const thread = api.known.messages(at.id).filter(message => message.ts === ts || message.thread_ts === ts);
  if (thread.length === 0) return refused('thread_not_found');
  return page(thread, args);
}

/** https://docs.slack.dev/apis/web-api/pagination */
function page(found: readonly JsonObject[], args: Arguments): Outcome {
  const limit = Math.min(999, Math.max(1, numberOf(args.limit, 100)));
  const cursor = asId(args.cursor);
  const from = cursor === undefined ? 0 : offsetOf(cursor);
  if (from === null) return refused('invalid_cursor');
  const inTime = found.filter(message => within(message, args));
  const messages = inTime
    .slice(from, from + limit)
    .map(message => shown(message, isTrue(args.include_all_metadata)));
  const hasMore = inTime.length > from + limit;
  const next = hasMore ? Buffer.from(`next_ts:${from + limit}`).toString('base64') : '';
  return {
    body: {
      messages,
      has_more: hasMore,
      ...(hasMore ? { response_metadata: { next_cursor: next } } : {}),
    },
  };
}

function offsetOf(cursor: string): number | null {
  const [, offset] = /^next_ts:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64').toString('utf8')) ?? [];
  return offset === undefined ? null : Number(offset);
}

function within(message: JsonObject, { oldest, latest, inclusive }: Arguments): boolean {
  const ts = numberOf(message.ts, 0);
  const from = numberOf(oldest, 0);
  const to = numberOf(latest, Number.POSITIVE_INFINITY);
  return isTrue(inclusive) ? ts >= from && ts <= to : ts > from && ts < to;
}

function shown({ metadata, ...message }: JsonObject, withMetadata: boolean): JsonObject {
  return withMetadata && metadata !== undefined ? { ...message, metadata } : message;
}

/** Direct messages with one person; `channel` opens what is there already. */
function open(args: Arguments, api: Api): Outcome {
  const user = (asId(args.users) ?? '').split(',')[0] ?? '';
  const asked = user === '' ? asId(args.channel) : user;
  if (asked === undefined) return refused('invalid_arguments');
  const objection = api.known.objection(asked);
  if (objection !== null) return refused(objection);
  return { body: { channel: { id: api.known.conversationOf(asked) } } };
}

function info(args: Arguments, api: Api): Outcome {
  const at: { readonly id: string } | Refused = conversation(api, args);
  if ('error' in at) return at;
  const direct = at.id.startsWith('D');
  return {
    body: {
      channel: {
        id: at.id,
        name: direct ? '' : at.id.toLowerCase(),
        is_channel: !direct,
        is_im: direct,
        is_archived: false,
        is_member: true,
      },
    },
  };
}
