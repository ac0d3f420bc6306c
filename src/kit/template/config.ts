/** The part of a channel file that is Sample Platform's own: one account there. */
import { baseUrl, secret, signingSecret, z } from 'patchbay/adapter';

export const SamplePlatformConfig = z.strictObject({
  credentials: z
    .strictObject({
      token: secret('The token that messages are sent with.'),
      signing_secret: signingSecret('The secret that Sample Platform signs every webhook with.'),
    })
    .describe('What only we and Sample Platform know.'),
  account: z
    .strictObject({ id: z.string().min(1).describe('Who we are there; what it says itself is ignored.') })
    .describe('Who we are on Sample Platform.'),
  api: z
    .strictObject({ base_url: baseUrl('Where its API is.', 'https://api.sample-platform.example') })
    .prefault({})
    .describe('How Sample Platform is reached.'),
});
export type SamplePlatformConfig = z.output<typeof SamplePlatformConfig>;
