/** Who sent a webhook of Meta's: the handshake when the address is saved, and the signature of every other one. */
import type { KeyObject } from 'node:crypto';
import { header, hmacHex, refused, sameSecret, signedBy, signingKey } from '../signature.ts';
import type { Verdict, WebhookRequest } from '../webhook.ts';

/** The part of a channel's credentials that is about webhooks. */
export interface WebhookCredentials {
  readonly app_secret: string;
  readonly previous_app_secret?: string | undefined;
  readonly verify_token: string;
}

/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads */
const SIGNATURE_HEADER = 'x-hub-signature-256';
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;
/** Meta's challenges are integers. Nothing else is echoed, or the answer could be made to carry markup. */
const CHALLENGE = /^\d{1,20}$/;

/** The check, with its keys made once. Current and previous secret are tried, nothing else. */
export function verifier(credentials: WebhookCredentials): (request: WebhookRequest) => Verdict {
  const secrets = [credentials.app_secret, credentials.previous_app_secret];
  const keys = secrets.filter(secret => secret !== undefined).map(signingKey);
  return request =>
    request.method === 'GET' ? handshake(request, credentials.verify_token) : signature(request, keys);
}

/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
function handshake(request: WebhookRequest, verifyToken: string): Verdict {
  if (!sameSecret(request.query['hub.verify_token'] ?? '', verifyToken))
    return refused('wrong-verify-token', 403);
  const challenge = request.query['hub.challenge'] ?? '';
  if (request.query['hub.mode'] !== 'subscribe' || !CHALLENGE.test(challenge))
    return refused('not-allowed', 403);
  return { ok: true, answer: { status: 200, body: challenge, contentType: 'text/plain' } };
}

function signature(request: WebhookRequest, keys: readonly KeyObject[]): Verdict {
  const given = header(request, SIGNATURE_HEADER);
  if (given === undefined) return refused('missing-signature');
  if (given === null) return refused('doubled-signature');
  const digest = SIGNATURE.exec(given)?.[1];
  if (digest === undefined) return refused('malformed-signature');
  const secret = signedBy(keys, [request.body], digest);
  return secret === null ? refused('wrong-signature') : { ok: true, secret };
}

/** What Meta would send along with these bytes. */
export const sign = (
  { credentials }: { readonly credentials: WebhookCredentials },
  body: Uint8Array,
): Readonly<Record<string, string>> => ({
  [SIGNATURE_HEADER]: `sha256=${hmacHex(credentials.app_secret, body)}`,
});
