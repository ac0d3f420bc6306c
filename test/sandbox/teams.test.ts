/** Microsoft Teams, played: driven by the adapter, and by Microsoft's own client of the Bot Connector. */
import assert from 'node:assert/strict';
import { ConnectorClient } from 'botframework-connector';
import type { OutboundContent } from '../../src/message/content.ts';
import type { InboundEvent } from '../../src/message/event.ts';
import { triggers } from '../../src/sandbox/teams/triggers.ts';
import { until } from '../support/wait.ts';
import { ACCOUNT, IDENTITY, nameOf, type Stage, secret, stage, webhookOf } from './support.ts';

const APP_ID = '5b1f0c6e-2d3a-4e5f-8a9b-0c1d2e3f4a5b';
const GROUP = '19:c1d2e3f405162738495a6b7c8d9e0f1a@thread.v2';
const CHANNEL = '19:9c8b7a6f5e4d3c2b1a0099887766554a@thread.tacv2';
const ADA = '29:1sandboxAdaExample';
const ROUTE = 'https://smba.trafficmanager.net/teams/';

const EXPECTED: Readonly<Record<string, string>> = {
  text: 'text',
  mention: 'text',
  'channel-text': 'text',
  'meeting-text': 'text',
  formatted: 'text',
  'quoted-reply': 'text',
  file: 'media:file',
  files: 'media:image media:file',
  image: 'media:image',
  'button-text': 'text',
  'card-submit': 'choice:button',
  'menu-submit': 'choice:list',
  'form-submit': 'form',
  bot: 'text',
  'own-message': 'ignored',
  edit: 'edit',
  delete: 'deletion',
  undelete: 'system',
  reaction: 'reaction',
  'reaction-removed': 'reaction',
  typing: 'typing',
  'unknown-card': 'unsupported',
  installed: 'membership',
  uninstalled: 'membership',
  upgraded: 'system',
  added: 'membership',
  removed: 'membership',
  joined: 'membership',
  left: 'membership',
  topic: 'system',
  'channel-created': 'system',
  'channel-renamed': 'system',
  'channel-deleted': 'system',
  'channel-restored': 'system',
  'team-renamed': 'system',
  'team-archived': 'system',
  'team-unarchived': 'system',
  'team-deleted': 'system',
  'team-restored': 'system',
  'meeting-start': 'system',
  'meeting-end': 'system',
  'participant-joined': 'membership',
  'participant-left': 'membership',
  read: 'receipt:read receipt:read',
  'unknown-event': 'unsupported',
  unknown: 'unsupported',
  trace: 'ignored',
  action: 'choice:button',
  refresh: 'system',
  'task-fetch': 'choice:action',
  'task-submit': 'form',
  'file-accepted': 'choice:button',
  'file-declined': 'choice:button',
  feedback: 'system',
  'sign-in': 'system',
  'token-exchange': 'system',
  search: 'system',
  link: 'system',
  'extension-fetch': 'choice:action',
  'extension-submit': 'form',
  'old-button': 'form',
  'unknown-invoke': 'unsupported',
};

/** Somebody does this, and the hub reads it. */
async function told(
  at: Stage,
  name: string,
  params: Record<string, string> = {},
): Promise<readonly InboundEvent[]> {
  const before = at.hub.arrived.length;
  const known = (await at.events()).length;
  at.sandbox.say(ACCOUNT, webhookOf('teams', name, params));
  await until(() => at.hub.arrived.length > before, name);
  return (await at.events()).slice(known);
}

describe('triggers of teams', () => {
  it('are the ones that are expected', () => {
    assert.deepEqual(triggers.map(({ name }) => name).sort(), Object.keys(EXPECTED).sort());
  });

  it('are signed with a key that is fetched, taken, and mean what they say', async () => {
    await using at = await stage('teams');
    const found: Record<string, string> = {};
    for (const name of Object.keys(EXPECTED)) found[name] = (await told(at, name)).map(nameOf).join(' ');
    assert.deepEqual(found, EXPECTED);
    const asked = at.sandbox.received.map(({ method }) => method);
    assert.deepEqual(asked, ['metadata', 'keys']);
  });

  it('are new each time, and take who, where and what is said', async () => {
    await using at = await stage('teams');
    const ids = new Set<string>();
    for (const _ of [1, 2, 3]) {
      const [event] = await told(at, 'text', {
        text: 'a < b & c',
        from: '29:77',
        name: 'Bob',
        conversation: GROUP,
      });
      assert.ok(event?.kind === 'message');
      const { id, content, sender, address } = event.message;
      ids.add(id);
      assert.deepEqual(content, { kind: 'text', text: 'a < b & c' });
      assert.deepEqual([sender.id, sender.name, address.conversation], ['29:77', 'Bob', GROUP]);
    }
    assert.equal(ids.size, 3);
  });

  it('say each what they are', () => {
    for (const trigger of triggers) assert.match(trigger.describe, /^\S.{5,90}$/, trigger.name);
  });
});

