/** Calls to a Web API on the loopback address: what goes out, what comes back, and what a lookup finds. */
import assert from 'node:assert/strict';
import type { Lookup } from '../../../src/channels/channel.ts';
import { knownErrors } from '../../../src/channels/slack/faults.ts';
import { repeatable } from '../../../src/channels/slack/lookup.ts';
import type { FaultCode, SendResult } from '../../../src/message/fault.ts';
import type { JsonObject } from '../../../src/message/json.ts';
import { context } from '../shared/context.ts';
import { type ApiCall, api, NOW_MS, post } from './support.ts';

const refusal = (error: string, more: JsonObject = {}) => ({ body: { ok: false, error, ...more } });
const reaction = { method: 'reactions.add', arguments: { channel: 'C1A', timestamp: '1.1', name: 'eyes' } };
const taken = () => ({ body: { ok: true, channel: 'C061EG9SL', ts: '1700000000.000100' } });

async function send(
  answer: Parameters<typeof api>[0],
  wire: JsonObject = post(),
  attempt = 1,
): Promise<{ result: SendResult; calls: readonly ApiCall[] }> {
  await using slack = await api(answer);
  const result = await slack.channel.send(wire, context({ attempt }));
  return { result, calls: slack.calls };
}

/** Slack's errors, name by name, as the documentation lists them: written down again, so that a slip is seen. */
const ERRORS: readonly (readonly [FaultCode | 'done', string])[] = [
  ['rate-limited', 'ratelimited rate_limited message_limit_exceeded'],
  ['ambiguous', 'internal_error fatal_error'],
  ['unavailable', 'service_unavailable request_timeout team_added_to_org org_login_required'],
  [
    'unauthorized',
    'invalid_auth not_authed account_inactive token_revoked token_expired missing_scope no_permission not_allowed_token_type access_denied',
  ],
  [
    'misconfigured',
    'two_factor_setup_required enterprise_is_restricted team_access_not_granted accesslimited deprecated_endpoint ekm_access_denied',
  ],
  [
    'unreachable',
    'channel_not_found not_in_channel is_archived user_not_found user_not_in_channel user_disabled cannot_dm_bot messages_tab_disabled is_inactive restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel restricted_action_non_threadable_channel restricted_action_of_tomorrow channel_type_not_supported slack_connect_file_link_sharing_blocked slack_connect_of_tomorrow_blocked',
  ],
  [
    'invalid-message',
    'msg_too_long msg_blocks_too_long no_text invalid_blocks invalid_blocks_format invalid_attachments too_many_attachments invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_json invalid_post_type missing_post_type invalid_thread_ts thread_not_found cannot_reply_to_message invalid_metadata_format invalid_metadata_schema metadata_too_large invalid_chunks as_user_not_supported message_not_found cant_update_message edit_window_closed cant_delete_message an_error_of_tomorrow',
  ],
  [
    'window-closed',
    'expired_trigger_id exchanged_trigger_id invalid_trigger_id hash_conflict used_url expired_url',
  ],
  ['ambiguous', 'duplicate_message_not_found duplicate_channel_not_found duplicate_of_tomorrow'],
  ['done', 'already_reacted no_reaction already_in_channel duplicate_anything'],
];

