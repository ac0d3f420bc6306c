/** Signatures over raw bytes. Everything here is pure; the clock is an argument. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { RefusalReason, SigningSecret, Verdict, WebhookRequest } from './webhook.ts';

/**
 * The one value of a header. `undefined` when it is missing; `null` when it came more than once: a doubled
 * signature header must not be read as either of its values.
 */
export function header(request: WebhookRequest, name: string): string | null | undefined {
  const values = request.headers[name];
  if (values === undefined || values.length === 0) return undefined;
  return values.length === 1 ? values[0] : null;
}

export const refused = (reason: RefusalReason, status: 401 | 403 | 503 = 401): Verdict => ({
  ok: false,
  status,
  reason,
});

/** A signing key, made once per account: an HMAC with a key object costs less than with a string. */
export function signingKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Under which of the keys `given` (hex, either case) is the HMAC-SHA256 of the parts; null for neither. At most two
 * keys: the current and the one before, while a secret is being rotated. Constant time in the digest.
 */
export function signedBy(
  keys: readonly KeyObject[],
  parts: readonly (string | Uint8Array)[],
  given: string,
): SigningSecret | null {
  if (!HEX_SHA256.test(given)) return null;
  const digest = Buffer.from(given, 'hex');
  const place = keys.slice(0, 2).findIndex(key => timingSafeEqual(hmac(key, parts), digest));
  return SECRETS[place] ?? null;
}

const SECRETS: readonly SigningSecret[] = ['current', 'previous'];

export function hmac(key: KeyObject, parts: readonly (string | Uint8Array)[]): Buffer {
  const sum = createHmac('sha256', key);
  for (const part of parts) sum.update(part);
  return sum.digest();
}

export const hmacHex = (secret: string, ...parts: readonly (string | Uint8Array)[]): string =>
  hmac(signingKey(secret), parts).toString('hex');

/** Constant-time equality of two short secrets of any length. */
export function sameSecret(one: string, other: string): boolean {
  const key = signingKey('compare');
  return timingSafeEqual(hmac(key, [one]), hmac(key, [other]));
}

const UNIX_SECONDS = /^\d{10}$/;

/** Refuses a timestamp that is not ten digits or more than `toleranceSeconds` away, in either direction. */
export function checkTimestamp(value: string, nowMs: number, toleranceSeconds = 300): Verdict {
  if (!UNIX_SECONDS.test(value)) return refused('malformed-timestamp');
  const ageSeconds = Math.floor(nowMs / 1000) - Number(value);
  if (ageSeconds > toleranceSeconds) return refused('stale-timestamp');
  if (ageSeconds < -toleranceSeconds) return refused('future-timestamp');
  return { ok: true };
}