const context = (more: { attempt?: number } = {}) => ({
  marker: 'delivery-1',
  attempt: 1,
  seq: 1,
  signal: AbortSignal.timeout(10_000),
  ...more,
});

/** Says all of a content, and gives back what became of each part. */
async function say(at: Stage, content: OutboundContent, more: Record<string, string> = {}) {
  const { wires } = at.channel.render({
    id: 'out-1',
    address: { tenant: IDENTITY.tenant, channel: ACCOUNT, conversation: GROUP, route: ROUTE, ...more },
    content,
  });
  const results = [];
  for (const wire of wires) results.push(await at.channel.send(wire, context()));
  return results;
}

const text = (words: string): OutboundContent => ({ kind: 'text', text: words });

describe('the sandbox as Teams', () => {
  it('takes what the adapter says, with one token for all, and changes and deletes it', async () => {
    await using at = await stage('teams');
    const [sent] = await say(at, text('Your *order* is\non its way.'));
    assert.ok(sent?.ok, JSON.stringify(sent));
    const target = sent.platformId ?? '';
    assert.match(target, /^19:c1d2e3f405162738495a6b7c8d9e0f1a@thread\.v2\/\d{13}$/);
    const choices = [
      { id: 'a', label: 'First' },
      { id: 'b', label: 'Second' },
    ];
    for (const content of [
      { kind: 'choices', text: 'Which one?', choices },
      { kind: 'typing', active: true },
      { kind: 'edit', target, text: 'It has arrived.' },
      { kind: 'deletion', target },
    ] as const) {
      const [result] = await say(at, content);
      assert.ok(result?.ok, `${content.kind}: ${JSON.stringify(result)}`);
    }
    assert.deepEqual(
      at.sandbox.received.map(({ method, text: words }) => [method, words]),
      [
        ['token', null],
        ['send', 'Your _order_ is  \non its way.'],
        ['send', 'Which one?\n[First]\n[Second]'],
        ['send', '(typing)'],
        ['edit', 'It has arrived.'],
        ['delete', '(deleted)'],
      ],
    );
    const [, first] = at.sandbox.received;
    assert.deepEqual([first?.platformId, first?.conversation, first?.taken], [target, GROUP, true]);
    const [again] = await say(at, { kind: 'edit', target, text: 'too late' });
    assert.equal(again?.ok === false && again.fault.platformCode, 'ActivityNotFoundInConversation');
  });

  it('takes everything the adapter renders', async () => {
    await using at = await stage('teams', { behaviour: { rates: 'none' } });
    const url = { kind: 'url', url: 'https://files.example/a.png' } as const;
    const many = Array.from({ length: 50 }, (_, n) => ({
      id: `id-${n}`,
      label: `Pick ${n}`,
      description: 'd',
    }));
    const contents: readonly OutboundContent[] = [
      { kind: 'media', media: { type: 'image', source: url, mimeType: 'image/png' } },
      { kind: 'media', media: { type: 'image', source: url }, caption: 'As promised.' },
      { kind: 'media', media: { type: 'file', source: url, name: 'Invoice 7.pdf' } },
      { kind: 'location', latitude: 52.5, longitude: 13.4, label: 'Gate' },
      { kind: 'contacts', contacts: [{ name: 'Ada', phones: [], emails: [], urls: [] }] },
      { kind: 'choices', text: 'Which?', choices: many },
      { kind: 'choices', text: '𝒜'.repeat(9_000), choices: many },
      { kind: 'choices', text: ' ', choices: [{ id: 'x', label: 'Open', url: 'https://a.example' }] },
      {
        kind: 'card',
        title: 'Shoes',
        text: 'From *Italy*',
        image: { type: 'image', source: url },
        choices: [],
      },
      text('我'.repeat(20_000)),
      text('\\*_~`#'.repeat(4_000)),
      {
        kind: 'native',
        platform: 'teams',
        body: { conversation: { members: [{ id: ADA }], activity: { type: 'message', text: 'hi' } } },
      },
    ];
    for (const content of contents) {
      const results = await say(at, content);
      assert.ok(results.length > 0, content.kind);
      for (const result of results) assert.ok(result.ok, `${content.kind}: ${JSON.stringify(result)}`);
    }
  });

  it('answers into the thread a message came from', async () => {
    await using at = await stage('teams');
    const [event] = await told(at, 'channel-text');
    assert.ok(event?.kind === 'message');
    const { address } = event.message;
    const [wire] = at.channel.render({ id: 'out-1', address, content: text('Here.') }).wires;
    assert.ok(wire !== undefined);
    const sent = await at.channel.send(wire, context());
    assert.ok(sent.ok);
    const received = at.sandbox.received.at(-1);
    assert.equal(
      decodeURIComponent(received?.path ?? ''),
      `/connector/v3/conversations/${CHANNEL};messageid=${address.thread}/activities`,
    );
  });

  it('gives out the picture somebody sent, to who has a token', async () => {
    await using at = await stage('teams');
    const [event] = await told(at, 'image');
    assert.ok(event?.kind === 'message' && event.message.content.kind === 'media');
    const fetched = at.channel.media?.(event.message.content.media);
    assert.ok(typeof fetched === 'object' && typeof fetched.authorization === 'function');
    assert.equal((await fetch(fetched.url)).status, 401);
    const authorization = (await fetched.authorization(AbortSignal.timeout(5_000))) ?? '';
    const response = await fetch(fetched.url, { headers: { authorization } });
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/png']);
  });

  it('takes seven messages a second in one conversation, and names the wait', async () => {
    let now = 1_800_000_000_000;
    await using at = await stage('teams', { now: () => now });
    const codes: string[] = [];
    for (let n = 0; n < 8; n++) {
      const [result] = await say(at, text(`number ${n}`));
      codes.push(result?.ok ? 'ok' : (result?.fault.code ?? ''));
    }
    assert.deepEqual(codes, [...Array(7).fill('ok'), 'rate-limited']);
    const [elsewhere] = await say(at, text('elsewhere'), { conversation: 'a:1somebodyElse' });
    assert.ok(elsewhere?.ok);
    now += 1_000;
    assert.ok((await say(at, text('later')))[0]?.ok);
    const [refused] = await say(at, text('the ninth in two seconds'));
    assert.ok(refused?.ok === false);
    assert.deepEqual([refused.fault.code, refused.fault.retryAfterMs], ['rate-limited', 1_000]);
  });

  it('refuses who is not there any more, until they come back', async () => {
    await using at = await stage('teams', { behaviour: { strangers: 'refused' } });
    const refusal = async () => {
      const [result] = await say(at, text('hello'));
      return result?.ok ? 'ok' : `${result?.fault.code} ${result?.fault.platformCode}`;
    };
    assert.equal(await refusal(), 'unreachable ConversationNotFound');
    await told(at, 'installed', { conversation: GROUP });
    assert.equal(await refusal(), 'ok');
    await told(at, 'uninstalled', { conversation: GROUP });
    assert.equal(await refusal(), 'unreachable BotNotInConversationRoster');
    await told(at, 'mention');
    assert.equal(await refusal(), 'ok');
  });

  it('lets a token end, and the adapter gets another with the next attempt', async () => {
    let now = 1_800_000_000_000;
    await using at = await stage('teams', { now: () => now });
    assert.ok((await say(at, text('first')))[0]?.ok);
    at.sandbox.scenario({ rules: [{ times: 1, do: { kind: 'expired-token' } }] });
    const [refused] = await say(at, text('second'));
    assert.equal(refused?.ok === false && refused.fault.code, 'unavailable');
    assert.ok((await say(at, text('second')))[0]?.ok);
    now += 3_600_000;
    assert.ok((await say(at, text('an hour later')))[0]?.ok);
    const tokens = at.sandbox.received.filter(({ method }) => method === 'token');
    assert.equal(tokens.length, 3);
  });

  it('says its errors by their codes when asked to', async () => {
    await using at = await stage('teams');
    for (const [code, fault] of [
      ['MessageWritesBlocked', 'unreachable'],
      ['PreconditionFailed', 'unavailable'],
      ['Throttled', 'rate-limited'],
      ['ServiceError', 'ambiguous'],
    ] as const) {
      at.sandbox.scenario({ rules: [{ match: { path: 'activities' }, do: { kind: 'refuse', code } }] });
      const [result] = await say(at, text('hello'));
      assert.equal(result?.ok === false && result.fault.code, fault, code);
    }
  });
});

