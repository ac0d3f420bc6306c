/** Reactions, comings and goings, and what becomes of conversations and of the app. https://docs.slack.dev/reference/events */
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger, TriggerContext } from '../platform.ts';
import { letters } from '../random.ts';
import { selfOf } from './account.ts';
import { tsOf } from './event.ts';
import { eventTrigger, type Scene, targetTs } from './trigger-shell.ts';

const reaction = (type: string, scene: Scene): JsonObject => ({
  type,
  user: scene.user,
  reaction: scene.context.param('emoji', 'thumbsup'),
  item: { type: 'message', channel: scene.channel, ts: targetTs(scene) },
  item_user: scene.self.botUserId,
  event_ts: scene.ts,
});

const membership = (type: string, scene: Scene, user: string): JsonObject => ({
  type,
  user,
  channel: scene.channel,
  channel_type: 'C',
  team: scene.self.teamId,
  event_ts: scene.ts,
});

const DIRECT = 'D0PNCRP9N';

const assistantThread = (type: string, scene: Scene): JsonObject => ({
  type,
  assistant_thread: {
    user_id: scene.user,
    context: { channel_id: 'C061EG9SL', team_id: scene.self.teamId, enterprise_id: null },
    channel_id: scene.channel,
    thread_ts: tsOf(scene.context.now - 2_000),
  },
  event_ts: scene.ts,
});

/** A request that is no event. */
const outer = (name: string, describe: string, body: (context: TriggerContext) => JsonObject): Trigger => ({
  name,
  describe,
  params: [],
  draft: (context): Draft => ({ json: body(context), encoding: 'json' }),
});

export const eventTriggers: readonly Trigger[] = [
  eventTrigger('reaction', 'an emoji on a message', ['emoji', 'to'], scene =>
    reaction('reaction_added', scene),
  ),
  eventTrigger('reaction-removed', 'the emoji taken back', ['emoji', 'to'], scene =>
    reaction('reaction_removed', scene),
  ),
  eventTrigger('joined', 'somebody came into a conversation', [], scene => ({
    ...membership('member_joined_channel', scene, scene.user),
    inviter: 'U0G9QF9C6',
  })),
  eventTrigger('left', 'somebody left a conversation', [], scene =>
    membership('member_left_channel', scene, scene.user),
  ),
  eventTrigger('added', 'the app was added to a conversation', [], scene => ({
    ...membership('member_joined_channel', scene, scene.self.botUserId),
    inviter: scene.user,
  })),
  eventTrigger(
    'home-opened',
    'somebody opened the app’s own tab',
    [],
    scene => ({
      type: 'app_home_opened',
      user: scene.user,
      channel: scene.channel,
      tab: 'messages',
      event_ts: scene.ts,
    }),
    DIRECT,
  ),
  eventTrigger(
    'assistant-started',
    'somebody opened a thread with the assistant',
    [],
    scene => assistantThread('assistant_thread_started', scene),
    DIRECT,
  ),
  eventTrigger(
    'assistant-context',
    'somebody went elsewhere with the assistant open',
    [],
    scene => assistantThread('assistant_thread_context_changed', scene),
    DIRECT,
  ),
  eventTrigger('renamed', 'a conversation has a new name', ['to'], scene => ({
    type: 'channel_rename',
    channel: { id: scene.channel, name: scene.context.param('to', 'returns'), created: 1_360_782_804 },
    event_ts: scene.ts,
  })),
  eventTrigger('archived', 'a conversation was archived', [], scene => ({
    type: 'channel_archive',
    channel: scene.channel,
    user: scene.user,
    is_moved: 0,
    event_ts: scene.ts,
  })),
  eventTrigger('link-shared', 'a link of a domain the app unfurls', [], scene => ({
    type: 'link_shared',
    channel: scene.channel,
    user: scene.user,
    message_ts: targetTs(scene),
    unfurl_id: `C${letters(8, scene.context.random)}`,
    source: 'conversations_history',
    links: [{ domain: 'acme.example', url: 'https://acme.example/orders/4711' }],
    event_ts: scene.ts,
  })),
  eventTrigger('file-shared', 'the twin of a shared file, which says only its id', [], scene => ({
    type: 'file_shared',
    file_id: `F0${letters(9, scene.context.random)}`,
    user_id: scene.user,
    channel_id: scene.channel,
    event_ts: scene.ts,
  })),
  eventTrigger('person-changed', 'somebody changed their profile', [], scene => ({
    type: 'user_change',
    user: { id: scene.user, team_id: scene.self.teamId, name: scene.userName },
    event_ts: scene.ts,
  })),
  eventTrigger('uninstalled', 'the app was removed from the workspace', [], scene => ({
    type: 'app_uninstalled',
    event_ts: scene.ts,
  })),
  eventTrigger('tokens-revoked', 'the app’s token was taken away', [], scene => ({
    type: 'tokens_revoked',
    tokens: { oauth: [], bot: [scene.self.botUserId] },
    event_ts: scene.ts,
  })),
  eventTrigger('unknown-event', 'an event that is not invented yet', [], scene => ({
    type: 'canvas_danced',
    channel: scene.channel,
    user: scene.user,
    event_ts: scene.ts,
  })),
  outer('rate-limited', 'Slack dropped events of a busy minute', ({ config, now }) => {
    const { teamId, appId } = selfOf(config);
    return {
      token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
      type: 'app_rate_limited',
      team_id: teamId,
      minute_rate_limited: Math.floor(now / 60_000) * 60,
      api_app_id: appId,
    };
  }),
  outer('url-verification', 'the check of a new request address', ({ random }) => ({
    token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
    challenge: letters(40, random),
    type: 'url_verification',
  })),
];
