/** What the sandbox reads of a Slack channel file, and a file for an app that exists nowhere. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { asId, asObject, asObjects, compact } from '../../channels/json.ts';
import type { JsonObject } from '../../message/json.ts';
import type { SampleOptions } from '../platform.ts';

const AccountConfig = z.object({
  credentials: z.object({ bot_token: z.string() }),
  account: z.object({ team_id: z.string(), app_id: z.string(), bot_user_id: z.string().optional() }),
});

/** Who we are in the played workspace. */
export interface Self {
  readonly teamId: string;
  readonly appId: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly token: string;
}

export function selfOf(config: Readonly<Record<string, unknown>>): Self {
  const { credentials, account } = AccountConfig.parse(config);
  const { team_id: teamId, app_id: appId, bot_user_id: botUserId } = account;
  return {
    teamId,
    appId,
    botUserId: botUserId ?? madeUp('U', appId),
    botId: madeUp('B', appId),
    token: credentials.bot_token,
  };
}

/** An id of this kind that is always the same for the same thing. */
export const madeUp = (prefix: string, from: string): string =>
  `${prefix}0${createHash('sha256').update(`${prefix}/${from}`).digest('hex').slice(0, 9).toUpperCase()}`;

const TEAM = /^[TE][A-Z0-9]{2,}$/;
const APP = /^A[A-Z0-9]{2,}$/;

/** Events, interactions and commands name the app and the workspace, each in its own way. */
export function sampleConfig({ secret, about = {} }: SampleOptions): JsonObject {
  const team = [about.team_id, asObject(about.team)?.id, asObject(about.enterprise)?.id, about.enterprise_id]
    .map(asId)
    .find(id => id !== undefined && TEAM.test(id));
  const app = asId(about.api_app_id);
  const bot = asObjects(about.authorizations).find(one => one.is_bot === true);
  return {
    credentials: { bot_token: secret('bot_token'), signing_secret: secret('signing_secret') },
    account: compact({
      team_id: team ?? 'T024BE7LD',
      app_id: app !== undefined && APP.test(app) ? app : 'A0KRD7HC3',
      bot_user_id: asId(bot?.user_id),
    }),
  };
}
