/** Media through a whole hub, with the sandbox as the platforms: in with a message, out with another. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLES } from '../../src/sandbox/samples.ts';
import type { MessageView } from '../../src/storage/look-up.ts';
import { hubFolder, startOn, type TestHub, testHub, uncheckedWindow } from '../support/hub.ts';
import { visit } from '../support/visitor.ts';
import { until } from '../support/wait.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Somebody says it over the platform, which knows the file from then on. */
async function say(hub: TestHub, channel: string, trigger: string, params: Record<string, string> = {}) {
  const { body, contentType } = hub.draft(channel, trigger, params);
  const headers = { 'content-type': contentType };
  const said = await hub.sandbox(`say?account=${channel}`, { method: 'POST', body, headers });
  assert.equal(said.status, 202);
}

/** The message with media, once its file is no longer waiting. */
async function settled(hub: TestHub, channel: string): Promise<MessageView> {
  let found: MessageView | undefined;
  await until(async () => {
    [found] = (await hub.messages(`?channel=${channel}`)).filter(({ media }) => media.length > 0);
    return found?.media.every(({ finishedAt }) => finishedAt !== null) ?? false;
  }, 'the file');
  assert.ok(found !== undefined);
  return found;
}

async function bytesOf(hub: TestHub, id: string) {
  const response = await fetch(`${hub.url}/v1/media/${id}`, {
    headers: { authorization: `Bearer ${hub.token}` },
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** As the API's user gives it. */
async function give(hub: TestHub, bytes: Uint8Array, query = '', type = 'image/png'): Promise<string> {
  const headers = { 'content-type': type };
  const given = await hub.api(`/v1/media${query}`, { method: 'POST', body: new Uint8Array(bytes), headers });
  assert.equal(given.status, 201, given.text);
  return given.body.id;
}

async function send(hub: TestHub, channel: string, conversation: string, content: unknown) {
  const sent = await hub.api('/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel, conversation, content }),
  });
  assert.equal(sent.status, 202, sent.text);
  await hub.idle();
  return hub.trace(sent.body.id);
}

/** Where the sandbox plays the channel's platform. */
async function addressOf(hub: TestHub, channel: string): Promise<string> {
  const { accounts } = (await hub.sandbox('accounts')).body;
  return accounts.find((one: { id: string }) => one.id === channel).url;
}

/** Without what a hub says of its accounts when it starts. */
const calls = async (hub: TestHub) =>
  (await hub.sandbox('received?limit=10000')).body.received.filter(
    ({ method }: { method: string }) => method !== 'messenger_profile',
  );

describe('media that come in', () => {
  const ROADS = [
    { channel: 'support-whatsapp', trigger: 'image', sample: SAMPLES.image },
    { channel: 'support-whatsapp', trigger: 'voice', sample: SAMPLES.voice },
    { channel: 'team-slack', trigger: 'file', sample: null },
    { channel: 'helpdesk-teams', trigger: 'image', sample: SAMPLES.image },
    { channel: 'helpdesk-teams', trigger: 'file', sample: SAMPLES.document },
    { channel: 'page-messenger', trigger: 'image', sample: SAMPLES.image },
  ] as const;
  for (const { channel, trigger, sample } of ROADS) {
    it(`${channel}: the bytes of a ${trigger} are kept, and given out as a download`, async () => {
      await using hub = await testHub();
      // The one platform that names an address: here one of the sandbox.
      const params: Record<string, string> =
        channel === 'page-messenger' ? { url: `${await addressOf(hub, channel)}/files/image` } : {};
      await say(hub, channel, trigger, params);
      const { media, id } = await settled(hub, channel);
      const [kept] = media;
      assert.ok(kept !== undefined);
      assert.equal(kept.state, 'stored', kept.reason ?? '');
      assert.equal(kept.message, id);
      const { response, bytes } = await bytesOf(hub, kept.id);
      assert.equal(response.status, 200);
      if (sample !== null) assert.deepEqual(bytes, sample.bytes);
      assert.equal(kept.bytes, bytes.length);
      assert.equal(kept.sha256, sha256(bytes));
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(response.headers.get('content-type'), kept.type);
      assert.match(response.headers.get('content-disposition') ?? '', /^attachment; /);
      assert.deepEqual((await hub.trace(id)).inbound?.media, media);
    });
  }

  it('a file that is not there is given up in sight, and its message goes on', async () => {
    await using hub = await testHub();
    const { body, contentType } = hub.draft('support-whatsapp', 'image', { id: '777000777000777' });
    // Not by way of the sandbox: it never hears of the file.
    await hub.post('support-whatsapp', { body, contentType });
    await hub.idle();
    const [message] = await hub.messages('?channel=support-whatsapp');
    assert.equal(message?.state, 'done');
    await until(async () => {
      const [now] = await hub.messages('?channel=support-whatsapp');
      return now?.media[0]?.reason !== null;
    }, 'the first try');
    const [after] = await hub.messages('?channel=support-whatsapp');
    assert.match(after?.media[0]?.reason ?? '', /^refused: the platform answered 400/);
    const { response } = await bytesOf(hub, after?.media[0]?.id ?? '');
    assert.equal(response.status, 404);
  });

  it('what waits for its file at the end of the process is fetched by the next', async () => {
    using folder = hubFolder();
    {
      await using hub = await startOn(folder, { roles: { intake: true, pipeline: false, delivery: false } });
      await hub.post('support-whatsapp', hub.draft('support-whatsapp', 'image', { id: '777000777000111' }));
      await until(async () => (await hub.messages('?channel=support-whatsapp')).length === 1, 'the message');
      assert.equal((await hub.messages('?channel=support-whatsapp'))[0]?.media[0]?.state, 'waiting');
    }
    await using hub = await startOn(folder);
    const [message] = await hub.messages('?channel=support-whatsapp');
    const again = JSON.parse((await hub.trace(message?.id ?? '')).raw?.body ?? '{}');
    const headers = { 'content-type': 'application/json' };
    // The sandbox began anew as well: it is told of the file it knew.
    await hub.sandbox('note?account=support-whatsapp', {
      method: 'POST',
      body: JSON.stringify(again),
      headers,
    });
    assert.equal((await settled(hub, 'support-whatsapp')).media[0]?.state, 'stored');
  });
});

describe('media of the API', () => {
  it('are kept by their bytes, whatever they are called', async () => {
    await using hub = await testHub();
    const page = Buffer.from('<!DOCTYPE html><script>alert(1)</script>');
    const id = await give(
      hub,
      page,
      `?name=${encodeURIComponent('../../etc/p\r\nX: y"ä.jpg')}`,
      'image/jpeg',
    );
    const { response, bytes } = await bytesOf(hub, id);
    assert.deepEqual(bytes, page);
    assert.equal(response.headers.get('content-type'), 'application/octet-stream');
    assert.equal(
      response.headers.get('content-disposition'),
      `attachment; filename="pX_ y__.jpg"; filename*=UTF-8''pX_%20y_%C3%A4.jpg`,
    );
    assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/);
    const head = await fetch(`${hub.url}/v1/media/${id}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${hub.token}` },
    });
    assert.equal(head.headers.get('content-length'), String(page.length));
  });

  it('are refused where they are empty or too large, and nothing is left behind', async () => {
    await using hub = await testHub({ 'hub.yaml': SMALL });
    const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
      hub.api('/v1/media', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    assert.equal((await post('')).status, 422);
    assert.equal((await post(new Uint8Array(70_000))).status, 413);
    const endless = new ReadableStream({
      pull: controller => controller.enqueue(new Uint8Array(10_000)),
    });
    await post(endless).then(
      ({ status }) => assert.equal(status, 413),
      () => {},
    );
    await give(hub, SAMPLES.image.bytes);
    const incoming = join(hub.config.data, 'media', 'incoming');
    await until(() => readdirSync(incoming).length === 0, 'an empty folder');
  });

  it('want the token of the API, and ids are not paths', async () => {
    await using hub = await testHub();
    assert.equal((await fetch(`${hub.url}/v1/media/abc`)).status, 401);
    assert.equal((await fetch(`${hub.url}/v1/media`, { method: 'POST', body: 'x' })).status, 401);
    for (const id of [
      '..%2f..%2fhub.db',
      '%252e%252e%252fhub.db',
      'a'.repeat(32),
      '%2e%2e%2fx',
      '%00',
      '%ff',
    ])
      assert.ok([400, 404].includes((await hub.api(`/v1/media/${id}`)).status), id);
    assert.equal((await hub.api('/v1/media/x', { method: 'PUT' })).status, 405);
    assert.equal((await hub.api('/v1/media?channel=nowhere', { method: 'POST', body: 'x' })).status, 422);
  });
});

