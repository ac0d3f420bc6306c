/** What the Graph API is for Messenger and WhatsApp alike: how webhooks come again, how calls and errors are named. */
import type { Play, Redelivery, SandboxPlatform } from '../platform.ts';
import { base64 } from '../random.ts';

/** Meta repeats at once, then ever more slowly for a day and a half; here for an hour. */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, ...Array.from({ length: 720 }, () => 5_000)];

/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#event-notifications */
const redelivery: Redelivery = {
  waitsMs: WAITS_MS,
  answerWithinMs: 10_000,
  headers: () => ({ 'user-agent': 'facebookexternalua' }),
  repeats: () => true,
};

/** A platform behind the Graph API. */
export const graphPlatform = ({
  open,
  ...platform
}: Omit<SandboxPlatform, 'play'> & Pick<Play, 'open'>): SandboxPlatform => ({
  ...platform,
  play: { redelivery, open },
});

const VERSIONED = /^(?:\/v\d{1,3}\.\d{1,2})?\/([^/]+)(?:\/([a-z_]+))?$/;

/** The object a call is about, and what of it: `/v25.0/<node>/<edge>`. The version may be left out. */
export function placeOf(path: string): { readonly node: string; readonly edge: string | undefined } {
  const [, node = '', edge] = VERSIONED.exec(path) ?? [];
  return { node, edge };
}

/** What Meta names an answer by in its own logs. */
export const traceId = (random: () => number): string => base64(16, random).replace(/[+/=]/g, 'A');

/** Said of what is not there, and of what the token may not see. */
export const noSuchObject = (id: string): string =>
  `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`;
