/** The played workspace: its conversations, the messages in them, the people. It has what anybody asks for, but for a few. */
import { asId, asObject } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import { remembered } from '../remembered.ts';
import { madeUp } from './account.ts';
import { tsOf } from './event.ts';

export interface Workspace {
  /** Why nothing can be done there: the error's name; null where it can. `U…` is the direct messages with them. */
  objection(channel: string): string | null;
  /** The conversation's own id: that of the direct messages for a person's. */
  conversationOf(channel: string): string;
  /** No two messages have the same. */
  nextTs(): string;
  /** Returns its `ts`. */
  post(channel: string, message: JsonObject): string;
  find(channel: string, ts: string): JsonObject | undefined;
  change(channel: string, ts: string, message: JsonObject): void;
  remove(channel: string, ts: string): void;
  /** The oldest first. */
  messages(channel: string): readonly JsonObject[];
  /** A message of somebody else. */
  learn(event: JsonObject): void;
}

const CONVERSATION = /^[CDG][A-Z0-9]{2,}$/;
const PERSON = /^[UW][A-Z0-9]{2,}$/;
/** Ids that say what is the matter with them: there has to be a way to meet every error. */
const SPECIAL: readonly (readonly [string, string])[] = [
  ['NOTFOUND', 'channel_not_found'],
  ['ARCHIVED', 'is_archived'],
  ['NOTIN', 'not_in_channel'],
  ['READONLY', 'restricted_action_read_only_channel'],
];

const MAX_MESSAGES = 1_000;
/** The platform forgets none: one that was forgotten here would look like a send that never arrived. */
const MAX_CONVERSATIONS = 50_000;

interface WorkspaceOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function workspace({ now }: WorkspaceOptions): Workspace {
  const conversations = remembered<readonly JsonObject[]>(MAX_CONVERSATIONS);
  let last = { ms: 0, micros: 0 };

  const nextTs = (): string => {
    const ms = Math.max(now(), last.micros < 999 ? last.ms : last.ms + 1);
    last = { ms, micros: ms === last.ms ? last.micros + 1 : 0 };
    return tsOf(ms, last.micros);
  };
  const messages = (channel: string): readonly JsonObject[] => conversations.get(channel) ?? [];
  const add = (channel: string, message: JsonObject): void =>
    conversations.set(channel, [...messages(channel), message].slice(-MAX_MESSAGES));
  const replace = (channel: string, ts: string, by: readonly JsonObject[]): void =>
    conversations.set(
      channel,
      messages(channel).flatMap(message => (message.ts === ts ? by : [message])),
    );

  return {
    objection(channel) {
      if (PERSON.test(channel)) return channel.includes('NOTFOUND') ? 'user_not_found' : null;
      if (!CONVERSATION.test(channel)) return 'channel_not_found';
      return SPECIAL.find(([part]) => channel.includes(part))?.[1] ?? null;
    },
    conversationOf: channel => (PERSON.test(channel) ? madeUp('D', channel) : channel),
    nextTs,
    post(channel, message) {
      const ts = nextTs();
      add(channel, { ...message, ts });
      return ts;
    },
    find: (channel, ts) => messages(channel).find(message => message.ts === ts),
    change: (channel, ts, message) => replace(channel, ts, [message]),
    remove: (channel, ts) => replace(channel, ts, []),
    messages,
    learn(event) {
      const channel = asId(event.channel);
      const ts = asId(event.ts);
      if (channel === undefined || ts === undefined || messages(channel).some(one => one.ts === ts)) return;
      const { channel: _channel, channel_type: _type, event_ts: _ts, ...message } = event;
      add(channel, { ...message, type: 'message' });
    },
  };
}

/** What an event or an interaction says about messages that must exist. */
export function learnFrom(body: JsonObject, known: Workspace): void {
  const event = asObject(body.event);
  if (event?.type === 'message' && event.subtype === 'message_changed') {
    const message = asObject(event.message);
    const [channel, ts] = [asId(event.channel), asId(message?.ts)];
    if (message !== undefined && channel !== undefined && ts !== undefined)
      known.change(channel, ts, message);
  } else if (event?.type === 'message' && event.subtype === 'message_deleted') {
    known.remove(asId(event.channel) ?? '', asId(event.deleted_ts) ?? '');
  } else if (event?.type === 'message' || event?.type === 'app_mention') {
    known.learn(event);
  }
  const acted = asObject(body.message);
  const channel = asId(asObject(body.channel)?.id);
  if (acted !== undefined && channel !== undefined) known.learn({ ...acted, channel });
}
