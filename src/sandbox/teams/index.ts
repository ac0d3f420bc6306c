/** Microsoft Teams, played: the login, the keys and the Bot Connector of one bot. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference */
import { standInKey } from '../../channels/teams/stand-in-key.ts';
import { answered } from '../call.ts';
import type {
  AccountContext,
  Handled,
  PlatformAnswer,
  PlatformRequest,
  Play,
  PlayedAccount,
  SandboxPlatform,
} from '../platform.ts';
import { decode } from '../trigger.ts';
import { type Self, sampleConfig, selfOf } from './account.ts';
import { connectorCall } from './connector.ts';
import { conversations } from './conversations.ts';
import { connectorError, throttled, UNAUTHORIZED } from './errors.ts';
import { login } from './login.ts';
import { rates } from './rates.ts';
import { DOWNLOAD_PATH, shelf } from './shelf.ts';
import { triggers } from './triggers.ts';

const play: Play = {
  redelivery: {
    // Not documented; duplicates after fifteen seconds are seen.
    waitsMs: [500, 2_000, 5_000, 15_000, 15_000],
    answerWithinMs: 15_000,
    headers: () => ({ 'user-agent': 'Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)' }),
    repeats: () => true,
  },
  open: openAccount,
};

export const teams: SandboxPlatform = { type: 'teams', play, triggers, sampleConfig };

const TOKEN = /^\/login\/([\w.-]+)\/oauth2\/v2\.0\/token$/;
const CONNECTOR = '/connector/v3/';

function openAccount(context: AccountContext): PlayedAccount {
  const self = selfOf(context.config);
  const known = conversations(context, self);
  const store = shelf(known.newId);
  const connector = { self, known, rates: rates(context), shelf: store };
  const gate = login(context, self);

  function handle(request: PlatformRequest): Handled {
    const { method, path, headers } = request;
    const [, directory] = TOKEN.exec(path) ?? [];
    if (directory !== undefined && method === 'POST')
      return answered('token', gate.token(directory, request));
    if (path === '/v1/.well-known/openidconfiguration') return answered('metadata', metadata(context, self));
    if (path === '/v1/.well-known/keys') return answered('keys', keys(self));
    if (path === DOWNLOAD_PATH) return answered('download', store.download(request.query));
    if (!path.startsWith(CONNECTOR)) return answered(path, connectorError('NotFound'));
    if (!gate.admits(headers.authorization)) return answered('unauthorized', UNAUTHORIZED);
    return connectorCall(connector, path.slice(CONNECTOR.length), request);
  }

  return {
    handle,
    note(webhook) {
      const activity = decode(webhook) ?? {};
      known.learn(activity);
      store.learn(activity);
    },
    refuse: code => (code === 'Throttled' ? throttled(1_000) : connectorError(code)),
    expiredToken: () => UNAUTHORIZED,
    // Teams takes a message or it does not; it tells nothing later.
    failure: () => null,
  };
}

/** https://login.botframework.com/v1/.well-known/openidconfiguration */
const metadata = ({ url }: AccountContext, { issuer }: Self): PlatformAnswer => ({
  status: 200,
  body: {
    issuer,
    authorization_endpoint: 'https://invalid.botframework.com',
    jwks_uri: `${url}/v1/.well-known/keys`,
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
  },
});

function keys({ password }: Self): PlatformAnswer {
  const { kid, n, e } = standInKey(password);
  const key = { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, endorsements: ['msteams', 'webchat'] };
  return { status: 200, body: { keys: [key] } };
}
