/** What every channel file of a Meta platform says: the app that signs, and where the Graph API is. */
import { z } from 'zod';
import { baseUrl, secret, signingSecret } from '../fields.ts';

/** Fields of `credentials`, beside the token that sends. */
export const webhookCredentials = {
  app_secret: signingSecret('The Meta app’s secret: it signs every webhook.'),
  previous_app_secret: signingSecret('The secret before it, while a rotation is under way.').optional(),
  verify_token: secret('What Meta must present when the webhook address is saved; chosen by you.'),
};

/** Fields of `api`. */
export const graphApi = {
  base_url: baseUrl('Where the Graph API is.', 'https://graph.facebook.com'),
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d{1,2}$/, 'expected a Graph API version such as v25.0')
    .default('v25.0')
    .describe('The Graph API version; each lives for about two years.'),
};

/** The id of something at Meta: digits that are a name and no number. */
export const metaId = (what: string) =>
  z.string().regex(/^\d{5,32}$/, `expected the digits of a ${what} id, in quotes`);
