/** What every Slack trigger shares: people, conversations, fresh ids, the shells around events and interactions. */
import type { JsonObject } from '../../message/json.ts';
import type { Draft, Trigger, TriggerContext } from '../platform.ts';
import { digits, hex, letters } from '../random.ts';
import { type Self, selfOf } from './account.ts';
import { channelType, envelope, richText, tsOf } from './event.ts';

export interface Scene {
  readonly self: Self;
  readonly user: string;
  readonly userName: string;
  readonly channel: string;
  /** Of the thing that happens. */
  readonly ts: string;
  readonly context: TriggerContext;
}

export const PLACE = ['from', 'name', 'channel'];

export function sceneOf(context: TriggerContext, channel = 'C061EG9SL'): Scene {
  const { config, now, random, param } = context;
  return {
    self: selfOf(config),
    user: param('from', 'U061F7AUR'),
    userName: param('name', 'ana'),
    channel: param('channel', channel),
    // Never later than now, and never twice the same.
    ts: tsOf(now - 1_000, Number(digits(3, random))),
    context,
  };
}

/** The message a reaction, an edit or a button is about: given with `to` (its `ts`), else one a minute old. */
export const targetTs = ({ context }: Scene): string => context.param('to', tsOf(context.now - 60_000));

/** A message as it stands in a conversation. */
export const spoken = ({ self, user, ts, context: { random } }: Scene, text: string): JsonObject => ({
  type: 'message',
  user,
  ts,
  client_msg_id: `${hex(8, random)}-${hex(4, random)}-4${hex(3, random)}-9${hex(3, random)}-${hex(12, random)}`,
  text,
  team: self.teamId,
  blocks: [richText(text, random)],
});

/** A message of ours, for people to press its buttons. */
export const ours = ({ self }: Scene, ts: string, more: JsonObject = {}): JsonObject => ({
  type: 'message',
  user: self.botUserId,
  bot_id: self.botId,
  app_id: self.appId,
  ts,
  text: 'Which one?',
  team: self.teamId,
  ...more,
});

/** Where and when, as message events tell it. */
export const place = ({ channel, ts }: Scene): JsonObject => ({
  channel,
  event_ts: ts,
  channel_type: channelType(channel),
});

/** An event of the Events API. */
export const eventTrigger = (
  name: string,
  describe: string,
  params: readonly string[],
  event: (scene: Scene) => JsonObject,
  channel?: string,
): Trigger => ({
  name,
  describe,
  params: [...PLACE, ...params],
  draft(context): Draft {
    const scene = sceneOf(context, channel);
    return { json: envelope(scene.self, event(scene), context), encoding: 'json' };
  },
});

const ONE_USE = (random: () => number): string =>
  `${digits(11, random)}.${digits(10, random)}.${hex(32, random)}`;

/** Keys to the person's screen: they lead nowhere, but look like the real ones. */
export const triggerId = ({ context: { random } }: Scene): string => ONE_USE(random);
export const responseUrl = (kind: 'actions' | 'commands', { self, context: { random } }: Scene): string =>
  `https://hooks.slack.example/${kind}/${self.teamId}/${digits(13, random)}/${letters(24, random)}`;

/** A button pressed, a modal sent: a form with JSON in it. */
export const interactionTrigger = (
  name: string,
  describe: string,
  params: readonly string[],
  payload: (scene: Scene) => JsonObject,
): Trigger => ({
  name,
  describe,
  params: [...PLACE, ...params],
  draft(context): Draft {
    const scene = sceneOf(context);
    const { self, user, userName } = scene;
    const json = {
      user: { id: user, username: userName, name: userName, team_id: self.teamId },
      api_app_id: self.appId,
      token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
      team: { id: self.teamId, domain: 'sandbox' },
      enterprise: null,
      is_enterprise_install: false,
      trigger_id: triggerId(scene),
      ...payload(scene),
    };
    return { json, encoding: 'payload' };
  },
});
