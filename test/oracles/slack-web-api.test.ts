/** Slack’s own client at the sandbox: the calls that a workspace answers beside those of the adapter. */
import assert from 'node:assert/strict';
import type { HomeView, ModalView } from '@slack/web-api';
import { clientOf } from '../sandbox/slack-client.ts';
import { ACCOUNT, secret, stage, webhookOf } from '../sandbox/support.ts';

const CHANNEL = 'C061EG9SL';
const PERSON = 'U061F7AUR';

const quiet = { behaviour: { rates: 'none', echoes: false } } as const;
const calm = () => stage('slack', quiet);

describe('Slack’s own client at the sandbox', () => {
  it('looks at conversations, joins and opens them', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const { channel } = await slack.conversations.info({ channel: CHANNEL });
    assert.deepEqual([channel?.id, channel?.is_im, channel?.is_member], [CHANNEL, false, true]);
    assert.equal((await slack.conversations.join({ channel: CHANNEL })).channel?.id, CHANNEL);
    const opened = await slack.conversations.open({ users: PERSON });
    const again = await slack.conversations.open({ channel: opened.channel?.id ?? '' });
    assert.equal(again.channel?.id, opened.channel?.id);
    const direct = await slack.conversations.info({ channel: opened.channel?.id ?? '' });
    assert.equal(direct.channel?.is_im, true);
  });

  it('walks a history page by page with its own paginator, and misses nothing', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const said = Array.from({ length: 25 }, (_, n) => `text ${n}`);
    for (const text of said) await slack.chat.postMessage({ channel: CHANNEL, text });
    const found: (string | undefined)[] = [];
    for await (const page of slack.paginate('conversations.history', { channel: CHANNEL, limit: 7 })) {
      const { messages } = page as unknown as { messages: { text: string }[] };
      found.push(...messages.map(({ text }) => text));
    }
    assert.deepEqual(found.toReversed(), said);
  });

  it('writes to one person alone, and links to what it wrote', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const alone = await slack.chat.postEphemeral({ channel: CHANNEL, user: PERSON, text: 'only you' });
    assert.match(alone.message_ts ?? '', /^\d+\.\d+$/);
    const { messages = [] } = await slack.conversations.history({ channel: CHANNEL });
    assert.deepEqual(messages, [], 'nobody else sees it');
    const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'all of you' });
    const { permalink } = await slack.chat.getPermalink({ channel: CHANNEL, message_ts: ts });
    assert.ok(permalink?.endsWith(`/archives/${CHANNEL}/p${ts.replace('.', '')}`));
  });

  it('shows reactions with the message they are on, until they are taken back', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'hi' });
    const one = { channel: CHANNEL, timestamp: ts };
    await slack.reactions.add({ ...one, name: 'eyes' });
    await slack.reactions.add({ ...one, name: 'tada' });
    const namesOf = async (): Promise<readonly (string | undefined)[]> => {
      const { message } = (await slack.reactions.get(one)) as {
        message?: { reactions?: { name?: string }[] };
      };
      return (message?.reactions ?? []).map(({ name }) => name);
    };
    assert.deepEqual(await namesOf(), ['eyes', 'tada']);
    await slack.reactions.remove({ ...one, name: 'eyes' });
    assert.deepEqual(await namesOf(), ['tada']);
  });

  it('opens a view upon another, and a home that needs no trigger', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const modal: ModalView = { type: 'modal', title: { type: 'plain_text', text: 'Ticket' }, blocks: [] };
    const triggerOf = (id: string): string => {
      at.sandbox.note(ACCOUNT, webhookOf('slack', 'command', { trigger_id: id }));
      return id;
    };
    const first = await slack.views.open({ trigger_id: triggerOf('1.a'), view: modal });
    const second = await slack.views.push({ trigger_id: triggerOf('1.b'), view: modal });
    assert.notEqual(second.view?.id, first.view?.id);
    const { hash = '' } = first.view ?? {};
    const changed = await slack.views.update({ view_id: first.view?.id ?? '', view: modal, hash });
    assert.notEqual(changed.view?.hash, hash);
    const home: HomeView = { type: 'home', blocks: [] };
    const published = await slack.views.publish({ user_id: PERSON, view: home });
    assert.equal(published.view?.type, 'home');
  });

  it('uploads several files into one share, and describes each', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const texts = ['one', 'two'];
    const uploaded = await slack.filesUploadV2({
      channel_id: CHANNEL,
      file_uploads: texts.map(text => ({ file: Buffer.from(text), filename: `${text}.txt` })),
    });
    assert.equal(uploaded.ok, true);
    const { messages = [] } = await slack.conversations.history({ channel: CHANNEL });
    const files = messages.flatMap(message => message.files ?? []);
    assert.deepEqual(
      files.map(({ name, size }) => [name, size]),
      [
        ['one.txt', 3],
        ['two.txt', 3],
      ],
    );
    for (const { id = '', name } of files) {
      const { file } = await slack.files.info({ file: id });
      const got = await fetch(file?.url_private ?? '', {
        headers: { authorization: `Bearer ${secret('bot_token')}` },
      });
      assert.equal(`${await got.text()}.txt`, name);
    }
  });

  it('sees the message as it is after an edit, and no more after a deletion', async () => {
    await using at = await calm();
    const slack = clientOf(at);
    const { ts = '' } = await slack.chat.postMessage({ channel: CHANNEL, text: 'old' });
    const reply = await slack.chat.postMessage({ channel: CHANNEL, text: 'reply', thread_ts: ts });
    await slack.chat.update({ channel: CHANNEL, ts: reply.ts ?? '', text: 'better' });
    const texts = async (): Promise<readonly (string | undefined)[]> =>
      ((await slack.conversations.replies({ channel: CHANNEL, ts })).messages ?? []).map(({ text }) => text);
    assert.deepEqual(await texts(), ['old', 'better']);
    await slack.chat.delete({ channel: CHANNEL, ts: reply.ts ?? '' });
    assert.deepEqual(await texts(), ['old']);
  });
});
