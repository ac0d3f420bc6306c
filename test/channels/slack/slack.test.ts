/** Slack against the conformance kit, and what only Slack does: handshakes, twins, batches of files, foreign traffic. */
import assert from 'node:assert/strict';
import { Unreadable } from '../../../src/channels/channel.ts';
import { subject } from '../../../src/channels/slack/testing.ts';
import { recordingsOf } from '../../../src/kit/recordings.ts';
import type { InboundEvent } from '../../../src/message/event.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { channelConformance } from '../../conformance/channel.ts';
import { callback, form, NOW_MS, offline, webhook } from './support.ts';

channelConformance(subject);

const parse = async (body: unknown, atMs = NOW_MS): Promise<readonly InboundEvent[]> =>
  offline().parse(await webhook(body, atMs));

async function message(body: unknown) {
  const [event] = await parse(body);
  assert.ok(event?.kind === 'message', `expected a message, got ${JSON.stringify(event)}`);
  return event.message;
}

const said = (more: JsonObject = {}): JsonObject =>
  callback({
    type: 'message',
    channel: 'C061EG9SL',
    user: 'U061F7AUR',
    ts: '1699999998.000200',
    text: 'hi',
    ...more,
  });

const interaction = (payload: JsonObject): string =>
  form({ payload: JSON.stringify({ user: { id: 'U061F7AUR' }, team: { id: 'T061EG9R6' }, ...payload }) });