/** A token as any bot gets it. */
async function tokenOf(at: Stage, fields: Record<string, string> = {}, directory = 'botframework.com') {
  const response = await fetch(`${at.url}/login/${directory}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: APP_ID,
      client_secret: secret('app_password'),
      scope: 'https://api.botframework.com/.default',
      ...fields,
    }),
  });
  const body = (await response.json()) as {
    access_token?: string;
    error?: string;
    error_description?: string;
  };
  return { status: response.status, ...body };
}

/** Microsoft's client, with a token got beforehand. */
const clientOf = (at: Stage, token: string): ConnectorClient =>
  new ConnectorClient(
    {
      signRequest: async request => {
        request.headers.set('authorization', `Bearer ${token}`);
        return request;
      },
    },
    { baseUri: `${at.url}/connector`, noRetryPolicy: true },
  );

async function client(at: Stage): Promise<ConnectorClient['conversations']> {
  const { access_token } = await tokenOf(at);
  return clientOf(at, access_token ?? '').conversations;
}

type Activity = Parameters<ConnectorClient['conversations']['sendToConversation']>[1];

const message = (more: Activity = {}): Activity => ({
  type: 'message',
  text: 'hello',
  ...more,
});

/** Status and code, as Microsoft's client throws them. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    return [statusCode, code].filter(part => part !== undefined).join(' ');
  }
}

describe("the sandbox as Teams, to Microsoft's own client", () => {
  it('keeps what was said: sent, answered, changed, deleted', async () => {
    await using at = await stage('teams');
    const bot = await client(at);
    const { id } = await bot.sendToConversation(GROUP, message());
    assert.match(id, /^\d{13}$/);
    const answered = await bot.replyToActivity(GROUP, id, message());
    assert.ok(Number(answered.id) > Number(id));
    assert.equal((await bot.updateActivity(GROUP, id, message({ text: 'changed' }))).id, id);
    await bot.deleteActivity(GROUP, id);
    assert.equal(
      await refusal(bot.updateActivity(GROUP, id, message())),
      '404 ActivityNotFoundInConversation',
    );
    assert.equal(await refusal(bot.deleteActivity(GROUP, id)), '404 ActivityNotFoundInConversation');
  });

  it('opens a conversation with a person, the same each time, and a thread in a channel', async () => {
    await using at = await stage('teams');
    const bot = await client(at);
    const about = { bot: { id: `28:${APP_ID}`, name: '' }, isGroup: false, channelData: {} };
    const open = () => bot.createConversation({ ...about, members: [{ id: ADA, name: 'Ada' }] } as never);
    const first = await open();
    assert.match(first.id, /^a:1/);
    assert.equal((await open()).id, first.id);
    const thread = await bot.createConversation({
      ...about,
      isGroup: true,
      channelData: { channel: { id: CHANNEL } },
      activity: message(),
    } as never);
    assert.equal(thread.id, `${CHANNEL};messageid=${thread.activityId}`);
    assert.equal(await refusal(bot.createConversation({ ...about, members: [] } as never)), '400 BadSyntax');
  });

  it('lists who is there, all, by pages and one by one', async () => {
    await using at = await stage('teams');
    await told(at, 'mention');
    await told(at, 'joined');
    const bot = await client(at);
    const names = (await bot.getConversationMembers(GROUP)).map(({ id }) => id);
    assert.deepEqual(names, [ADA, '29:1sandboxBobExample']);
    // Its types know this call only with a callback.
    const { members = [] } = (await bot.getConversationPagedMembers(GROUP)) as { members?: unknown[] };
    assert.equal(members.length, 2);
    assert.equal((await bot.getConversationMember(GROUP, ADA)).name, 'Ada Example');
    assert.equal(
      await refusal(bot.getConversationMember(GROUP, '29:nobody')),
      '404 MemberNotFoundInConversation',
    );
  });

  it('keeps a file, and gives it back', async () => {
    await using at = await stage('teams');
    const { access_token } = await tokenOf(at);
    const both = clientOf(at, access_token ?? '');
    const file = { type: 'text/plain', name: 'a.txt', originalBase64: new Uint8Array(Buffer.from('hello')) };
    const { id } = await both.conversations.uploadAttachment(GROUP, file as never);
    const info = await both.attachments.getAttachmentInfo(id ?? '');
    assert.deepEqual([info.name, info.views?.[0]?.viewId], ['a.txt', 'original']);
    const { readableStreamBody } = await both.attachments.getAttachment(id ?? '', 'original');
    const chunks: Buffer[] = [];
    for await (const chunk of readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
    assert.equal(Buffer.concat(chunks).toString(), 'hello');
  });

  it('refuses what Teams refuses', async () => {
    await using at = await stage('teams', { behaviour: { rates: 'none' } });
    const bot = await client(at);
    const send = (activity: unknown) => refusal(bot.sendToConversation(GROUP, activity as Activity));
    const card = (content: unknown) =>
      message({
        text: '',
        attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
      });
    const block = { type: 'TextBlock', text: 'x' };
    assert.deepEqual(
      {
        nothing: await send({ type: 'message' }),
        unknown: await send({ type: 'hologram', text: 'x' }),
        large: await send(message({ text: 'x'.repeat(60_000) })),
        'pictures do not count': await send(
          message({
            text: '',
            attachments: [
              { contentType: 'image/png', contentUrl: `data:image/png;base64,${'A'.repeat(200_000)}` },
            ],
          }),
        ),
        unprotected: await send(
          message({ text: '', attachments: [{ contentType: 'image/png', contentUrl: 'http://a.example' }] }),
        ),
        card: await send(card({ type: 'AdaptiveCard', version: '1.5', body: [block] })),
        'card of another type': await send(card({ type: 'Card', version: '1.5', body: [block] })),
        'card of tomorrow': await send(card({ type: 'AdaptiveCard', version: '2.0', body: [block] })),
        'empty card': await send(card({ type: 'AdaptiveCard', version: '1.5', body: [] })),
        'mention astray': await send(
          message({
            entities: [{ type: 'mention', mentioned: { id: ADA, name: 'Ada' }, text: '<at>Ada</at>' }],
          }),
        ),
        mention: await send(
          message({
            text: '<at>Ada</at> hi',
            entities: [{ type: 'mention', mentioned: { id: ADA, name: 'Ada' }, text: '<at>Ada</at>' }],
          }),
        ),
        carousel: await send(
          message({
            attachmentLayout: 'carousel',
            attachments: Array(11).fill({ contentType: 'image/png', contentUrl: 'https://a.example' }),
          }),
        ),
      },
      {
        nothing: '400 BadSyntax',
        unknown: '400 BadSyntax',
        large: '413 MessageSizeTooBig',
        'pictures do not count': 'ok',
        unprotected: '400 BadSyntax',
        card: 'ok',
        'card of another type': '400 BadSyntax',
        'card of tomorrow': '400 BadSyntax',
        'empty card': '400 BadSyntax',
        'mention astray': '400 BadArgument',
        mention: 'ok',
        carousel: '400 BadSyntax',
      },
    );
  });

  it('takes no token but its own, for itself and not ended', async () => {
    let now = 1_800_000_000_000;
    await using at = await stage('teams', { now: () => now });
    const { access_token = '' } = await tokenOf(at);
    const [head = '', claims = '', signature = ''] = access_token.split('.');
    const send = (token: string) =>
      refusal(clientOf(at, token).conversations.sendToConversation(GROUP, message()));
    assert.equal(await send(access_token), 'ok');
    const other = {
      ...JSON.parse(Buffer.from(claims, 'base64url').toString()),
      aud: 'https://graph.microsoft.com',
    };
    for (const forged of [
      '',
      'x',
      `${head}.${claims}.`,
      `${head}.${Buffer.from(JSON.stringify(other)).toString('base64url')}.${signature}`,
    ])
      assert.equal(await send(forged), '401');
    now += 3_600_000;
    assert.equal(await send(access_token), '401');
  });

  it('gives a token only to the bot itself', async () => {
    await using at = await stage('teams');
    const asked = async (fields: Record<string, string>, directory?: string) => {
      const { status, error, error_description = '' } = await tokenOf(at, fields, directory);
      return `${status} ${error} ${/AADSTS\d+/.exec(error_description)?.[0]}`;
    };
    assert.equal(await asked({ client_secret: 'wrong' }), '401 invalid_client AADSTS7000215');
    assert.equal(await asked({ client_id: ADA }), '400 unauthorized_client AADSTS700016');
    assert.equal(await asked({}, 'another-directory'), '400 unauthorized_client AADSTS700016');
    assert.equal(
      await asked({ scope: 'https://graph.microsoft.com/.default' }),
      '400 invalid_scope AADSTS70011',
    );
    assert.equal(await asked({ grant_type: 'password' }), '400 unsupported_grant_type AADSTS70003');
    assert.equal(await asked({ client_secret: '' }), '400 invalid_request AADSTS900144');
  });
});
