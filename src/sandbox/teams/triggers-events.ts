/** What happens around messages: people, teams, meetings. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events */
import type { JsonObject } from '../../message/json.ts';
import type { Trigger } from '../platform.ts';
import { CHANNEL, guidOf, newEventId, type Scene, targetOf, trigger } from './trigger-shell.ts';

const BOB = '29:1sandboxBobExample';

const update = (scene: Scene, more: JsonObject): JsonObject => ({
  type: 'conversationUpdate',
  id: newEventId(scene),
  ...more,
});

/** What happens to a channel or a team is told in the channel itself, in no thread. */
const inChannel = (scene: Scene, more: JsonObject): JsonObject => ({
  ...update(scene, more),
  conversation: {
    isGroup: true,
    conversationType: 'channel',
    tenantId: scene.self.tenantId,
    id: CHANNEL,
  },
});

const member = ({ context: { param } }: Scene): JsonObject => {
  const id = param('member', BOB);
  return { id, aadObjectId: guidOf(id) };
};

const installation = (scene: Scene, action: string): JsonObject => ({
  type: 'installationUpdate',
  id: newEventId(scene),
  action,
});

const event = (scene: Scene, name: string, value: JsonObject): JsonObject => ({
  type: 'event',
  id: newEventId(scene),
  name: `application/vnd.microsoft.${name}`,
  value,
});

const meeting = ({ context: { now } }: Scene, time: string): JsonObject => ({
  MeetingType: 'Scheduled',
  Title: 'Weekly orders',
  Id: 'MCMxOTptZWV0aW5nX3NhbmRib3gjMA==',
  JoinUrl: 'https://teams.microsoft.example/l/meetup-join/sandbox',
  [time]: new Date(now).toISOString(),
});

const participant = (scene: Scene, inMeeting: boolean): JsonObject => {
  const { id, aadObjectId } = member(scene);
  return {
    members: [
      {
        user: {
          tenantId: scene.self.tenantId,
          id: id ?? BOB,
          name: 'Bob Example',
          aadObjectId: aadObjectId ?? '',
        },
        meeting: { inMeeting, role: 'Attendee' },
      },
    ],
  };
};

const CHANNEL_EVENTS = ['channelCreated', 'channelRenamed', 'channelDeleted', 'channelRestored'];
const TEAM_EVENTS = ['teamRenamed', 'teamArchived', 'teamUnarchived', 'teamDeleted', 'teamRestored'];
const dashed = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

export const eventTriggers: readonly Trigger[] = [
  trigger({
    name: 'installed',
    describe: 'somebody installed the app for themselves',
    make: scene => installation(scene, 'add'),
  }),
  trigger({
    name: 'uninstalled',
    describe: 'somebody removed the app',
    make: scene => installation(scene, 'remove'),
  }),
  trigger({
    name: 'upgraded',
    describe: 'a newer version of the app was installed',
    make: scene => installation(scene, 'add-upgrade'),
  }),
  trigger({
    name: 'added',
    describe: 'the bot was added to a team',
    where: 'channel',
    make: scene =>
      inChannel(scene, {
        membersAdded: [{ id: scene.self.botId }],
        channelData: { eventType: 'teamMemberAdded' },
      }),
  }),
  trigger({
    name: 'removed',
    describe: 'the bot was taken out of a team',
    where: 'channel',
    make: scene =>
      inChannel(scene, {
        membersRemoved: [{ id: scene.self.botId }],
        channelData: { eventType: 'teamMemberRemoved' },
      }),
  }),
  trigger({
    name: 'joined',
    describe: 'somebody came into a group chat',
    params: ['member'],
    where: 'group',
    make: scene => update(scene, { membersAdded: [member(scene)] }),
  }),
  trigger({
    name: 'left',
    describe: 'somebody left a group chat',
    params: ['member'],
    where: 'group',
    make: scene => update(scene, { membersRemoved: [member(scene)] }),
  }),
  trigger({
    name: 'topic',
    describe: 'a group chat got another name',
    params: ['topic'],
    where: 'group',
    make: scene => update(scene, { topicName: scene.context.param('topic', 'Late orders') }),
  }),
  ...[...CHANNEL_EVENTS, ...TEAM_EVENTS].map(eventType =>
    trigger({
      name: dashed(eventType),
      describe: `a ${dashed(eventType).replaceAll('-', ' was ')}`,
      where: 'channel',
      make: scene => inChannel(scene, { channelData: { eventType } }),
    }),
  ),
  trigger({
    name: 'meeting-start',
    describe: 'a meeting began',
    where: 'meeting',
    make: scene => event(scene, 'meetingStart', meeting(scene, 'StartTime')),
  }),
  trigger({
    name: 'meeting-end',
    describe: 'a meeting ended',
    where: 'meeting',
    make: scene => event(scene, 'meetingEnd', meeting(scene, 'EndTime')),
  }),
  trigger({
    name: 'participant-joined',
    describe: 'somebody came into a meeting',
    params: ['member'],
    where: 'meeting',
    make: scene => event(scene, 'meetingParticipantJoin', participant(scene, true)),
  }),
  trigger({
    name: 'participant-left',
    describe: 'somebody left a meeting',
    params: ['member'],
    where: 'meeting',
    make: scene => event(scene, 'meetingParticipantLeave', participant(scene, false)),
  }),
  trigger({
    name: 'read',
    describe: 'somebody has read up to a message',
    params: ['to'],
    make: scene => event(scene, 'readReceipt', { lastReadMessageId: targetOf(scene) }),
  }),
  trigger({
    name: 'unknown-event',
    describe: 'an event nobody knows',
    make: scene => event(scene, 'moonLanding', { crater: 7 }),
  }),
  trigger({
    name: 'unknown',
    describe: 'an activity of a type nobody knows',
    make: scene => ({ type: 'hologram', id: newEventId(scene) }),
  }),
  trigger({
    name: 'trace',
    describe: 'an activity for debugging',
    make: () => ({ type: 'trace', name: 'debug', value: {} }),
  }),
];
