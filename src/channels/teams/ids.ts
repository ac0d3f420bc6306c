/**
 * Teams' ids. A message's own id is a time: it is one of a kind only in its conversation, so ours carries both. A
 * thread of a channel is told as part of the conversation's id, `19:…@thread.tacv2;messageid=1612345678901`.
 * https://learn.microsoft.com/microsoftteams/platform/resources/bot-v3/bot-conversations/bots-conv-channel
 */
import { createHash } from 'node:crypto';
import type { JsonValue } from '../../message/json.ts';

const THREAD = /^(.+);messageid=(\d{1,20})$/;

export interface Place {
  readonly conversation: string;
  readonly thread?: string | undefined;
}

/** A conversation's id taken apart. Any other ending than a thread's stays part of it. */
export function splitConversation(id: string): Place {
  const [, conversation, thread] = THREAD.exec(id) ?? [];
  return conversation === undefined || thread === undefined ? { conversation: id } : { conversation, thread };
}

/** The other way: the id as Teams writes it. */
export const conversationId = ({ conversation, thread }: Place): string =>
  thread === undefined ? conversation : `${conversation};messageid=${thread}`;

/** The platform id of a message, in both directions: `19:…@thread.tacv2/1612345678901`. */
export const messageId = (conversation: string, activity: string): string => `${conversation}/${activity}`;

/** The id of the `n`th file (from 1) of a message: the first stands for the message itself. */
export const partId = (id: string, n: number): string => (n === 1 ? id : `${id}#${n}`);

const MESSAGE_ID = /^(.+)\/([^/#]+)(?:#\d+)?$/;

/** The conversation and activity behind a message's platform id; undefined for anything else. */
export function splitId(
  id: string,
): { readonly conversation: string; readonly activity: string } | undefined {
  const [, conversation, activity] = MESSAGE_ID.exec(id) ?? [];
  return conversation === undefined || activity === undefined ? undefined : { conversation, activity };
}

/** Conversations of channels have threads; chats have none. */
export const isChannel = (conversation: string): boolean => /@thread\.(?:tacv2|skype)$/.test(conversation);

const EPOCH_MS = /^\d{13}$/;

/** When a message was sent, by its id; undefined for the ids of other activities. */
export const msOf = (activity: string | undefined): number | undefined =>
  activity !== undefined && EPOCH_MS.test(activity) ? Number(activity) : undefined;

/** A short, stable stand-in for something long. */
export const digest = (...parts: readonly (JsonValue | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
