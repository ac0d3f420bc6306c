/** What Messenger and WhatsApp tell the conformance kit alike: how Meta signs, greets and refuses. */
import type { Handshake, RecordedRequest, Refusal, Reply, SignatureFacts } from '../../kit/subject.ts';
import type { FaultCode } from '../../message/fault.ts';
import type { JsonObject } from '../../message/json.ts';

const VERIFY_TOKEN = 'kit-verify-token-01';
const OLD_SECRET = 'kit-old-app-secret-0123456789';

/** Credentials for the account, and for a stranger's. */
export const credentials = {
  access_token: 'EAAGm0PX4ZCpsBAKitAccessToken0001',
  app_secret: 'kit-app-secret-0123456789abcdef',
  verify_token: VERIFY_TOKEN,
};
export const strangeCredentials = {
  access_token: 'EAAGm0PX4ZCpsBAKitAccessToken0002',
  app_secret: 'other-app-secret-0123456789abcdef',
  verify_token: 'kit-verify-token-02',
};

/** `config` with `credentials`; the secret may be rotated. */
export const signatureOf = (config: JsonObject): SignatureFacts => ({
  header: 'x-hub-signature-256',
  forged: [{ name: 'Slack’s', value: `v0=${'0'.repeat(64)}` }],
  decoys: { 'x-hub-signature': `sha1=${'0'.repeat(40)}` },
  rotation: {
    config: { ...config, credentials: { ...credentials, previous_app_secret: OLD_SECRET } },
    old: { ...config, credentials: { ...credentials, app_secret: OLD_SECRET } },
  },
});

const handshake = (query: Readonly<Record<string, string>>): RecordedRequest => ({ method: 'GET', query });
const CHALLENGE = '1158201444';
const subscribe = {
  'hub.mode': 'subscribe',
  'hub.verify_token': VERIFY_TOKEN,
  'hub.challenge': CHALLENGE,
};
const notAllowed = { status: 403, reason: 'not-allowed' } as const;
const wrongToken = { status: 403, reason: 'wrong-verify-token' } as const;

/** Asked with `credentials`. https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
export const handshakes: readonly Handshake[] = [
  {
    name: 'subscribe',
    request: handshake(subscribe),
    expected: { answer: { status: 200, body: CHALLENGE, contentType: 'text/plain' } },
  },
  {
    name: 'wrong token',
    request: handshake({ ...subscribe, 'hub.verify_token': 'kit-verify-token-0' }),
    expected: wrongToken,
  },
  {
    name: 'no token',
    request: handshake({ 'hub.mode': 'subscribe', 'hub.challenge': '1' }),
    expected: wrongToken,
  },
  {
    name: 'another mode',
    request: handshake({ ...subscribe, 'hub.mode': 'unsubscribe' }),
    expected: notAllowed,
  },
  {
    name: 'markup as challenge',
    request: handshake({ ...subscribe, 'hub.challenge': '<script>alert(1)</script>' }),
    expected: notAllowed,
  },
  {
    name: 'a challenge with a newline',
    request: handshake({ ...subscribe, 'hub.challenge': `${CHALLENGE}\n` }),
    expected: notAllowed,
  },
  { name: 'nothing', request: handshake({}), expected: wrongToken },
];

/** An error as it is documented: `code`, or `code/subcode`. */
type Name = string | number;

/** What the Graph API answers, written from the documentation and not from our own tables. */
export function graphAnswers(inEveryError: JsonObject = {}) {
  /** An error as it comes, with Meta's habit of 400 for nearly everything. */
  const graphError = (code: number, more: JsonObject = {}, status = 400): Reply => ({
    status,
    body: {
      error: {
        message: `(#${code}) Something about this call`,
        type: 'OAuthException',
        code,
        ...inEveryError,
        fbtrace_id: 'BLBz/WZt8dN',
        ...more,
      },
    },
  });

  function errorNamed(name: Name): Reply {
    const [code = 0, subcode] = String(name).split('/').map(Number);
    return graphError(code, subcode === undefined ? {} : { error_subcode: subcode });
  }

  const refusalsOf = (
    names: readonly Name[],
    expected: Pick<Refusal, 'fault' | 'retryAfterMs'>,
  ): readonly Refusal[] =>
    names.map(name => ({
      name: `code ${String(name).replace('/', ' below ')}`,
      reply: errorNamed(name),
      platformCode: String(name),
      ...expected,
    }));

  return {
    graphError,
    /** Errors by their names, and what they must become. */
    refusalsOf,
    /** The same of a whole table. */
    refusalsIn: (table: Readonly<Partial<Record<FaultCode, readonly Name[]>>>): readonly Refusal[] =>
      Object.entries(table).flatMap(([fault, names]) => refusalsOf(names, { fault: fault as FaultCode })),
    /** Told to wait by the status, and by a header that is not Graph's own. */
    throttled: (code: number): Refusal => ({
      name: 'a limit with a wait',
      reply: { ...graphError(code, {}, 429), headers: { 'retry-after': '12' } },
      fault: 'rate-limited',
      retryAfterMs: 12_000,
      platformCode: String(code),
    }),
    /** What no table tells. */
    oddRefusals: ODD.map(
      ({ code, more, status, ...expected }): Refusal => ({
        reply: graphError(code, more, status),
        ...expected,
      }),
    ),
  };
}

interface Odd extends Omit<Refusal, 'reply'> {
  readonly code: number;
  readonly more?: JsonObject;
  readonly status?: number;
}

const ODD: readonly Odd[] = [
  { name: 'a permission problem answered 500', code: 3, status: 500, fault: 'unauthorized' },
  { name: 'transient by its own word', code: 100, more: { is_transient: true }, fault: 'unavailable' },
  { name: 'unknown code, transient', code: 999_999, more: { is_transient: true }, fault: 'unavailable' },
  { name: 'unknown code', code: 999_999, fault: 'invalid-message', platformCode: '999999' },
  { name: 'unknown code answered 500', code: 999_999, status: 500, fault: 'ambiguous' },
];
