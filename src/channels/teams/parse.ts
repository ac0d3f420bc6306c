/** What Teams says, in our words: one activity with each request. */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { type ChannelIdentity, Unreadable } from '../channel.ts';
import { asId, asObject, readJson } from '../json.ts';
import type { WebhookRequest } from '../webhook.ts';
import type { TeamsConfig } from './config.ts';
import { parseConversationUpdate, parseInstallation } from './parse-changes.ts';
import { parseEvent } from './parse-events.ts';
import { parseInvoke } from './parse-invokes.ts';
import { parseDeletion, parseEdit, parseMessage, parseReactions } from './parse-messages.ts';
import { ignored, nameForReason, one, placeOf, type Told } from './telling.ts';

export function parser(
  identity: ChannelIdentity,
  account: TeamsConfig['account'],
): (request: WebhookRequest) => readonly InboundEvent[] {
  const selfId = `28:${account.app_id}`;
  return ({ body }) => {
    const activity = readJson(body);
    if (asId(activity.type) === undefined) throw new Unreadable('the activity has no type');
    const recipient = asId(asObject(activity.recipient)?.id)?.toLowerCase();
    if (recipient?.startsWith('28:') && recipient !== selfId) return ignored('for another bot');
    if (isOwn(activity, selfId)) return ignored('own message');
    const place = placeOf(activity);
    if (place === undefined) return homeless(activity);
    return parseActivity({ activity, identity, selfId, place });
  };
}

/** We are told of our own doing only where the app may read a whole team. */
const isOwn = ({ type, from }: JsonObject, selfId: string): boolean =>
  typeof type === 'string' &&
  (type.startsWith('message') || type === 'typing') &&
  asId(asObject(from)?.id)?.toLowerCase() === selfId;

const homeless = (activity: JsonObject): readonly InboundEvent[] =>
  activity.type === 'message'
    ? [{ kind: 'unreadable', reason: 'a message without a conversation', at: '/conversation/id' }]
    : ignored(`${nameForReason(activity.type)} without a conversation`);

/** https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-activities */
function parseActivity(told: Told): readonly InboundEvent[] {
  const { activity } = told;
  switch (activity.type) {
    case 'message':
      return parseMessage(told);
    case 'messageUpdate':
      return parseEdit(told);
    case 'messageDelete':
      return parseDeletion(told);
    case 'messageReaction':
      return parseReactions(told);
    case 'conversationUpdate':
      return parseConversationUpdate(told);
    case 'installationUpdate':
      return parseInstallation(told);
    case 'typing':
      return one(told, { content: { kind: 'typing', active: true } });
    case 'event':
      return parseEvent(told);
    case 'invoke':
      return parseInvoke(told);
    case 'handoff':
    case 'endOfConversation':
    case 'command':
    case 'commandResult':
    case 'suggestion':
    case 'trace':
    case 'contactRelationUpdate':
    case 'deleteUserData':
      return ignored(String(activity.type));
    default:
      return one(told, { content: { kind: 'unsupported', platformType: nameForReason(activity.type) } });
  }
}
