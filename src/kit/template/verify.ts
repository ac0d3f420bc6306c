/** Who sent a webhook: Sample Platform signs the raw bytes with the account's secret. */
import {
  header,
  hmacHex,
  refused,
  signedBy,
  signingKey,
  type Verdict,
  type WebhookRequest,
} from 'patchbay/adapter';
import type { SamplePlatformConfig } from './config.ts';

export const SIGNATURE_HEADER = 'x-sample-platform-signature';
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** The check, with its key made once. Never throws. */
export function verifier({ credentials }: SamplePlatformConfig): (request: WebhookRequest) => Verdict {
  const keys = [signingKey(credentials.signing_secret)];
  return request => {
    const given = header(request, SIGNATURE_HEADER);
    if (given === undefined) return refused('missing-signature');
    if (given === null) return refused('doubled-signature');
    const digest = SIGNATURE.exec(given)?.[1];
    if (digest === undefined) return refused('malformed-signature');
    const secret = signedBy(keys, [request.body], digest);
    return secret === null ? refused('wrong-signature') : { ok: true, secret };
  };
}

/** What Sample Platform would send along with these bytes. */
export const sign = ({ credentials }: SamplePlatformConfig, body: Uint8Array): Record<string, string> => ({
  [SIGNATURE_HEADER]: `sha256=${hmacHex(credentials.signing_secret, body)}`,
});
