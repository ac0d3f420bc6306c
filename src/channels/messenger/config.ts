/** The Messenger part of a channel file: one Facebook page and the app that speaks for it. */
import { z } from 'zod';
import { secret } from '../fields.ts';
import { graphApi, metaId, webhookCredentials } from '../meta/config.ts';
import { ProfileConfig } from './profile-config.ts';

export const MessengerConfig = z.strictObject({
  credentials: z
    .strictObject({
      access_token: secret('The page access token that sends for this page.'),
      ...webhookCredentials,
    })
    .describe('What only we and Meta know.'),
  account: z
    .strictObject({
      page_id: metaId('page').describe('The id of the Facebook page.'),
      app_id: metaId('app')
        .optional()
        .describe('The id of the app: tells its own echoes from those of other apps of the page.'),
    })
    .describe('Who we are on Messenger.'),
  api: z
    .strictObject({
      ...graphApi,
      appsecret_proof: z
        .boolean()
        .default(true)
        .describe('Whether calls prove that we know the app secret; false where the token is another app’s.'),
    })
    .prefault({})
    .describe('How the platform is reached.'),
  send: z
    .strictObject({
      messaging: z
        .enum(['response', 'update', 'human-agent'])
        .default('response')
        .describe(
          'What our messages are to Meta: answers, or news, both within 24 hours of the person’s last message; ' +
            'or the words of human agents within 7 days, for which the app needs an approval.',
        ),
      notification: z
        .enum(['regular', 'silent', 'none'])
        .default('regular')
        .describe('Whether phones make a sound, show the message silently, or do not show it.'),
    })
    .prefault({})
    .describe('How our messages go out.'),
  profile: ProfileConfig.optional(),
});
export type MessengerConfig = z.output<typeof MessengerConfig>;
