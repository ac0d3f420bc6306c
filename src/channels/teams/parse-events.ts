/** Events without words: meetings, and how far somebody has read. https://learn.microsoft.com/microsoftteams/platform/apps-in-teams-meetings/meeting-apps-apis */
import type { InboundEvent } from '../../message/event.ts';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asObjects } from '../json.ts';
import { messageId, msOf } from './ids.ts';
import { nameForReason, one, type Told, timeOf } from './telling.ts';

const PREFIX = 'application/vnd.microsoft.';

export function parseEvent(told: Told): readonly InboundEvent[] {
  const { activity } = told;
  const full = asId(activity.name) ?? '';
  const name = full.startsWith(PREFIX) ? full.slice(PREFIX.length) : full;
  const value = asObject(activity.value) ?? {};
  switch (name) {
    case 'readReceipt':
      return readReceipt(told, value);
    case 'meetingStart':
    case 'meetingEnd':
      return one(told, {
        content: { kind: 'system', name, ...titleOf(value), ...(isEmpty(value) ? {} : { data: value }) },
      });
    case 'meetingParticipantJoin':
    case 'meetingParticipantLeave': {
      const change = name === 'meetingParticipantJoin' ? 'joined' : 'left';
      const members = asObjects(value.members).flatMap(member => asId(asObject(member.user)?.id) ?? []);
      return one(told, {
        content: { kind: 'membership', change, members, self: false },
        context: { meeting_event: name },
      });
    }
    default:
      return one(told, { content: { kind: 'unsupported', platformType: `event ${nameForReason(full)}` } });
  }
}

const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;

/** The keys of meetings begin with capitals. */
function titleOf(value: JsonObject): { text?: string } {
  const title = asId(value.Title);
  return title === undefined ? {} : { text: title };
}

/**
 * The last message somebody has read, and with it all before: its id is the time it was sent.
 * https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages#receive-a-read-receipt
 */
function readReceipt(
  { activity, place: { conversation } }: Told,
  value: JsonObject,
): readonly InboundEvent[] {
  const last = asId(value.lastReadMessageId);
  if (last === undefined) return [{ kind: 'ignored', reason: 'a read receipt without a message' }];
  const time = timeOf(activity);
  const watermark = msOf(last);
  const named = { target: messageId(conversation, last), conversation, status: 'read', time } as const;
  return [
    { kind: 'receipt', receipt: named },
    ...(watermark === undefined
      ? []
      : [{ kind: 'receipt', receipt: { conversation, watermark, status: 'read', time } } as const]),
  ];
}
