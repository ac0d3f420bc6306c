/**
 * What our WhatsApp adapter sends, held against what `whatsapp-cloud-api` sends for the same: both over real sockets
 * into one server that keeps what comes. The library is under the GPL 3.0: it is for this test alone, and nothing
 * that is shipped may import it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createBot } from 'whatsapp-cloud-api';
import { httpClient } from '../../src/channels/http.ts';
import { whatsapp } from '../../src/channels/whatsapp/index.ts';
import { subject } from '../../src/channels/whatsapp/testing.ts';
import type { OutboundContent } from '../../src/message/content.ts';
import type { JsonObject, JsonValue } from '../../src/message/json.ts';

const TO = '15550100001';
const URL_OF_FILE = 'https://files.example/a';
const MEDIA_ID = '1013859600285441';

interface Sent {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
}

/** Takes everything, as the Cloud API would. */
async function capture() {
  const sent: Sent[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject;
    sent.push({ path: request.url ?? '', headers: request.headers, body });
    const answer = {
      messaging_product: 'whatsapp',
      contacts: [],
      messages: [{ id: `wamid.${sent.length}` }],
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    sent,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    },
  };
}

/** The library knows no other address than Meta's: its own HTTP client is told where that is. */
function redirected(url: string): Disposable {
  const library = createRequire(createRequire(import.meta.url).resolve('whatsapp-cloud-api'));
  const { interceptors } = library('axios') as {
    interceptors: {
      request: { use(change: (config: { url: string }) => object): number; eject(id: number): void };
    };
  };
  const id = interceptors.request.use(config => ({
    ...config,
    url: config.url.replace('https://graph.facebook.com', url),
    proxy: false,
  }));
  return { [Symbol.dispose]: () => interceptors.request.eject(id) };
}

type Bot = ReturnType<typeof createBot>;

interface Case {
  readonly name: string;
  readonly content: OutboundContent;
  theirs(bot: Bot): Promise<unknown>;
}

const address = (type: 'image' | 'video' | 'audio' | 'file' | 'sticker', name?: string) => ({
  kind: 'media' as const,
  media: {
    type,
    source: { kind: 'url', url: URL_OF_FILE } as const,
    ...(name === undefined ? {} : { name }),
  },
});
const uploaded = (type: 'image' | 'sticker') => ({
  kind: 'media' as const,
  media: { type, source: { kind: 'platform', ref: MEDIA_ID } as const },
});

const CASES: readonly Case[] = [
  {
    name: 'a text',
    content: { kind: 'text', text: 'Your order is on its way.' },
    theirs: bot => bot.sendText(TO, 'Your order is on its way.'),
  },
  {
    name: 'a text with a link',
    content: { kind: 'text', text: 'See https://shop.example/4711' },
    theirs: bot => bot.sendText(TO, 'See https://shop.example/4711', { preview_url: true }),
  },
  {
    name: 'an image by its address',
    content: { ...address('image'), caption: 'The left one' },
    theirs: bot => bot.sendImage(TO, URL_OF_FILE, { caption: 'The left one' }),
  },
  {
    name: 'an image by its id',
    content: uploaded('image'),
    theirs: bot => bot.sendImage(TO, MEDIA_ID),
  },
  {
    name: 'a video',
    content: { ...address('video'), caption: 'How it works' },
    theirs: bot => bot.sendVideo(TO, URL_OF_FILE, { caption: 'How it works' }),
  },
  {
    name: 'a document',
    content: { ...address('file', 'Invoice 7.pdf'), caption: 'As promised' },
    theirs: bot => bot.sendDocument(TO, URL_OF_FILE, { caption: 'As promised', filename: 'Invoice 7.pdf' }),
  },
  { name: 'a sound', content: address('audio'), theirs: bot => bot.sendAudio(TO, URL_OF_FILE) },
  { name: 'a sticker', content: uploaded('sticker'), theirs: bot => bot.sendSticker(TO, MEDIA_ID) },
  {
    name: 'a place with its name',
    content: { kind: 'location', latitude: 52.5163, longitude: 13.3777, label: 'Gate', address: 'Berlin' },
    theirs: bot => bot.sendLocation(TO, 52.5163, 13.3777, { name: 'Gate', address: 'Berlin' }),
  },
  {
    name: 'a bare place',
    content: { kind: 'location', latitude: 0, longitude: -180 },
    theirs: bot => bot.sendLocation(TO, 0, -180),
  },
  {
    name: 'a template',
    content: { kind: 'template', name: 'hello_world', language: 'en_US', parameters: [] },
    theirs: bot => bot.sendTemplate(TO, 'hello_world', 'en_US'),
  },
  {
    name: 'a template with parameters',
    content: { kind: 'template', name: 'order', language: 'de', parameters: ['Ada', '4711'] },
    theirs: bot =>
      bot.sendTemplate(TO, 'order', 'de', [
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Ada' },
            { type: 'text', text: '4711' },
          ],
        },
      ] as Parameters<Bot['sendTemplate']>[3]),
  },
  {
    name: 'a contact',
    content: {
      kind: 'contacts',
      contacts: [
        {
          name: 'Ada Example',
          phones: [{ number: '+15550100002', label: 'WORK' }],
          emails: [{ address: 'ada@shop.example', label: 'WORK' }],
          organisation: 'Example Ltd',
          urls: ['https://shop.example'],
        },
      ],
    },
    theirs: bot =>
      bot.sendContacts(TO, [
        {
          name: { formatted_name: 'Ada Example', first_name: 'Ada Example' },
          phones: [{ phone: '+15550100002', type: 'WORK' }],
          emails: [{ email: 'ada@shop.example', type: 'WORK' }],
          org: { company: 'Example Ltd' },
          urls: [{ url: 'https://shop.example' }],
        },
      ] as Parameters<Bot['sendContacts']>[1]),
  },
  {
    name: 'answers as buttons',
    content: {
      kind: 'choices',
      text: 'Sure?',
      choices: [
        { id: 'yes', label: 'Yes' },
        { id: 'no', label: 'No' },
      ],
    },
    theirs: bot => bot.sendReplyButtons(TO, 'Sure?', { yes: 'Yes', no: 'No' }),
  },
  {
    name: 'buttons below a title',
    content: { kind: 'card', title: 'Shoes', text: 'In red', choices: [{ id: 'buy', label: 'Buy' }] },
    theirs: bot =>
      bot.sendReplyButtons(TO, 'In red', { buy: 'Buy' }, { header: { type: 'text', text: 'Shoes' } }),
  },
  {
    name: 'answers as a list',
    content: {
      kind: 'choices',
      text: 'Which?',
      choices: ['a', 'b', 'c', 'd'].map(id => ({ id, label: `The ${id}`, description: `as ${id}` })),
    },
    theirs: bot =>
      bot.sendList(TO, 'Options', 'Which?', {
        All: ['a', 'b', 'c', 'd'].map(id => ({ id, title: `The ${id}`, description: `as ${id}` })),
      }),
  },
];

