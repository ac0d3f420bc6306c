/** Messenger, played: what the Graph API takes, refuses and tells later. */
import assert from 'node:assert/strict';
import { httpClient } from '../../src/channels/http.ts';
import { MessengerConfig } from '../../src/channels/messenger/config.ts';
import { applyProfile } from '../../src/channels/messenger/profile.ts';
import { hmacHex } from '../../src/channels/signature.ts';
import type { OutboundContent } from '../../src/message/content.ts';
import type { InboundEvent } from '../../src/message/event.ts';
import type { JsonObject } from '../../src/message/json.ts';
import { until } from '../support/wait.ts';
import { assertRecorded, HOUR_MS, itRefuses, itTakes, sendTo, TOKEN } from './graph.ts';
import { ACCOUNT, call, configFor, messageOf, type Stage, secret, stage, webhookOf } from './support.ts';

const PAGE = '682498302938465';
const TO = '5481046535350151';
const PROOF = `?appsecret_proof=${hmacHex(secret('app_secret'), secret('access_token'))}`;

const edge = (url: string, name = 'messages', node = PAGE): string => `${url}/v25.0/${node}/${name}${PROOF}`;
const textTo = (to: string, more: JsonObject = {}): JsonObject => ({
  recipient: { id: to },
  messaging_type: 'RESPONSE',
  message: { text: 'Hello' },
  ...more,
});
const saying = (message: JsonObject): JsonObject => textTo(TO, { message });
const template = (payload: JsonObject): JsonObject => saying({ attachment: { type: 'template', payload } });

const errorOf = (body: JsonObject) => body.error as { code: number; error_subcode?: number };
const nameOf = (body: JsonObject): string => {
  const { code, error_subcode: subcode } = errorOf(body);
  return subcode === undefined ? `${code}` : `${code}/${subcode}`;
};

const send = (at: Stage, content: OutboundContent, conversation = TO) => sendTo(at, conversation, content);

