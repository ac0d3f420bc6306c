import assert from 'node:assert/strict';
import { Unreadable } from '../../../src/channels/channel.ts';
import type { WebhookRequest } from '../../../src/channels/webhook.ts';
import type { InboundContent } from '../../../src/message/content.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { channel } from './support.ts';

const SECONDS = 1_700_000_000;
const subject = channel();

const request = (body: JsonObject | string): WebhookRequest => ({
  method: 'POST',
  query: {},
  headers: { 'x-patchbay-timestamp': [String(SECONDS)] },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const post = (...messages: JsonObject[]): WebhookRequest => request({ visitor: { id: '42' }, messages });

describe('web chat: parse', () => {
  const contents: readonly (readonly [JsonObject, InboundContent])[] = [
    [
      { type: 'text', text: 'Hi **there**' },
      { kind: 'text', text: 'Hi **there**' },
    ],
    [
      { type: 'choice', choice: 'yes', label: 'Yes' },
      { kind: 'choice', from: 'quick-reply', id: 'yes', label: 'Yes' },
    ],
    [
      { type: 'choice', choice: 'b', label: 'B', from: 'button', values: { n: 1 } },
      { kind: 'choice', from: 'button', id: 'b', label: 'B', values: { n: 1 } },
    ],
    [
      { type: 'form', name: 'order', token: 't', values: { email: 'a@b.example' } },
      { kind: 'form', name: 'order', token: 't', values: { email: 'a@b.example' } },
    ],
    [
      { type: 'location', latitude: 52.5, longitude: 13.4, label: 'Here' },
      { kind: 'location', latitude: 52.5, longitude: 13.4, label: 'Here' },
    ],
    [
      { type: 'reaction', emoji: '👍', target: 'delivery-1' },
      { kind: 'reaction', emoji: '👍', target: 'delivery-1', removed: false },
    ],
    [
      { type: 'edit', target: 'f0', text: 'better' },
      { kind: 'edit', target: '42/f0', text: 'better' },
    ],
    [
      { type: 'deletion', target: 'f0' },
      { kind: 'deletion', target: '42/f0' },
    ],
    [
      { type: 'typing', active: true },
      { kind: 'typing', active: true },
    ],
    [
      { type: 'session', state: 'start' },
      { kind: 'membership', change: 'opened', members: ['42'], self: false },
    ],
    [
      { type: 'session', state: 'end' },
      { kind: 'membership', change: 'left', members: ['42'], self: false },
    ],
    [
      { type: 'session', state: 'resume' },
      { kind: 'system', name: 'session-resumed' },
    ],
    [
      { type: 'context', page: { url: 'https://acme.example/a', title: 'A', utm: { source: 'x' } } },
      {
        kind: 'system',
        name: 'context',
        data: { url: 'https://acme.example/a', title: 'A', utm: { source: 'x' } },
      },
    ],
    [
      { type: 'profile', profile: { email: 'a@b.example' } },
      { kind: 'system', name: 'profile', data: { email: 'a@b.example' } },
    ],
    [
      { type: 'csat', score: 5, comment: 'thanks' },
      { kind: 'system', name: 'csat', text: 'thanks', data: { score: 5 } },
    ],
    [
      { type: 'transcript', email: 'a@b.example' },
      { kind: 'system', name: 'transcript-requested', data: { email: 'a@b.example' } },
    ],
    [
      { type: 'handoff', reason: 'lost' },
      { kind: 'system', name: 'handoff-requested', text: 'lost' },
    ],
    [
      { type: 'telepathy', thought: 1 },
      { kind: 'unsupported', platformType: 'telepathy' },
    ],
    // An own property of every object must not be taken for a type of frame.
    [{ type: 'constructor' }, { kind: 'unsupported', platformType: 'constructor' }],
  ];
  for (const [frame, content] of contents) {
    it(`reads ${frame.type} as ${content.kind}`, () => {
      assert.deepEqual(subject.parse(post({ id: 'f1', ...frame })), [
        {
          kind: 'message',
          message: {
            id: '42/f1',
            address: { tenant: 'acme', channel: 'site-chat', conversation: '42' },
            sender: { id: '42', kind: 'person' },
            time: SECONDS * 1_000,
            content,
          },
        },
      ]);
    });
  }

  it('tells who, where, when, what was answered and on which page', () => {
    const events = subject.parse(
      request({
        visitor: {
          id: '42',
          name: 'Ada',
          username: 'ada',
          phone: '4930123456',
          locale: 'de',
          anonymous: true,
        },
        conversation: 'order-7',
        time: 1_700_000_000_123,
        messages: [
          {
            id: 'f1',
            type: 'text',
            text: 'x',
            replyTo: 'delivery-1',
            context: { url: 'https://acme.example/' },
          },
        ],
      }),
    );
    assert.deepEqual(events, [
      {
        kind: 'message',
        message: {
          id: 'order-7/f1',
          address: { tenant: 'acme', channel: 'site-chat', conversation: 'order-7' },
          sender: {
            id: '42',
            kind: 'person',
            name: 'Ada',
            username: 'ada',
            phone: '4930123456',
            locale: 'de',
          },
          time: 1_700_000_000_123,
          content: { kind: 'text', text: 'x' },
          replyTo: 'delivery-1',
          context: { page: { url: 'https://acme.example/' }, anonymous: true },
        },
      },
    ]);
  });

  it('gives a receipt for every delivery named', () => {
    const events = subject.parse(
      post(
        { id: 'r1', type: 'delivered', targets: ['d1', 'd2'] },
        { id: 'r2', type: 'read', targets: ['d2'] },
      ),
    );
    const receipt = (target: string, status: 'delivered' | 'read') => ({
      kind: 'receipt',
      receipt: { target, marker: target, conversation: '42', status, time: SECONDS * 1_000 },
    });
    assert.deepEqual(events, [receipt('d1', 'delivered'), receipt('d2', 'delivered'), receipt('d2', 'read')]);
  });

  it('leaves out what a browser says of its page in a way we do not take, and keeps the message', () => {
    const context = { url: 7, referrer: 'android-app://x', title: 'x'.repeat(3_000), utm: { source: [] } };
    const [event] = subject.parse(post({ id: 'f1', type: 'text', text: 'x', context }));
    assert.ok(event?.kind === 'message');
    assert.deepEqual(event.message.context, { page: { referrer: 'android-app://x' } });
  });

  it('goes on after a frame it cannot read, and quotes nothing of it', () => {
    const events = subject.parse(
      post(
        { id: 'a', type: 'text', text: 'one' },
        { id: 'b', type: 'text', text: 7 },
        { id: 'bad id', type: 'text', text: 'secret words' },
        { id: 'd', type: 'form', values: { ['secret words'.repeat(30)]: 1 } },
        { id: 'c', type: 'text', text: 'two' },
      ),
    );
    assert.deepEqual(
      events.map(event => (event.kind === 'message' ? event.message.id : event)),
      [
        '42/a',
        { kind: 'unreadable', reason: 'text: invalid_type', at: 'messages[1]' },
        { kind: 'unreadable', reason: 'id: invalid_format', at: 'messages[2]' },
        { kind: 'unreadable', reason: 'values: invalid_key', at: 'messages[3]' },
        '42/c',
      ],
    );
  });

  for (const [name, body] of [
    ['an empty body', ''],
    ['a list', '[]'],
    ['no visitor', '{"messages":[]}'],
    ['messages that are none', '{"visitor":{"id":"1"},"messages":{}}'],
    ['100 nested lists', `{"visitor":{"id":"1"},"messages":${'['.repeat(100)}${']'.repeat(100)}}`],
  ] as const) {
    it(`throws Unreadable for ${name}`, () => {
      assert.throws(() => subject.parse(request(body)), Unreadable);
    });
  }
});
