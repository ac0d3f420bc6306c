/**
 * Tokens that prove nothing, against a whole hub over a bare socket: activities that are not from Teams, and the
 * API and the web chat with each other’s tokens. Refused means the documented status and an empty answer, nothing
 * stored, and neither a token nor the message in the log.
 */
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JWTPayload, SignJWT } from 'jose';
import { type StandInKey, standInKey } from '../../src/channels/teams/stand-in-key.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type TestHub, testHub } from '../support/hub.ts';
import { type Attacked, attacked, CANARY, type Line, type Raw } from './hostile.ts';
import { json, site } from './teams/support.ts';

const BOT = 'helpdesk-teams';
const SINGLE = 'single-teams';
const TENANT = '0d9e8f7a-6b5c-4d3e-9f2a-1b0c9d8e7f6a';
const OTHER_TENANT = '72f9d1c4-0000-4000-8000-00000000000a';
const OTHER_APP = '5c0e1b2a-0000-4000-8000-0000000000b1';
const ISSUER = 'https://api.botframework.com';

/** A bot of one organisation alone. */
const FILES = {
  'channels/single-teams.yaml': `version: 1
type: teams
credentials: { app_password: "\${env:SINGLE_APP_PASSWORD}" }
account: { app_id: 5b1f0c6e-2d3a-4e5f-8a9b-0c1d2e3f4a5c, tenant_id: ${TENANT} }
`,
  'channels/off-teams.yaml': `version: 1
type: teams
enabled: false
credentials: { app_password: "\${env:OFF_APP_PASSWORD}" }
account: { app_id: 5b1f0c6e-2d3a-4e5f-8a9b-0c1d2e3f4a5d }
`,
};

const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** A bot, what it was told, and how to sign for it. */
interface Bot {
  readonly id: string;
  readonly appId: string;
  readonly key: StandInKey;
  readonly activity: Readonly<Record<string, unknown>>;
  readonly serviceUrl: string;
}

function bot(hub: TestHub, id: string): Bot {
  const { adapter } = hub.channel(id);
  const { account, credentials } = adapter as unknown as {
    account: { app_id: string };
    credentials: { app_password: string };
  };
  const activity = JSON.parse(hub.draft(id, 'text', { text: CANARY }).body);
  const { app_id: appId } = account;
  return { id, appId, key: standInKey(credentials.app_password), activity, serviceUrl: activity.serviceUrl };
}

const now = (): number => Math.floor(Date.now() / 1_000);

const claims = ({ appId, serviceUrl }: Bot, more: JWTPayload = {}): JWTPayload => ({
  serviceurl: serviceUrl,
  iss: ISSUER,
  aud: appId,
  nbf: now() - 60,
  exp: now() + 3_600,
  ...more,
});

const without = (from: JWTPayload, name: string): JWTPayload => {
  const { [name]: _gone, ...rest } = from;
  return rest;
};

