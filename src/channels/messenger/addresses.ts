/**
 * Whom a message goes to. Most conversations are a person's page-scoped id (PSID). Who ticked a checkbox on a site
 * is known by a reference only, an opt-in is a token, and whoever wrote a post or a comment can be answered once.
 */
import type { JsonObject } from '../../message/json.ts';

const FORMS = {
  user_ref: 'user_ref',
  comment: 'comment_id',
  post: 'post_id',
  token: 'notification_messages_token',
} as const;

const PREFIXED = /^(user_ref|comment|post|token):(.+)$/s;

/** The `recipient` of a call. */
export function recipient(conversation: string): JsonObject {
  const [, form, value] = PREFIXED.exec(conversation) ?? [];
  return form === undefined || value === undefined
    ? { id: conversation }
    : { [FORMS[form as keyof typeof FORMS]]: value };
}

/** Whether it is a person with an open conversation: only they see typing, read marks and reactions. */
export const isPerson = (conversation: string): boolean => !PREFIXED.test(conversation);

/** Private replies and opt-ins have rules of their own in place of a messaging type. */
export const takesMessagingType = (conversation: string): boolean =>
  isPerson(conversation) || conversation.startsWith('user_ref:');

export const byReference = (ref: string): string => `user_ref:${ref}`;
