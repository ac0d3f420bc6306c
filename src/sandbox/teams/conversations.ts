/** The conversations of a played organisation: who is there, what we said there, and whether we still may. */
import { createHash } from 'node:crypto';
import { asId, asObject, asObjects } from '../../channels/json.ts';
import { splitConversation } from '../../channels/teams/ids.ts';
import type { JsonObject } from '../../message/json.ts';
import type { AccountContext } from '../platform.ts';
import { type Remembered, remembered } from '../remembered.ts';
import type { Self } from './account.ts';

export interface Conversation {
  readonly id: string;
  readonly type: string;
  readonly members: Remembered<JsonObject>;
  /** False after the bot was taken out. */
  present: boolean;
}

export interface Conversations {
  /** Without the thread. Undefined for one nobody heard of, where strangers are refused. */
  find(id: string): Conversation | undefined;
  /** With a person; the same each time. */
  personal(member: JsonObject): Conversation;
  /** What a webhook tells of where it happened and who was there. */
  learn(activity: JsonObject): void;
  /** A message of ours. Returns its id: a time, and never twice the same. */
  keep(conversation: string, activity: JsonObject): string;
  /** A message of ours that is still there. */
  kept(conversation: string, activity: string): JsonObject | undefined;
  change(conversation: string, activity: string, to: JsonObject): void;
  remove(conversation: string, activity: string): void;
  /** A new id, for what is no message. */
  newId(): string;
}

const MAX_CONVERSATIONS = 5_000;
const MAX_MEMBERS = 500;
const MAX_ACTIVITIES = 20_000;

export function conversations({ behaviour, now }: AccountContext, self: Self): Conversations {
  const known = remembered<Conversation>(MAX_CONVERSATIONS);
  const said = remembered<JsonObject>(MAX_ACTIVITIES);
  let last = 0;

  const bare = (id: string): string => splitConversation(id).conversation;
  const place = (conversation: string, activity: string): string =>
    JSON.stringify([bare(conversation), activity]);

  function meet(id: string, type = typeOf(id)): Conversation {
    const found = known.get(id);
    if (found !== undefined) return found;
    const made: Conversation = { id, type, members: remembered(MAX_MEMBERS), present: true };
    known.set(id, made);
    return made;
  }

  function join(conversation: Conversation, account: JsonObject | undefined): void {
    const id = asId(account?.id);
    if (account === undefined || id === undefined || id.startsWith('28:')) return;
    conversation.members.set(id, { ...conversation.members.get(id), ...account });
  }

  function newId(): string {
    last = Math.max(last + 1, now());
    return String(last);
  }

  function learn(activity: JsonObject): void {
    const told = asObject(activity.conversation);
    const id = asId(told?.id);
    if (id === undefined) return;
    const conversation = meet(bare(id), asId(told?.conversationType));
    const isUs = (account: JsonObject): boolean => asId(account.id) === self.botId;
    const removed = asObjects(activity.membersRemoved);
    const gone =
      removed.some(isUs) || (activity.type === 'installationUpdate' && activity.action === 'remove');
    conversation.present = !gone;
    if (!gone) join(conversation, asObject(activity.from));
    for (const member of asObjects(activity.membersAdded)) join(conversation, member);
    for (const member of removed) conversation.members.delete(asId(member.id) ?? '');
  }

  return {
    learn,
    newId,
    find(id) {
      const found = known.get(bare(id));
      if (found !== undefined || behaviour.strangers === 'refused') return found;
      return meet(bare(id));
    },
    personal(member) {
      const sum = createHash('sha256')
        .update(`${self.appId}/${asId(member.id) ?? ''}`)
        .digest('base64url');
      const conversation = meet(`a:1${sum}`, 'personal');
      join(conversation, member);
      return conversation;
    },
    keep(conversation, activity) {
      const id = newId();
      said.set(place(conversation, id), activity);
      return id;
    },
    kept: (conversation, activity) => said.get(place(conversation, activity)),
    change: (conversation, activity, to) => said.set(place(conversation, activity), to),
    remove: (conversation, activity) => said.delete(place(conversation, activity)),
  };
}

function typeOf(id: string): string {
  if (/@thread\.(?:tacv2|skype)$/.test(id)) return 'channel';
  return id.startsWith('19:') ? 'groupChat' : 'personal';
}

/** A member as the Connector lists people. */
export const listed = (member: JsonObject, self: Self): JsonObject => {
  const name = asId(member.name) ?? 'Somebody Example';
  const [givenName = '', ...surname] = name.split(' ');
  return {
    id: asId(member.id) ?? '',
    name,
    givenName,
    surname: surname.join(' '),
    email: `${givenName.toLowerCase()}@contoso.example`,
    userPrincipalName: `${givenName.toLowerCase()}@contoso.example`,
    tenantId: self.tenantId,
    userRole: 'user',
    ...(member.aadObjectId === undefined
      ? {}
      : { aadObjectId: member.aadObjectId, objectId: member.aadObjectId }),
  };
};
