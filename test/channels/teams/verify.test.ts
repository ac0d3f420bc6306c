/** Tokens that are forged, stale, for others or not for this: each refused, none an exception, and keys fetched rarely. */
import assert from 'node:assert/strict';
import { createHmac, sign } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Verdict, WebhookRequest } from '../../../src/channels/webhook.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import {
  APP_ID,
  activity,
  bearer,
  claims,
  json,
  jwk,
  type Keys,
  KID,
  keyServer,
  NOW,
  NOW_MS,
  OTHER_APP,
  other,
  privateKey,
  publicKey,
  requestOf,
  SERVICE_URL,
  site,
  TENANT,
  token,
} from './support.ts';

const refusal = (reason: string, status = 401) => ({ ok: false, status, reason });
const WRONG = refusal('wrong-signature');
const MALFORMED = refusal('malformed-signature');
const NOT_ALLOWED = refusal('not-allowed', 403);
const UNVERIFIABLE = refusal('unverifiable', 503);
const STALE = refusal('stale-timestamp');
const EARLY = refusal('future-timestamp');
const OK = { ok: true };

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token written by hand, for what no library would write. */
const raw = (header: unknown, payload: unknown, signature: (text: string) => Buffer | string): string => {
  const text = `${part(header)}.${part(payload)}`;
  const signed = signature(text);
  return `${text}.${typeof signed === 'string' ? signed : signed.toString('base64url')}`;
};

const verifyToken = async (
  keys: Keys,
  text: string | Promise<string>,
  body: JsonObject | string = activity(),
): Promise<Verdict> => keys.channel.verify(requestOf(body, bearer(await text)));

/** Every row: what is sent, what it must come to. A new channel and key server for each. */
type Row = readonly [
  name: string,
  make: () => Promise<WebhookRequest>,
  expected: object,
  config?: JsonObject,
];

const withToken = (
  name: string,
  text: () => string | Promise<string>,
  expected: object,
  more: { body?: JsonObject | string; config?: JsonObject } = {},
): Row => [
  name,
  async () => requestOf(more.body ?? activity(), bearer(await text())),
  expected,
  more.config ?? {},
];

const claiming = (name: string, more: JWTPayload, expected: object): Row =>
  withToken(name, () => token(claims(more)), expected);

const saying = (name: string, more: JsonObject, expected: object, config: JsonObject = {}): Row =>
  withToken(name, () => token(), expected, { body: activity(more), config });

const headed = (name: string, values: (text: string) => readonly string[], expected: object): Row => [
  name,
  async () => requestOf(activity(), { authorization: values(await token()) }),
  expected,
];

const hs256 = (secret: string | Buffer) => (text: string) =>
  createHmac('sha256', secret).update(text).digest();
const spki = publicKey.export({ type: 'spki', format: 'pem' });
const without = (name: string): JWTPayload => {
  const { [name]: _gone, ...rest } = claims();
  return rest;
};
const noSignature = () => '';
const rs256 = (text: string) => sign('RSA-SHA256', Buffer.from(text), other.privateKey);
/** Signed by the right key, with claims no library would write. */
const raws = (payload: unknown): string =>
  raw({ alg: 'RS256', kid: KID }, payload, text => sign('RSA-SHA256', Buffer.from(text), privateKey));

const single = { account: { app_id: APP_ID, tenant_id: TENANT } };