interface Difference {
  /** Where, with dots. */
  readonly at: string;
  readonly who: 'ours' | 'theirs';
  readonly why: string;
}

/** The only places where the two may differ: one has it, the other has not. */
const ON_PURPOSE: readonly Difference[] = [
  {
    at: 'biz_opaque_callback_data',
    who: 'ours',
    why: 'comes back in the receipts of the message: the proof of a send whose answer was lost',
  },
  {
    at: 'text.preview_url',
    who: 'theirs',
    why: 'a preview makes Meta fetch whatever address stands in a text; it can be asked for as native',
  },
  {
    at: 'interactive.action.sections.0.title',
    who: 'theirs',
    why: 'the library has no list without it; Meta wants it only where there are several sections',
  },
];

const isObject = (value: JsonValue | undefined): value is JsonObject | readonly JsonValue[] =>
  typeof value === 'object' && value !== null;

/** Every place where the two are not the same. */
function differences(ours: JsonValue | undefined, theirs: JsonValue | undefined, at = ''): readonly string[] {
  if (!isObject(ours) || !isObject(theirs)) {
    if (ours === theirs) return [];
    const who = theirs === undefined ? 'ours' : ours === undefined ? 'theirs' : 'both';
    return [who === 'both' ? `${at}: ${JSON.stringify(ours)} and ${JSON.stringify(theirs)}` : `${at} ${who}`];
  }
  if (Array.isArray(ours) !== Array.isArray(theirs)) return [`${at}: a list and an object`];
  const [one, other] = [Object.entries(ours), Object.entries(theirs)].map(entries => new Map(entries));
  const names = new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])]);
  return [...names].flatMap(name =>
    differences(one?.get(name), other?.get(name), at === '' ? name : `${at}.${name}`),
  );
}

const allowed = new Set(ON_PURPOSE.map(({ at, who }) => `${at} ${who}`));

/** What each of the two sends, the only call each makes. */
async function both({ content, theirs }: Case): Promise<{ readonly ours: Sent; readonly theirs: Sent }> {
  await using server = await capture();
  using _there = redirected(server.url);
  await using http = httpClient();
  const config = whatsapp.redirect(whatsapp.config.parse(subject.config), server.url);
  const channel = whatsapp.create({ tenant: 'kit', id: 'sample' }, config, { http, now: Date.now });
  const { account, credentials } = config as unknown as {
    account: { phone_number_id: string };
    credentials: { access_token: string };
  };
  const to = { tenant: 'kit', channel: 'sample', conversation: TO };
  const { wires, losses } = channel.render({ id: 'out', address: to, content });
  assert.deepEqual(losses, []);
  for (const [seq, wire] of wires.entries()) {
    const context = { marker: 'delivery-1', attempt: 1, seq, signal: AbortSignal.timeout(10_000) };
    assert.ok((await channel.send(wire, context)).ok);
  }
  await theirs(createBot(account.phone_number_id, credentials.access_token));
  const [ours, library, ...more] = server.sent;
  assert.ok(ours !== undefined && library !== undefined && more.length === 0, 'one call each');
  return { ours, theirs: library };
}

describe('WhatsApp as another library sends it', () => {
  for (const one of CASES) {
    it(`${one.name}: the same JSON`, async () => {
      const { ours, theirs } = await both(one);
      const found = differences(ours.body, theirs.body);
      assert.deepEqual(
        found.filter(difference => !allowed.has(difference)),
        [],
      );
      assert.equal(ours.headers.authorization, theirs.headers.authorization);
      assert.equal(ours.headers['content-type'], theirs.headers['content-type']);
      // The version of the API aside.
      assert.equal(ours.path.replace(/^\/v[\d.]+/, ''), theirs.path.replace(/^\/v[\d.]+/, ''));
    });
  }

  it('differs in everything that is said to differ, and only once is that said', async () => {
    const found = new Set<string>();
    for (const one of CASES) {
      const { ours, theirs } = await both(one);
      for (const difference of differences(ours.body, theirs.body)) found.add(difference);
    }
    assert.deepEqual([...found].sort(), [...allowed].sort());
  });
});