describe('slack: what is told', () => {
  it('tells a message and its app_mention twin as one', async () => {
    const twin = { text: '<@U0LAN0Z89> hi', files: [{ id: 'F1', mimetype: 'image/png' }, { id: 'F2' }] };
    const authorizations = [{ team_id: 'T061EG9R6', user_id: 'U0LAN0Z89', is_bot: true }];
    const base = { channel: 'C061EG9SL', user: 'U061F7AUR', ts: '1699999998.000200', ...twin };
    const one = await parse(
      callback(
        { ...base, type: 'message', subtype: 'file_share', channel_type: 'channel' },
        { event_id: 'Ev1', authorizations },
      ),
    );
    const two = await parse(callback({ ...base, type: 'app_mention' }, { event_id: 'Ev2', authorizations }));
    const known = (events: readonly InboundEvent[]) =>
      events.map(event => event.kind === 'message' && { ...event.message, context: null });
    assert.equal(one.length, 2);
    assert.deepEqual(known(one), known(two));
  });

  it('gives a redelivery the same events; only the time of what tells none is that of the request', async () => {
    for (const { name, request } of recordingsOf(subject)) {
      const first = await parse(request.body);
      const again = await parse(request.body, NOW_MS + 86_400_000);
      const timeless = first.some(event => event.kind === 'message' && event.message.time === NOW_MS);
      const times = (events: readonly InboundEvent[], time: number) =>
        events.map(event =>
          event.kind === 'message' && timeless ? { ...event, message: { ...event.message, time } } : event,
        );
      assert.deepEqual(times(again, 0), times(first, 0), name);
      assert.equal(
        timeless,
        ['command', 'command-without-words', 'modal-submitted', 'modal-closed'].includes(name),
        name,
      );
    }
  });

  it('gives every recorded message another id, but for the twins', async () => {
    const ids = new Map<string, string>();
    for (const { name, events } of recordingsOf(subject))
      for (const event of events)
        if (event.kind === 'message' && /^(?!C|D)/.test(event.message.id)) {
          assert.equal(ids.get(event.message.id), undefined, `${name} and ${ids.get(event.message.id)}`);
          ids.set(event.message.id, name);
        }
    assert.ok(ids.size > 30);
  });

  it('never mixes up the ids of a message and of what is said about it', async () => {
    const ts = '1699999998.000200';
    const edit = said({
      subtype: 'message_changed',
      ts: '1.1',
      message: { ts, text: 'b', user: 'U1' },
      previous_message: { ts, text: 'a' },
    });
    const gone = callback(
      {
        type: 'message',
        subtype: 'message_deleted',
        channel: 'C061EG9SL',
        deleted_ts: ts,
        event_ts: '1699999999.000100',
      },
      { event_id: 'Ev3' },
    );
    const liked = callback(
      {
        type: 'reaction_added',
        user: 'U1',
        reaction: 'eyes',
        item: { type: 'message', channel: 'C061EG9SL', ts },
      },
      { event_id: 'Ev4' },
    );
    const ids = await Promise.all([said(), edit, gone, liked].map(async body => (await message(body)).id));
    assert.deepEqual(ids, ['C061EG9SL:1699999998.000200', 'Ev0PV52K21', 'Ev3', 'Ev4']);
  });

  it('keeps keys to the screen and the conversation out of what is stored', () => {
    const bodies = recordingsOf(subject).filter(({ request }) => typeof request.body === 'string');
    const told = JSON.stringify(recordingsOf(subject).map(({ events }) => events));
    assert.ok(bodies.some(({ request }) => String(request.body).includes('trigger_id')));
    for (const secret of ['12466734323', 'hooks.slack.com', 'xwfp-', 'ZZZZZZWSx'])
      assert.ok(!told.includes(secret), secret);
  });

  it('takes the bot user from the configuration where the event does not name it', async () => {
    const own = said({ user: 'U0LAN0Z89' });
    const account = { team_id: 'T061EG9R6', app_id: 'A0MDYCDME', bot_user_id: 'U0LAN0Z89' };
    assert.equal((await parse(own))[0]?.kind, 'message');
    assert.deepEqual(offline({ account }).parse(await webhook(own)), [
      { kind: 'ignored', reason: 'own message' },
    ]);
  });

  const foreign: readonly (readonly [string, unknown, boolean])[] = [
    ['ours', said(), true],
    ['another workspace', { ...said(), team_id: 'T0OTHER01' }, false],
    ['another app', { ...said(), api_app_id: 'A0OTHER01' }, false],
    [
      'a shared channel, seen from ours',
      { ...said(), team_id: 'T0OTHER01', context_team_id: 'T061EG9R6' },
      true,
    ],
    [
      'an authorization of ours',
      { ...said(), team_id: 'T0OTHER01', authorizations: [{ team_id: 'T061EG9R6' }] },
      true,
    ],
    ['another organisation', { ...said(), team_id: 'T0OTHER01', enterprise_id: 'E0OTHER01' }, false],
    [
      'a button of another app',
      interaction({ type: 'shortcut', api_app_id: 'A0OTHER01', callback_id: 'x' }),
      false,
    ],
    [
      'a button of another workspace',
      interaction({ type: 'shortcut', team: { id: 'T0OTHER01' }, callback_id: 'x' }),
      false,
    ],
    [
      'a command of another workspace',
      form({ command: '/x', channel_id: 'C1A', team_id: 'T0OTHER01' }),
      false,
    ],
    ['a command of ours', form({ command: '/x', channel_id: 'C1A', team_id: 'T061EG9R6' }), true],
  ];
  for (const [name, body, ours] of foreign)
    it(`${ours ? 'takes' : 'ignores'} what comes from ${name}`, async () => {
      assert.equal((await parse(body))[0]?.kind, ours ? 'message' : 'ignored');
    });

  it('takes an app installed organisation-wide by its organisation', async () => {
    const account = { team_id: 'E061EG9R6', app_id: 'A0MDYCDME' };
    const body = { ...said(), team_id: 'T0ANYONE1', enterprise_id: 'E061EG9R6' };
    assert.equal(offline({ account }).parse(await webhook(body))[0]?.kind, 'message');
  });

  it('reads forms as they are written', async () => {
    const body = 'command=%2Fx&text=a+b%2Bc%26d%3De+%C3%BC&channel_id=C1A&text=second&trigger_id=t1&empty';
    const { content } = await message(body);
    assert.deepEqual(content, { kind: 'choice', from: 'command', id: '/x', label: 'a b+c&d=e ü' });
  });

  it('ignores that a link was opened, whoever made its button', async () => {
    for (const action of [
      { type: 'button', action_id: 'theirs', url: 'https://example.com/' },
      { type: 'button', action_id: 'patchbay/link/0' },
    ])
      assert.deepEqual(await parse(interaction({ type: 'block_actions', actions: [action] })), [
        { kind: 'ignored', reason: 'a link was opened' },
      ]);
  });

  const threads: readonly (readonly [string, JsonObject, string | undefined])[] = [
    ['a channel', {}, '1699999998.000200'],
    ['a thread', { thread_ts: '1699999990.000100' }, '1699999990.000100'],
    ['direct messages', { channel: 'D061EG9SL' }, undefined],
    [
      'a thread of direct messages',
      { channel: 'D061EG9SL', thread_ts: '1699999990.000100' },
      '1699999990.000100',
    ],
    ['a private channel', { channel: 'G061EG9SL' }, '1699999998.000200'],
  ];
  for (const [name, more, thread] of threads)
    it(`answers in ${name} where people expect it`, async () => {
      assert.equal((await message(said(more))).address.thread, thread);
    });

  const broken: readonly (readonly [string, unknown])[] = [
    ['no type', { team_id: 'T061EG9R6' }],
    ['a form of nothing', form({ hello: 'world' })],
    ['a command without a channel', form({ command: '/x' })],
    ['a payload that is no JSON', form({ payload: '{' })],
    ['a payload that is a list', form({ payload: '[]' })],
    ['escapes that are not UTF-8', 'payload=%ff%fe'],
    ['words that are not UTF-8', 'payload={"type":"shortcut","callback_id":"%ff"}'],
    ['a broken escape', 'payload=%7'],
    ['too many fields', Array.from({ length: 300 }, (_, index) => `f${index}=1`).join('&')],
  ];
  for (const [name, body] of broken)
    it(`cannot read ${name}`, async () => {
      await assert.rejects(parse(body), Unreadable);
    });

  const halves: readonly (readonly [string, unknown, string])[] = [
    ['a message without a channel', callback({ type: 'message', ts: '1.1' }), '/event/channel'],
    ['a message whose ts is a number', said({ ts: 1699999998.0002 }), '/event/ts'],
    ['an event without a type', callback({ channel: 'C1A' }), '/event'],
    ['a reaction to nothing', callback({ type: 'reaction_added', item: { type: 'message' } }), '/event/item'],
    ['a change of nothing', said({ subtype: 'message_changed' }), '/event/message'],
    ['a press of nothing', interaction({ type: 'block_actions', actions: [] }), '/payload/actions'],
    ['a modal without a view', interaction({ type: 'view_submission' }), '/payload/view'],
  ];
  for (const [name, body, at] of halves)
    it(`quarantines ${name}`, async () => {
      const [event] = await parse(body);
      assert.ok(event?.kind === 'unreadable');
      assert.equal(event.at, at);
    });

  it('does not take `url_verification` in the words of a person for a handshake', async () => {
    const verdict = await offline().verify(await webhook(said({ text: '"url_verification" "challenge"' })));
    assert.deepEqual(verdict, { ok: true, secret: 'current' });
  });

  it('answers a handshake only where the whole request is one', async () => {
    for (const body of [
      callback({ type: 'url_verification' }, { challenge: 'x' }),
      { type: 'unknown', kind: 'url_verification', challenge: 'x' },
      '{"type":"url_verification","challenge":"x"',
    ])
      assert.deepEqual(await offline().verify(await webhook(body)), { ok: true, secret: 'current' });
  });

  it('says only a plain challenge back', async () => {
    for (const challenge of ['<script>\n</script>', 'a b', '', 'x'.repeat(600), 7])
      assert.deepEqual(await offline().verify(await webhook({ type: 'url_verification', challenge })), {
        ok: true,
        secret: 'current',
      });
  });
});