const ROWS: readonly Row[] = [
  withToken('a genuine token', () => token(), OK),
  headed('the scheme in small letters', text => [`bearer ${text}`], OK),
  // The header itself.
  ['no header', async () => requestOf(activity()), refusal('missing-signature')],
  headed('a header without a value', () => [], refusal('missing-signature')),
  headed('an empty header', () => [''], refusal('missing-signature')),
  headed('the header twice', text => [`Bearer ${text}`, `Bearer ${text}`], refusal('doubled-signature')),
  headed('two tokens in one header', text => [`Bearer ${text}, Bearer ${text}`], MALFORMED),
  headed('Bearer twice', text => [`Bearer Bearer ${text}`], MALFORMED),
  headed('a tab for the blank', text => [`Bearer\t${text}`], MALFORMED),
  headed('two blanks', text => [`Bearer  ${text}`], MALFORMED),
  headed('a line end behind', text => [`Bearer ${text}\n`], MALFORMED),
  headed('another scheme', text => [`Basic ${text}`], MALFORMED),
  headed('no scheme', text => [text], MALFORMED),
  headed('the scheme alone', () => ['Bearer'], MALFORMED),
  headed('a megabyte', () => [`Bearer ${'a'.repeat(1_000_000)}.b.c`], MALFORMED),
  withToken('a genuine token made too long', () => token(claims({ pad: 'x'.repeat(8_192) })), MALFORMED),
  // The form.
  withToken('garbage', () => 'garbage', MALFORMED),
  withToken('three parts of garbage', () => 'a.b.c', MALFORMED),
  withToken('four parts', async () => `${await token()}.x`, MALFORMED),
  withToken('two parts', async () => (await token()).split('.').slice(0, 2).join('.'), MALFORMED),
  withToken('padding', async () => `${await token()}==`, MALFORMED),
  withToken('other ways to write the last character', async () => loosened(await token()), MALFORMED),
  withToken('a header that is no JSON', () => raw('{', claims(), rs256), MALFORMED),
  withToken('a header that is a list', () => raw([], claims(), rs256), MALFORMED),
  withToken('a header nested deeply', () => raw(`${'['.repeat(2_000)}`, claims(), rs256), MALFORMED),
  withToken('claims that are no JSON', () => raw({ alg: 'RS256', kid: KID }, '{', rs256), WRONG),
  // The algorithm.
  ...['none', 'None', 'nOnE', 'NONE', ''].map(alg =>
    withToken(`the algorithm "${alg}"`, () => raw({ alg, kid: KID }, claims(), () => 'x'), MALFORMED),
  ),
  withToken(
    'no algorithm and no signature',
    () => raw({ alg: 'none', kid: KID }, claims(), noSignature),
    MALFORMED,
  ),
  withToken(
    'HS256 with the public key as PEM',
    () => raw({ alg: 'HS256', kid: KID }, claims(), hs256(spki)),
    MALFORMED,
  ),
  withToken(
    'HS256 with the public modulus',
    () => raw({ alg: 'HS256', kid: KID }, claims(), hs256(Buffer.from(String(jwk().n), 'base64url'))),
    MALFORMED,
  ),
  withToken('an HMAC said to be RS256', () => raw({ alg: 'RS256', kid: KID }, claims(), hs256(spki)), WRONG),
  withToken('RS512', () => token(claims(), { alg: 'RS512' }), MALFORMED),
  withToken('PS256', () => token(claims(), { alg: 'PS256' }), MALFORMED),
  withToken(
    'a critical extension',
    () => raw({ alg: 'RS256', kid: KID, crit: ['exp'], exp: 1 }, claims(), rs256),
    WRONG,
  ),
  // The key.
  withToken('signed by somebody else', () => token(claims(), {}, other.privateKey), WRONG),
  withToken('no key named', () => token(claims(), { kid: '' }), MALFORMED),
  withToken('a key that is a number', () => raw({ alg: 'RS256', kid: 7 }, claims(), rs256), MALFORMED),
  withToken('a key nobody knows', () => token(claims(), { kid: 'kit-key-9' }), WRONG),
  withToken('a path for a key', () => token(claims(), { kid: '../../x' }), WRONG),
  withToken('an address for a key', () => token(claims(), { kid: 'https://evil.example/key' }), WRONG),
  withToken('__proto__ for a key', () => token(claims(), { kid: '__proto__' }), WRONG),
  withToken('constructor for a key', () => token(claims(), { kid: 'constructor' }), WRONG),
  withToken(
    'a key with a name of 10,000 letters',
    () => raw({ alg: 'RS256', kid: 'k'.repeat(5_000) }, claims(), rs256),
    MALFORMED,
  ),
  withToken(
    'its own key brought along',
    () => token(claims(), { jwk: jwk(other.publicKey), jku: 'https://evil.example/keys' }, other.privateKey),
    WRONG,
  ),
  withToken(
    'a certificate chain brought along',
    () => token(claims(), { x5u: 'https://evil.example/c' }, other.privateKey),
    WRONG,
  ),
  withToken('a changed claim', async () => tampered(await token()), WRONG),
  // The claims.
  claiming('another issuer', { iss: 'https://sts.windows.net/x/' }, WRONG),
  claiming('the issuer with a slash', { iss: 'https://api.botframework.com/' }, WRONG),
  claiming(
    'the issuer of the emulator',
    { iss: 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/' },
    WRONG,
  ),
  withToken('no issuer', () => token(without('iss')), WRONG),
  claiming('another bot', { aud: OTHER_APP }, WRONG),
  claiming('the Connector itself', { aud: 'https://api.botframework.com' }, WRONG),
  claiming('several receivers, us among them', { aud: [APP_ID, OTHER_APP] }, WRONG),
  claiming('a list of us alone', { aud: [APP_ID] }, WRONG),
  withToken('no receiver', () => token(without('aud')), WRONG),
  claiming('ended six minutes ago', { exp: NOW - 360 }, STALE),
  claiming('ended five minutes ago', { exp: NOW - 300 }, STALE),
  claiming('ended six minutes ago, for another bot', { exp: NOW - 360, aud: OTHER_APP }, WRONG),
  withToken(
    'ended six minutes ago, signed by somebody else',
    () => token({ ...claims(), exp: NOW - 360 }, {}, other.privateKey),
    WRONG,
  ),
  claiming('ended just less than five minutes ago', { exp: NOW - 299 }, OK),
  claiming('ended four minutes ago', { exp: NOW - 240 }, OK),
  claiming('begins in six minutes', { nbf: NOW + 360 }, EARLY),
  claiming('begins in five minutes', { nbf: NOW + 300 }, OK),
  claiming('begins in just more than five minutes', { nbf: NOW + 301 }, EARLY),
  withToken('no end', () => token(without('exp')), WRONG),
  withToken('an end that is a text', () => raws({ ...claims(), exp: String(NOW + 60) }), WRONG),
  withToken(
    'an end that is infinite',
    () => raws(JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e400')),
    WRONG,
  ),
  withToken('an end that is null', () => raws({ ...claims(), exp: null }), WRONG),
  withToken('a beginning that is a text', () => raws({ ...claims(), nbf: 'yesterday' }), WRONG),
  // What the token says of the activity.
  withToken('no address in the token', () => token(without('serviceurl')), NOT_ALLOWED),
  claiming(
    'another address in the token',
    { serviceurl: 'https://smba.trafficmanager.net/amer/' },
    NOT_ALLOWED,
  ),
  claiming('an address that only begins the same', { serviceurl: `${SERVICE_URL}x` }, NOT_ALLOWED),
  claiming('the address without its slash', { serviceurl: SERVICE_URL.slice(0, -1) }, OK),
  claiming(
    'the address under another spelling of the claim',
    { serviceurl: 7, serviceUrl: SERVICE_URL },
    NOT_ALLOWED,
  ),
  saying('no address in the activity', { serviceUrl: null }, NOT_ALLOWED),
  saying('another address in the activity', { serviceUrl: 'https://evil.example/' }, NOT_ALLOWED),
  withToken(
    'the same address in both, and not an allowed one',
    () => token(claims({ serviceurl: 'https://evil.example/' })),
    NOT_ALLOWED,
    { body: activity({ serviceUrl: 'https://evil.example/' }) },
  ),
  ...[
    'https://smba.trafficmanager.net.evil.example/',
    'https://smba.trafficmanager.net@evil.example/',
    'https://user:pass@smba.trafficmanager.net/',
    'https://user@smba.trafficmanager.net/',
    'https://:pass@smba.trafficmanager.net/',
    'http://smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net:8443/emea/',
    'https://smba.trafficmanager.net\\@evil.example/',
    'https://smba.trafficmanager.net/emea/?to=https://evil.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smba.trafficmanager.net',
    '',
  ].map(url =>
    withToken(`the address ${url}`, () => token(claims({ serviceurl: url })), NOT_ALLOWED, {
      body: activity({ serviceUrl: url }),
    }),
  ),
  ...['', null, 'webchat', 'emulator', 'MSTEAMS'].map(channelId =>
    saying(`the channel ${channelId}`, { channelId }, NOT_ALLOWED),
  ),
  withToken('no channel', () => token(), NOT_ALLOWED, {
    body: JSON.stringify(activity()).replace('"channelId":"msteams",', ''),
  }),
  saying('for another bot at the same address', { recipient: { id: `28:${OTHER_APP}` } }, NOT_ALLOWED),
  saying('for us in capitals', { recipient: { id: `28:${APP_ID.toUpperCase()}` } }, OK),
  // The organisation.
  saying('of our organisation', {}, OK, single),
  saying(
    'of our organisation in capitals',
    { channelData: { tenant: { id: TENANT.toUpperCase() } } },
    OK,
    single,
  ),
  saying('of another organisation', { channelData: { tenant: { id: OTHER_APP } } }, NOT_ALLOWED, single),
  saying(
    'in a conversation of another organisation',
    { conversation: { id: 'a:1', tenantId: OTHER_APP } },
    NOT_ALLOWED,
    single,
  ),
  saying('of no organisation', { conversation: { id: 'a:1' }, channelData: {} }, NOT_ALLOWED, single),
  saying(
    'of an organisation that is no text',
    { channelData: { tenant: { id: [TENANT] } } },
    NOT_ALLOWED,
    single,
  ),
  // Bodies.
  withToken('no body', () => token(), NOT_ALLOWED, { body: '' }),
  withToken('a body that is no JSON', () => token(), NOT_ALLOWED, { body: '{' }),
  withToken('a body that is a list', () => token(), NOT_ALLOWED, { body: '[]' }),
];

/** Another last character that decodes to the same bytes. */
function loosened(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(text.at(-1) ?? '');
  return text.slice(0, -1) + (alphabet[last + 1] ?? '');
}

function tampered(text: string): string {
  const [head, , signature] = text.split('.');
  return `${head}.${part(claims({ exp: NOW + 999_999 }))}.${signature}`;
}

describe('teams: who sent it', () => {
  for (const [name, make, expected, more = {}] of ROWS) {
    it(`${name}: ${'status' in expected ? expected.status : 'taken'}`, async () => {
      await using keys = await keyServer(more);
      assert.deepEqual(await keys.channel.verify(await make()), expected);
    });
  }
});

describe('teams: keys', () => {
  it('are fetched once for many tokens, also at once', async () => {
    await using keys = await keyServer();
    const all = await Promise.all(Array.from({ length: 20 }, () => verifyToken(keys, token())));
    assert.ok(all.every(one => one.ok));
    assert.equal(keys.fetches(), 1);
  });

  it('are fetched once for ten thousand names nobody knows', async () => {
    await using keys = await keyServer();
    const genuine = await token();
    assert.deepEqual(await verifyToken(keys, genuine), OK);
    for (let n = 0; n < 10_000; n++) {
      const kid = `kit-random-${n}`;
      const verdict = await verifyToken(keys, `${part({ alg: 'RS256', kid })}.${part({})}.AAAA`);
      if (verdict.ok || verdict.status !== 401) assert.fail(`${kid} became ${JSON.stringify(verdict)}`);
    }
    assert.equal(keys.fetches(), 1);
    keys.at += 3_600_000;
    for (let n = 0; n < 100; n++)
      await verifyToken(keys, `${part({ alg: 'RS256', kid: `later-${n}` })}.e30.AAAA`);
    assert.equal(keys.fetches(), 2, 'one fetch in another hour');
  });

  it('are fetched again when a new one is used, an hour later at the earliest', async () => {
    await using keys = await keyServer();
    assert.deepEqual(await verifyToken(keys, token()), OK);
    keys.keys = [jwk(), jwk(other.publicKey, { kid: 'kit-key-2' })];
    const rotated = token(claims({ exp: NOW + 100_000 }), { kid: 'kit-key-2' }, other.privateKey);
    assert.deepEqual(await verifyToken(keys, rotated), WRONG);
    keys.at += 3_600_000;
    assert.deepEqual(await verifyToken(keys, rotated), OK);
    assert.equal(keys.fetches(), 2);
  });

  it('are fetched anew after a day, so that a withdrawn one ends', async () => {
    await using keys = await keyServer();
    const lasting = await token(claims({ exp: NOW + 10_000_000 }));
    assert.deepEqual(await verifyToken(keys, lasting), OK);
    keys.keys = [jwk(other.publicKey, { kid: 'kit-key-2' })];
    keys.at += 86_400_000;
    assert.deepEqual(await verifyToken(keys, lasting), WRONG);
  });

  it('that cannot be had are no refusal: it is to be sent again', async () => {
    await using keys = await keyServer();
    keys.keys = null;
    assert.deepEqual(await verifyToken(keys, token()), UNVERIFIABLE);
    assert.deepEqual(await verifyToken(keys, token()), UNVERIFIABLE);
    assert.equal(keys.fetches(), 1, 'a server that is down is not asked with every webhook');
    keys.keys = [jwk()];
    keys.at += 5_000;
    assert.deepEqual(await verifyToken(keys, token()), OK);
  });

  it('that are known go on being used while the server is down, for five days', async () => {
    await using keys = await keyServer();
    const lasting = await token(claims({ exp: NOW + 10_000_000 }));
    assert.deepEqual(await verifyToken(keys, lasting), OK);
    keys.keys = null;
    keys.at = NOW_MS + 4 * 86_400_000;
    assert.deepEqual(await verifyToken(keys, lasting), OK);
    const unknown = token(claims({ exp: NOW + 10_000_000 }), { kid: 'kit-key-9' });
    assert.deepEqual(await verifyToken(keys, unknown), UNVERIFIABLE);
    keys.at = NOW_MS + 5 * 86_400_000;
    assert.deepEqual(await verifyToken(keys, lasting), UNVERIFIABLE);
  });

  const UNUSABLE: readonly (readonly [string, readonly JsonObject[]])[] = [
    ['none at all', []],
    ['a key without a name', [jwk(publicKey, { kid: '' })]],
    ['a secret', [{ kty: 'oct', k: 'c2VjcmV0', kid: KID, endorsements: ['msteams'] }]],
    ['a key for encryption', [jwk(publicKey, { use: 'enc' })]],
    ['a key for another algorithm', [jwk(publicKey, { alg: 'RS512' })]],
    ['a key that is none', [jwk(publicKey, { n: 'AAAA', e: '' })]],
    ['a key that is short', [jwk(publicKey, { n: Buffer.alloc(128, 0xc3).toString('base64url') })]],
  ];
  for (const [name, found] of UNUSABLE) {
    it(`that cannot be used are as good as missing: ${name}`, async () => {
      await using keys = await keyServer();
      keys.keys = found;
      assert.deepEqual(await verifyToken(keys, token()), UNVERIFIABLE);
    });
  }

  const MISLEADING: readonly (readonly [string, unknown])[] = [
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['no address of keys', {}],
    ['an address that is none', { jwks_uri: 'keys' }],
    ['a file', { jwks_uri: 'file:///etc/passwd' }],
    ['another host, unprotected', { jwks_uri: 'http://127.0.0.2:1/keys' }],
  ];
  for (const [name, metadata] of MISLEADING) {
    it(`are not looked for where the metadata misleads: ${name}`, async () => {
      await using keys = await keyServer();
      keys.metadata = metadata;
      assert.deepEqual(await verifyToken(keys, token()), UNVERIFIABLE);
    });
  }

  it('are not taken from an unprotected host that the metadata names', async () => {
    await using elsewhere = await site((_call, response) => json(response, 200, { keys: [jwk()] }));
    await using keys = await keyServer();
    keys.metadata = { jwks_uri: `${elsewhere.url}/keys` };
    assert.deepEqual(await verifyToken(keys, token()), UNVERIFIABLE);
    assert.deepEqual(elsewhere.served, []);
  });

  it('sign only for channels that endorse them', async () => {
    for (const endorsements of [[], ['webchat'], ['MSTEAMS'], 'msteams', null, [['msteams']]]) {
      await using keys = await keyServer();
      keys.keys = [jwk(publicKey, { endorsements })];
      assert.deepEqual(await verifyToken(keys, token()), NOT_ALLOWED, JSON.stringify(endorsements));
    }
  });
});
