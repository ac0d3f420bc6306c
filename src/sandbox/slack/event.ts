/** Requests of Slack to the hub: the Events API's envelope, and what messages and interactions share. */
import type { JsonObject } from '../../message/json.ts';
import type { Webhook } from '../platform.ts';
import { letters } from '../random.ts';
import type { Self } from './account.ts';

/** https://docs.slack.dev/apis/events-api/#events-JSON */
export const envelope = (
  { teamId, appId, botUserId }: Self,
  event: JsonObject,
  { now, random }: { readonly now: number; readonly random: () => number },
): JsonObject => ({
  token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
  team_id: teamId,
  context_team_id: teamId,
  context_enterprise_id: null,
  api_app_id: appId,
  event,
  type: 'event_callback',
  event_id: `Ev0${letters(8, random)}`,
  event_time: Math.floor(now / 1_000),
  authorizations: [
    { enterprise_id: null, team_id: teamId, user_id: botUserId, is_bot: true, is_enterprise_install: false },
  ],
  is_ext_shared_channel: false,
});

export const jsonWebhook = (body: JsonObject): Webhook => ({
  body: JSON.stringify(body),
  contentType: 'application/json',
});

/** What a composer in Slack makes of typed words. */
export const richText = (text: string, random: () => number): JsonObject => ({
  type: 'rich_text',
  block_id: letters(3, random),
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
});

/** `channel_type` by the letter an id begins with. */
export function channelType(channel: string): string {
  if (channel.startsWith('D')) return 'im';
  return channel.startsWith('G') ? 'group' : 'channel';
}

/** A time as Slack writes it: seconds and six digits. */
export const tsOf = (ms: number, micros = 0): string =>
  `${Math.floor(ms / 1_000)}.${String((ms % 1_000) * 1_000 + micros).padStart(6, '0')}`;
