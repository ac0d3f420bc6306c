/**
 * The errors of the Graph API, as they are documented; written anew here, so that the adapter's own table is held
 * against something. https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
 */
import type { JsonObject } from '../../message/json.ts';
import type { PlatformAnswer } from '../platform.ts';

interface Row {
  readonly title: string;
  /** Meta promises no status; this is what the documentation shows. */
  readonly status: number;
}

const row = (title: string, status = 400): Row => ({ title, status });

const ROWS: Readonly<Record<number, Row>> = {
  0: row('AuthException', 401),
  1: row('API Unknown'),
  2: row('API Service', 503),
  3: row('API Method', 500),
  4: row('API Too Many Calls'),
  10: row('Permission Denied', 403),
  33: row('Parameter value is not valid'),
  100: row('Invalid parameter'),
  190: row('Access token has expired', 401),
  200: row('API Permission', 403),
  368: row('Temporarily blocked for policies violations', 403),
  80007: row('Rate limit issues'),
  130429: row('Rate limit hit'),
  130472: row("User's number is part of an experiment"),
  130497: row('Business account is restricted from messaging users in this country', 403),
  131000: row('Something went wrong', 500),
  131005: row('Access denied', 403),
  131008: row('Required parameter is missing'),
  131009: row('Parameter value is not valid'),
  131016: row('Service unavailable', 500),
  131021: row('Recipient cannot be sender'),
  131026: row('Message Undeliverable'),
  131030: row('Recipient phone number not in allowed list'),
  131031: row('Account has been locked', 403),
  131037: row('WhatsApp provided number needs display name approval before message can be sent'),
  131042: row('Business eligibility payment issue'),
  131045: row('Incorrect certificate', 500),
  131047: row('Re-engagement message'),
  131048: row('Spam Rate limit hit'),
  131049: row('Meta chose not to deliver'),
  131050: row('User opted out of marketing messages'),
  131051: row('Unsupported message type'),
  131052: row('Media download error'),
  131053: row('Media upload error'),
  131056: row('Pair rate limit hit'),
  131057: row('Account in maintenance mode', 500),
  132000: row('Template Param Count Mismatch'),
  132001: row('Template name does not exist in the translation', 404),
  132005: row('Template Hydrated Text Too Long'),
  132007: row('Template Format Character Policy Violated'),
  132012: row('Template Parameter Format Mismatch'),
  132015: row('Template is Paused'),
  132016: row('Template is Disabled'),
  132068: row('Flow is in blocked state'),
  132069: row('Flow is in throttled state'),
  133004: row('Server Temporarily Unavailable', 503),
  133010: row('Phone number Not Registered'),
  135000: row('Generic user error'),
  137000: row('Recipient identity key hash does not match'),
};

const UNKNOWN = row('Unknown error', 500);

export const isDocumented = (code: number): boolean => Object.hasOwn(ROWS, code);

export interface GraphErrorOptions {
  readonly details?: string;
  readonly subcode?: number;
  /** Instead of `(#code) title`. */
  readonly message?: string;
  readonly type?: string;
}

export function graphError(code: number, traceId: string, more: GraphErrorOptions = {}): PlatformAnswer {
  const { title, status } = ROWS[code] ?? UNKNOWN;
  const { details, subcode, message = `(#${code}) ${title}`, type = 'OAuthException' } = more;
  const error: JsonObject = {
    message,
    type,
    code,
    ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    fbtrace_id: traceId,
  };
  return { status, body: { error } };
}

/** The error as a `failed` status tells it. */
export function statusError(code: number): JsonObject {
  const { title } = ROWS[code] ?? UNKNOWN;
  return {
    code,
    title,
    message: title,
    error_data: { details: `${title}.` },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  };
}
