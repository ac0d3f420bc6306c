/** What Microsoft would send along with an activity: a token that names the activity's address. */
import { SignJWT } from 'jose';
import { asText, readableJson } from '../json.ts';
import type { TeamsConfig } from './config.ts';
import { standInKey } from './stand-in-key.ts';

const LIFETIME_SECONDS = 3_600;

export async function tokenHeaders(
  { credentials, account, api }: TeamsConfig,
  body: Uint8Array,
  nowMs: number,
): Promise<Record<string, string>> {
  const { kid, privateKey } = standInKey(credentials.app_password);
  const serviceUrl = serviceUrlOf(body);
  const seconds = Math.floor(nowMs / 1_000);
  const token = await new SignJWT(serviceUrl === undefined ? {} : { serviceurl: serviceUrl })
    .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
    .setIssuer(api.token_issuer)
    .setAudience(account.app_id)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + LIFETIME_SECONDS)
    .sign(privateKey);
  return { authorization: `Bearer ${token}` };
}

const serviceUrlOf = (body: Uint8Array): string | undefined => asText(readableJson(body)?.serviceUrl);
