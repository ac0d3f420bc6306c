/** What a channel file says about one Slack app in one workspace. */
import { z } from 'zod';
import { baseUrl, secret, signingSecret } from '../fields.ts';

const slackId = (prefix: string, text: string) =>
  z
    .string()
    .regex(new RegExp(`^[${prefix}][A-Z0-9]{2,}$`), `expected a Slack id that begins with ${prefix}`)
    .describe(text);

export const SlackConfig = z.strictObject({
  credentials: z
    .strictObject({
      bot_token: secret('Bot token of the installed app (OAuth & Permissions, begins with xoxb-).'),
      signing_secret: signingSecret(
        'Signing secret of the app (Basic Information); Slack signs every request with it.',
      ),
      previous_signing_secret: signingSecret(
        'The signing secret before the present one, taken as well while it is being rotated.',
      ).optional(),
    })
    .describe('What the app proves itself with, and Slack to us.'),
  account: z
    .strictObject({
      team_id: slackId(
        'TE',
        'The workspace (T…), or the organisation (E…) of an app installed organisation-wide.',
      ),
      app_id: slackId('A', 'The app; what other apps at the same address are told is ignored.'),
      bot_user_id: slackId(
        'UW',
        "The app's bot user; events name it as well, so it is needed only where they do not.",
      ).optional(),
    })
    .describe('Which app in which workspace.'),
  api: z
    .strictObject({ base_url: baseUrl('Where the Web API is.', 'https://slack.com/api') })
    .prefault({})
    .describe('How Slack is reached.'),
  send: z
    .strictObject({
      unfurl_links: z.boolean().default(false).describe('Whether Slack shows previews of the links we send.'),
    })
    .prefault({})
    .describe('How our messages look.'),
});
export type SlackConfig = z.output<typeof SlackConfig>;
