/** Who came and went, and what became of teams and channels. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events */
import type { InboundContent } from '../../message/content.ts';
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject, JsonValue } from '../../message/json.ts';
import { asId, asObject, asObjects, compact } from '../json.ts';
import { nameForReason, one, pick, type Told, tell } from './telling.ts';

/** What these event types say, the lists of members say better. */
const ABOUT_MEMBERS = new Set(['teamMemberAdded', 'teamMemberRemoved']);

export function parseConversationUpdate(told: Told): readonly InboundEvent[] {
  const { activity, selfId } = told;
  const members = [
    ...membership(told, 'joined', activity.membersAdded),
    ...membership(told, 'left', activity.membersRemoved),
  ];
  const data = asObject(activity.channelData) ?? {};
  const type = asId(data.eventType);
  const renamed = asId(activity.topicName);
  if (type !== undefined && !(members.length > 0 && ABOUT_MEMBERS.has(type)))
    return [...members, system(told, nameForReason(type), nameIn(data, type), shared(data))];
  if (renamed !== undefined) return [...members, system(told, 'topicName', renamed, {})];
  if (members.length > 0) return members;
  return [system(told, 'conversationUpdate', undefined, { self: selfId })];
}

/** The bot itself is told apart from the others: its coming is where a conversation with it can begin. */
function membership(
  told: Told,
  change: 'joined' | 'left',
  value: JsonValue | undefined,
): readonly InboundEvent[] {
  const ids = asObjects(value).flatMap(member => asId(member.id) ?? []);
  const others = ids.filter(id => id.toLowerCase() !== told.selfId);
  const contents: InboundContent[] = [];
  if (others.length < ids.length) contents.push({ kind: 'membership', change, members: [], self: true });
  if (others.length > 0) contents.push({ kind: 'membership', change, members: others, self: false });
  return contents.map(content =>
    tell(told, {
      content,
      suffix: `:${change}${content.kind === 'membership' && content.self ? ':self' : ''}`,
    }),
  );
}

const system = (told: Told, name: string, text: string | undefined, data: JsonObject): InboundEvent =>
  tell(told, {
    suffix: `:${name}`,
    content: compact({
      kind: 'system' as const,
      name,
      text,
      data: Object.keys(data).length === 0 ? undefined : data,
    }),
  });

/** The name of what was created, renamed or deleted. */
function nameIn(data: JsonObject, type: string): string | undefined {
  const about = type.startsWith('channel') ? data.channel : data.team;
  return asId(asObject(about)?.name);
}

const shared = (data: JsonObject): JsonObject => pick(data, ['sharedWithTeams', 'unsharedFromTeams']);

/** https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events#installation-update-event */
export function parseInstallation(told: Told): readonly InboundEvent[] {
  const action = asId(told.activity.action);
  const change = action === 'add' ? 'installed' : action === 'remove' ? 'uninstalled' : undefined;
  if (change !== undefined)
    return one(told, { content: { kind: 'membership', change, members: [], self: true } });
  const data = { action: nameForReason(action) };
  return one(told, { content: { kind: 'system', name: 'installationUpdate', data } });
}
