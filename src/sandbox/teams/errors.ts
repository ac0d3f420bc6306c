/**
 * The errors of the Bot Connector, as they are documented; written anew here, so that the adapter's own table is
 * held against something.
 * https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
 */
import type { PlatformAnswer } from '../platform.ts';

const ROWS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  BadArgument: [400, 'Bad Argument'],
  BadSyntax: [400, 'Invalid activity'],
  BadRequest: [400, 'The request is malformed'],
  BotNotRegistered: [401, 'No registration found for this bot'],
  BotDisabledByAdmin: [403, 'The tenant admin disabled this bot'],
  BotNotInConversationRoster: [403, 'The bot is not part of the conversation roster'],
  ConversationBlockedByUser: [403, 'User blocked the conversation with the bot'],
  MessageWritesBlocked: [403, 'Thread is not accepting new messages'],
  ForbiddenOperationException: [403, 'Bot is not installed in user personal scope'],
  InvalidBotApiHost: [403, 'Invalid bot api host'],
  NotEnoughPermissions: [403, 'Bot does not have the permissions for this action'],
  TenantNoPermission: [403, 'Tenant does not have permission'],
  CapabilityOverride: [403, 'Bot is limited by administrator policies'],
  ContentStreamNotAllowed: [403, 'Content stream is not allowed'],
  ConversationNotFound: [404, 'Conversation not found'],
  ActivityNotFoundInConversation: [404, 'Activity not found in conversation'],
  MemberNotFoundInConversation: [404, 'Member not found in conversation'],
  NotFound: [404, 'Not found'],
  PreconditionFailed: [412, 'Precondition failed, please try again'],
  MessageSizeTooBig: [413, 'Message size too large'],
  Throttled: [429, 'Too many requests'],
  ServiceError: [500, 'Service error'],
  ServiceUnavailable: [503, 'Service unavailable'],
};

export function connectorError(code: string, detail?: string): PlatformAnswer {
  const [status, message] = ROWS[code] ?? [500, 'Unknown error'];
  return { status, body: { error: { code, message: detail ?? message } } };
}

export const throttled = (waitMs: number): PlatformAnswer => ({
  ...connectorError('Throttled'),
  headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
});

/** The gate before the Connector has words of its own. */
export const UNAUTHORIZED: PlatformAnswer = {
  status: 401,
  body: { message: 'Authorization has been denied for this request.' },
};
