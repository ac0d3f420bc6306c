/** How the page calls the Graph API: with its token, and the proof that the app secret is known. */

import { graphUrl } from '../meta/graph.ts';
import { hmacHex } from '../signature.ts';
import type { MessengerConfig } from './config.ts';

export interface Caller {
  readonly headers: Readonly<Record<string, string>>;
  url(...path: readonly string[]): string;
}

/** The token goes into a header: addresses end up in logs. */
export function caller({ api, credentials }: Pick<MessengerConfig, 'api' | 'credentials'>): Caller {
  // https://developers.facebook.com/docs/graph-api/guides/secure-requests
  const proof = api.appsecret_proof
    ? `?appsecret_proof=${hmacHex(credentials.app_secret, credentials.access_token)}`
    : '';
  return {
    headers: {
      authorization: `Bearer ${credentials.access_token}`,
      'content-type': 'application/json',
    },
    url: (...path) => `${graphUrl(api, ...path)}${proof}`,
  };
}
