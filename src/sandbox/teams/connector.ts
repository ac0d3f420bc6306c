/** The Bot Connector's calls. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference */
import { asId, asObject, asObjects } from '../../channels/json.ts';
import { messageId, splitConversation } from '../../channels/teams/ids.ts';
import type { JsonObject } from '../../message/json.ts';
import { answered, jsonOf } from '../call.ts';
import type { Handled, PlatformAnswer, PlatformRequest, Taken } from '../platform.ts';
import type { Self } from './account.ts';
import { type Conversation, type Conversations, listed } from './conversations.ts';
import { connectorError, throttled } from './errors.ts';
import type { Rates } from './rates.ts';
import type { Shelf } from './shelf.ts';
import { checkActivity } from './validate.ts';
import { wordsOf } from './words.ts';

export interface Connector {
  readonly self: Self;
  readonly known: Conversations;
  readonly rates: Rates;
  readonly shelf: Shelf;
}

/** A call below `/v3/`, its token already looked at. */
export function connectorCall(connector: Connector, path: string, request: PlatformRequest): Handled {
  const parts = path.split('/').map(decoded);
  if (parts.some(part => part === undefined)) return refused(path, 'BadRequest');
  const [kind, id = '', edge, ...rest] = parts.filter(part => part !== undefined);
  const { method } = request;
  if (kind === 'attachments') return answered('attachment', connector.shelf.answer(id, edge, rest[0]));
  if (kind !== 'conversations') return refused(path, 'NotFound');
  if (id === '')
    return method === 'POST' ? create(connector, request) : refused('conversations', 'BadRequest');
  const conversation = connector.known.find(id);
  if (conversation === undefined) return refused(edge ?? 'conversation', 'ConversationNotFound');
  switch (edge) {
    case 'activities':
      return activities(connector, { id, conversation, target: rest[0] }, request);
    case 'members':
    case 'pagedmembers':
      return members(
        connector,
        { id, conversation, member: rest[0], paged: edge === 'pagedmembers' },
        request,
      );
    case 'attachments':
      return method === 'POST' ? upload(connector, request) : refused('attachments', 'BadRequest');
    default:
      return refused(path, 'NotFound');
  }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const refused = (method: string, code: string, detail?: string): Handled =>
  answered(method, connectorError(code, detail));

interface Place {
  /** As the call names it, with the thread. */
  readonly id: string;
  readonly conversation: Conversation;
  readonly target: string | undefined;
}

function activities(connector: Connector, place: Place, request: PlatformRequest): Handled {
  const { target } = place;
  switch (request.method) {
    case 'POST':
      return post(connector, place, request);
    case 'PUT':
      return target === undefined ? refused('edit', 'BadRequest') : edit(connector, place, target, request);
    case 'DELETE':
      return target === undefined ? refused('delete', 'BadRequest') : remove(connector, place, target);
    default:
      return refused('activities', 'BadRequest');
  }
}

/** Null: it may be said. A text beside an attachment is two messages, and counts twice. */
function objection({ rates }: Connector, place: Place, activity: JsonObject): PlatformAnswer | null {
  if (!place.conversation.present) return connectorError('BotNotInConversationRoster');
  const wrong = checkActivity(activity);
  if (wrong !== null) return connectorError(wrong.code, wrong.detail);
  const wait = rates.send(place.id, isTwo(activity) ? 2 : 1);
  return wait > 0 ? throttled(wait) : null;
}

const isTwo = ({ text, attachments }: JsonObject): boolean =>
  asId(text) !== undefined && asObjects(attachments).length > 0;

function post(connector: Connector, place: Place, request: PlatformRequest): Handled {
  const method = place.target === undefined ? 'send' : 'reply';
  const activity = jsonOf(request.body);
  if (activity === undefined) return refused(method, 'BadSyntax', 'The body is not valid JSON');
  const against = objection(connector, place, activity);
  if (against !== null) return answered(method, against);
  const { known } = connector;
  const id = activity.type === 'message' ? known.keep(place.id, activity) : known.newId();
  return answered(method, { status: 201, body: { id } }, takenAs(place.id, id, activity));
}

const takenAs = (conversationId: string, activityId: string, activity: JsonObject): Taken => {
  const { conversation } = splitConversation(conversationId);
  const platformId = activity.type === 'message' ? messageId(conversation, activityId) : null;
  return { platformId, marker: null, conversation, text: wordsOf(activity) };
};

/** Only what we said ourselves can be changed, and only while it is there. */
function edit(connector: Connector, place: Place, target: string, request: PlatformRequest): Handled {
  const activity = jsonOf(request.body);
  if (activity === undefined) return refused('edit', 'BadSyntax', 'The body is not valid JSON');
  if (connector.known.kept(place.id, target) === undefined)
    return refused('edit', 'ActivityNotFoundInConversation');
  const wrong = checkActivity(activity);
  if (wrong !== null) return refused('edit', wrong.code, wrong.detail);
  connector.known.change(place.id, target, activity);
  return answered('edit', { status: 200, body: { id: target } }, takenAs(place.id, target, activity));
}

function remove({ known }: Connector, place: Place, target: string): Handled {
  const activity = known.kept(place.id, target);
  if (activity === undefined) return refused('delete', 'ActivityNotFoundInConversation');
  known.remove(place.id, target);
  return answered(
    'delete',
    { status: 200, body: '' },
    { ...takenAs(place.id, target, activity), text: '(deleted)' },
  );
}

/** A conversation with a person, or a thread in a channel that begins with a message. */
function create(connector: Connector, request: PlatformRequest): Handled {
  const { known, self, rates } = connector;
  const parameters = jsonOf(request.body);
  if (parameters === undefined) return refused('create', 'BadSyntax', 'The body is not valid JSON');
  const activity = asObject(parameters.activity);
  const wrong = activity === undefined ? null : checkActivity(activity);
  if (wrong !== null) return refused('create', wrong.code, wrong.detail);
  const channel = asId(asObject(asObject(parameters.channelData)?.channel)?.id);
  const [member] = asObjects(parameters.members);
  if (channel !== undefined && activity === undefined)
    return refused('create', 'BadSyntax', 'A thread begins with an activity');
  if (channel === undefined && !/^(?:29:.+|[0-9a-f-]{36})$/i.test(asId(member?.id) ?? ''))
    return refused('create', 'BadSyntax', 'Invalid user identity in provided tenant');
  const wait = rates.send(channel ?? asId(member?.id) ?? '', 1);
  if (wait > 0) return answered('create', throttled(wait));
  const conversation = channel ?? known.personal(member ?? {}).id;
  const activityId = activity === undefined ? undefined : known.keep(conversation, activity);
  const id = channel === undefined ? conversation : `${channel};messageid=${activityId}`;
  const body: JsonObject = {
    id,
    serviceUrl: self.serviceUrl,
    ...(activityId === undefined ? {} : { activityId }),
  };
  const taken =
    activity === undefined || activityId === undefined
      ? { platformId: id, marker: null, conversation, text: null }
      : takenAs(conversation, activityId, activity);
  return answered('create', { status: 201, body }, taken);
}

interface Asked {
  readonly id: string;
  readonly conversation: Conversation;
  readonly member: string | undefined;
  readonly paged: boolean;
}

function members({ rates, self }: Connector, asked: Asked, request: PlatformRequest): Handled {
  const { conversation, member, paged } = asked;
  if (request.method !== 'GET') return refused('members', 'BadRequest');
  if (!conversation.present) return refused('members', 'BotNotInConversationRoster');
  const wait = rates.read(asked.id);
  if (wait > 0) return answered('members', throttled(wait));
  const all = [...conversation.members.values()].map(one => listed(one, self));
  if (member !== undefined) {
    const found = all.find(one => one.id === member || one.aadObjectId === member);
    return found === undefined
      ? refused('members', 'MemberNotFoundInConversation')
      : answered('members', { status: 200, body: found });
  }
  return answered('members', { status: 200, body: paged ? page(all, request.query) : all });
}

/** https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context#fetch-the-roster-or-user-profile */
function page(all: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const size = Math.min(500, Math.max(50, Number(query.get('pageSize') ?? 200) || 200));
  const from = Number(query.get('continuationToken') ?? 0) || 0;
  const next = from + size;
  const found = all.slice(from, next);
  return next < all.length ? { members: found, continuationToken: String(next) } : { members: found };
}

function upload({ shelf }: Connector, request: PlatformRequest): Handled {
  const file = jsonOf(request.body);
  const id = file === undefined ? undefined : shelf.put(file);
  return id === undefined
    ? refused('upload', 'BadSyntax', 'originalBase64 is required')
    : answered('upload', { status: 201, body: { id } });
}
