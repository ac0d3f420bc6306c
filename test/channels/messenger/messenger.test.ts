import assert from 'node:assert/strict';
import { z } from 'zod';
import { messenger } from '../../../src/channels/messenger/index.ts';
import { subject } from '../../../src/channels/messenger/testing.ts';
import { openChannel, readConfig, signed, unsigned, verdict } from '../../../src/kit/bench.ts';
import { recordingsOf } from '../../../src/kit/recordings.ts';
import type { InboundEvent } from '../../../src/message/event.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { channelConformance } from '../../conformance/channel.ts';

channelConformance(subject);

const PAGE = '682498302938465';
const PSID = '5481046535350151';
const channel = openChannel(subject);

const hook = (items: readonly JsonObject[], list = 'messaging', page = PAGE) =>
  unsigned({ body: { object: 'page', entry: [{ id: page, time: 1_518_479_195_594, [list]: items }] } });

const from = (part: JsonObject, more: JsonObject = {}): JsonObject => ({
  sender: { id: PSID },
  recipient: { id: PAGE },
  timestamp: 1_518_479_195_308,
  ...part,
  ...more,
});

const idsOf = (events: readonly InboundEvent[]) =>
  events.map(event => (event.kind === 'message' ? event.message.id : event.kind));

describe('messenger: parsing', () => {
  it('has recordings of every kind', () => {
    assert.ok(recordingsOf(subject).length >= 45);
  });

  it('reads 1,000 items of two pages, each in its place', () => {
    const entry = [PAGE, '100000000000001', PAGE, '100000000000001'].map((page, part) => ({
      id: page,
      time: 1_518_479_195_594,
      messaging: Array.from({ length: 250 }, (_each, index) =>
        index % 5 === 4
          ? from({ read: { watermark: 1_518_479_195_000 + index } })
          : from({ message: { mid: `m_${part}_${index}`, text: 'hi' } }),
      ),
    }));
    const events = channel.parse(unsigned({ body: { object: 'page', entry } }));
    const expected = [0, 1, 2, 3].flatMap(part =>
      Array.from({ length: 250 }, (_each, index) => {
        if (part % 2 === 1) return 'ignored';
        return index % 5 === 4 ? 'receipt' : `m_${part}_${index}`;
      }),
    );
    assert.deepEqual(idsOf(events), expected);
  });

  it('takes what begins a conversation for a button where the file names none', () => {
    const { profile: _profile, ...config } = subject.config as { readonly [part: string]: JsonObject };
    const plain = openChannel(subject, { config: readConfig(subject, config) });
    const request = hook([from({ postback: { mid: 'm_1', title: 'Get Started', payload: 'GET_STARTED' } })]);
    const contents = [channel, plain].map(each => {
      const [event] = each.parse(request);
      assert.ok(event?.kind === 'message');
      return event.message.content.kind;
    });
    assert.deepEqual(contents, ['membership', 'choice']);
  });

  it('makes ids that differ where anything differs, and are the same again', () => {
    const mid = 'm_TARGET';
    const reaction = (more: JsonObject, at: JsonObject = {}) =>
      from({ reaction: { mid, action: 'react', emoji: '❤', ...more } }, at);
    const items = [
      reaction({}),
      reaction({ action: 'unreact' }),
      reaction({ emoji: '👍' }),
      reaction({ mid: 'm_OTHER' }),
      reaction({}, { timestamp: 1_518_479_195_309 }),
      reaction({}, { sender: { id: '5481046535350152' } }),
      from({ referral: { ref: 'a', source: 'SHORTLINK', type: 'OPEN_THREAD' } }),
      from({ referral: { ref: 'b', source: 'SHORTLINK', type: 'OPEN_THREAD' } }),
      from({ optin: { ref: 'a' } }),
      from({ postback: { title: 'A', payload: 'a' } }),
      from({ postback: { title: 'A', payload: 'b' } }),
      from({ message_edit: { mid, text: 'a', num_edit: 1 } }),
      from({ message_edit: { mid, text: 'a', num_edit: 2 } }),
      from({ message: { mid, text: 'a' } }),
      from({ message: { mid, is_deleted: true } }),
    ];
    const ids = idsOf(channel.parse(hook(items)));
    assert.equal(new Set(ids).size, items.length, ids.join('\n'));
    assert.deepEqual(idsOf(channel.parse(hook(items))), ids);
  });

  it('tells text and attachments apart from captions: only media have one', () => {
    const place = { type: 'location', payload: { coordinates: { lat: 1, long: 2 } } };
    const image = { type: 'image', payload: { url: 'https://scontent.xx.fbcdn.net/a.jpg' } };
    const said = (attachments: readonly JsonObject[]) =>
      channel
        .parse(hook([from({ message: { mid: 'm_1', text: 'here', attachments } })]))
        .map(event => (event.kind === 'message' ? event.message.content : event));
    assert.deepEqual(
      said([place, image]).map(content => content.kind),
      ['text', 'location', 'media'],
    );
    const [first, second] = said([image, place]);
    assert.ok(first?.kind === 'media' && first.caption === 'here');
    assert.equal(second?.kind, 'location');
  });

  it('ignores what people say on standby, and counts what became of ours', () => {
    const items = [
      from({ message: { mid: 'm_1', text: 'hi' } }),
      from({ reaction: { mid: 'm_1', action: 'react', emoji: '❤' } }),
      from({ read: { watermark: 1 } }),
    ];
    assert.deepEqual(idsOf(channel.parse(hook(items, 'standby'))), ['ignored', 'ignored', 'receipt']);
  });

  it('proves a send by its echo, and by no echo of another app', () => {
    const echo = (message: JsonObject) => ({
      sender: { id: PAGE },
      recipient: { id: PSID },
      timestamp: 1_518_479_195_308,
      message: { is_echo: true, mid: 'm_1', ...message },
    });
    const read = (message: JsonObject) => channel.parse(hook([echo(message)]))[0];
    assert.deepEqual(read({ app_id: 1_517_776_481_860_111, metadata: 'patchbay:d1' }), {
      kind: 'receipt',
      receipt: { target: 'm_1', marker: 'd1', status: 'sent', time: 1_518_479_195_308 },
    });
    for (const message of [
      { app_id: 42, metadata: 'patchbay:d1' },
      { app_id: 1_517_776_481_860_111, metadata: 'd1' },
      { app_id: 1_517_776_481_860_111, metadata: 'patchbay:' },
      { app_id: 1_517_776_481_860_111 },
      {},
    ])
      assert.equal(read(message)?.kind, 'ignored', JSON.stringify(message));
  });

  it('takes an echo with its marker where the file does not tell the app', () => {
    const { account: _account, ...rest } = subject.config as { readonly [part: string]: JsonObject };
    const config = readConfig(subject, { ...rest, account: { page_id: PAGE } });
    const message = { is_echo: true, mid: 'm_1', app_id: 42, metadata: 'patchbay:d1' };
    const item = { sender: { id: PAGE }, recipient: { id: PSID }, timestamp: 1, message };
    const [event] = openChannel(subject, { config }).parse(hook([item]));
    assert.ok(event?.kind === 'receipt' && event.receipt.marker === 'd1');
  });

  it('keeps the forms of people as they are, whatever their fields are called', () => {
    const responses = [
      { key: 'constructor', value: 'a' },
      { key: 'toString', value: 1 },
    ];
    const part = { messaging_customer_information: { screens: [{ responses }] } };
    const [event] = channel.parse(hook([from(part)]));
    assert.ok(event?.kind === 'message' && event.message.content.kind === 'form');
    assert.deepEqual(Object.entries(event.message.content.values), [
      ['constructor', 'a'],
      ['toString', 1],
    ]);
  });
});