interface Signing {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

const token = (by: Bot, payload = claims(by), { header = {}, key = by.key.privateKey }: Signing = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: by.key.kid, typ: 'JWT', ...header }).sign(key);

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Written by hand, as no library would. */
function raw(header: unknown, payload: unknown, signature: (text: string) => Buffer): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${signature(text).toString('base64url')}`;
}

const rs256 = (by: Bot) => (text: string) => sign('RSA-SHA256', Buffer.from(text), by.key.privateKey);

/** The public half, as an attacker could use it for a secret. */
const publicPem = ({ key: { n, e } }: Bot): string =>
  String(
    createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e } }).export({ type: 'spki', format: 'pem' }),
  );

const says = (by: Bot, value: string, activity: unknown = by.activity): Raw => ({
  headers: [
    ['Content-Type', 'application/json'],
    ['Authorization', value],
  ],
  body: JSON.stringify(activity),
});

const bearing = async (by: Bot, text: string | Promise<string>, activity?: unknown): Promise<Raw> =>
  says(by, `Bearer ${await text}`, activity);

interface Case {
  readonly name: string;
  readonly bot?: string;
  make(by: Bot): Promise<readonly Raw[]>;
  readonly status?: number;
}

const all = (raws: readonly (Raw | Promise<Raw>)[]): Promise<readonly Raw[]> => Promise.all(raws);

const claiming = (by: Bot, ...lots: readonly JWTPayload[]): Promise<readonly Raw[]> =>
  all(lots.map(more => bearing(by, token(by, claims(by, more)))));

const telling = (by: Bot, ...activities: readonly object[]): Promise<readonly Raw[]> =>
  all(activities.map(more => bearing(by, token(by), { ...by.activity, ...more })));

const REFUSED: readonly Case[] = [
  {
    name: 'no algorithm, however it is written',
    make: by =>
      all(
        ['none', 'None', 'nOnE', 'NONE', ''].flatMap(alg => [
          bearing(
            by,
            raw({ alg, kid: by.key.kid }, claims(by), () => Buffer.alloc(0)),
          ),
          bearing(by, raw({ alg, kid: by.key.kid }, claims(by), rs256(by))),
        ]),
      ),
  },
  {
    name: 'an HMAC keyed with the public key',
    make: by => {
      const hmac = (text: string) => createHmac('sha256', publicPem(by)).update(text).digest();
      return all(['HS256', 'RS256'].map(alg => bearing(by, raw({ alg, kid: by.key.kid }, claims(by), hmac))));
    },
  },
  {
    name: 'another issuer',
    make: by =>
      claiming(
        by,
        { iss: 'https://sts.windows.net/x/' },
        { iss: `${ISSUER}/` },
        { iss: 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/' },
        { iss: ISSUER.toUpperCase() },
      ),
  },
  {
    name: 'for another bot, or for several',
    make: by =>
      claiming(by, { aud: OTHER_APP }, { aud: [by.appId, OTHER_APP] }, { aud: [by.appId] }, { aud: '' }),
  },
  {
    name: 'ended, not begun, or without an end',
    make: by =>
      all([
        bearing(by, token(by, claims(by, { exp: now() - 360 }))),
        bearing(by, token(by, claims(by, { nbf: now() + 360 }))),
        bearing(by, token(by, without(claims(by), 'exp'))),
        bearing(by, raw({ alg: 'RS256', kid: by.key.kid }, { ...claims(by), exp: 'later' }, rs256(by))),
        bearing(
          by,
          raw(
            { alg: 'RS256', kid: by.key.kid },
            JSON.stringify(claims(by)).replace(/"exp":\d+/, '"exp":1e400'),
            rs256(by),
          ),
        ),
      ]),
  },
  {
    name: 'by a key nobody knows, or by a stranger’s under our name',
    make: by =>
      all([
        bearing(by, token(by, claims(by), { header: { kid: 'nobody' } })),
        bearing(by, token(by, claims(by), { key: stranger.privateKey })),
      ]),
  },
  {
    name: 'a path or an address for a key',
    make: by =>
      all(
        ['../../x', 'https://evil.example/keys', '__proto__', 'constructor', '/etc/passwd'].map(kid =>
          bearing(by, token(by, claims(by), { header: { kid } })),
        ),
      ),
  },
  {
    name: 'with its own key, certificate or address of keys',
    make: by => {
      const own = stranger.publicKey.export({ format: 'jwk' });
      const { privateKey: key } = stranger;
      return all(
        [{ jwk: own }, { jku: 'https://evil.example/keys' }, { x5u: 'https://evil.example/cert' }].map(
          header => bearing(by, token(by, claims(by), { header, key })),
        ),
      );
    },
  },
  {
    name: 'for another address than the activity names, or for none',
    make: async by => [
      ...(await claiming(by, { serviceurl: 'https://smba.trafficmanager.net/other/' })),
      await bearing(by, token(by, without(claims(by), 'serviceurl'))),
      ...(await telling(
        by,
        { serviceUrl: 'https://evil.example/' },
        { serviceUrl: null },
        { serviceUrl: '' },
      )),
    ],
    status: 403,
  },
  {
    name: 'an address that is not among the allowed, in both',
    make: by =>
      all(
        [
          'https://evil.example/',
          'http://169.254.169.254/',
          'https://smba.trafficmanager.net@evil.example/',
        ].map(serviceUrl =>
          bearing(by, token(by, claims(by, { serviceurl: serviceUrl })), { ...by.activity, serviceUrl }),
        ),
      ),
    status: 403,
  },
  {
    name: 'for another channel of the Bot Framework, or for none',
    make: by =>
      telling(by, { channelId: '' }, { channelId: null }, { channelId: 'webchat' }, { channelId: ' ' }),
    status: 403,
  },
  {
    name: 'of another organisation',
    bot: SINGLE,
    make: by => {
      const { conversation, channelData } = by.activity as { conversation: object; channelData: object };
      return telling(
        by,
        { conversation: { ...conversation, tenantId: OTHER_TENANT } },
        { channelData: { ...channelData, tenant: { id: OTHER_TENANT } } },
      );
    },
    status: 403,
  },
  {
    name: 'written otherwise than Bearer, one blank, token',
    make: async by => {
      const text = await token(by);
      const lines: Line = ['Authorization', `Bearer ${text}`];
      return [
        says(by, text),
        says(by, `Bearer Bearer ${text}`),
        says(by, `Bearer\t${text}`),
        says(by, `Bearer  ${text}`),
        says(by, `Bearer ${text}, Bearer ${text}`),
        says(by, `Basic ${text}`),
        says(by, 'Bearer'),
        says(by, ''),
        { ...says(by, `Bearer ${text}`), headers: [...says(by, `Bearer ${text}`).headers, lines] },
        { headers: [['Content-Type', 'application/json']], body: JSON.stringify(by.activity) },
      ];
    },
  },
  {
    name: 'ten thousand letters long',
    make: by => all([bearing(by, token(by, claims(by, { pad: 'x'.repeat(7_000) })))]),
  },
  {
    name: 'a megabyte long',
    make: by => all([says(by, `Bearer ${'a'.repeat(1_000_000)}.b.c`)]),
    // More than a request's headers may be: refused before any of it is looked at.
    status: 400,
  },
];

describe('activities that are not from Teams', function () {
  this.timeout(60_000);
  let on: Attacked;
  before(async () => {
    on = await attacked(FILES);
  });
  after(() => on[Symbol.asyncDispose]());

  for (const { name, bot: id = BOT, make, status = 401 } of REFUSED) {
    it(`${name}: ${status}, and nothing of it stays`, () =>
      on.leavesNothing(async () => {
        const by = bot(on.hub, id);
        const raws = await make(by);
        assert.ok(raws.length > 0);
        for (const [index, one] of raws.entries()) {
          const answer = await on.send(id, one);
          assert.deepEqual([answer.status, answer.body], [status, ''], `${name} ${index}`);
          const [, value = ''] = one.headers.find(([header]) => header === 'Authorization') ?? [];
          const signature = value.split('.').at(-1) ?? '';
          if (signature.length > 20)
            assert.ok(!on.log.join('').includes(signature), 'the token is in the log');
        }
      }));
  }

  it('of a bot that is switched off, or was never there: 404', () =>
    on.leavesNothing(async () => {
      const by = bot(on.hub, BOT);
      for (const id of ['off-teams', 'gone-teams'])
        assert.equal((await on.send(id, await bearing(by, token(by)))).status, 404, id);
    }));

  it('a hundred unknown keys cause one look for new keys at the most', () =>
    on.leavesNothing(async () => {
      const by = bot(on.hub, BOT);
      const looks = async (): Promise<number> =>
        (await on.hub.sandbox('received?limit=10000')).body.received.filter(
          (call: { method: string; account: string }) => call.method === 'keys' && call.account === BOT,
        ).length;
      const before = await looks();
      for (let n = 0; n < 100; n++) {
        const answer = await on.send(
          BOT,
          await bearing(by, token(by, claims(by), { header: { kid: `k${n}` } })),
        );
        assert.equal(answer.status, 401);
      }
      assert.ok((await looks()) - before <= 1);
    }));
});

/** A bot that is not played by the sandbox, with keys from there. */
function live(folder: string, metadata: string): string {
  const password = join(folder, 'app-password');
  writeFileSync(password, 'a password of the tests', { mode: 0o600 });
  return `version: 1