describe('slack: sending', () => {
  it('makes one call, with the token, the words and the marker', async () => {
    const { result, calls } = await send(
      taken,
      post({ blocks: [{ type: 'divider' }], text: 'Grüße 👋 & <b>' }),
    );
    assert.deepEqual(result, { ok: true, platformId: 'C061EG9SL:1700000000.000100' });
    assert.deepEqual(calls, [
      {
        method: 'chat.postMessage',
        token: 'Bearer xoxb-kit-bot-token-0001',
        args: {
          channel: 'C061EG9SL',
          text: 'Grüße 👋 & <b>',
          blocks: '[{"type":"divider"}]',
          metadata: '{"event_type":"patchbay_delivery","event_payload":{"id":"d_0001"}}',
        },
      },
    ]);
  });

  it('leaves metadata of one’s own alone, and other methods without', async () => {
    const own = { event_type: 'mine', event_payload: {} };
    const [first] = (await send(taken, post({ metadata: own }))).calls;
    assert.deepEqual(JSON.parse(first?.args.metadata ?? ''), own);
    const [second] = (await send(taken, { method: 'chat.update', arguments: { channel: 'C1A', ts: '1.1' } }))
      .calls;
    assert.equal(second?.args.metadata, undefined);
  });

  it('needs no id from a method that gives none', async () => {
    assert.deepEqual((await send(() => ({ body: { ok: true } }), reaction)).result, {
      ok: true,
      platformId: null,
    });
  });

  for (const [code, names] of ERRORS)
    for (const error of names.split(' '))
      it(`${error}: ${code}`, async () => {
        const { result, calls } = await send(() => refusal(error), code === 'done' ? reaction : post());
        assert.equal(calls.length, 1);
        if (code === 'done') assert.deepEqual(result, { ok: true, platformId: null });
        else assert.deepEqual(!result.ok && [result.fault.code, result.fault.platformCode], [code, error]);
      });

  it('takes no post for done that was refused, by whatever name', async () => {
    for (const error of ['already_reacted', 'no_reaction', 'duplicate_of_tomorrow']) {
      const { result } = await send(() => refusal(error));
      assert.equal(!result.ok && result.fault.code, 'ambiguous');
    }
  });

  it('knows names only, and no sentences', () => {
    for (const [name] of knownErrors()) assert.match(name, /_|^(?:ratelimited|accesslimited)$/);
  });

  it('has every name once', () => {
    const names = knownErrors().map(([name]) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length > 80);
  });

  it('obeys the wait of a 429 and of a refusal', async () => {
    const headers = { 'retry-after': '30' };
    for (const answer of [
      { status: 429, headers, body: '' },
      { ...refusal('ratelimited'), headers },
    ]) {
      const { result } = await send(() => answer);
      assert.deepEqual(!result.ok && [result.fault.code, result.fault.retryAfterMs], [
        'rate-limited',
        30_000,
      ]);
    }
  });

  it('tells what an operator needs, and never what Slack quotes', async () => {
    const messages = ['[ERROR] "my secret words" is too long [json-pointer:/blocks/0/text]'];
    const { result } = await send(() => refusal('invalid_blocks', { response_metadata: { messages } }));
    assert.equal(
      !result.ok && result.fault.detail,
      'Slack refused chat.postMessage: invalid_blocks (at /blocks/0/text)',
    );
    const scope = await send(() => refusal('missing_scope', { needed: 'chat:write', provided: 'im:read' }));
    assert.equal(
      !scope.result.ok && scope.result.fault.detail,
      'Slack refused chat.postMessage: missing_scope (needs chat:write)',
    );
  });

  it('takes no sentence for the name of an error', async () => {
    for (const error of ['<html>', 'my secret words', 'x'.repeat(100), '', 7]) {
      const { result } = await send(() => ({ body: { ok: false, error } }));
      assert.deepEqual(!result.ok && [result.fault.code, result.fault.platformCode], [
        'ambiguous',
        undefined,
      ]);
      assert.ok(!JSON.stringify(result).includes('secret'));
    }
  });

  it('knows that nothing left when it was given up before', async () => {
    await using slack = await api(taken);
    const result = await slack.channel.send(post(), context({ signal: AbortSignal.abort() }));
    assert.equal(!result.ok && result.fault.code, 'not-connected');
    assert.equal(slack.calls.length, 0);
  });

  it('does not stop the account for a scope that only reactions need', async () => {
    const wire = { method: 'reactions.add', arguments: { channel: 'C1A', timestamp: '1.1', name: 'eyes' } };
    const { result } = await send(() => refusal('missing_scope', { needed: 'reactions:write' }), wire);
    assert.equal(!result.ok && result.fault.code, 'unsupported');
  });

  it('takes a message as deleted when an earlier attempt may have deleted it', async () => {
    const wire = { method: 'chat.delete', arguments: { channel: 'C1A', ts: '1.1' } };
    const gone = () => refusal('message_not_found');
    assert.equal((await send(gone, wire, 1)).result.ok, false);
    assert.deepEqual((await send(gone, wire, 2)).result, { ok: true, platformId: null });
  });

  it('takes an answer as long as a long message said back', async () => {
    const { result } = await send(() => ({
      body: { ok: true, channel: 'C1A', ts: '1.1', message: 'ü'.repeat(200_000) },
    }));
    assert.deepEqual(result, { ok: true, platformId: 'C1A:1.1' });
  });

  it('sends half a character as what can be sent of it', async () => {
    const { result } = await send(taken, post({ blocks: [{ text: 'half \ud83d' }] }));
    assert.equal(result.ok, true);
  });
});

