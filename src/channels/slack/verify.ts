/**
 * Is it really Slack? HMAC-SHA256 over `v0:<timestamp>:<raw body>`, at most five minutes old or ahead.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
import type { KeyObject } from 'node:crypto';
import { asText, readableJson } from '../json.ts';
import { checkTimestamp, header, hmacHex, refused, signedBy, signingKey } from '../signature.ts';
import type { Verdict, WebhookRequest } from '../webhook.ts';
import type { SlackConfig } from './config.ts';

const SIGNATURE_HEADER = 'x-slack-signature';
export const TIMESTAMP_HEADER = 'x-slack-request-timestamp';

export function verifier(
  credentials: SlackConfig['credentials'],
  now: () => number,
): (request: WebhookRequest) => Verdict {
  const secrets = [credentials.signing_secret, credentials.previous_signing_secret];
  const keys = secrets.filter(secret => secret !== undefined).map(signingKey);
  return request => {
    if (isCertificateCheck(request)) return { ok: true, answer: { status: 200, body: '' } };
    const signature = checkSignature(request, keys, now());
    return signature.ok ? (handshake(request) ?? signature) : signature;
  };
}

const SIGNATURE = /^v0=([0-9a-f]{64})$/i;

function checkSignature(request: WebhookRequest, keys: readonly KeyObject[], nowMs: number): Verdict {
  const given = header(request, SIGNATURE_HEADER);
  const timestamp = header(request, TIMESTAMP_HEADER);
  if (given === null || timestamp === null) return refused('doubled-signature');
  if (given === undefined || given === '') return refused('missing-signature');
  if (timestamp === undefined) return refused('malformed-timestamp');
  const [, digest] = SIGNATURE.exec(given) ?? [];
  if (digest === undefined) return refused('malformed-signature');
  const secret = signedBy(keys, [`v0:${timestamp}:`, request.body], digest);
  if (secret === null) return refused('wrong-signature');
  // A time that is off says something of our clock only where Slack itself has said it.
  const timely = checkTimestamp(timestamp, nowMs);
  return timely.ok ? { ok: true, secret } : timely;
}

const CERTIFICATE_CHECK = /^(?:token=[\w-]{0,128}&)?ssl_check=1(?:&token=[\w-]{0,128})?$/;

/** Slack checks our certificate with a form of this one field, unsigned. Answered; nothing of it is kept. */
function isCertificateCheck({ method, body }: WebhookRequest): boolean {
  return (
    method === 'POST' && body.length <= 300 && CERTIFICATE_CHECK.test(Buffer.from(body).toString('latin1'))
  );
}

const HANDSHAKE = Buffer.from('"url_verification"');
const MAX_HANDSHAKE_BYTES = 4_096;
const CHALLENGE = /^[\x21-\x7e]{1,512}$/;

/**
 * The check of a new request URL, signed like any other request: we say the challenge back. Messages are not
 * parsed for it: the marker cannot stand in their text, where its quotation marks would be escaped.
 * https://docs.slack.dev/reference/events/url_verification
 */
function handshake({ body }: WebhookRequest): Verdict | null {
  if (body.length > MAX_HANDSHAKE_BYTES) return null;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!bytes.includes(HANDSHAKE)) return null;
  const challenge = challengeOf(body);
  if (challenge === undefined || !CHALLENGE.test(challenge)) return null;
  return { ok: true, answer: { status: 200, body: challenge, contentType: 'text/plain' } };
}

function challengeOf(body: Uint8Array): string | undefined {
  // Signed, so it is Slack's: where this reads nothing, parse will say what is wrong with it.
  const outer = readableJson(body);
  return outer?.type === 'url_verification' ? asText(outer.challenge) : undefined;
}

/** The headers Slack would send with these bytes. */
export function signatureHeaders(secret: string, body: Uint8Array, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  return {
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: `v0=${hmacHex(secret, `v0:${timestamp}:`, body)}`,
  };
}
