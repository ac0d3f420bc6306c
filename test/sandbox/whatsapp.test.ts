/** WhatsApp, played: what the Graph API takes, refuses and tells later. */
import assert from 'node:assert/strict';
import type { OutboundContent } from '../../src/message/content.ts';
import type { JsonObject } from '../../src/message/json.ts';
import { until } from '../support/wait.ts';
import { assertRecorded, HOUR_MS, itRefuses, itTakes, sendTo, TOKEN } from './graph.ts';
import { ACCOUNT, call, configFor, messageOf, type Stage, stage, webhookOf } from './support.ts';

const NUMBER = '106540352242922';
const TO = '15550100001';

const messagesUrl = (url: string): string => `${url}/v25.0/${NUMBER}/messages`;
const textTo = (to: string, more: JsonObject = {}): JsonObject => ({
  messaging_product: 'whatsapp',
  to,
  type: 'text',
  text: { body: 'Hello' },
  ...more,
});

const errorOf = (body: JsonObject) => body.error as { code: number; error_subcode?: number; message: string };

const send = (at: Stage, content: OutboundContent, conversation = TO) => sendTo(at, conversation, content);

describe('the sandbox as WhatsApp', () => {
  describe('a message it takes', () => {
    it('gets an id, is recorded with its marker, and is told of as sent, delivered and read', async () => {
      await using at = await stage('whatsapp');
      const sent = await send(at, { kind: 'text', text: 'It is on its way' });
      const platformId = assertRecorded(at, sent, {
        type: 'whatsapp',
        conversation: TO,
        text: 'It is on its way',
      });
      assert.match(platformId, /^wamid\./);
      await until(() => at.hub.arrived.length === 3, 'three statuses');
      const receipts = await at.receipts();
      assert.deepEqual(receipts.map(receipt => receipt.status).sort(), ['delivered', 'read', 'sent']);
      for (const receipt of receipts) {
        assert.equal(receipt.target, platformId);
        assert.equal(receipt.marker, 'delivery-1');
      }
    });

    const choices = [
      { id: 'a', label: 'First' },
      { id: 'b', label: 'Second' },
    ];
    const many = Array.from({ length: 8 }, (_, index) => ({ id: `row-${index}`, label: `Row ${index}` }));
    const image = { type: 'image', source: { kind: 'url', url: 'https://acme.example/a.png' } } as const;
    const contents: Readonly<Record<string, OutboundContent>> = {
      buttons: { kind: 'choices', text: 'Which one?', choices },
      list: { kind: 'choices', text: 'Which one?', choices: many },
      link: {
        kind: 'choices',
        text: 'See',
        choices: [{ id: 'l', label: 'Open', url: 'https://acme.example' }],
      },
      image: { kind: 'media', media: image, caption: 'The lamp' },
      card: { kind: 'card', title: 'Lamp', text: 'Blue', image, choices },
      location: { kind: 'location', latitude: 1, longitude: 2, label: 'Here' },
      contacts: { kind: 'contacts', contacts: [{ name: 'Grace', phones: [], emails: [], urls: [] }] },
      template: { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: ['4711'] },
      reaction: { kind: 'reaction', emoji: '👍', target: 'wamid.A', removed: false },
      'reaction taken back': { kind: 'reaction', emoji: '', target: 'wamid.A', removed: true },
      'read mark': { kind: 'read', target: 'wamid.A' },
    };
    itTakes('whatsapp', TO, contents);

    it('goes to a user id as to a number, and both are known of whoever wrote', async () => {
      await using at = await stage('whatsapp');
      const said = webhookOf('whatsapp', 'text', { from: '15550100042' });
      const { sender } = await messageOf('whatsapp', said);
      at.sandbox.note(ACCOUNT, said);
      const { body } = await call(
        messagesUrl(at.url),
        { messaging_product: 'whatsapp', recipient: sender.id, text: { body: 'hi' } },
        TOKEN,
      );
      assert.deepEqual(body.contacts, [{ input: sender.id, wa_id: '15550100042', user_id: sender.id }]);
    });
  });

  describe('refuses, as it is documented,', () => {
    const long = 'x'.repeat(5_000);
    const reply = (id: string, title: string) => ({ type: 'reply', reply: { id, title } });
    const interactive = (more: JsonObject): JsonObject =>
      textTo(TO, { type: 'interactive', interactive: { body: { text: 'Which?' }, ...more } });
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ id: `${i}`, title: `Row ${i}` }));
    const list = (more: JsonObject): JsonObject =>
      interactive({ type: 'list', action: { button: 'Options', sections: [{ rows: rows(2) }], ...more } });

    const refusals: readonly (readonly [string, JsonObject, number])[] = [
      ['no product', { to: TO, text: { body: 'x' } }, 100],
      ['nobody', { messaging_product: 'whatsapp', text: { body: 'x' } }, 131008],
      ['a name for a number', textTo('ada'), 131009],
      ['an impossible user id', textTo(TO, { to: null, recipient: 'ada' }), 131009],
      ['ourselves', textTo('15550100000'), 131021],
      ['an unknown type', textTo(TO, { type: 'hologram' }), 100],
      ['a type without its part', textTo(TO, { type: 'image' }), 131008],
      ['an empty text', textTo(TO, { text: { body: '' } }), 131008],
      ['a text too long', textTo(TO, { text: { body: long } }), 131009],
      ['a marker too long', textTo(TO, { biz_opaque_callback_data: long }), 131009],
      ['a caption too long', textTo(TO, { type: 'image', image: { id: '1', caption: long } }), 131009],
      ['a caption of a sound', textTo(TO, { type: 'audio', audio: { id: '1', caption: 'x' } }), 100],
      ['a file from nowhere', textTo(TO, { type: 'image', image: {} }), 131008],
      [
        'a file from two places',
        textTo(TO, { type: 'image', image: { id: '1', link: 'https://a.example' } }),
        131009,
      ],
      [
        'a place off the earth',
        textTo(TO, { type: 'location', location: { latitude: 91, longitude: 0 } }),
        131009,
      ],
      ['a contact without a name', textTo(TO, { type: 'contacts', contacts: [{ phones: [] }] }), 131008],
      [
        'a word for an emoji',
        textTo(TO, { type: 'reaction', reaction: { message_id: 'wamid.A', emoji: 'ok' } }),
        131009,
      ],
      [
        'four buttons',
        interactive({ type: 'button', action: { buttons: ['1', '2', '3', '4'].map(n => reply(n, n)) } }),
        131009,
      ],
      [
        'a label too long',
        interactive({ type: 'button', action: { buttons: [reply('1', 'x'.repeat(21))] } }),
        131009,
      ],
      [
        'an id too long',
        interactive({ type: 'button', action: { buttons: [reply('x'.repeat(257), 'x')] } }),
        131009,
      ],
      [
        'an id twice',
        interactive({ type: 'button', action: { buttons: [reply('1', 'a'), reply('1', 'b')] } }),
        131009,
      ],
      [
        'eleven rows',
        list({
          sections: [
            { title: 'a', rows: rows(6) },
            { title: 'b', rows: rows(5) },
          ],
        }),
        131009,
      ],
      ['a row too long', list({ sections: [{ rows: [{ id: '1', title: 'x'.repeat(25) }] }] }), 131009],
      ['a list without its button', list({ button: '' }), 131008],
      ['two sections without names', list({ sections: [{ rows: rows(1) }, { rows: rows(1) }] }), 131008],
      ['an unknown menu', interactive({ type: 'wheel', action: {} }), 131009],
      [
        'a menu without words',
        interactive({ type: 'button', body: {}, action: { buttons: [reply('1', 'a')] } }),
        131008,
      ],
      [
        'a template that is not there',
        textTo(TO, { type: 'template', template: { name: 'missing_one', language: { code: 'en' } } }),
        132001,
      ],
      ['a number that asks for an error', textTo('15550131026'), 131026],
      ['a read mark of nothing', { messaging_product: 'whatsapp', status: 'read' }, 131008],
      [
        'a read mark with a marker',
        {
          messaging_product: 'whatsapp',
          status: 'read',
          message_id: 'wamid.A',
          biz_opaque_callback_data: 'd',
        },
        100,
      ],
    ];
    itRefuses('whatsapp', messagesUrl, refusals, body => errorOf(body).code);

    it('a wrong token (190), and another number (100/33)', async () => {
      await using at = await stage('whatsapp');
      const wrong = await call(messagesUrl(at.url), textTo(TO), { authorization: 'Bearer another' });
      assert.deepEqual([wrong.status, errorOf(wrong.body).code], [401, 190]);
      const none = await call(messagesUrl(at.url), textTo(TO));
      assert.equal(errorOf(none.body).code, 190);
      const other = await call(`${at.url}/v25.0/200000000000001/messages`, textTo(TO), TOKEN);
      const { code, error_subcode } = errorOf(other.body);
      assert.deepEqual([other.status, code, error_subcode], [400, 100, 33]);
    });
  });

  describe('the window of 24 hours', () => {
    const attempt = (at: Stage, more: JsonObject = {}) => call(messagesUrl(at.url), textTo(TO, more), TOKEN);

    it('opens when somebody writes and closes a day later; a template may go all the same', async () => {
      let now = Date.now();
      await using at = await stage('whatsapp', { now: () => now, behaviour: { strangers: 'refused' } });
      assert.equal(errorOf((await attempt(at)).body).code, 131047);
      at.sandbox.say(ACCOUNT, webhookOf('whatsapp', 'text', { from: TO }));
      await until(() => at.hub.arrived.length === 1, 'what was said');
      assert.equal((await attempt(at)).status, 200);
      now += 25 * HOUR_MS;
      assert.equal(errorOf((await attempt(at)).body).code, 131047);
      const template = { type: 'template', template: { name: 'back_soon', language: { code: 'en' } } };
      assert.equal((await attempt(at, template)).status, 200);
    });

    it('is believed open for whom the sandbox never heard of, as after its restart', async () => {
      await using at = await stage('whatsapp');
      assert.equal((await attempt(at)).status, 200);
    });
  });

  describe('the limits of calls', () => {
    it('let 45 messages to one person through, then one in six seconds, and others go on', async () => {
      let now = Date.now();
      await using at = await stage('whatsapp', { now: () => now });
      const to = async (phone: string) => {
        const { status, body } = await call(messagesUrl(at.url), textTo(phone), TOKEN);
        return status === 200 ? 'taken' : errorOf(body).code;
      };
      const first = await Promise.all(Array.from({ length: 46 }, () => to(TO)));
      assert.equal(first.filter(one => one === 'taken').length, 45);
      assert.equal(first.filter(one => one === 131056).length, 1);
      assert.equal(await to('15550100002'), 'taken');
      now += 6_100;
      assert.deepEqual([await to(TO), await to(TO)], ['taken', 131056]);
    });

    it('let 80 messages of the number through at once', async () => {
      const now = Date.now();
      await using at = await stage('whatsapp', { now: () => now });
      const codes: unknown[] = [];
      for (let index = 0; index < 81; index++) {
        const { status, body } = await call(messagesUrl(at.url), textTo(`155501${10_000 + index}`), TOKEN);
        codes.push(status === 200 ? 'taken' : errorOf(body).code);
      }
      assert.deepEqual(codes.slice(78), ['taken', 'taken', 130429]);
    });

    it('can be switched off, for measuring', async () => {
      await using at = await stage('whatsapp', { behaviour: { rates: 'none' } });
      const answers = await Promise.all(
        Array.from({ length: 120 }, () => call(messagesUrl(at.url), textTo(TO), TOKEN)),
      );
      assert.ok(answers.every(({ status }) => status === 200));
    });
  });

  describe('files', () => {
    it('are uploaded, described, and fetched with the token for five minutes', async () => {
      let now = Date.now();
      await using at = await stage('whatsapp', { now: () => now });
      const form = new FormData();
      form.set('messaging_product', 'whatsapp');
      form.set('file', new Blob(['the very bytes'], { type: 'text/plain' }), 'note.txt');
      const uploaded = await fetch(`${at.url}/v25.0/${NUMBER}/media`, {
        method: 'POST',
        headers: TOKEN,
        body: form,
      });
      const { id } = (await uploaded.json()) as { id: string };
      const described = await fetch(`${at.url}/v25.0/${id}`, { headers: TOKEN });
      const { url, mime_type, file_size } = (await described.json()) as Record<string, string>;
      assert.deepEqual([mime_type, file_size], ['text/plain', 14]);
      assert.ok(url !== undefined);
      assert.equal(await (await fetch(url, { headers: TOKEN })).text(), 'the very bytes');
      assert.equal((await fetch(url)).status, 401);
      now += 301_000;
      assert.equal((await fetch(url, { headers: TOKEN })).status, 404);
    });

    it('that people sent can be fetched, and are what their checksum says', async () => {
      await using at = await stage('whatsapp');
      const said = webhookOf('whatsapp', 'image');
      at.sandbox.note(ACCOUNT, said);
      const { content } = await messageOf('whatsapp', said);
      assert.ok(content.kind === 'media' && content.media.source.kind === 'platform');
      const described = await fetch(`${at.url}/v25.0/${content.media.source.ref}`, { headers: TOKEN });
      const { url, sha256 } = (await described.json()) as Record<string, string>;
      assert.equal(Buffer.from(sha256 ?? '', 'hex').toString('base64'), content.media.sha256);
      const bytes = Buffer.from(await (await fetch(url ?? '', { headers: TOKEN })).arrayBuffer());
      assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    });

    it('that nobody uploaded are not there', async () => {
      await using at = await stage('whatsapp');
      const answer = await fetch(`${at.url}/v25.0/123456`, { headers: TOKEN });
      assert.equal(errorOf((await answer.json()) as JsonObject).error_subcode, 33);
    });
  });

  it('plays only an account that is one of WhatsApp', async () => {
    await using at = await stage('whatsapp');
    const { definition, webhook } = {
      definition: (await import('../../src/channels/whatsapp/index.ts')).whatsapp,
      webhook: '',
    };
    assert.throws(() =>
      at.sandbox.addAccount({ type: 'whatsapp', id: 'x', config: {}, definition, webhook }),
    );
    at.sandbox.addAccount({
      type: 'whatsapp',
      id: 'second',
      config: configFor('whatsapp'),
      definition,
      webhook: at.hub.url,
    });
    const answer = await call(messagesUrl(at.sandbox.urlFor('whatsapp', 'second')), textTo(TO), TOKEN);
    assert.equal(answer.status, 200);
  });
});
