/**
 * What the Connector's errors mean for a delivery, as data.
 * https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
 */
import type { FaultCode } from '../../message/fault.ts';

/** By the code of the error, whatever status it comes with. */
const CODES: Readonly<Record<string, FaultCode>> = {
  BadArgument: 'invalid-message',
  'Bad Argument': 'invalid-message',
  BadSyntax: 'invalid-message',
  BadRequest: 'invalid-message',
  MessageSizeTooBig: 'invalid-message',
  ContentStreamNotAllowed: 'invalid-message',
  ActivityNotFoundInConversation: 'invalid-message',
  BotNotRegistered: 'misconfigured',
  NotEnoughPermissions: 'misconfigured',
  TenantNoPermission: 'misconfigured',
  CapabilityOverride: 'misconfigured',
  InvalidBotApiHost: 'misconfigured',
  BotDisabledByAdmin: 'unreachable',
  BotNotInConversationRoster: 'unreachable',
  ConversationBlockedByUser: 'unreachable',
  MessageWritesBlocked: 'unreachable',
  ForbiddenOperationException: 'unreachable',
  ConversationNotFound: 'unreachable',
  // Something else was being done to the conversation; this was not.
  PreconditionFailed: 'unavailable',
  Throttled: 'rate-limited',
};

/** Every code the table knows, with its meaning. */
export const knownErrors = (): readonly (readonly [string, FaultCode])[] => Object.entries(CODES);

/** Statuses whose meaning does not depend on a code. */
const STATUSES: Readonly<Record<number, FaultCode>> = {
  404: 'unreachable',
  412: 'unavailable',
  413: 'invalid-message',
  429: 'rate-limited',
};

/**
 * A refusal with a code we do not know is about the conversation where it is 403, else about the message. Undefined
 * where only the status is left to go by.
 */
export function meaningOf(status: number, code: string | undefined): FaultCode | undefined {
  const known = code !== undefined && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (status < 400 || status >= 500) return undefined;
  return known ?? STATUSES[status] ?? (status === 403 && code !== undefined ? 'unreachable' : undefined);
}