describe('messenger: files of people', () => {
  it('are fetched from Meta, without our token', () => {
    const url = 'https://scontent.xx.fbcdn.net/v/a.jpg?oe=1';
    const fetch = channel.media?.({ type: 'image', source: { kind: 'url', url } });
    assert.ok(typeof fetch === 'object');
    assert.equal(fetch.url, url);
    assert.equal(fetch.authorization, undefined);
    assert.ok(fetch.hosts?.includes('*.fbcdn.net'));
  });

  it('are not fetched where there is no address', () => {
    for (const source of [{ kind: 'platform', ref: '1' } as const, { kind: 'stored', id: '1' } as const])
      assert.equal(typeof channel.media?.({ type: 'image', source }), 'string');
  });
});

describe('messenger: who sent it', () => {
  it('takes upper-case hex: it is the same number', async () => {
    const request = await signed(subject, { body: { object: 'page', entry: [] } });
    const value = request.headers['x-hub-signature-256']?.[0] ?? '';
    const upper = `sha256=${value.slice(7).toUpperCase()}`;
    assert.notEqual(upper, value);
    const headers = { ...request.headers, 'x-hub-signature-256': [upper] };
    assert.deepEqual(await verdict(channel, { ...request, headers }), { ok: true, secret: 'current' });
  });
});

