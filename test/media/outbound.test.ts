/** What becomes of files the hub keeps in the calls of platforms that take uploads. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { OutboundMedia } from '../../src/channels/channel.ts';
import { httpClient } from '../../src/channels/http.ts';
import { renderer as renderMessenger } from '../../src/channels/messenger/render.ts';
import { slackClient } from '../../src/channels/slack/client.ts';
import { renderer as renderSlack } from '../../src/channels/slack/render.ts';
import { uploader } from '../../src/channels/slack/upload.ts';
import { render as renderWhatsApp } from '../../src/channels/whatsapp/render.ts';
import type { OutboundContent } from '../../src/message/content.ts';
import { outboundMessage } from '../support/messages.ts';
import { type Behaviour, ID, site } from './support.ts';

const STORED = { type: 'image', source: { kind: 'stored', id: ID }, name: 'plan.png' } as const;
const BYTES = Buffer.from('the bytes of a plan');

const shelf = (found = true): OutboundMedia => ({
  open: async id =>
    found && id === ID
      ? { name: 'plan.png', type: 'image/png', bytes: BYTES.length, stream: Readable.from([BYTES]) }
      : null,
  path: () => '/media/x',
  link: () => null,
});

const message = (content: OutboundContent) =>
  outboundMessage({ content, address: { tenant: 'default', channel: 'test', conversation: 'C0123456789' } });
const picture = (caption?: string): OutboundContent => ({
  kind: 'media',
  media: STORED,
  ...(caption === undefined ? {} : { caption }),
});
const card: OutboundContent = {
  kind: 'card',
  title: 'Plan',
  image: STORED,
  choices: [{ id: 'ok', label: 'OK' }],
};

describe('files the hub keeps, rendered', () => {
  const slack = renderSlack({ unfurl_links: false }, true);
  it('slack: as an upload with its caption', () => {
    const { wires, losses } = slack(message(picture('See *here*')));
    assert.deepEqual(losses, []);
    assert.deepEqual(wires, [
      {
        method: 'files.completeUploadExternal',
        arguments: {
          channel_id: 'C0123456789',
          initial_comment: 'See _here_',
          files: [{ title: 'plan.png' }],
        },
        upload: ID,
      },
    ]);
  });
  it('slack: before a caption that is several messages, and before its card', () => {
    const long = slack(message(picture('word '.repeat(3_000))));
    assert.equal(long.wires[0]?.upload, ID);
    assert.equal(long.wires[0]?.arguments.initial_comment, undefined);
    assert.ok(long.wires.length > 2);
    assert.ok(
      long.wires
        .slice(1)
        .every(({ method, upload }) => method === 'chat.postMessage' && upload === undefined),
    );
    const shown = slack(message(card));
    assert.deepEqual(
      shown.wires.map(({ method }) => method),
      ['files.completeUploadExternal', 'chat.postMessage'],
    );
  });
  it('slack: in the thread of the message', () => {
    const { wires } = slack({ ...message(picture()), replyTo: 'C0123456789:1700000000.000100' });
    assert.equal(wires[0]?.arguments.thread_ts, '1700000000.000100');
  });
  it('whatsapp: as an upload, in media and in the header of a card', () => {
    const [shown] = renderWhatsApp(message(picture('x')), true).wires;
    assert.deepEqual(shown?.uploads, [ID]);
    const [offered] = renderWhatsApp(message(card), true).wires;
    assert.deepEqual(offered?.uploads, [ID]);
    const [said] = renderWhatsApp(message({ kind: 'text', text: '{"stored":"x"}' }), true).wires;
    assert.equal(said?.uploads, undefined);
  });
  it('whatsapp, messenger: never by what somebody wrote into a native message', () => {
    const body = { type: 'image', image: { stored: ID } };
    const native = (platform: string, more = {}): OutboundContent => ({
      kind: 'native',
      platform,
      body: { ...body, ...more },
    });
    assert.equal(renderWhatsApp(message(native('whatsapp')), true).wires[0]?.uploads, undefined);
  });
  it('messenger: as an upload, before a card', () => {
    const render = renderMessenger({ messaging: 'response', notification: 'regular' }, true);
    assert.deepEqual(
      render(message(picture())).wires.map(({ uploads }) => uploads),
      [[ID]],
    );
    const { wires, losses } = render(message(card));
    assert.deepEqual(
      wires.map(({ uploads }) => uploads),
      [[ID], undefined],
    );
    assert.equal(losses.length, 1);
  });
  it('everywhere: by name and with a loss, where the hub has no store', () => {
    for (const { wires, losses } of [
      renderSlack({ unfurl_links: false })(message(picture())),
      renderWhatsApp(message(picture())),
      renderMessenger({ messaging: 'response', notification: 'regular' })(message(picture())),
    ]) {
      assert.ok(losses.length > 0);
      assert.match(JSON.stringify(wires), /plan\.png/);
      assert.ok(!JSON.stringify(wires).includes(ID));
    }
  });
});

describe('an upload to Slack', () => {
  /** A Web API that answers each method with this, and takes bytes at /upload. */
  async function upload(answers: Readonly<Record<string, unknown>>, { found = true, channel = 'C1' } = {}) {
    const got: { path: string; body: string; authorization: string | undefined }[] = [];
    const behave: Behaviour = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const { authorization } = request.headers;
        got.push({ path, body: Buffer.concat(chunks).toString(), authorization });
        const answer = answers[path.replace('/api/', '')] ?? { ok: false, error: 'unknown_method' };
        response.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer).replaceAll('HERE', `http://${request.headers.host}`));
      });
    };
    await using server = await site(behave);
    await using http = httpClient();
    const api = { base_url: `${server.url}/api` };
    const credentials = { bot_token: 'xoxb-secret', signing_secret: 'x'.repeat(16) };
    const call = slackClient({ api, credentials }, http);
    const write = uploader({ api }, { call, http, now: Date.now, media: shelf(found) });
    const wire = {
      method: 'files.completeUploadExternal',
      arguments: { channel_id: channel, files: [{ title: 'plan.png' }] },
      upload: ID,
    };
    const signal = AbortSignal.timeout(10_000);
    return { written: await write(wire, { marker: 'm', attempt: 1, seq: 1, signal }), got };
  }
  const begun = { ok: true, upload_url: 'HERE/upload', file_id: 'F0AB' };

  it('brings the bytes to the address it was given, without the token', async () => {
    const { written, got } = await upload({ 'files.getUploadURLExternal': begun, '/upload': 'OK' });
    assert.ok(written.ok);
    assert.deepEqual(written.wire.arguments, {
      channel_id: 'C1',
      files: [{ id: 'F0AB', title: 'plan.png' }],
    });
    assert.match(got[0]?.body ?? '', /length=19/);
    assert.deepEqual(got[1], { path: '/upload', body: String(BYTES), authorization: undefined });
  });
  it('brings them nowhere else', async () => {
    for (const url of [
      'http://169.254.169.254/x',
      'https://files.slack.com.evil.example/x',
      'https://evil.example/',
      'http://files.slack.com/x',
      'x',
    ]) {
      const { written, got } = await upload({ 'files.getUploadURLExternal': { ...begun, upload_url: url } });
      assert.equal(!written.ok && written.fault.code, 'unavailable', url);
      assert.equal(got.length, 1);
    }
  });
  it('opens the direct message of a person first', async () => {
    const opened = { ok: true, channel: { id: 'D77' } };
    const answers = { 'conversations.open': opened, 'files.getUploadURLExternal': begun, '/upload': 'OK' };
    const { written } = await upload(answers, { channel: 'U42' });
    assert.equal(written.ok && written.wire.arguments.channel_id, 'D77');
  });
  for (const [what, answers, options, code] of [
    ['a refusal', { 'files.getUploadURLExternal': { ok: false, error: 'invalid_auth' } }, {}, 'unauthorized'],
    ['an answer that says nothing', { 'files.getUploadURLExternal': {} }, {}, 'unavailable'],
    ['an error of theirs', { 'files.getUploadURLExternal': begun, '/upload': 500 }, {}, 'unavailable'],
    ['a file that is not kept', {}, { found: false }, 'invalid-message'],
  ] as const)
    it(`ends before the message by ${what}, so nothing is ambiguous`, async () => {
      const { written } = await upload(answers, options);
      assert.equal(!written.ok && written.fault.code, code);
    });
});
