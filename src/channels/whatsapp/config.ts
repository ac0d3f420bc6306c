/** The WhatsApp part of a channel file: one business phone number of the Cloud API. */
import { z } from 'zod';
import { baseUrl, secret, signingSecret } from '../fields.ts';

export const WhatsAppConfig = z.strictObject({
  credentials: z
    .strictObject({
      access_token: secret('The system user token that sends for this number.'),
      app_secret: signingSecret('The Meta app’s secret: it signs every webhook.'),
      previous_app_secret: signingSecret('The secret before it, while a rotation is under way.').optional(),
      verify_token: secret('What Meta must present when the webhook address is saved; chosen by you.'),
    })
    .describe('What only we and Meta know.'),
  account: z
    .strictObject({
      phone_number_id: z
        .string()
        .regex(/^\d{5,32}$/, 'expected the digits of a phone number id, in quotes')
        .describe('The id (not the number) of the business phone number, from the app dashboard.'),
      business_account_id: z
        .string()
        .regex(/^\d{5,32}$/, 'expected the digits of a business account id, in quotes')
        .optional()
        .describe('The WhatsApp business account the number belongs to; for people, nothing depends on it.'),
    })
    .describe('Who we are on WhatsApp.'),
  api: z
    .strictObject({
      base_url: baseUrl('Where the Graph API is.', 'https://graph.facebook.com'),
      version: z
        .string()
        .regex(/^v\d{1,3}\.\d{1,2}$/, 'expected a Graph API version such as v25.0')
        .default('v25.0')
        .describe('The Graph API version; each lives for about two years.'),
    })
    .prefault({})
    .describe('How the platform is reached.'),
});
export type WhatsAppConfig = z.output<typeof WhatsAppConfig>;
