/**
 * Is it really Teams? A token of Microsoft's, addressed to our bot, that names the address the activity names. The
 * body itself is not signed, so what the token does say is held against it.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
 */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { JsonObject } from '../../message/json.ts';
import { asId, asObject, asText, readableJson } from '../json.ts';
import { header, refused } from '../signature.ts';
import type { RefusalReason, Verdict, WebhookRequest } from '../webhook.ts';
import type { TeamsConfig } from './config.ts';
import type { FindKey, SigningKey } from './keys.ts';
import { allowedServiceUrl, sameServiceUrl } from './service-url.ts';

/** The only channel that has endorsed what we take; the Bot Framework has others. */
const CHANNEL_ID = 'msteams';
const SKEW_SECONDS = 300;

export function verifier(
  { account, api }: Pick<TeamsConfig, 'account' | 'api'>,
  findKey: FindKey,
  now: () => number,
): (request: WebhookRequest) => Promise<Verdict> {
  async function claimsOf(token: string, { key }: SigningKey): Promise<JWTPayload | RefusalReason> {
    try {
      const { payload } = await jwtVerify(token, key, {
        // Named before anything is verified: neither `none` nor an HMAC with the public key can come in.
        algorithms: ['RS256'],
        issuer: api.token_issuer,
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(now()),
        requiredClaims: ['exp'],
      });
      return isOurs(payload) && Number.isFinite(payload.exp) ? payload : 'wrong-signature';
    } catch (error) {
      return outOfTime(error, isOurs) ?? 'wrong-signature';
    }
  }

  /** One receiver: a token for several would be as good for each of them. */
  const isOurs = (claims: JWTPayload): boolean => claims.aud === account.app_id;

  /** What the signed token and the unsigned activity say must be one story. */
  function isFor(claims: JWTPayload, key: SigningKey, activity: JsonObject | undefined): boolean {
    const told = asText(activity?.serviceUrl);
    const signed = claims.serviceurl;
    if (told === undefined || typeof signed !== 'string' || !sameServiceUrl(signed, told)) return false;
    if (allowedServiceUrl(told, api.allowed_service_urls) === null) return false;
    if (activity?.channelId !== CHANNEL_ID || !key.endorsements.includes(CHANNEL_ID)) return false;
    return isForOurBot(activity, account.app_id) && isOfOurTenant(activity, account.tenant_id);
  }

  return async request => {
    const given = header(request, 'authorization');
    if (given === null) return refused('doubled-signature');
    if (given === undefined || given === '') return refused('missing-signature');
    const token = readToken(given);
    if (token === null) return refused('malformed-signature');
    const key = await findKey(token.kid);
    if (key.kind === 'unavailable') return refused('unverifiable', 503);
    if (key.kind === 'unknown') return refused('wrong-signature');
    const claims = await claimsOf(token.text, key);
    if (typeof claims === 'string') return refused(claims);
    return isFor(claims, key, readableJson(request.body)) ? { ok: true } : refused('not-allowed', 403);
  };
}

/** Signed by Microsoft for our bot, and over or not begun: that says something of our clock. Null for all else. */
function outOfTime(error: unknown, isOurs: (claims: JWTPayload) => boolean): RefusalReason | null {
  if (error instanceof errors.JWTExpired) return isOurs(error.payload) ? 'stale-timestamp' : null;
  if (!(error instanceof errors.JWTClaimValidationFailed) || !isOurs(error.payload)) return null;
  return error.claim === 'nbf' && error.reason === 'check_failed' ? 'future-timestamp' : null;
}

/** Microsoft's tokens have about a thousand characters. */
const MAX_TOKEN = 8_192;
const BEARER = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i;

/** The token and the name of its key; null for what is not written as Microsoft writes it. */
function readToken(value: string): { readonly text: string; readonly kid: string } | null {
  if (value.length > MAX_TOKEN) return null;
  const [, head, claims, signature] = BEARER.exec(value) ?? [];
  if (head === undefined || claims === undefined || signature === undefined) return null;
  // Of the several ways to write the last character one is right: the same token is always the same text.
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return null;
  const kid = kidOf(head);
  return kid === null ? null : { text: `${head}.${claims}.${signature}`, kid };
}

/** Where a token says its key is (`jku`, `x5u`, `jwk`) is not looked at. */
function kidOf(head: string): string | null {
  const fields = readableJson(Buffer.from(head, 'base64url'));
  const kid = asId(fields?.kid);
  return fields?.alg === 'RS256' && kid !== undefined && kid.length <= 200 ? kid : null;
}

/** Several bots may share an address; each is a channel of its own. */
function isForOurBot(activity: JsonObject, appId: string): boolean {
  const recipient = asId(asObject(activity.recipient)?.id);
  return recipient === undefined || !recipient.startsWith('28:') || recipient.toLowerCase() === `28:${appId}`;
}

/** Teams always tells the tenant; every place that does must say ours. */
function isOfOurTenant(activity: JsonObject, tenantId: string | undefined): boolean {
  if (tenantId === undefined) return true;
  const told = [
    asObject(activity.conversation)?.tenantId,
    asObject(asObject(activity.channelData)?.tenant)?.id,
  ].filter(one => one !== undefined && one !== null);
  return told.length > 0 && told.every(one => typeof one === 'string' && one.toLowerCase() === tenantId);
}