describe('slack: who is refused, and why', () => {
  const refusals: readonly (readonly [string, Record<string, readonly string[]>, string])[] = [
    ['no signature', { 'x-slack-signature': [] }, 'missing-signature'],
    [
      'two signatures',
      { 'x-slack-signature': [`v0=${'0'.repeat(64)}`, `v0=${'0'.repeat(64)}`] },
      'doubled-signature',
    ],
    ['two times', { 'x-slack-request-timestamp': ['1700000000', '1700000000'] }, 'doubled-signature'],
    ['no time', { 'x-slack-request-timestamp': [] }, 'malformed-timestamp'],
    ['an old time, not signed', { 'x-slack-request-timestamp': ['1699999699'] }, 'wrong-signature'],
    ['another time than was signed', { 'x-slack-request-timestamp': ['1700000001'] }, 'wrong-signature'],
    ['another version', { 'x-slack-signature': [`v1=${'0'.repeat(64)}`] }, 'malformed-signature'],
    ['another signature', { 'x-slack-signature': [`v0=${'0'.repeat(64)}`] }, 'wrong-signature'],
  ];
  for (const [name, headers, reason] of refusals)
    it(`${name}: ${reason}`, async () => {
      const request = await webhook(said());
      const forged = { ...request, headers: { ...request.headers, ...headers } };
      assert.deepEqual(await offline().verify(forged), { ok: false, status: 401, reason });
    });
  for (const [name, seconds, reason] of [
    ['a time five minutes old', -301, 'stale-timestamp'],
    ['a time five minutes ahead', 301, 'future-timestamp'],
  ] as const)
    it(`${name}, signed: ${reason}`, async () => {
      const request = await webhook(said(), NOW_MS + seconds * 1_000);
      assert.deepEqual(await offline().verify(request), { ok: false, status: 401, reason });
    });
});

describe('slack: what is answered beside 200', () => {
  const asked: readonly (readonly [string, string, boolean])[] = [
    ['the options of a menu', interaction({ type: 'block_suggestion', value: 'x' }), true],
    ['the options of a dialog', interaction({ type: 'dialog_suggestion', value: 'x' }), true],
    ['a press', interaction({ type: 'block_actions', actions: [{ type: 'button' }] }), false],
    [
      'a press that speaks of it',
      interaction({ type: 'block_actions', actions: [{ value: 'block_suggestion' }] }),
      false,
    ],
    ['a modal', interaction({ type: 'view_submission', view: {} }), false],
    ['a command', form({ command: '/block_suggestion' }), false],
    ['a broken one', 'payload=block_suggestion%', false],
    ['an event', JSON.stringify(said({ text: 'block_suggestion' })), false],
  ];
  for (const [name, body, answered] of asked)
    it(`${name}: ${answered ? 'an empty list' : 'nothing'}`, async () => {
      const answer = { status: 200, body: '{"options":[]}', contentType: 'application/json' };
      assert.deepEqual(offline().reply?.(await webhook(body)), answered ? answer : undefined);
    });
});
