/**
 * Microsoft's login, as far as bots need it: a token for a client id and a secret. Tokens are signed, so that one
 * got before a restart of the sandbox is good after it.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import { createPublicKey, sign, verify } from 'node:crypto';
import { asNumber, isObject } from '../../channels/json.ts';
import { standInKey } from '../../channels/teams/stand-in-key.ts';
import type { JsonObject } from '../../message/json.ts';
import type { AccountContext, PlatformAnswer, PlatformRequest } from '../platform.ts';
import type { Self } from './account.ts';

const LIFETIME_SECONDS = 3_599;
/** The directory of bots that belong to no organisation. */
const SHARED_DIRECTORY = 'botframework.com';

export interface Login {
  /** Answers at `/{directory}/oauth2/v2.0/token`. */
  token(directory: string, request: PlatformRequest): PlatformAnswer;
  /** Whether the header carries a token of ours that is for the Connector and still good. */
  admits(authorization: string | undefined): boolean;
}

export function login({ now }: AccountContext, self: Self): Login {
  const key = standInKey(self.password);
  const publicKey = createPublicKey(key.privateKey);
  const audience = self.scope.replace(/\/\.default$/, '');
  const seconds = (): number => Math.floor(now() / 1_000);

  function issue(directory: string): string {
    const claims = {
      aud: audience,
      iss: `https://sts.windows.net/${directory}/`,
      nbf: seconds(),
      exp: seconds() + LIFETIME_SECONDS,
      appid: self.appId,
    };
    const text = `${encoded({ alg: 'RS256', typ: 'JWT', kid: key.kid })}.${encoded(claims)}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.privateKey).toString('base64url')}`;
  }

  return {
    token(directory, request) {
      const fields = new URLSearchParams(request.body.toString('utf8'));
      const wrong = objection(fields, directory, self);
      if (wrong !== null) return wrong;
      const token = { token_type: 'Bearer', expires_in: LIFETIME_SECONDS, ext_expires_in: LIFETIME_SECONDS };
      return {
        status: 200,
        headers: { 'cache-control': 'no-store' },
        body: { ...token, access_token: issue(directory) },
      };
    },
    admits(authorization) {
      const [, head = '', claims = '', signature = ''] =
        /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '') ?? [];
      const bytes = Buffer.from(signature, 'base64url');
      if (!verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, bytes)) return false;
      const { aud, exp, appid } = decoded(claims);
      return aud === audience && appid === self.appId && (asNumber(exp) ?? 0) > seconds();
    },
  };
}

function objection(fields: URLSearchParams, directory: string, self: Self): PlatformAnswer | null {
  const absent = ['grant_type', 'client_id', 'client_secret', 'scope'].find(name => !fields.get(name));
  if (absent !== undefined)
    return refused(400, 'invalid_request', 900144, `the request body must contain '${absent}'`);
  if (fields.get('grant_type') !== 'client_credentials')
    return refused(400, 'unsupported_grant_type', 70003, 'the grant type is not supported');
  if (fields.get('scope') !== self.scope)
    return refused(400, 'invalid_scope', 70011, 'the scope is not valid');
  if (directory !== (self.onlyTenant ?? SHARED_DIRECTORY))
    return refused(400, 'unauthorized_client', 700016, 'the application was not found in the directory');
  if (fields.get('client_id')?.toLowerCase() !== self.appId)
    return refused(400, 'unauthorized_client', 700016, 'the application was not found in the directory');
  if (fields.get('client_secret') !== self.password)
    return refused(401, 'invalid_client', 7000215, 'invalid client secret provided');
  return null;
}

const refused = (status: number, error: string, code: number, text: string): PlatformAnswer => ({
  status,
  body: { error, error_description: `AADSTS${code}: ${text}.`, error_codes: [code] },
});

const encoded = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decoded(part: string): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  return isObject(value) ? value : {};
}