describe('messenger: configuration', () => {
  const config = subject.config as { readonly [part: string]: JsonObject };
  const profile = (given: JsonObject): JsonObject => ({ ...config, profile: given });
  const item = { title: 'A', payload: 'a' };
  const question = { question: 'Where?', payload: 'order' };
  const wrong: readonly { name: string; config: JsonObject; message: RegExp }[] = [
    {
      name: 'a number where an id in quotes is meant',
      config: { ...config, account: { page_id: 682498302938465 } },
      message: /page_id/,
    },
    {
      name: 'the name of the page instead of its id',
      config: { ...config, account: { page_id: 'acme' } },
      message: /expected the digits of a page id/,
    },
    {
      name: 'a short app secret',
      config: { ...config, credentials: { ...config.credentials, app_secret: 'short' } },
      message: /at least 16 characters/,
    },
    {
      name: 'an unknown kind of messaging',
      config: { ...config, send: { messaging: 'CONFIRMED_EVENT_UPDATE' } },
      message: /messaging/,
    },
    {
      name: 'a menu without a beginning',
      config: profile({ menu: [{ items: [item] }] }),
      message: /a menu needs get_started/,
    },
    {
      name: 'a menu item that does two things',
      config: profile({ get_started: 'A', menu: [{ items: [{ ...item, url: 'https://a.example' }] }] }),
      message: /either a payload or a url/,
    },
    {
      name: 'a menu item that does nothing',
      config: profile({ get_started: 'A', menu: [{ items: [{ title: 'A' }] }] }),
      message: /either a payload or a url/,
    },
    {
      name: 'twenty-one menu items',
      config: profile({ get_started: 'A', menu: [{ items: Array(21).fill(item) }] }),
      message: /20/,
    },
    {
      name: 'five first questions',
      config: profile({ ice_breakers: [{ questions: Array(5).fill(question) }] }),
      message: /4/,
    },
    {
      name: 'a greeting for some and not for the others',
      config: profile({ greeting: [{ locale: 'de_DE', text: 'Hallo' }] }),
      message: /for the locale default/,
    },
    {
      name: 'two greetings for the same people',
      config: profile({ greeting: [{ text: 'Hi' }, { text: 'Hello' }] }),
      message: /only once/,
    },
    {
      name: 'a locale that is none',
      config: profile({ greeting: [{ text: 'Hi' }, { locale: 'german', text: 'Hallo' }] }),
      message: /expected a locale/,
    },
  ];
  for (const { name, config: given, message } of wrong)
    it(`refuses ${name}`, () => {
      const read = messenger.config.safeParse(given);
      assert.match(read.success ? '' : z.prettifyError(read.error), message);
    });

  it('needs nothing but credentials and a page', () => {
    const { credentials } = config;
    const read = messenger.config.parse({ credentials, account: { page_id: PAGE } });
    assert.deepEqual(read, {
      credentials,
      account: { page_id: PAGE },
      api: { base_url: 'https://graph.facebook.com', version: 'v25.0', appsecret_proof: true },
      send: { messaging: 'response', notification: 'regular' },
    });
  });
});