describe('media that go out', () => {
  it('support-whatsapp: a kept file is uploaded, then shown by the id the platform gave', async () => {
    await using hub = await testHub(uncheckedWindow());
    const id = await give(hub, SAMPLES.image.bytes, '?name=plan.png');
    const media = { type: 'image', source: { kind: 'stored', id }, name: 'plan.png' };
    const trace = await send(hub, 'support-whatsapp', '15550100001', {
      kind: 'media',
      media,
      caption: 'See *here*',
    });
    assert.equal(trace.outbound[0]?.view.state, 'sent', JSON.stringify(trace.outbound[0]?.deliveries));
    assert.deepEqual(
      trace.outbound[0]?.view.media.map(one => one.id),
      [id],
    );
    assert.deepEqual(trace.outbound[0]?.losses, []);
    const [upload, message] = await calls(hub);
    assert.deepEqual([upload.method, message.method], ['media upload', 'messages']);
    assert.match(message.body.image.id, /^\d+$/);
    assert.equal(message.body.image.caption, 'See _here_');
    // What the platform has is what we have: it gives the same bytes back.
    const { adapter } = hub.channel('support-whatsapp');
    const { access_token } = adapter.credentials as { access_token: string };
    const url = await addressOf(hub, 'support-whatsapp');
    const authorization = `Bearer ${access_token}`;
    const described = await fetch(`${url}/v25.0/${message.body.image.id}`, {
      headers: { authorization },
    });
    const told = (await described.json()) as { sha256: string; mime_type: string };
    assert.deepEqual([told.sha256, told.mime_type], [sha256(SAMPLES.image.bytes), 'image/png']);
  });

  it('support-whatsapp: an upload that fails is no message, and is tried again', async () => {
    await using hub = await testHub(uncheckedWindow());
    const id = await give(hub, SAMPLES.image.bytes);
    const headers = { 'content-type': 'application/json' };
    // Taken, and nobody knows: a message would be ambiguous, an upload is not.
    const act = { kind: 'answer', status: 500, delivered: true };
    const rules = [{ match: { path: '/media' }, times: 1, do: act }];
    const set = await hub.sandbox('scenario', { method: 'POST', body: JSON.stringify({ rules }), headers });
    assert.equal(set.status, 200, set.text);
    const media = { type: 'image', source: { kind: 'stored', id } };
    const trace = await send(hub, 'support-whatsapp', '15550100001', { kind: 'media', media });
    assert.equal(trace.outbound[0]?.view.state, 'sent');
    assert.deepEqual(
      trace.outbound[0]?.deliveries[0]?.tries.map(({ fault }) => fault?.code ?? null),
      ['unavailable', null],
    );
    const messages = (await calls(hub)).filter((call: { method: string }) => call.method === 'messages');
    assert.equal(messages.length, 1);
  });

  it('support-whatsapp: a file the hub does not keep is refused, not sent without it', async () => {
    await using hub = await testHub(uncheckedWindow());
    const media = { type: 'image', source: { kind: 'stored', id: '0'.repeat(32) } };
    const trace = await send(hub, 'support-whatsapp', '15550100001', { kind: 'media', media });
    assert.equal(trace.outbound[0]?.view.state, 'dead');
    assert.equal(trace.outbound[0]?.deliveries[0]?.fault?.code, 'invalid-message');
    assert.deepEqual(await calls(hub), []);
  });

  it('team-slack: an address is asked for, the bytes go there, and the file is shared with its caption', async () => {
    await using hub = await testHub(uncheckedWindow());
    const pdf = SAMPLES.document.bytes;
    const id = await give(hub, pdf, '?name=terms.pdf', 'application/pdf');
    await say(hub, 'team-slack', 'text', { text: 'hello' });
    await until(async () => (await hub.messages('?channel=team-slack')).length === 1, 'the message');
    await hub.idle();
    const [{ conversation = '' } = {}] = await hub.messages('?channel=team-slack');
    const media = { type: 'file', source: { kind: 'stored', id }, name: 'terms.pdf' };
    const trace = await send(hub, 'team-slack', conversation, {
      kind: 'media',
      media,
      caption: 'The *terms*',
    });
    assert.equal(trace.outbound[0]?.view.state, 'sent', JSON.stringify(trace.outbound[0]?.deliveries));
    const made = (await calls(hub)).slice(-3);
    assert.deepEqual(
      made.map((call: { method: string }) => call.method),
      ['files.getUploadURLExternal', 'upload', 'files.completeUploadExternal'],
    );
    assert.equal(made[1].sha256, sha256(pdf));
    assert.match(made[2].text, /The _terms_/);
    assert.match(made[2].text, /file terms\.pdf/);
    assert.equal(made[2].conversation, conversation);
  });

  it('page-messenger: a kept file is uploaded, then shown by the id the platform gave', async () => {
    await using hub = await testHub(uncheckedWindow());
    const channel = hub.config.channels.find(({ type }) => type === 'messenger')?.id ?? '';
    const id = await give(hub, SAMPLES.image.bytes, '?name=plan.png');
    const media = { type: 'image', source: { kind: 'stored', id }, name: 'plan.png' };
    const trace = await send(hub, channel, '4711471147114711', { kind: 'media', media });
    assert.equal(trace.outbound[0]?.view.state, 'sent', JSON.stringify(trace.outbound[0]?.deliveries));
    assert.deepEqual(trace.outbound[0]?.losses, []);
    const [upload, message] = await calls(hub);
    assert.deepEqual(
      [upload.method, upload.status, message.method],
      ['message_attachments', 200, 'messages'],
    );
    const { type, payload } = message.body.message.attachment;
    assert.equal(type, 'image');
    assert.match(payload.attachment_id, /^\d+$/);
  });

  it('site-chat: the visitor gets an address that opens the file, for a while, without a token', async () => {
    await using hub = await testHub(uncheckedWindow());
    await using visitor = await visit(hub.url, 'site-chat');
    assert.equal(await visitor.say({ id: 'first', type: 'text', text: 'hello' }), 200);
    await visitor.told(1);
    const id = await give(hub, SAMPLES.image.bytes, '?name=plan.png');
    const media = { type: 'image', source: { kind: 'stored', id }, name: 'plan.png' };
    const [{ conversation = '' } = {}] = await hub.messages('?channel=site-chat');
    const trace = await send(hub, 'site-chat', conversation, { kind: 'media', media });
    assert.equal(trace.outbound[0]?.view.state, 'sent');
    const [, told] = await visitor.told(2);
    const url = JSON.stringify(told?.wire).match(/"(\/media\/[^"]+)"/)?.[1] ?? '';
    const opened = await fetch(hub.url + url);
    assert.equal(opened.status, 200);
    assert.deepEqual(Buffer.from(await opened.arrayBuffer()), SAMPLES.image.bytes);
    const forged = url.replace(/.$/, last => (last === 'A' ? 'B' : 'A'));
    assert.equal((await fetch(hub.url + forged.replace(id, '0'.repeat(32)))).status, 404);
  });
});

const SMALL = `version: 1
http: { listen: 127.0.0.1:0 }
media: { max_size: 60kb }
`;