describe('slack: looking an ambiguous send up', () => {
  const ours = (id: string, ts: string): JsonObject => ({
    ts,
    text: 'hello',
    metadata: { event_type: 'patchbay_delivery', event_payload: { id } },
  });
  const page = (messages: readonly JsonObject[], cursor = '') => ({
    body: { ok: true, messages, has_more: cursor !== '', response_metadata: { next_cursor: cursor } },
  });
  const strangers = [
    { ts: '1700000000.000001', text: 'hello' },
    { ts: '1700000000.000002', metadata: { event_type: 'mine', event_payload: { id: 'd_0001' } } },
    ours('d_0002', '1700000000.000003'),
  ];

  async function lookup(
    answer: Parameters<typeof api>[0],
    wire: JsonObject = post(),
  ): Promise<{ found: Lookup | undefined; calls: readonly ApiCall[] }> {
    await using slack = await api(answer);
    const found = await slack.channel.lookup?.(wire, { ...context(), since: NOW_MS });
    return { found, calls: slack.calls };
  }

  /** What Slack has, by the time that it stamped it with. */
  const history =
    (headers: Readonly<Record<string, string>>, ...messages: readonly JsonObject[]) =>
    ({ args }: ApiCall) => ({
      ...page(messages.filter(({ ts }) => Number(ts) > Number(args.oldest))),
      headers,
    });
  const slackIsBehindBy = (ms: number) => ({ date: new Date(NOW_MS - ms).toUTCString() });

  it('finds the message by its marker', async () => {
    const { found, calls } = await lookup(() => page([...strangers, ours('d_0001', '1700000000.000004')]));
    assert.deepEqual(found, { found: true, platformId: 'C061EG9SL:1700000000.000004' });
    assert.deepEqual(calls, [
      {
        method: 'conversations.history',
        token: 'Bearer xoxb-kit-bot-token-0001',
        args: {
          channel: 'C061EG9SL',
          oldest: '1699999700.000000',
          limit: '100',
          include_all_metadata: 'true',
        },
      },
    ]);
  });

  it('finds nothing among others’ messages', async () => {
    assert.deepEqual((await lookup(() => page(strangers))).found, { found: false });
  });

  for (const minutes of [0, 10, 120])
    it(`finds what Slack stamped while our clock is ${minutes} minutes ahead`, async () => {
      const posted = ours('d_0001', `${NOW_MS / 1_000 - minutes * 60}.000004`);
      const { found } = await lookup(history(slackIsBehindBy(minutes * 60_000), posted));
      assert.equal(found?.found, true);
    });

  it('says "no" with a clock that is ahead only when it has looked by Slack’s', async () => {
    const { found, calls } = await lookup(history(slackIsBehindBy(600_000), ...strangers));
    assert.deepEqual(found, { found: false });
    assert.deepEqual(
      calls.map(({ args }) => args.oldest),
      ['1699999700.000000', '1699999100.000000'],
    );
  });

  it('does not say "no" where it cannot know the time at Slack', async () => {
    const { found } = await lookup(history({ date: 'today' }, ...strangers));
    assert.equal(found?.found, null);
  });

  it('reads the replies of a thread', async () => {
    const { found, calls } = await lookup(
      () => page([ours('d_0001', '1.2')]),
      post({ thread_ts: '1699999998.000200' }),
    );
    assert.deepEqual(found, { found: true, platformId: 'C061EG9SL:1.2' });
    assert.deepEqual([calls[0]?.method, calls[0]?.args.ts], ['conversations.replies', '1699999998.000200']);
  });

  it('turns the pages', async () => {
    const { found, calls } = await lookup(({ args }) =>
      args.cursor === 'two' ? page([ours('d_0001', '1.2')]) : page(strangers, 'two'),
    );
    assert.deepEqual(found, { found: true, platformId: 'C061EG9SL:1.2' });
    assert.equal(calls.length, 2);
  });

  it('does not say "no" to a history it has not read to the end', async () => {
    const { found, calls } = await lookup(() => page(strangers, 'more'));
    assert.equal(found?.found, null);
    assert.equal(calls.length, 5);
    assert.equal(
      (await lookup(() => ({ body: { ok: true, messages: [], has_more: true } }))).found?.found,
      null,
    );
    assert.equal((await lookup(() => ({ body: { ok: true } }))).found?.found, null);
  });

  it('looks for the direct messages with a person first', async () => {
    const { found, calls } = await lookup(
      ({ method }) =>
        method === 'conversations.open'
          ? { body: { ok: true, channel: { id: 'D0PNCRP9N' } } }
          : page([ours('d_0001', '1.2')]),
      post({ channel: 'U061F7AUR' }),
    );
    assert.deepEqual(found, { found: true, platformId: 'D0PNCRP9N:1.2' });
    assert.deepEqual(
      calls.map(call => call.args.users ?? call.args.channel),
      ['U061F7AUR', 'D0PNCRP9N'],
    );
  });

  for (const error of ['missing_scope', 'not_in_channel', 'ratelimited'])
    it(`does not know after ${error}, and says why`, async () => {
      for (const channel of ['C061EG9SL', 'U061F7AUR']) {
        const { found } = await lookup(() => refusal(error), post({ channel }));
        assert.ok(found?.found === null);
        assert.ok(found.detail.includes(error), found.detail);
      }
    });

  it('lets what may be repeated be repeated', () => {
    for (const method of ['chat.update', 'chat.delete', 'reactions.add', 'reactions.remove'])
      assert.ok(repeatable({ method, arguments: { channel: 'C1A' } }));
    for (const method of ['chat.postMessage', 'chat.postEphemeral', 'views.open'])
      assert.ok(!repeatable({ method, arguments: { channel: 'C1A' } }));
  });

  it('does not know of calls that leave no marker', async () => {
    for (const wire of [
      { method: 'views.open', arguments: {} },
      post({ metadata: { event_type: 'mine' } }),
    ]) {
      const { found, calls } = await lookup(taken, wire);
      assert.deepEqual([found?.found, calls.length], [null, 0]);
    }
  });
});
