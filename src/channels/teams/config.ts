/** What a channel file says about one Teams bot. */
import { z } from 'zod';
import { baseUrl, secret } from '../fields.ts';

const guid = (text: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'expected a GUID')
    .transform(value => value.toLowerCase())
    .describe(text);

const address = () => z.url({ protocol: /^https?$/, error: 'expected an http(s) address' });

/** The Connector's public hosts, and those of the clouds for governments. */
const SERVICE_URLS = [
  'https://smba.trafficmanager.net/',
  'https://smba.infra.gcc.teams.microsoft.com/',
  'https://smba.infra.gov.teams.microsoft.us/',
  'https://smba.infra.dod.teams.microsoft.us/',
];

export const TeamsConfig = z.strictObject({
  credentials: z
    .strictObject({
      app_password: secret('A client secret of the app registration; tokens to send with are got for it.'),
    })
    .describe('What the bot proves itself with.'),
  account: z
    .strictObject({
      app_id: guid('The application (client) id of the bot; Microsoft addresses its tokens to it.'),
      tenant_id: guid(
        'The organisation of a single-tenant bot, by its directory id: others are refused. Left out for a multi-tenant bot.',
      ).optional(),
    })
    .describe('Which bot.'),
  api: z
    .strictObject({
      login_url: baseUrl('Where tokens to send with come from.', 'https://login.microsoftonline.com'),
      openid_metadata: baseUrl(
        "Where the keys are found that Microsoft's own tokens are signed with.",
        'https://login.botframework.com/v1/.well-known/openidconfiguration',
      ),
      token_issuer: z
        .string()
        .min(1)
        .default('https://api.botframework.com')
        .describe("Who issues Microsoft's tokens; another one in the clouds for governments."),
      token_scope: z
        .string()
        .min(1)
        .default('https://api.botframework.com/.default')
        .describe('What our own tokens are for; another one in the clouds for governments.'),
      service_url: baseUrl(
        'Where conversations are reached for which no message told another address.',
        'https://smba.trafficmanager.net/teams/',
      ),
      allowed_service_urls: z
        .array(address())
        .min(1)
        .default(SERVICE_URLS)
        .describe('The only addresses our tokens go to, whatever a message says; all that is below them.'),
      connector_url: address()
        .optional()
        .describe('A proxy that takes every call instead of the addresses messages tell.'),
    })
    .prefault({})
    .describe('How Microsoft is reached.'),
});
export type TeamsConfig = z.output<typeof TeamsConfig>;
