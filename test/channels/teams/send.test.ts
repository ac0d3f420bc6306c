/** Calls to a login and a Connector on the loopback address: tokens, where they go, and what comes back. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { OutboundMedia } from '../../../src/channels/channel.ts';
import { type HttpClient, type HttpRequest, httpClient } from '../../../src/channels/http.ts';
import { knownErrors } from '../../../src/channels/teams/faults.ts';
import { teams } from '../../../src/channels/teams/index.ts';
import type { OutboundContent } from '../../../src/message/content.ts';
import { type FaultCode, scopeOf } from '../../../src/message/fault.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { until } from '../../support/wait.ts';
import { context } from '../shared/context.ts';
import {
  APP_ID,
  CONVERSATION,
  config,
  IDENTITY,
  json,
  NOW_MS,
  SERVICE_URL,
  type Served,
  site,
  TENANT,
} from './support.ts';

const PATH = `v3/conversations/${encodeURIComponent(CONVERSATION)}/activities`;
const wire = (more: JsonObject = {}): JsonObject => ({
  method: 'POST',
  path: PATH,
  conversation: CONVERSATION,
  body: { type: 'message', text: 'hello' },
  ...more,
});

type Answer = (call: Served, response: ServerResponse) => void;

interface Options {
  readonly login?: Answer;
  readonly connector?: Answer;
  readonly config?: JsonObject;
}

const isLogin = ({ path }: Served): boolean => path.startsWith('/login/');

async function bench({ login, connector, config: more = {} }: Options = {}) {
  let tokens = 0;
  const server = await site((call, response) => {
    if (isLogin(call)) {
      if (login !== undefined) return login(call, response);
      return json(response, 200, { access_token: `token-${++tokens}`, expires_in: 3_599 });
    }
    if (connector !== undefined) return connector(call, response);
    json(response, 201, { id: '1700000000321' });
  });
  const http = httpClient();
  const clock = { at: NOW_MS };
  const redirected = teams.redirect(config(more), server.url);
  const channel = teams.create(IDENTITY, redirected, { http, now: () => clock.at });
  return {
    channel,
    clock,
    send: (given = wire(), options: Parameters<typeof context>[0] = {}) =>
      channel.send(given, context(options)),
    calls: () => server.served.filter(call => !isLogin(call)),
    logins: () => server.served.filter(isLogin),
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('teams: sending', () => {
  it('makes one call, with a token and the activity', async () => {
    await using at = await bench();
    assert.deepEqual(await at.send(), { ok: true, platformId: `${CONVERSATION}/1700000000321` });
    const [call] = at.calls();
    assert.equal(call?.path, `/connector/${PATH}`);
    assert.equal(call?.headers.authorization, 'Bearer token-1');
    assert.deepEqual(JSON.parse(call?.body ?? ''), wire().body);
  });

  it('asks for a token as Microsoft wants it, for one organisation or all', async () => {
    const fields = {
      grant_type: 'client_credentials',
      client_id: APP_ID,
      client_secret: 'kit-app-password-0001',
      scope: 'https://api.botframework.com/.default',
    };
    for (const [account, directory] of [
      [{ app_id: APP_ID }, 'botframework.com'],
      [{ app_id: APP_ID, tenant_id: TENANT }, TENANT],
    ] as const) {
      await using at = await bench({ config: { account } });
      await at.send();
      const [login] = at.logins();
      assert.equal(login?.path, `/login/${directory}/oauth2/v2.0/token`);
      assert.equal(login?.headers.authorization, undefined);
      assert.deepEqual(Object.fromEntries(new URLSearchParams(login?.body)), fields);
    }
  });

  it('asks once for many sends at once, and again five minutes before the end', async () => {
    await using at = await bench();
    await Promise.all(Array.from({ length: 10 }, () => at.send()));
    assert.deepEqual([at.logins().length, at.calls().length], [1, 10]);
    at.clock.at += 3_298_000;
    await at.send();
    assert.equal(at.logins().length, 1);
    at.clock.at += 1_000;
    await at.send();
    assert.equal(at.logins().length, 2);
    assert.equal(at.calls().at(-1)?.headers.authorization, 'Bearer token-2');
  });

  it('does not take the token from the others when one gives up', async () => {
    let release = (): void => {};
    await using at = await bench({
      login: (_call, response) => {
        release = () => json(response, 200, { access_token: 'late', expires_in: '3599' });
      },
    });
    const giver = new AbortController();
    const one = at.send(wire(), { signal: giver.signal });
    const other = at.send();
    await until(() => at.logins().length === 1, 'the login to be asked');
    giver.abort();
    const given = await one;
    assert.ok(!given.ok && given.fault.code === 'not-connected');
    release();
    assert.ok((await other).ok);
    assert.equal(at.calls().length, 1);
  });

  it('drops a token that is refused: another with the next attempt, and only then is it the account', async () => {
    await using at = await bench({
      connector: (call, response) =>
        call.headers.authorization === 'Bearer token-1' && at.calls().length === 1
          ? json(response, 201, { id: '1' })
          : json(response, 401, ''),
    });
    assert.ok((await at.send()).ok);
    const second = await at.send();
    assert.equal(!second.ok && second.fault.code, 'unavailable');
    const third = await at.send();
    assert.equal(!third.ok && third.fault.code, 'unauthorized');
    assert.deepEqual([at.logins().length, at.calls().length], [2, 3]);
  });

  const LOGINS: readonly (readonly [
    name: string,
    status: number,
    body: unknown,
    code: FaultCode,
    platformCode?: string,
  ])[] = [
    [
      'a wrong secret',
      401,
      { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid kit-app-password-0001' },
      'unauthorized',
      'AADSTS7000215',
    ],
    [
      'a secret that ended',
      401,
      { error: 'invalid_client', error_description: 'AADSTS7000222: expired' },
      'unauthorized',
      'AADSTS7000222',
    ],
    [
      'an unknown bot',
      400,
      { error: 'unauthorized_client', error_description: 'AADSTS700016: not found' },
      'unauthorized',
      'AADSTS700016',
    ],
    ['a name alone', 400, { error: 'invalid_request' }, 'unauthorized', 'invalid_request'],
    ['an unreadable refusal', 400, '<html>', 'unauthorized'],
    ['too many', 429, { error: 'temporarily_unavailable' }, 'rate-limited', 'temporarily_unavailable'],
    ['not now', 400, { error: 'temporarily_unavailable' }, 'unavailable', 'temporarily_unavailable'],
    ['a broken login', 500, '', 'unavailable'],
    ['a login that is away', 503, '<html>', 'unavailable'],
    ['no token', 200, {}, 'unavailable'],
    ['a token that never was', 200, { access_token: 'x', expires_in: 0 }, 'unavailable'],
    ['a token with a line end', 200, { access_token: 'x\r\nHost: evil', expires_in: 3_599 }, 'unavailable'],
    ['a page', 200, '<html>', 'unavailable'],
  ];
  for (const [name, status, body, code, platformCode] of LOGINS) {
    it(`without a token nothing leaves us: ${name}`, async () => {
      await using at = await bench({ login: (_call, response) => json(response, status, body) });
      const result = await at.send();
      assert.ok(!result.ok);
      assert.equal(result.fault.code, code);
      assert.equal(result.fault.platformCode, platformCode);
      assert.equal(at.calls().length, 0);
      assert.ok(!JSON.stringify(result).includes('kit-app-password'));
    });
  }

  it('takes a limit for the conversation’s, unless it is said to be the bot’s', async () => {
    const scopes: unknown[] = [];
    for (const message of ['Too many requests', undefined, 'Too many requests of this app in the tenant']) {
      const error = { code: 'Throttled', ...(message === undefined ? {} : { message }) };
      await using at = await bench({ connector: (_call, response) => json(response, 429, { error }) });
      const result = await at.send();
      assert.ok(!result.ok && result.fault.code === 'rate-limited');
      assert.ok(!result.fault.detail.includes('Too many'), 'no words of theirs are kept');
      scopes.push(scopeOf(result.fault));
    }
    assert.deepEqual(scopes, ['conversation', 'conversation', 'account']);
    await using at = await bench({ login: (_call, response) => json(response, 429, {}) });
    const result = await at.send();
    assert.equal(!result.ok && scopeOf(result.fault), 'account', 'without a token nobody is written to');
  });

  it('reports a deletion as done where an earlier attempt did it', async () => {
    const refusing =
      (code: string): Answer =>
      (_call, response) =>
        json(response, 404, { error: { code } });
    await using at = await bench({ connector: refusing('ActivityNotFoundInConversation') });
    const deletion = { method: 'DELETE', path: `${PATH}/1`, conversation: CONVERSATION };
    const first = await at.send(deletion);
    assert.equal(!first.ok && first.fault.code, 'invalid-message');
    assert.deepEqual(await at.send(deletion, { attempt: 2 }), { ok: true, platformId: null });
  });

  it('knows a new conversation by its own id and its first message', async () => {
    const opening = { method: 'POST', path: 'v3/conversations', body: { members: [] } };
    for (const [answer, platformId] of [
      [{ id: 'a:1', activityId: '17' }, 'a:1/17'],
      [{ id: 'a:1' }, 'a:1'],
    ] as const) {
      await using at = await bench({ connector: (_call, response) => json(response, 201, answer) });
      assert.deepEqual(await at.send(opening), { ok: true, platformId });
    }
  });

  it('takes parts of a stream, which have no id', async () => {
    await using at = await bench({ connector: (_call, response) => json(response, 202, {}) });
    assert.deepEqual(await at.send(), { ok: true, platformId: null });
  });

  it('knows every code of the documentation', () => {
    assert.equal(knownErrors().length, 20);
  });
});

/** A client that keeps where it was sent, and answers as both login and Connector. */
function recorder(): { http: HttpClient; asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const http: HttpClient = {
    async request(request) {
      asked.push(request);
      const body = request.url.includes('oauth2') ? { access_token: 't', expires_in: 3_599 } : { id: '1' };
      return { kind: 'response', status: 200, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    },
  };
  return { http, asked };
}

async function sentTo(route: string | undefined, api: JsonObject = {}): Promise<readonly string[]> {
  const { http, asked } = recorder();
  const channel = teams.create(IDENTITY, config({ api }), { http, now: () => NOW_MS });
  await channel.send(wire(route === undefined ? {} : { route }), context());
  return asked.map(({ url }) => url);
}

const LOGIN = 'https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token';

describe('teams: where a token goes', () => {
  it('to the address Teams told, or the one for all where it told none', async () => {
    assert.deepEqual(await sentTo(SERVICE_URL), [LOGIN, `${SERVICE_URL}${PATH}`]);
    assert.deepEqual(await sentTo(SERVICE_URL.slice(0, -1)), [LOGIN, `${SERVICE_URL}${PATH}`]);
    assert.deepEqual(await sentTo(undefined), [LOGIN, `https://smba.trafficmanager.net/teams/${PATH}`]);
    const gov = 'https://smba.infra.gov.teams.microsoft.us/teams/';
    assert.deepEqual(await sentTo(gov), [LOGIN, `${gov}${PATH}`]);
  });

  it('to a proxy instead, where there is one', async () => {
    const connector_url = 'http://proxy.example/teams';
    assert.deepEqual(await sentTo(SERVICE_URL, { connector_url }), [
      LOGIN,
      `http://proxy.example/teams/${PATH}`,
    ]);
  });

  for (const route of [
    'https://evil.example/',
    'https://smba.trafficmanager.net.evil.example/',
    'https://smba.trafficmanager.net@evil.example/',
    'https://smba.trafficmanager.net:444/',
    'http://smba.trafficmanager.net/',
    'https://smba.trafficmanager.net/emea/?x=',
    'https://smba.trafficmanager.net/emea/#',
    'https:\\\\smba.trafficmanager.net\\',
    'http://169.254.169.254/latest/',
    'http://127.0.0.1/',
    'file:///etc/passwd',
    'x',
    '',
  ]) {
    it(`not to ${JSON.stringify(route)}, and none is even got`, async () => {
      assert.deepEqual(await sentTo(route), []);
    });
  }

  it('only below what is allowed', async () => {
    const allowed_service_urls = ['https://smba.trafficmanager.net/emea/'];
    assert.equal((await sentTo(SERVICE_URL, { allowed_service_urls })).length, 2);
    for (const route of [
      'https://smba.trafficmanager.net/amer/',
      'https://smba.trafficmanager.net/emea2/',
      'https://smba.trafficmanager.net/emea/../amer/',
      'https://smba.trafficmanager.net/emea/%2e%2e/amer/',
    ])
      assert.deepEqual(await sentTo(route, { allowed_service_urls }), [], route);
  });

  it('with media only to the Connector', () => {
    const channel = teams.create(IDENTITY, config(), { http: recorder().http, now: () => NOW_MS });
    const fetchOf = (source: { kind: 'platform'; ref: string } | { kind: 'url'; url: string }) =>
      channel.media?.({ type: 'image', source });
    const own = fetchOf({ kind: 'platform', ref: `${SERVICE_URL}v3/attachments/1/views/original` });
    assert.ok(typeof own === 'object' && own.authorization !== undefined);
    assert.deepEqual(own.hosts, ['smba.trafficmanager.net']);
    const file = fetchOf({ kind: 'url', url: 'https://contoso.sharepoint.example/x?tempauth=y' });
    assert.ok(typeof file === 'object' && file.authorization === undefined);
    assert.equal(
      typeof fetchOf({ kind: 'platform', ref: 'https://evil.example/v3/attachments/1' }),
      'string',
    );
  });
});

/** A hub that is reached at this address. */
const shelf = (url: string | null): OutboundMedia => ({
  open: async () => null,
  path: id => `/media/${id}`,
  link: id => (url === null ? null : `${url}/media/${id}?t=1`),
});

async function filesSent(url: string | null, content: OutboundContent): Promise<string> {
  const { http, asked } = recorder();
  const channel = teams.create(IDENTITY, config(), { http, now: () => NOW_MS, media: shelf(url) });
  const address = { tenant: 'kit', channel: 'sample', conversation: CONVERSATION };
  for (const one of channel.render({ id: 'out', address, content }).wires) {
    assert.ok(!JSON.stringify(one).includes('?t='), 'an address that ends is in no stored message');
    assert.ok((await channel.send(one, context())).ok);
  }
  return asked.flatMap(({ url: to, body }) => (to.includes('oauth2') ? [] : [String(body)])).join();
}

describe('teams: files the hub keeps', () => {
  const source = { kind: 'stored', id: 'k7Qd2' } as const;
  const image = { type: 'image', source, mimeType: 'image/png' } as const;
  const HUB = 'https://hub.example';

  it('are shown or linked at an address made when they are sent', async () => {
    const picture = await filesSent(HUB, { kind: 'media', media: image });
    assert.ok(picture.includes('"contentUrl":"https://hub.example/media/k7Qd2?t=1"'), picture);
    const captioned = await filesSent(HUB, { kind: 'media', media: image, caption: 'Look' });
    assert.ok(captioned.includes('"url":"https://hub.example/media/k7Qd2?t=1"'), captioned);
    const card = await filesSent(HUB, { kind: 'card', title: 'Shoes', image, choices: [] });
    assert.ok(card.includes('"url":"https://hub.example/media/k7Qd2?t=1"'), card);
    const file = await filesSent(HUB, { kind: 'media', media: { type: 'file', source, name: 'a.txt' } });
    assert.ok(file.includes('](https://hub.example/media/k7Qd2?t=1)'), file);
  });

  it('are only named where the hub has no such address', async () => {
    for (const url of [null, 'http://hub.example'])
      assert.ok(!(await filesSent(url, { kind: 'media', media: image })).includes('k7Qd2'));
  });

  it('are never what somebody writes of', async () => {
    const said = await filesSent(HUB, { kind: 'text', text: 'see https://kept.invalid/k7Qd2' });
    assert.ok(!said.includes('?t='), said);
  });
});
