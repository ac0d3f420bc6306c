/** Files of visitors: kept by the door, named in a frame by a reference that is good for nobody else. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { SAMPLES } from '../../../src/sandbox/samples.ts';
import { type TestHub, testHub } from '../../support/hub.ts';
import { until } from '../../support/wait.ts';
import { bearer, type TestDoor, type TestDoorOptions, testDoor } from './support.ts';

const PNG = SAMPLES.image.bytes;
const HTML = Buffer.from('<!doctype html><script>alert(1)</script>');

interface Given {
  readonly body?: Uint8Array;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

const upload = (
  door: TestDoor,
  token: string,
  { body = PNG, type = 'image/png', headers = {} }: Given = {},
) =>
  fetch(`${door.url}upload`, {
    method: 'POST',
    headers: { origin: door.origin, 'content-type': type, ...bearer(token), ...headers },
    body: new Uint8Array(body),
  });

const errorOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code;
const referenceOf = async (answer: Response) => ((await answer.json()) as { upload: string }).upload;

const uploads = (more: object): TestDoorOptions => ({ config: { receive: { uploads: { ...more } } } });

describe('web chat: uploads', () => {
  it('keeps a file by its bytes, and a frame names it', async () => {
    await using door = await testDoor();
    const { token } = await door.session();
    const answer = await upload(door, token, {
      headers: { 'x-patchbay-name': encodeURIComponent('Rechnung Ñ “7”.png') },
    });
    assert.equal(answer.status, 200);
    const { upload: reference, ...told } = (await answer.json()) as { upload: string };
    assert.deepEqual(told, { name: 'Rechnung Ñ “7”.png', type: 'image/png', bytes: PNG.length });
    assert.deepEqual(door.hall.kept[0]?.bytes, PNG);
    const frame = { id: 'f-1', type: 'media', upload: reference, caption: 'the bill' };
    const taken = await door.post('messages', frame, bearer(token));
    assert.equal(taken.status, 200);
    assert.deepEqual(door.hall.frames(), [
      {
        id: 'f-1',
        type: 'media',
        caption: 'the bill',
        media: {
          id: '1'.padStart(32, '0'),
          name: 'Rechnung Ñ “7”.png',
          type: 'image/png',
          bytes: PNG.length,
        },
      },
    ]);
    const again = await door.post('messages', frame, bearer(token));
    assert.deepEqual(
      [again.status, door.hall.frames().length],
      [200, 1],
      'the same frame is the same message',
    );
  });

  it('takes a reference over a socket as well', async () => {
    await using door = await testDoor();
    const { token } = await door.session();
    const reference = await referenceOf(await upload(door, token));
    const socket = await door.hello(token);
    socket.send({ id: 'f-1', type: 'media', upload: reference });
    await socket.next('ack');
    assert.equal(door.hall.frames()[0]?.type, 'media');
  });

  it('takes no reference of another visitor, none that was changed, and no file named outright', async () => {
    await using door = await testDoor();
    const [ada, eve] = [await door.session(), await door.session()];
    const reference = await referenceOf(await upload(door, ada.token));
    const [text = '', mac = ''] = reference.split('.');
    const other = JSON.parse(Buffer.from(text, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...other, conversation: eve.conversation }));
    const media = { id: '1'.padStart(32, '0') };
    const frames = [
      { upload: reference },
      { upload: `${forged.toString('base64url')}.${mac}` },
      { upload: `${text}.` },
      { upload: `.${mac}` },
      { upload: `${reference}.x` },
      { upload: 'x'.repeat(10_000) },
      { upload: '' },
      { upload: 7 },
      { media },
      { upload: reference, media },
    ];
    for (const [index, frame] of frames.entries()) {
      const answer = await door.post(
        'messages',
        { id: `f-${index}`, type: 'media', ...frame },
        bearer(eve.token),
      );
      assert.equal(answer.status, 422, JSON.stringify(frame).slice(0, 60));
    }
    assert.deepEqual(door.hall.frames(), []);
  });

  const refusals: readonly (readonly [name: string, given: Given, status: number, code: string])[] = [
    ['larger than it may be', { body: Buffer.alloc(50_001) }, 413, 'too-large'],
    ['of a type that is not taken', { type: 'application/zip' }, 415, 'unsupported-media-type'],
    ['of a type that is only claimed', { body: HTML }, 415, 'unsupported-media-type'],
    [
      'a page without a type',
      { body: HTML, type: 'application/octet-stream' },
      415,
      'unsupported-media-type',
    ],
    ['without a word on its type', { type: '' }, 415, 'unsupported-media-type'],
    ['compressed', { headers: { 'content-encoding': 'gzip' } }, 415, 'unsupported-media-type'],
    ['empty', { body: Buffer.alloc(0) }, 422, 'invalid'],
  ];
  for (const [name, given, status, code] of refusals) {
    it(`refuses a file ${name}`, async () => {
      await using door = await testDoor(uploads({ max_size: '50kb', types: ['image/png'] }));
      const { token } = await door.session();
      const answer = await upload(door, token, given);
      assert.deepEqual([answer.status, await errorOf(answer)], [status, code]);
      assert.equal(door.hall.kept.length, 0);
      assert.equal((await upload(door, token, { body: PNG })).status, 200, 'the next is taken');
    });
  }

  it('takes nothing without a session, from another site, or by another method', async () => {
    await using door = await testDoor();
    const { token } = await door.session();
    assert.equal((await upload(door, 'x')).status, 401);
    assert.equal((await upload(door, token, { headers: { origin: 'https://evil.example' } })).status, 403);
    const got = await fetch(`${door.url}upload`, { headers: { origin: door.origin, ...bearer(token) } });
    assert.equal(got.status, 405);
    const preflight = await fetch(`${door.url}upload`, {
      method: 'OPTIONS',
      headers: { origin: door.origin },
    });
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /x-patchbay-name/);
  });

  it('counts while it streams: a body without a length is cut at the limit', async () => {
    await using door = await testDoor(uploads({ max_size: '100kb' }));
    const { token } = await door.session();
    const status = await endless(door, token, 'image/png');
    assert.equal(status, 413);
    assert.equal(door.hall.kept.length, 0);
  });

  it('ends a body of which nothing comes any more', async () => {
    await using door = await testDoor({ limits: { uploadStallMs: 50 } });
    const { token } = await door.session();
    const cut = new Promise<string>(resolve => {
      const sent = open(door, token, 'image/png');
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      sent.on('response', answer => resolve(String(answer.statusCode)));
      sent.write(PNG.subarray(0, 10));
    });
    assert.match(await cut, /^(?:ECONNRESET|EPIPE)$/);
    assert.equal((await upload(door, token)).status, 200, 'and leaves nothing behind');
  });

  it('limits how many come in at once', async () => {
    await using door = await testDoor({
      ...uploads({ per_minute: 1_000 }),
      limits: { uploadsPerVisitor: 1 },
    });
    const { token } = await door.session();
    const first = open(door, token, 'image/png');
    first.on('error', () => {});
    first.write(PNG.subarray(0, 10));
    await until(async () => (await upload(door, token)).status === 429, 'the second to be refused');
    const answered = new Promise(resolve => first.on('response', resolve));
    first.end(PNG.subarray(10));
    await answered;
    assert.equal((await upload(door, token)).status, 200, 'one after the other');
  });

  it('limits how many come in a minute, of each visitor', async () => {
    await using door = await testDoor({ ...uploads({ per_minute: 3 }), now: () => 1_800_000_000_000 });
    const { token } = await door.session();
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await upload(door, token)).status);
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    const { token: another } = await door.session();
    assert.equal((await upload(door, another)).status, 200, 'of another visitor');
  });

  it('says that it is to be tried again where the hub cannot keep it now', async () => {
    await using door = await testDoor();
    const { token } = await door.session();
    door.hall.refusing = true;
    const answer = await upload(door, token);
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1']);
  });

  it('is not there where no type is taken, and the widget is told', async () => {
    await using none = await testDoor(uploads({ types: [] }));
    await using some = await testDoor(uploads({ max_size: '1mb', types: ['image/*'] }));
    const look = async (door: TestDoor) =>
      ((await (await fetch(`${door.url}config`)).json()) as { uploads?: unknown }).uploads;
    assert.equal(await look(none), undefined);
    assert.deepEqual(await look(some), { max_bytes: 1_000_000, types: ['image/*'] });
    const { token } = await none.session();
    assert.equal((await upload(none, token)).status, 404);
  });
});

function open(door: TestDoor, token: string, type: string) {
  const headers = { origin: door.origin, 'content-type': type, ...bearer(token) };
  return httpRequest(`${door.url}upload`, { method: 'POST', headers, agent: false });
}

/** Until an answer comes. */
async function endless(door: TestDoor, token: string, type: string): Promise<number> {
  const sent = open(door, token, type);
  let status = 0;
  sent.on('error', () => {});
  sent.on('response', answer => {
    status = answer.statusCode ?? 0;
  });
  for (let n = 0; n < 1_000 && status === 0; n++) {
    sent.write(Buffer.alloc(16_384));
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  sent.destroy();
  return status;
}

/** A visitor's session at a hub's web chat. */
async function sessionAt(hub: TestHub) {
  const door = `${hub.url}/web/site-chat/`;
  const headers = { origin: hub.url, 'content-type': 'application/json' };
  const session = await fetch(`${door}session`, { method: 'POST', headers, body: '{}' });
  const { token } = (await session.json()) as { token: string };
  return { door, headers, token };
}

describe('web chat: uploads through a whole hub', () => {
  it('a file is on the shelf, its message names it, and the bot can send it on', async () => {
    await using hub = await testHub();
    const { door, headers, token } = await sessionAt(hub);
    const given = await fetch(`${door}upload`, {
      method: 'POST',
      headers: { origin: hub.url, 'content-type': 'image/png', 'x-patchbay-name': 'a.png', ...bearer(token) },
      body: new Uint8Array(PNG),
    });
    assert.equal(given.status, 200, await given.clone().text());
    const frame = { id: 'f-1', type: 'media', upload: await referenceOf(given), caption: 'hello' };
    const said = await fetch(`${door}messages`, {
      method: 'POST',
      headers: { ...headers, ...bearer(token) },
      body: JSON.stringify(frame),
    });
    assert.equal(said.status, 200);
    await hub.idle();
    const [message] = await hub.messages(`?channel=site-chat`);
    const content = message?.message?.content;
    assert.ok(content?.kind === 'media' && content.media.source.kind === 'stored');
    assert.deepEqual(
      [content.caption, content.media.type, content.media.name, content.media.bytes],
      ['hello', 'image', 'a.png', PNG.length],
    );
    const { id } = content.media.source;
    const kept = await fetch(`${hub.url}/v1/media/${id}`, { headers: bearer(hub.token) });
    assert.deepEqual(Buffer.from(await kept.arrayBuffer()), PNG);
    const reply = await hub.api('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: 'team-slack',
        conversation: 'C061EG9SL',
        content: { kind: 'media', media: { type: 'image', source: { kind: 'stored', id } } },
      }),
    });
    assert.equal(reply.status, 202);
    await hub.idle();
    assert.deepEqual(
      (await hub.received('C061EG9SL')).map(({ method }) => method),
      ['files.completeUploadExternal'],
    );
  });

  it('a file that is no picture is refused, and nothing of it is kept', async () => {
    await using hub = await testHub();
    const { door, token } = await sessionAt(hub);
    const given = await fetch(`${door}upload`, {
      method: 'POST',
      headers: { origin: hub.url, 'content-type': 'image/png', ...bearer(token) },
      body: new Uint8Array(HTML),
    });
    assert.equal(given.status, 415);
    const left = readdirSync(join(hub.config.data, 'media'), { recursive: true, withFileTypes: true });
    assert.deepEqual(
      left.filter(one => one.isFile()).map(({ name }) => name),
      [],
    );
  });
});
