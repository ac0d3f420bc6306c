/** Slack, played: driven by Slack's own client, which knows how the real Web API answers. */
import assert from 'node:assert/strict';
import { ErrorCode, type ModalView } from '@slack/web-api';
import type { JsonObject } from '../../src/message/json.ts';
import { until } from '../support/wait.ts';
import { clientOf } from './slack-client.ts';
import { ACCOUNT, IDENTITY, messageOf, secret, stage, webhookOf } from './support.ts';

const CHANNEL = 'C061EG9SL';

/** The error's name, as Slack's client throws it. */
async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { data, code } = error as { data?: { error: string }; code?: string };
    return data?.error ?? code ?? 'none';
  }
  return 'ok';
}

const button = (value: string): JsonObject => ({
  type: 'button',
  action_id: value,
  text: { type: 'plain_text', text: value },
  value,
});

describe('the sandbox as Slack', () => {
  it('tells who we are', async () => {
    await using at = await stage('slack');
    const me = await clientOf(at).auth.test();
    assert.equal(me.team_id, 'T024BE7LD');
    assert.match(me.user_id ?? '', /^U/);
  });

  it('takes a post, records it with its marker, and tells it back without a receipt', async () => {
    await using at = await stage('slack');
    const { wires } = at.channel.render({
      id: 'out-1',
      address: { tenant: IDENTITY.tenant, channel: ACCOUNT, conversation: CHANNEL },
      content: { kind: 'choices', text: 'Which *one*?', choices: [{ id: 'a', label: 'First' }] },
    });
    const [wire] = wires;
    assert.ok(wire !== undefined);
    const context = { marker: 'delivery-1', attempt: 1, seq: 1, signal: AbortSignal.timeout(10_000) };
    const since = Date.now();
    const sent = await at.channel.send(wire, context);
    assert.ok(sent.ok, JSON.stringify(sent));
    const [received] = at.sandbox.received;
    assert.deepEqual(
      [received?.method, received?.platformId, received?.marker, received?.conversation],
      ['chat.postMessage', sent.platformId, 'delivery-1', CHANNEL],
    );
    assert.match(received?.text ?? '', /^Which _one_\?\n\[First\]$/);
    await until(() => at.hub.arrived.length === 1, 'our own message');
    assert.deepEqual(
      (await at.events()).map(event => event.kind),
      ['ignored'],
    );
    const found = await at.channel.lookup?.(wire, { ...context, since });
    assert.deepEqual(found, { found: true, platformId: sent.platformId });
    const lost = await at.channel.lookup?.(wire, { ...context, marker: 'delivery-2', since });
    assert.deepEqual(lost, { found: false });
  });

  it('keeps what was said: history, threads, pages, metadata when asked for', async () => {
    await using at = await stage('slack', { behaviour: { rates: 'none' } });
    const slack = clientOf(at);
    const metadata = { event_type: 'test', event_payload: { id: '1' } };
    const root = await slack.chat.postMessage({ channel: CHANNEL, text: 'root', metadata });
    await slack.chat.postMessage({ channel: CHANNEL, text: 'reply', thread_ts: root.ts ?? '' });
    for (const text of ['second', 'third']) await slack.chat.postMessage({ channel: CHANNEL, text });
    const first = await slack.conversations.history({ channel: CHANNEL, limit: 2 });
    assert.deepEqual(
      first.messages?.map(message => message.text),
      ['third', 'second'],
    );
    assert.equal(first.has_more, true);
    const cursor = first.response_metadata?.next_cursor ?? '';
    const rest = await slack.conversations.history({
      channel: CHANNEL,
      limit: 2,
      cursor,
      include_all_metadata: true,
    });
    assert.deepEqual(
      rest.messages?.map(message => message.text),
      ['root'],
    );
    assert.deepEqual(rest.messages?.[0]?.metadata, metadata);
    const thread = await slack.conversations.replies({ channel: CHANNEL, ts: root.ts ?? '' });
    assert.deepEqual(
      thread.messages?.map(message => message.text),
      ['root', 'reply'],
    );
    assert.equal(thread.messages?.[0]?.metadata, undefined);
    const later = await slack.conversations.history({ channel: CHANNEL, oldest: root.ts ?? '' });
    assert.deepEqual(
      later.messages?.map(message => message.text),
      ['third', 'second'],
    );
    assert.equal(
      await errorOf(slack.conversations.replies({ channel: CHANNEL, ts: '1.000001' })),
      'thread_not_found',
    );
    assert.equal(
      await errorOf(slack.conversations.history({ channel: CHANNEL, cursor: 'x' })),
      'invalid_cursor',
    );
  });

  it('takes what is said and done, and nothing that is only asked', async () => {
    await using at = await stage('slack', { behaviour: { rates: 'none', echoes: false } });
    const slack = clientOf(at);
    const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'root' });
    await slack.conversations.history({ channel: CHANNEL });
    await slack.conversations.replies({ channel: CHANNEL, ts });
    await slack.conversations.info({ channel: CHANNEL });
    await slack.conversations.open({ users: 'U061F7AUR' });
    await slack.users.info({ user: 'U061F7AUR' });
    await slack.auth.test();
    await slack.chat.getPermalink({ channel: CHANNEL, message_ts: ts });
    await slack.files.getUploadURLExternal({ filename: 'a.txt', length: 1 });
    await slack.reactions.get({ channel: CHANNEL, timestamp: ts });
    await slack.reactions.add({ channel: CHANNEL, timestamp: ts, name: 'eyes' });
    const { received } = at.sandbox;
    assert.ok(received.every(({ status }) => status === 200));
    assert.deepEqual(
      received.filter(({ taken }) => taken).map(({ method }) => method),
      ['chat.postMessage', 'reactions.add'],
    );
  });

  it('changes and deletes what we posted, and nothing else', async () => {
    await using at = await stage('slack');
    const slack = clientOf(at);
    const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'old' });
    await slack.chat.update({ channel: CHANNEL, ts, text: 'new' });
    const { messages } = await slack.conversations.history({ channel: CHANNEL });
    assert.equal(messages?.[0]?.text, 'new');
    await slack.chat.delete({ channel: CHANNEL, ts });
    assert.equal(await errorOf(slack.chat.delete({ channel: CHANNEL, ts })), 'message_not_found');
    const theirs = webhookOf('slack', 'message');
    at.sandbox.note(ACCOUNT, theirs);
    const [, theirTs = ''] = (await messageOf('slack', theirs)).id.split(':');
    assert.equal(
      await errorOf(slack.chat.update({ channel: CHANNEL, ts: theirTs, text: 'x' })),
      'cant_update_message',
    );
    assert.equal(await errorOf(slack.chat.delete({ channel: CHANNEL, ts: theirTs })), 'cant_delete_message');
  });

  it('reacts once, and takes back once', async () => {
    await using at = await stage('slack', { behaviour: { strangers: 'refused' } });
    const slack = clientOf(at);
    const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'hi' });
    const it = { channel: CHANNEL, timestamp: ts, name: 'eyes' };
    assert.equal(await errorOf(slack.reactions.add(it)), 'ok');
    assert.equal(await errorOf(slack.reactions.add(it)), 'already_reacted');
    assert.equal(await errorOf(slack.reactions.remove(it)), 'ok');
    assert.equal(await errorOf(slack.reactions.remove(it)), 'no_reaction');
    assert.equal(await errorOf(slack.reactions.add({ ...it, name: 'not an emoji' })), 'invalid_name');
    assert.equal(await errorOf(slack.reactions.add({ ...it, timestamp: '1.000001' })), 'message_not_found');
  });

  it('opens direct messages, where posts to a person arrive', async () => {
    await using at = await stage('slack');
    const slack = clientOf(at);
    const opened = await slack.conversations.open({ users: 'U061F7AUR' });
    const posted = await slack.chat.postMessage({ channel: 'U061F7AUR', text: 'hi' });
    assert.equal(posted.channel, opened.channel?.id);
    assert.match(posted.channel ?? '', /^D/);
  });

  it('opens a view with a trigger of three seconds, once', async () => {
    let now = Date.now();
    await using at = await stage('slack', { now: () => now, behaviour: { strangers: 'refused' } });
    const slack = clientOf(at);
    const view: ModalView = { type: 'modal', title: { type: 'plain_text', text: 'Ticket' }, blocks: [] };
    const pressed = (id: string) => {
      at.sandbox.note(ACCOUNT, webhookOf('slack', 'command', { trigger_id: id }));
      return id;
    };
    const trigger_id = pressed('1.one');
    const opened = await slack.views.open({ trigger_id, view });
    assert.match(opened.view?.id ?? '', /^V/);
    assert.equal(await errorOf(slack.views.open({ trigger_id, view })), 'exchanged_trigger_id');
    assert.equal(await errorOf(slack.views.open({ trigger_id: 'never', view })), 'invalid_trigger_id');
    const late = pressed('1.two');
    now += 3_001;
    assert.equal(await errorOf(slack.views.open({ trigger_id: late, view })), 'expired_trigger_id');
    const view_id = opened.view?.id ?? '';
    assert.equal(await errorOf(slack.views.update({ view_id, view, hash: 'old' })), 'hash_conflict');
    assert.equal(await errorOf(slack.views.update({ view_id, view })), 'ok');
    const long: ModalView = { ...view, title: { type: 'plain_text', text: 'x'.repeat(25) } };
    assert.equal(await errorOf(slack.views.update({ view_id, view: long })), 'invalid_arguments');
  });

  it('takes files in three steps, as the client’s own upload does', async () => {
    await using at = await stage('slack');
    const slack = clientOf(at);
    const uploaded = await slack.filesUploadV2({
      channel_id: CHANNEL,
      file: Buffer.from('the very bytes'),
      filename: 'note.txt',
      initial_comment: 'Here it is',
    });
    assert.equal(uploaded.ok, true);
    const last = at.sandbox.received.at(-1);
    assert.deepEqual([last?.method, last?.conversation], ['files.completeUploadExternal', CHANNEL]);
    assert.equal(last?.text, 'Here it is\n(file note.txt)');
    assert.equal(
      await errorOf(slack.files.completeUploadExternal({ files: [{ id: 'F0NONE' }] })),
      'file_not_found',
    );
  });

  it('gives out files that people shared, with the token only', async () => {
    await using at = await stage('slack');
    const said = webhookOf('slack', 'file');
    at.sandbox.note(ACCOUNT, said);
    const { content } = await messageOf('slack', said);
    assert.ok(content.kind === 'media' && content.media.source.kind === 'platform');
    const { file } = await clientOf(at).files.info({ file: content.media.source.ref });
    const url = file?.url_private ?? '';
    const authorized = await fetch(url, { headers: { authorization: `Bearer ${secret('bot_token')}` } });
    assert.equal(authorized.headers.get('content-type'), 'image/png');
    const stranger = await fetch(url);
    assert.equal(stranger.status, 200);
    assert.equal(stranger.headers.get('content-type'), 'text/html');
  });

  it('shows what an assistant does, and says who people are', async () => {
    await using at = await stage('slack');
    const slack = clientOf(at);
    const thread = { channel_id: 'D0PNCRP9N', thread_ts: '1700000000.000100' };
    assert.equal(
      await errorOf(slack.assistant.threads.setStatus({ ...thread, status: 'is typing...' })),
      'ok',
    );
    assert.equal(await errorOf(slack.assistant.threads.setTitle({ ...thread, title: 'Orders' })), 'ok');
    const prompts = [{ title: 'Hours', message: 'When are you open?' }] as const;
    assert.equal(
      await errorOf(slack.assistant.threads.setSuggestedPrompts({ ...thread, prompts: [...prompts] })),
      'ok',
    );
    const { user } = await slack.users.info({ user: 'U061F7AUR' });
    assert.equal(user?.is_bot, false);
    assert.equal(await errorOf(slack.users.info({ user: 'U0NOTFOUND' })), 'user_not_found');
  });

  describe('refuses, as it is documented,', () => {
    const section = (text: string): JsonObject => ({ type: 'section', text: { type: 'mrkdwn', text } });
    const sections = (count: number, length: number) =>
      Array.from({ length: count }, () => section('x'.repeat(length)));
    const actions = (elements: readonly JsonObject[]) => [{ type: 'actions', elements }];
    const named = (count: number) => Array.from({ length: count }, (_, index) => button(`b${index}`));

    const refusals: readonly (readonly [string, string, JsonObject, string])[] = [
      ['no conversation', 'chat.postMessage', { channel: '' }, 'channel_not_found'],
      ['a name for a conversation', 'chat.postMessage', { channel: 'general' }, 'channel_not_found'],
      [
        'a conversation that is not there',
        'chat.postMessage',
        { channel: 'C0NOTFOUND' },
        'channel_not_found',
      ],
      ['an archived conversation', 'chat.postMessage', { channel: 'C0ARCHIVED' }, 'is_archived'],
      ['a conversation we are not in', 'chat.postMessage', { channel: 'C0NOTINIT' }, 'not_in_channel'],
      ['nothing said', 'chat.postMessage', { text: ' ' }, 'no_text'],
      ['a wrong thread', 'chat.postMessage', { thread_ts: 'yesterday' }, 'invalid_thread_ts'],
      ['wrong metadata', 'chat.postMessage', { metadata: { event_type: 'x' } }, 'invalid_metadata_format'],
      ['blocks that are none', 'chat.postMessage', { blocks: '[{"type"' }, 'invalid_blocks_format'],
      ['51 blocks', 'chat.postMessage', { blocks: sections(51, 1) }, 'invalid_blocks'],
      ['a section too long', 'chat.postMessage', { blocks: sections(1, 3_001) }, 'invalid_blocks'],
      ['blocks too long together', 'chat.postMessage', { blocks: sections(5, 2_900) }, 'msg_blocks_too_long'],
      ['26 buttons', 'chat.postMessage', { blocks: actions(named(26)) }, 'invalid_blocks'],
      [
        'a button twice',
        'chat.postMessage',
        { blocks: actions([button('a'), button('a')]) },
        'invalid_blocks',
      ],
      [
        'a label too long',
        'chat.postMessage',
        { blocks: actions([button('x'.repeat(76))]) },
        'invalid_blocks',
      ],
      ['a block nobody knows', 'chat.postMessage', { blocks: [{ type: 'hologram' }] }, 'invalid_blocks'],
      [
        'Markdown beside text',
        'chat.postMessage',
        { text: 'a', markdown_text: 'b' },
        'markdown_text_conflict',
      ],
      ['an edit of nothing', 'chat.update', { ts: '1.000001' }, 'message_not_found'],
      ['an edit too long', 'chat.update', { ts: 'OURS', text: 'x'.repeat(4_001) }, 'msg_too_long'],
      ['a word to nobody', 'chat.postEphemeral', { user: '' }, 'user_not_in_channel'],
      ['a method that is none', 'chat.sing', {}, 'unknown_method'],
    ];
    for (const [name, method, args, error] of refusals) {
      it(`${name}: ${error}`, async () => {
        await using at = await stage('slack');
        const slack = clientOf(at);
        const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'ours' });
        const all = { channel: CHANNEL, text: 'hello', ...args, ...(args.ts === 'OURS' ? { ts } : {}) };
        assert.equal(await errorOf(slack.apiCall(method, all)), error);
        assert.equal(at.sandbox.received.at(-1)?.taken, false);
      });
    }

    it('names the place in the blocks that is wrong', async () => {
      await using at = await stage('slack');
      const blocks = [section('fine'), section('x'.repeat(3_001))];
      const refusal = await clientOf(at)
        .apiCall('chat.postMessage', { channel: CHANNEL, text: 'a', blocks })
        .catch((error: { data: JsonObject }) => error.data);
      const { messages } = refusal.response_metadata as { messages: string[] };
      assert.match(messages[0] ?? '', /json-pointer:\/blocks\/1\/text\/text/);
    });

    it('a missing and a wrong token', async () => {
      await using at = await stage('slack');
      assert.equal(await errorOf(clientOf(at, 'xoxb-another').auth.test()), 'invalid_auth');
      const response = await fetch(`${at.url}/api/auth.test`, { method: 'POST' });
      assert.deepEqual(await response.json(), { ok: false, error: 'not_authed' });
    });
  });

  it('lets a short burst into a conversation, then one a second, with the wait named', async () => {
    let now = Date.now();
    await using at = await stage('slack', { now: () => now });
    const slack = clientOf(at);
    const post = (channel = CHANNEL) => errorOf(slack.chat.postMessage({ channel, text: 'hi' }));
    const burst = [await post(), await post(), await post(), await post()];
    assert.deepEqual(burst, ['ok', 'ok', 'ok', 'ok']);
    assert.equal(await post(), ErrorCode.RateLimitedError);
    const body = new URLSearchParams({ channel: CHANNEL, text: 'hi', token: secret('bot_token') });
    const raw = await fetch(`${at.url}/api/chat.postMessage`, { method: 'POST', body });
    assert.deepEqual([raw.status, raw.headers.get('retry-after')], [429, '1']);
    assert.equal(await post('C0ANOTHER'), 'ok');
    now += 1_000;
    assert.equal(await post(), 'ok');
  });
});