type: teams
credentials: { app_password: "\${file:${password}}" }
account: { app_id: ${OTHER_APP} }
api: { openid_metadata: "${metadata}" }
`;
}

/** A hub whose bot finds the sandbox's key at another server, endorsed as told. */
async function published(folder: string, endorsements: readonly string[] | null) {
  let found: unknown[] = [];
  const keys = await site(({ path }, response) =>
    json(response, 200, path === '/keys' ? { keys: found } : { jwks_uri: `${keys.url}/keys` }),
  );
  const on = await attacked({ 'channels/other-teams.yaml': live(folder, `${keys.url}/metadata`) });
  const known = bot(on.hub, BOT);
  const activity = { ...known.activity, recipient: { id: `28:${OTHER_APP}`, name: 'Helpdesk' } };
  const by: Bot = { ...known, activity, appId: OTHER_APP };
  const { kid, n, e } = by.key;
  found = [{ kty: 'RSA', use: 'sig', kid, n, e, ...(endorsements === null ? {} : { endorsements }) }];
  return { on, by, keys };
}

describe('activities from Teams', function () {
  this.timeout(60_000);

  it('are taken within five minutes of the end, in small letters as well, and once', async () => {
    await using on = await attacked(FILES);
    const by = bot(on.hub, BOT);
    const fresh = (): object => JSON.parse(on.hub.draft(BOT, 'text', { text: CANARY }).body);
    const late = await bearing(by, token(by, claims(by, { exp: now() - 240 })), fresh());
    const small = says(by, `bearer ${await token(by)}`, fresh());
    for (const one of [late, small, small]) assert.deepEqual((await on.send(BOT, one)).status, 200);
    const { inbound } = await on.hub.idle();
    assert.deepEqual([inbound.accepted, inbound.done], [2, 2]);
    const single = bot(on.hub, SINGLE);
    assert.equal((await on.send(SINGLE, await bearing(single, token(single)))).status, 200);
  });

  it('are put off, not refused, while there are no keys', async () => {
    using folder = temporaryFolder();
    const files = { 'channels/down-teams.yaml': live(folder.path, 'http://127.0.0.1:1/metadata') };
    await using on = await attacked(files);
    const by: Bot = { ...bot(on.hub, BOT), appId: OTHER_APP };
    await on.leavesNothing(async () => {
      const answer = await on.send('down-teams', await bearing(by, token(by)));
      assert.deepEqual([answer.status, answer.body], [503, '']);
      assert.match(answer.head, /retry-after: \d/);
    });
  });

  it('are those whose key is endorsed for Teams', async () => {
    using folder = temporaryFolder();
    const { on, by, keys } = await published(folder.path, ['msteams']);
    await using _ends = keys;
    await using _hub = on;
    assert.equal((await on.send('other-teams', await bearing(by, token(by)))).status, 200);
  });

  for (const endorsements of [[], ['webchat'], ['MSTEAMS'], null]) {
    it(`are none when their key was endorsed for ${JSON.stringify(endorsements)}: 403`, async () => {
      using folder = temporaryFolder();
      const { on, by, keys } = await published(folder.path, endorsements);
      await using _ends = keys;
      await using _hub = on;
      await on.leavesNothing(async () => {
        const answer = await on.send('other-teams', await bearing(by, token(by)));
        assert.deepEqual([answer.status, answer.body], [403, '']);
      });
    });
  }
});

describe('one door’s key at another', () => {
  it('opens nothing', async () => {
    await using hub = await testHub({}, { assistant: null });
    const headers = { origin: hub.url, 'content-type': 'application/json' };
    const session = await fetch(`${hub.url}/web/site-chat/session`, { method: 'POST', headers, body: '{}' });
    const { token: visitor } = (await session.json()) as { token: string };
    const by = bot(hub, BOT);
    const teams = await token(by);
    const cutShort = hub.token.slice(0, -1);
    const wrongEnd = cutShort + (hub.token.endsWith('A') ? 'B' : 'A');
    for (const key of [visitor, teams, cutShort, wrongEnd, `${hub.token}A`, hub.token.toUpperCase()]) {
      const asked = await fetch(`${hub.url}/v1/ledger`, { headers: { authorization: `Bearer ${key}` } });
      assert.equal(asked.status, 401);
    }
    for (const key of [hub.token, teams]) {
      for (const path of ['messages', 'upload']) {
        const said = await fetch(`${hub.url}/web/site-chat/${path}`, {
          method: 'POST',
          headers: { ...headers, authorization: `Bearer ${key}` },
          body: JSON.stringify({ id: 'a', type: 'text', text: CANARY }),
        });
        assert.equal(said.status, 401, path);
      }
    }
    for (const key of [hub.token, visitor]) {
      const posted = await hub.postAs(BOT, JSON.stringify(by.activity), {
        'content-type': 'application/json',
        authorization: `Bearer ${key}`,
      });
      assert.equal(posted.status, 401);
    }
    assert.equal((await hub.idle()).inbound.accepted, 0);
  });
});
