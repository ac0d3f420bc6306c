import assert from 'node:assert/strict';
import { z } from 'zod';
import { whatsapp } from '../../../src/channels/whatsapp/index.ts';
import { subject } from '../../../src/channels/whatsapp/testing.ts';
import { openChannel, readConfig, signed, unsigned, verdict } from '../../../src/kit/bench.ts';
import { recordingsOf } from '../../../src/kit/recordings.ts';
import { KIT_IDENTITY } from '../../../src/kit/subject.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { channelConformance } from '../../conformance/channel.ts';

channelConformance(subject);

const PHONE_NUMBER_ID = '106540352242922';
const channel = openChannel(subject);

const webhook = (value: JsonObject, phoneNumberId = PHONE_NUMBER_ID) =>
  unsigned({
    body: {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [{ field: 'messages', value: { metadata: { phone_number_id: phoneNumberId }, ...value } }],
        },
      ],
    },
  });

const said = (more: JsonObject): JsonObject => ({
  id: 'wamid.A',
  timestamp: '1700000000',
  type: 'text',
  text: { body: 'hi' },
  ...more,
});

describe('whatsapp: parsing', () => {
  it('has recordings of every kind', () => {
    assert.ok(recordingsOf(subject).length >= 30);
  });

  it('reads a batch of 1,000 messages and statuses of two numbers, each in its place', () => {
    const change = (phone: string, from: number) => ({
      field: 'messages',
      value: {
        metadata: { phone_number_id: phone },
        contacts: [{ profile: { name: 'Ada' }, wa_id: '15550100001' }],
        messages: Array.from({ length: 200 }, (_each, index) =>
          said({ id: `wamid.M${from + index}`, from: '15550100001' }),
        ),
        statuses: Array.from({ length: 50 }, (_each, index) => ({
          id: `wamid.S${from + index}`,
          status: 'delivered',
          timestamp: '1700000000',
        })),
      },
    });
    const entry = [PHONE_NUMBER_ID, '200000000000001', PHONE_NUMBER_ID, '200000000000001'].map(
      (phone, index) => ({ id: '1', changes: [change(phone, index * 1_000)] }),
    );
    const request = unsigned({ body: { object: 'whatsapp_business_account', entry } });
    const events = channel.parse(request);
    const expected = [0, 1_000, 2_000, 3_000].flatMap((from, part) => [
      ...Array.from({ length: 200 }, (_each, index) =>
        part % 2 === 0 ? `wamid.M${from + index}` : 'ignored',
      ),
      ...Array.from({ length: 50 }, (_each, index) =>
        part % 2 === 0 ? `wamid.S${from + index}` : 'ignored',
      ),
    ]);
    assert.deepEqual(
      events.map(event => {
        if (event.kind === 'message') return event.message.id;
        return event.kind === 'receipt' ? event.receipt.target : event.kind;
      }),
      expected,
    );
    assert.equal(events.length, 1_000);
  });

  const people: readonly { name: string; value: JsonObject; sender: JsonObject; conversation?: string }[] = [
    {
      name: 'the user id goes before the number, which becomes an alias',
      value: {
        messages: [said({ from: '15550100001', from_user_id: 'US.1', from_parent_user_id: 'US.ENT.9' })],
      },
      sender: { id: 'US.1', kind: 'person', phone: '15550100001', aliases: ['15550100001', 'US.ENT.9'] },
    },
    {
      name: 'the conversation stays when the number is hidden later',
      value: { messages: [said({ from_user_id: 'US.1' })] },
      sender: { id: 'US.1', kind: 'person' },
    },
    {
      name: 'contacts are matched by id, not by place',
      value: {
        contacts: [
          { profile: { name: 'Bo' }, wa_id: '15550100002', user_id: 'US.2' },
          { profile: { name: 'Ada' }, wa_id: '15550100001', user_id: 'US.1' },
        ],
        messages: [said({ from: '15550100001' })],
      },
      sender: { id: 'US.1', kind: 'person', name: 'Ada', phone: '15550100001', aliases: ['15550100001'] },
    },
    {
      name: 'a contact of somebody else gives neither name nor id',
      value: {
        contacts: [{ profile: { name: 'Bo' }, wa_id: '15550100002', user_id: 'US.2' }],
        messages: [said({ from: '15550100001' })],
      },
      sender: { id: '15550100001', kind: 'person', phone: '15550100001' },
    },
    {
      name: 'a contact with only new ids does not move the person to another conversation',
      value: {
        contacts: [{ profile: { name: 'Ada' }, user_id: 'US.2' }],
        messages: [said({ from: '15550100001' })],
      },
      sender: { id: '15550100001', kind: 'person', name: 'Ada', phone: '15550100001' },
    },
    {
      name: 'a group is a conversation of its own',
      value: { messages: [said({ from_user_id: 'US.1', group_id: 'Y2FwaV9ncm91cDox' })] },
      sender: { id: 'US.1', kind: 'person' },
      conversation: 'Y2FwaV9ncm91cDox',
    },
  ];
  for (const { name, value, sender, conversation } of people)
    it(name, () => {
      const [event] = channel.parse(webhook(value));
      assert.ok(event?.kind === 'message');
      assert.deepEqual(event.message.sender, sender);
      assert.deepEqual(event.message.address, {
        tenant: KIT_IDENTITY.tenant,
        channel: KIT_IDENTITY.id,
        conversation: conversation ?? sender.id,
      });
    });

  it('finds the person of a notice that names nobody else', () => {
    const system = { type: 'user_changed_user_id', user_id: 'US.2', body: 'changed' };
    const [event] = channel.parse(webhook({ messages: [said({ type: 'system', system })] }));
    assert.ok(event?.kind === 'message');
    assert.deepEqual(event.message.sender, { id: 'US.2', kind: 'platform' });
  });

  it('keeps the text of a person exactly, whatever it is', () => {
    const body = ' *a* \u202b\u0000\ud83d\ude00 {{7*7}} ';
    const [event] = channel.parse(webhook({ messages: [said({ from: '15550100001', text: { body } })] }));
    assert.ok(event?.kind === 'message');
    assert.deepEqual(event.message.content, { kind: 'text', text: body });
  });

  it('reads positions on this earth only', () => {
    const places = [
      [90, 180],
      [90.1, 0],
      [0, -180.1],
      ['1', '2'],
    ];
    const events = channel.parse(
      webhook({
        messages: places.map(([latitude = 0, longitude = 0]) =>
          said({ from: '15550100001', type: 'location', location: { latitude, longitude } }),
        ),
      }),
    );
    assert.deepEqual(
      events.map(event => event.kind),
      ['message', 'unreadable', 'unreadable', 'unreadable'],
    );
  });

  it('reads seconds as text as milliseconds, and no other time', () => {
    const times = ['1700000000', '17e8', '', ' 1', '-1', '123456789012', null, true];
    const events = channel.parse(
      webhook({ messages: times.map(timestamp => said({ from: '15550100001', timestamp })) }),
    );
    assert.deepEqual(
      events.map(event => (event.kind === 'message' ? event.message.time : event.kind)),
      [1_700_000_000_000, ...Array(7).fill('unreadable')],
    );
  });
});

