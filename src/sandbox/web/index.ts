/** The web chat, whose platform is the hub itself: nothing to play, but everything to trigger. */
import type { SandboxPlatform } from '../platform.ts';
import { triggers } from './triggers.ts';

export const web: SandboxPlatform = {
  type: 'web',
  play: null,
  triggers,
  sampleConfig: ({ secret }) => ({
    credentials: { identity_secret: secret('identity_secret'), signing_secret: secret('signing_secret') },
    account: { site: 'Sandbox' },
  }),
};