describe('the sandbox as Messenger', () => {
  describe('a message it takes', () => {
    it('gets an id, is recorded with its marker, and is told of as echoed, delivered and read', async () => {
      await using at = await stage('messenger');
      const sent = await send(at, { kind: 'text', text: 'It is on its way' });
      const platformId = assertRecorded(at, sent, {
        type: 'messenger',
        conversation: TO,
        text: 'It is on its way',
      });
      assert.match(platformId, /^m_/);
      await until(() => at.hub.arrived.length === 3, 'an echo, a delivery and a read mark');
      const receipts = await at.receipts();
      const statuses = receipts.map(receipt => receipt.status);
      assert.deepEqual(statuses.sort(), ['delivered', 'delivered', 'read', 'sent']);
      const echo = receipts.find(receipt => receipt.status === 'sent');
      assert.deepEqual([echo?.target, echo?.marker], [platformId, 'delivery-1']);
      const named = receipts.filter(({ target }) => target === platformId);
      assert.equal(named.length, 2);
      for (const receipt of receipts.filter(({ target }) => target === undefined))
        assert.equal(receipt.conversation, TO);
    });

    it('is not echoed where that is switched off', async () => {
      await using at = await stage('messenger', { behaviour: { echoes: false } });
      await send(at, { kind: 'text', text: 'hi' });
      await until(() => at.hub.arrived.length === 2, 'a delivery and a read mark');
      const receipts = await at.receipts();
      assert.ok(receipts.every(receipt => receipt.status !== 'sent'));
    });

    const image = { type: 'image', source: { kind: 'url', url: 'https://acme.example/a.png' } } as const;
    const picks = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ id: `${index}`, label: `Pick ${index}` }));
    const link = { id: 'l', label: 'Open', url: 'https://acme.example' };
    const contents: Readonly<Record<string, OutboundContent>> = {
      'thirteen quick replies': { kind: 'choices', text: 'Which one?', choices: picks(13) },
      buttons: { kind: 'choices', text: 'See', choices: [link, ...picks(2)] },
      image: { kind: 'media', media: image },
      'uploaded file': {
        kind: 'media',
        media: { type: 'file', source: { kind: 'platform', ref: '1857777774821032' } },
      },
      card: { kind: 'card', title: 'Lamp', text: 'Blue', image, choices: [link, ...picks(2)] },
      'bare card': { kind: 'card', title: 'Lamp', choices: [] },
      location: { kind: 'location', latitude: 1, longitude: 2, label: 'Here' },
      contacts: { kind: 'contacts', contacts: [{ name: 'Grace', phones: [], emails: [], urls: [] }] },
      template: { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: ['4711'] },
      reaction: { kind: 'reaction', emoji: '👍', target: 'm_A', removed: false },
      'reaction taken back': { kind: 'reaction', emoji: '', target: 'm_A', removed: true },
      'read mark': { kind: 'read', target: 'm_A' },
      typing: { kind: 'typing', active: true },
      'typing that ends': { kind: 'typing', active: false },
      carousel: {
        kind: 'native',
        platform: 'messenger',
        body: {
          message: {
            attachment: {
              type: 'template',
              payload: {
                template_type: 'generic',
                elements: [
                  { title: 'A', subtitle: 'a' },
                  { title: 'B', image_url: 'https://acme.example/b.png' },
                ],
              },
            },
          },
        },
      },
    };
    itTakes('messenger', TO, contents);

    it('goes to references, comments, posts and tokens; the first is not told, the others are somebody', async () => {
      await using at = await stage('messenger', { behaviour: { strangers: 'refused' } });
      const answers: JsonObject[] = [];
      for (const recipient of [
        { user_ref: 'a' },
        { comment_id: '1_2' },
        { post_id: '1_2' },
        { notification_messages_token: '7' },
      ])
        answers.push((await call(edge(at.url), { recipient, message: { text: 'hi' } }, TOKEN)).body);
      assert.deepEqual(
        answers.map(answer => [typeof answer.message_id, typeof answer.recipient_id]),
        [
          ['string', 'undefined'],
          ['string', 'string'],
          ['string', 'string'],
          ['string', 'string'],
        ],
      );
      assert.deepEqual(
        at.sandbox.received.map(received => received.conversation),
        ['user_ref:a', 'comment:1_2', 'post:1_2', 'token:7'],
      );
    });

    it('answers a comment only once', async () => {
      await using at = await stage('messenger');
      const once = { recipient: { comment_id: '1_2' }, message: { text: 'hi' } };
      assert.equal((await call(edge(at.url), once, TOKEN)).status, 200);
      assert.equal(nameOf((await call(edge(at.url), once, TOKEN)).body), '10900');
    });

    it('proves an answer to a comment as well, although its echo names the person', async () => {
      await using at = await stage('messenger');
      const sent = await send(at, { kind: 'text', text: 'hi' }, 'comment:1_2');
      assert.ok(sent.ok);
      await until(() => at.hub.arrived.length === 3, 'what became of it');
      const echo = (await at.receipts()).find(receipt => receipt.marker !== undefined);
      assert.deepEqual(
        [echo?.marker, echo?.target, echo?.conversation],
        ['delivery-1', sent.platformId, undefined],
      );
    });
  });

  describe('refuses, as it is documented,', () => {
    const long = 'x'.repeat(2_001);
    const reply = (title: string, more: JsonObject = {}) => ({
      content_type: 'text',
      title,
      payload: title,
      ...more,
    });
    const button = (title: string) => ({ type: 'postback', title, payload: title });
    const refusals: readonly (readonly [string, JsonObject, string])[] = [
      ['nobody', { message: { text: 'x' } }, '100'],
      ['two at once', textTo(TO, { recipient: { id: TO, user_ref: 'a' } }), '100'],
      ['a name for an id', textTo('ada'), '100'],
      ['nothing', { recipient: { id: TO } }, '100'],
      ['a message that is an action', textTo(TO, { sender_action: 'typing_on' }), '100/2018145'],
      ['an unknown action', { recipient: { id: TO }, sender_action: 'wave' }, '100'],
      ['an action for a comment', { recipient: { comment_id: '1_2' }, sender_action: 'typing_on' }, '100'],
      ['a reaction to nothing', { recipient: { id: TO }, sender_action: 'react' }, '100'],
      [
        'a word for an emoji',
        {
          recipient: { id: TO },
          sender_action: 'react',
          payload: { message_id: 'm_A', reaction: 'love' },
        },
        '100',
      ],
      ['an unknown messaging type', textTo(TO, { messaging_type: 'SPAM' }), '100'],
      [
        'a tag that works no more',
        textTo(TO, { messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' }),
        '100',
      ],
      ['a utility message without a template', textTo(TO, { messaging_type: 'UTILITY' }), '100'],
      ['a template that is no utility message', saying({ template: { name: 'a' } }), '100'],
      [
        'a template that is not there',
        textTo(TO, {
          messaging_type: 'UTILITY',
          message: { template: { name: 'missing_one', language: { code: 'en' } } },
        }),
        '100',
      ],
      ['an unknown loudness', textTo(TO, { notification_type: 'LOUD' }), '100'],
      ['an empty message', saying({}), '100/2018034'],
      ['an empty text', saying({ text: '' }), '100/2018034'],
      ['a text too long', saying({ text: long }), '100'],
      ['a marker too long', saying({ text: 'x', metadata: long }), '100'],
      ['text and attachment', saying({ text: 'x', attachment: { type: 'image', payload: {} } }), '100'],
      ['a file from nowhere', saying({ attachment: { type: 'image', payload: {} } }), '100'],
      ['an unknown file', saying({ attachment: { type: 'hologram', payload: {} } }), '100'],
      ['fourteen quick replies', saying({ text: 'x', quick_replies: Array(14).fill(reply('a')) }), '100'],
      ['no quick reply', saying({ text: 'x', quick_replies: [] }), '100'],
      ['a title too long', saying({ text: 'x', quick_replies: [reply('x'.repeat(21))] }), '100'],
      ['a payload too long', saying({ text: 'x', quick_replies: [reply('a', { payload: long })] }), '100'],
      ['an unknown template', template({ template_type: 'wheel' }), '100/2534015'],
      [
        'four buttons',
        template({ template_type: 'button', text: 'x', buttons: ['1', '2', '3', '4'].map(button) }),
        '100',
      ],
      [
        'a button text too long',
        template({ template_type: 'button', text: 'x'.repeat(641), buttons: [button('a')] }),
        '100',
      ],
      [
        'a button to nowhere',
        template({
          template_type: 'button',
          text: 'x',
          buttons: [{ type: 'web_url', title: 'a', url: 'x' }],
        }),
        '100',
      ],
      [
        'a card with nothing but a title',
        template({ template_type: 'generic', elements: [{ title: 'a' }] }),
        '100',
      ],
      [
        'a subtitle too long',
        template({ template_type: 'generic', elements: [{ title: 'a', subtitle: 'x'.repeat(81) }] }),
        '100',
      ],
      [
        'eleven cards',
        template({ template_type: 'generic', elements: Array(11).fill({ title: 'a', subtitle: 'b' }) }),
        '100',
      ],
      ['somebody who asks for an error', textTo('5481046532018108'), '10/2018108'],
      ['somebody who is gone', textTo('5481046531545041'), '200/1545041'],
    ];
    itRefuses('messenger', edge, refusals, nameOf);

    it('a wrong token (190), another page (100/33), no proof and a wrong one (100)', async () => {
      await using at = await stage('messenger');
      const wrong = await call(edge(at.url), textTo(TO), { authorization: 'Bearer another' });
      assert.deepEqual([wrong.status, nameOf(wrong.body)], [401, '190']);
      assert.equal(nameOf((await call(edge(at.url), textTo(TO))).body), '190');
      const other = await call(edge(at.url, 'messages', '100000000000001'), textTo(TO), TOKEN);
      assert.equal(nameOf(other.body), '100/33');
      for (const url of [
        edge(at.url).split('?')[0] ?? '',
        `${edge(at.url).slice(0, -1)}0`.replace(/.$/, 'x'),
      ]) {
        const { body } = await call(url, textTo(TO), TOKEN);
        assert.match(String((body.error as JsonObject).message), /appsecret_proof/);
      }
      assert.equal(at.sandbox.received.filter(({ taken }) => taken).length, 0);
    });

    it('an upload that is not there, where it believes nothing (100/2018074)', async () => {
      await using at = await stage('messenger', { behaviour: { strangers: 'refused' } });
      at.sandbox.note(ACCOUNT, webhookOf('messenger', 'text', { from: TO }));
      const file = (id: string) => saying({ attachment: { type: 'image', payload: { attachment_id: id } } });
      assert.equal(nameOf((await call(edge(at.url), file('1'), TOKEN)).body), '100/2018074');
      const upload = {
        message: { attachment: { type: 'image', payload: { url: 'https://acme.example/a.png' } } },
      };
      const { body } = await call(edge(at.url, 'message_attachments'), upload, TOKEN);
      assert.equal((await call(edge(at.url), file(String(body.attachment_id)), TOKEN)).status, 200);
    });
  });

  describe('the window', () => {
    const attempt = async (at: Stage, more: JsonObject = {}) => {
      const { status, body } = await call(edge(at.url), textTo(TO, more), TOKEN);
      return status === 200 ? 'taken' : nameOf(body);
    };
    const agent = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' };
    const utility = {
      messaging_type: 'UTILITY',
      message: { template: { name: 'back_soon', language: { code: 'en' } } },
    };

    it('is a day for answers, seven for human agents, and always open for utility messages', async () => {
      let now = Date.now();
      await using at = await stage('messenger', { now: () => now, behaviour: { strangers: 'refused' } });
      assert.equal(await attempt(at), '10/2018278');
      at.sandbox.say(ACCOUNT, webhookOf('messenger', 'text', { from: TO }));
      await until(() => at.hub.arrived.length === 1, 'what was said');
      assert.equal(await attempt(at), 'taken');
      now += 25 * HOUR_MS;
      assert.deepEqual(
        [await attempt(at), await attempt(at, { messaging_type: 'UPDATE' }), await attempt(at, agent)],
        ['10/2018278', '10/2018278', 'taken'],
      );
      now += 6 * 24 * HOUR_MS;
      assert.deepEqual([await attempt(at, agent), await attempt(at, utility)], ['10/2018278', 'taken']);
    });

    it('closed is told by the adapter as such', async () => {
      await using at = await stage('messenger', { behaviour: { strangers: 'refused' } });
      const sent = await send(at, { kind: 'text', text: 'hi' });
      assert.ok(!sent.ok);
      assert.deepEqual([sent.fault.code, sent.fault.platformCode], ['window-closed', '10/2018278']);
    });

    it('is believed open for whom the sandbox never heard of, and not opened by our own words', async () => {
      await using believing = await stage('messenger');
      assert.equal(await attempt(believing), 'taken');
      await using at = await stage('messenger', { behaviour: { strangers: 'refused' } });
      for (const name of ['echo', 'delivered', 'read', 'handover-pass'])
        at.sandbox.note(ACCOUNT, webhookOf('messenger', name, { from: TO }));
      assert.equal(await attempt(at), '10/2018278');
      at.sandbox.note(ACCOUNT, webhookOf('messenger', 'get-started', { from: TO }));
      assert.equal(await attempt(at), 'taken');
    });
  });

  describe('the limits of calls', () => {
    it('let ten sounds and films through in a second, and words go on', async () => {
      let now = Date.now();
      await using at = await stage('messenger', { now: () => now });
      const video = saying({
        attachment: { type: 'video', payload: { url: 'https://acme.example/a.mp4' } },
      });
      const post = async (body: JsonObject) => {
        const answer = await call(edge(at.url), body, TOKEN);
        return answer.status === 200 ? 'taken' : nameOf(answer.body);
      };
      const first = await Promise.all(Array.from({ length: 11 }, () => post(video)));
      assert.equal(first.filter(one => one === 'taken').length, 10);
      assert.equal(first.filter(one => one === '613').length, 1);
      assert.equal(await post(textTo(TO)), 'taken');
      now += 1_000;
      assert.equal(await post(video), 'taken');
    });
  });

  describe('the profile of the page', () => {
    const apply = async (at: Stage, profile: JsonObject) => {
      await using http = httpClient();
      const config = MessengerConfig.parse({ ...configFor('messenger'), profile });
      const redirected = { ...config, api: { ...config.api, base_url: at.url } };
      return await applyProfile(redirected, http, AbortSignal.timeout(10_000));
    };
    const stored = async (at: Stage) => {
      const response = await fetch(edge(at.url, 'messenger_profile', 'me'), { headers: TOKEN });
      const { data } = (await response.json()) as { data: readonly JsonObject[] };
      return Object.keys(data[0] ?? {}).sort();
    };

    it('is what the channel file says, and what it leaves out is gone', async () => {
      await using at = await stage('messenger');
      const menu = [{ items: [{ title: 'My order', payload: 'order' }] }];
      const greeting = [{ text: 'Hello!' }];
      const ice_breakers = [{ questions: [{ question: 'Where?', payload: 'order' }] }];
      const full = { get_started: 'GO', menu, greeting, ice_breakers };
      assert.equal((await apply(at, full)).ok, true);
      assert.deepEqual(await stored(at), ['get_started', 'greeting', 'ice_breakers', 'persistent_menu']);
      assert.equal((await apply(at, full)).ok, true);
      assert.equal((await apply(at, { greeting })).ok, true);
      assert.deepEqual(await stored(at), ['greeting']);
      assert.equal((await apply(at, {})).ok, true);
      assert.deepEqual(await stored(at), []);
    });

    const refused: Readonly<Record<string, JsonObject>> = {
      'a menu without a beginning': {
        persistent_menu: [
          { locale: 'default', call_to_actions: [{ type: 'postback', title: 'A', payload: 'a' }] },
        ],
      },
      'a greeting for some only': { greeting: [{ locale: 'de_DE', text: 'Hallo' }] },
      'a greeting too long': { greeting: [{ locale: 'default', text: 'x'.repeat(161) }] },
      'an unknown field': { confetti: true },
      nothing: {},
    };
    for (const [name, body] of Object.entries(refused))
      it(`refuses ${name}`, async () => {
        await using at = await stage('messenger');
        const answer = await call(edge(at.url, 'messenger_profile', 'me'), body, TOKEN);
        assert.deepEqual([answer.status, nameOf(answer.body)], [400, '100']);
      });
  });

  it('has files that need no token, for pictures people send', async () => {
    await using at = await stage('messenger');
    const said = webhookOf('messenger', 'image', { url: `${at.url}/files/image` });
    const { content } = await messageOf('messenger', said);
    assert.ok(content.kind === 'media' && content.media.source.kind === 'url');
    const bytes = Buffer.from(await (await fetch(content.media.source.url)).arrayBuffer());
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    assert.equal((await fetch(`${at.url}/files/secrets`)).status, 404);
  });

  it('knows the people of the page by name', async () => {
    await using at = await stage('messenger');
    const get = async (id: string) =>
      (await (await fetch(`${at.url}/v25.0/${id}${PROOF}`, { headers: TOKEN })).json()) as JsonObject;
    assert.deepEqual(await get(TO), { first_name: 'Ada', last_name: 'Example', id: TO });
    assert.equal(nameOf(await get('ada')), '100/33');
  });

  it('passes on what a colleague writes in the inbox, which is nothing to answer', async () => {
    await using at = await stage('messenger');
    at.sandbox.say(ACCOUNT, webhookOf('messenger', 'echo-inbox', { from: TO }));
    at.sandbox.say(ACCOUNT, webhookOf('messenger', 'echo', { from: TO, marker: 'delivery-7' }));
    await until(() => at.hub.arrived.length === 2, 'both echoes');
    const kinds = (await at.events()).map((event: InboundEvent) =>
      event.kind === 'receipt' ? event.receipt.marker : event.kind,
    );
    assert.deepEqual(kinds.sort(), ['delivery-7', 'ignored']);
  });
});