describe('whatsapp: who sent it', () => {
  const recorded = { body: { object: 'whatsapp_business_account', entry: [] } };

  it('takes upper-case hex: it is the same number', async () => {
    const request = await signed(subject, recorded);
    const value = request.headers['x-hub-signature-256']?.[0] ?? '';
    const upper = `sha256=${value.slice(7).toUpperCase()}`;
    assert.notEqual(upper, value);
    const headers = { ...request.headers, 'x-hub-signature-256': [upper] };
    assert.deepEqual(await verdict(channel, { ...request, headers }), { ok: true, secret: 'current' });
  });

  it('names the reason of each refusal', async () => {
    const request = await signed(subject, recorded);
    const good = request.headers['x-hub-signature-256']?.[0] ?? '';
    const rows: readonly (readonly [readonly string[], string])[] = [
      [[], 'missing-signature'],
      [[good, good], 'doubled-signature'],
      [[''], 'malformed-signature'],
      [[`sha1=${good.slice(7)}`], 'malformed-signature'],
      [[`sha256=${'0'.repeat(64)}`], 'wrong-signature'],
    ];
    for (const [values, reason] of rows) {
      const headers = { ...request.headers, 'x-hub-signature-256': values };
      assert.deepEqual(await verdict(channel, { ...request, headers }), { ok: false, status: 401, reason });
    }
  });
});

describe('whatsapp: configuration', () => {
  const config = subject.config as { readonly [part: string]: JsonObject };
  const wrong: readonly { name: string; config: JsonObject; message: RegExp }[] = [
    {
      name: 'a number where an id in quotes is meant',
      config: { ...config, account: { phone_number_id: 106540352242922 } },
      message: /phone_number_id/,
    },
    {
      name: 'the number itself instead of its id',
      config: { ...config, account: { phone_number_id: '+1 555 010 0000' } },
      message: /expected the digits of a phone number id/,
    },
    {
      name: 'a path in the version',
      config: { ...config, api: { version: 'v25.0/../me' } },
      message: /expected a Graph API version/,
    },
    {
      name: 'a short app secret',
      config: { ...config, credentials: { ...config.credentials, app_secret: 'short' } },
      message: /at least 16 characters/,
    },
    {
      name: 'an address that is not http',
      config: { ...config, api: { base_url: 'file:///etc' } },
      message: /http/,
    },
  ];
  for (const { name, config: given, message } of wrong)
    it(`refuses ${name}`, () => {
      const read = whatsapp.config.safeParse(given);
      assert.match(read.success ? '' : z.prettifyError(read.error), message);
    });

  it('needs nothing but credentials and an account', () => {
    assert.deepEqual(readConfig(subject).api, {
      base_url: 'https://graph.facebook.com',
      version: 'v25.0',
    });
  });
});
