/** What only Teams does: places, ids that repeat, strangers at our address, answers to invokes. */
import assert from 'node:assert/strict';
import { Unreadable } from '../../../src/channels/channel.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import type { InboundMessage } from '../../../src/message/message.ts';
import { activity, CONVERSATION, OTHER_APP, offline, parse, requestOf, SERVICE_URL } from './support.ts';

function message(more: JsonObject): InboundMessage {
  const [event] = parse(activity(more));
  assert.ok(event?.kind === 'message', JSON.stringify(event));
  return event.message;
}

const CHANNEL = '19:0f1e2d3c4b5a69788796a5b4c3d2e1f0@thread.tacv2';

describe('teams: reading', () => {
  it('takes a channel and its thread apart, and nothing else', () => {
    const placeOf = (id: string) => {
      const { conversation, thread } = message({ conversation: { id } }).address;
      return [conversation, thread];
    };
    assert.deepEqual(placeOf(`${CHANNEL};messageid=1699999900000`), [CHANNEL, '1699999900000']);
    assert.deepEqual(placeOf(CHANNEL), [CHANNEL, undefined]);
    for (const odd of [`${CHANNEL};messageid=`, `${CHANNEL};messageid=1;x=2`, ';messageid=1', 'a:1;b'])
      assert.deepEqual(placeOf(odd), [odd, undefined]);
  });

  it('keeps the way back, apart from what the conversation is', () => {
    const one = message({});
    const moved = message({ serviceUrl: 'https://smba.trafficmanager.net/amer/' });
    assert.equal(one.address.route, SERVICE_URL);
    assert.deepEqual({ ...moved.address, route: SERVICE_URL }, one.address);
  });

  it('tells messages apart that have the same id in two conversations', () => {
    assert.notEqual(message({}).id, message({ conversation: { id: 'a:2' } }).id);
  });

  it('tells what happens to a message apart from it, and once from another time', () => {
    const at = (type: string, timestamp: string, more: JsonObject = {}) =>
      message({ type, timestamp, channelData: { eventType: 'editMessage' }, ...more }).id;
    const ids = [
      at('message', '2023-11-14T22:13:18Z'),
      at('messageUpdate', '2023-11-14T22:13:19Z'),
      at('messageUpdate', '2023-11-14T22:13:20Z'),
      at('messageDelete', '2023-11-14T22:13:21Z'),
      at('messageReaction', '2023-11-14T22:13:22Z', { reactionsAdded: [{ type: 'like' }] }),
      at('messageReaction', '2023-11-14T22:13:22Z', { reactionsRemoved: [{ type: 'like' }] }),
      at('messageReaction', '2023-11-14T22:13:22Z', {
        reactionsAdded: [{ type: 'like' }],
        from: { id: '29:other' },
      }),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(at('messageUpdate', '2023-11-14T22:13:19Z'), ids[1]);
  });

  it('reads times of any precision, and has one where there is none', () => {
    const timeOf = (more: JsonObject) => message(more).time;
    assert.equal(timeOf({ timestamp: '2023-11-14T22:13:18.27Z' }), 1_699_999_998_270);
    assert.equal(timeOf({ timestamp: '2023-11-14T22:13:18.1234567Z' }), 1_699_999_998_123);
    assert.equal(
      timeOf({ timestamp: 'soon', localTimestamp: '2023-11-14T23:13:18+01:00' }),
      1_699_999_998_000,
    );
    assert.equal(timeOf({ timestamp: null, id: '1699999998123' }), 1_699_999_998_123);
    assert.equal(timeOf({ timestamp: null, id: 'f:1' }), 0);
  });

  it('ignores what is for another bot, and what we said ourselves', () => {
    assert.deepEqual(parse(activity({ recipient: { id: `28:${OTHER_APP}` } })), [
      { kind: 'ignored', reason: 'for another bot' },
    ]);
  });

  it('cannot read an activity without a type', () => {
    assert.throws(() => parse({ text: 'hello' }), Unreadable);
  });

  it('keeps keys out of messages', () => {
    for (const [name, value] of [
      ['signin/verifyState', { state: 'kit-secret' }],
      ['signin/tokenExchange', { token: 'kit-secret', connectionName: 'graph' }],
    ] as const)
      assert.ok(!JSON.stringify(parse(activity({ type: 'invoke', name, value }))).includes('kit-secret'));
  });
});

const ANSWERS: readonly (readonly [string | undefined, number, unknown])[] = [
  [
    'adaptiveCard/action',
    200,
    { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: '✓' },
  ],
  ['task/fetch', 200, { task: { type: 'message', value: '✓' } }],
  ['task/submit', 200, ''],
  [
    'composeExtension/query',
    200,
    { composeExtension: { type: 'result', attachmentLayout: 'list', attachments: [] } },
  ],
  ['composeExtension/submitAction', 200, ''],
  ['fileConsent/invoke', 200, ''],
  ['message/submitAction', 200, {}],
  ['signin/verifyState', 200, ''],
  ['signin/tokenExchange', 412, ''],
  ['config/fetch', 501, ''],
  ['mind/read', 501, ''],
  ['constructor', 501, ''],
  [undefined, 200, ''],
];

describe('teams: answering at once', () => {
  for (const [name, status, body] of ANSWERS) {
    it(`${name ?? 'an invoke without a name'}: ${status}`, () => {
      const invoke = activity({ type: 'invoke', value: {}, ...(name === undefined ? {} : { name }) });
      const answer = offline().reply?.(requestOf(invoke));
      assert.equal(answer?.status, status);
      assert.deepEqual(body === '' ? answer?.body : JSON.parse(answer?.body ?? ''), body);
    });
  }

  it('says nothing to messages, whatever words they bring, nor to what is no JSON', () => {
    const reply = (body: JsonObject | string) => offline().reply?.(requestOf(body));
    assert.equal(reply(activity()), undefined);
    assert.equal(reply(activity({ text: 'type: "invoke"' })), undefined);
    assert.equal(reply(activity({ value: { type: 'invoke' } })), undefined);
    for (const body of ['"invoke"', '{"type":"invoke"', '["invoke"]', ''])
      assert.equal(reply(body), undefined);
  });

  it('says the address of a message in the same words as its events', () => {
    assert.equal(message({}).address.conversation, CONVERSATION);
  });
});
