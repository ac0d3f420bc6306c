/** The WhatsApp part of a channel file: one business phone number of the Cloud API. */
import { z } from 'zod';
import { secret } from '../fields.ts';
import { graphApi, metaId, webhookCredentials } from '../meta/config.ts';

export const WhatsAppConfig = z.strictObject({
  credentials: z
    .strictObject({
      access_token: secret('The system user token that sends for this number.'),
      ...webhookCredentials,
    })
    .describe('What only we and Meta know.'),
  account: z
    .strictObject({
      phone_number_id: metaId('phone number').describe(
        'The id (not the number) of the business phone number, from the app dashboard.',
      ),
      business_account_id: metaId('business account')
        .optional()
        .describe('The WhatsApp business account the number belongs to; for people, nothing depends on it.'),
    })
    .describe('Who we are on WhatsApp.'),
  api: z.strictObject(graphApi).prefault({}).describe('How the platform is reached.'),
});
export type WhatsAppConfig = z.output<typeof WhatsAppConfig>;
