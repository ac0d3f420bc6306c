/**
 * What nobody should send, sent to a whole hub over real HTTP: what is not from the platform leaves no trace in the
 * journal, and what is from the platform and cannot be read is kept and seen.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Webhook } from '../../src/sandbox/platform.ts';
import { definitionFor } from '../sandbox/support.ts';
import { type TestHub, testHub } from '../support/hub.ts';
import { assertNothingStored } from '../support/nothing-stored.ts';

type Headers = Readonly<Record<string, string | readonly string[]>>;

interface Signed {
  readonly hub: TestHub;
  readonly channel: string;
  readonly webhook: Webhook;
  /** Those of the platform. */
  readonly headers: Readonly<Record<string, string>>;
  /** The one that carries the signature. */
  readonly signature: string;
}

const SIGNATURES: Readonly<Record<string, string>> = {
  'support-whatsapp': 'x-hub-signature-256',
  'team-slack': 'x-slack-signature',
  'site-chat': 'x-patchbay-signature',
};
/** Of those that sign the time as well. */
const TIMED = ['team-slack', 'site-chat'];
const CHANNELS = Object.keys(SIGNATURES);

/** Posts as it is told, header lines twice where a list is given. */
function call(hub: TestHub, path: string, body: string | Buffer, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    const lines = Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]);
    const options = { method: 'POST', agent: false, headers: Object.fromEntries(lines) };
    const sent = httpRequest(`${hub.url}${path}`, options, response => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end(body);
  });
}

const signAt = async (hub: TestHub, channel: string, body: string | Buffer, at = Date.now()) => {
  const { type, adapter } = hub.channel(channel);
  const signed = await definitionFor(type).sign(adapter, Buffer.from(body), at);
  return { 'content-type': 'application/json', ...signed };
};

async function signedIn(hub: TestHub, channel: string): Promise<Signed> {
  const webhook = hub.draft(channel, 'text', { text: 'hello' });
  const signature = SIGNATURES[channel] ?? '';
  return { hub, channel, webhook, signature, headers: await hub.headersFor(channel, webhook) };
}

const flipped = (value: string): string => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0');

/** What is wrong with it, for every platform that signs. */
const FORGERIES: Readonly<Record<string, (signed: Signed) => Headers | Promise<Headers>>> = {
  missing: ({ headers, signature }) => {
    const { [signature]: _missing, ...rest } = headers;
    return rest;
  },
  empty: ({ headers, signature }) => ({ ...headers, [signature]: '' }),
  wrong: ({ headers, signature }) => ({ ...headers, [signature]: flipped(headers[signature] ?? '') }),
  truncated: ({ headers, signature }) => ({
    ...headers,
    [signature]: (headers[signature] ?? '').slice(0, -2),
  }),
  lengthened: ({ headers, signature }) => ({ ...headers, [signature]: `${headers[signature]}00` }),
  'without its version': ({ headers, signature }) => ({
    ...headers,
    [signature]: (headers[signature] ?? '').replace(/^\w+=/, ''),
  }),
  doubled: ({ headers, signature }) => ({
    ...headers,
    [signature]: [headers[signature] ?? '', headers[signature] ?? ''],
  }),
  'doubled, the wrong one last': ({ headers, signature }) => ({
    ...headers,
    [signature]: [headers[signature] ?? '', flipped(headers[signature] ?? '')],
  }),
  'of another body': ({ hub, channel, webhook }) => signAt(hub, channel, `${webhook.body} `),
  'of another channel': async ({ hub, channel, webhook, signature }) => {
    const other = CHANNELS.find(id => id !== channel) ?? '';
    const headers = await hub.headersFor(other, webhook);
    return { 'content-type': webhook.contentType, [signature]: headers[SIGNATURES[other] ?? ''] ?? '' };
  },
};
const WRONG_TIMES: Readonly<Record<string, (signed: Signed) => Promise<Headers>>> = {
  stale: ({ hub, channel, webhook }) => signAt(hub, channel, webhook.body, Date.now() - 600_000),
  future: ({ hub, channel, webhook }) => signAt(hub, channel, webhook.body, Date.now() + 600_000),
};

const BOMBS: Readonly<Record<string, string | Buffer>> = {
  'nested a hundred thousand levels deep': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'a hundred thousand values': `{"a":[${'1,'.repeat(100_000)}1]}`,
  'no UTF-8': Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
  'no JSON': '{"a":',
  'a list': '[{"a":1}]',
  'nothing of the platform': '{"hello":"there"}',
  nothing: '',
};

const OFF = `version: 1
type: web
enabled: false
credentials:
  identity_secret: \${env:OFF_IDENTITY_SECRET}
  signing_secret: \${env:OFF_SIGNING_SECRET}
account: { site: Off }
`;

describe('bad input', function () {
  this.timeout(30_000);
  let hub: TestHub;
  before(async () => {
    // Nobody answers, so the journal holds nothing but what is posted here.
    hub = await testHub({ 'channels/off.yaml': OFF }, { assistant: null });
  });
  after(() => hub[Symbol.asyncDispose]());

  describe('a signature that proves nothing is answered 401, and nothing is stored', () => {
    for (const channel of CHANNELS) {
      const forgeries = { ...FORGERIES, ...(TIMED.includes(channel) ? WRONG_TIMES : {}) };
      it(`${channel}: ${Object.keys(forgeries).join(', ')}`, () =>
        assertNothingStored(hub, channel, async () => {
          for (const [name, forge] of Object.entries(forgeries)) {
            const signed = await signedIn(hub, channel);
            const status = await call(hub, `/webhooks/${channel}`, signed.webhook.body, await forge(signed));
            assert.equal(status, 401, name);
          }
        }));
    }
    it('for bombs as well, which are not looked into', () =>
      assertNothingStored(hub, 'support-whatsapp', async () => {
        for (const body of Object.values(BOMBS)) {
          const headers = await signAt(hub, 'support-whatsapp', 'something else');
          assert.equal(await call(hub, '/webhooks/support-whatsapp', body, headers), 401);
        }
      }));
  });

  describe('what is signed and cannot be read is answered 200 and quarantined', () => {
    for (const channel of CHANNELS) {
      for (const [name, body] of Object.entries(BOMBS)) {
        it(`${channel}: ${name}`, async () => {
          const headers = await signAt(hub, channel, body);
          const before = (await hub.idle()).inbound.dead;
          assert.equal(await call(hub, `/webhooks/${channel}`, body, headers), 200);
          await hub.post(channel, hub.draft(channel, 'text', { text: 'hello' }));
          const ledger = await hub.idle();
          assert.equal(ledger.inbound.dead, before + 1);
          assert.deepEqual([ledger.inbound.difference, ledger.outbound.difference], [0, 0]);

          const [later, quarantined] = (await hub.messages('?limit=200')).toReversed();
          assert.equal(later?.state, 'done', 'what comes later is not held up');
          assert.deepEqual([quarantined?.state, quarantined?.message], ['dead', null]);
          assert.match(quarantined?.reason ?? '', /^unreadable: /);
          const { raw } = await hub.trace(quarantined?.id ?? '');
          assert.equal(raw?.body.length, Buffer.from(body).toString('utf8').length, 'with its raw bytes');
        });
      }
    }
  });

  describe('a body over the limit is answered 413 before it has come to its end', () => {
    for (const channel of CHANNELS) {
      it(channel, () =>
        assertNothingStored(hub, channel, async () => {
          const { maxBodyBytes } = definitionFor(hub.channel(channel).type);
          assert.match(
            await endless(hub, channel, `Content-Length: ${maxBodyBytes + 1}`, 0),
            /^HTTP\/1\.1 413 /,
          );
          const streamed = await endless(hub, channel, 'Transfer-Encoding: chunked', maxBodyBytes);
          assert.match(streamed, /^HTTP\/1\.1 413 /);
        }),
      );
    }
  });

  it('a channel that is not there, or not enabled, is answered 404', () =>
    assertNothingStored(hub, 'site-chat', async () => {
      const { webhook, headers } = await signedIn(hub, 'site-chat');
      const paths = [
        'none',
        'off',
        '',
        'site-chat/',
        'site-chat/x',
        'SITE-CHAT',
        '..%2Fsite-chat',
        '__proto__',
      ];
      for (const path of paths) {
        assert.equal(await call(hub, `/webhooks/${path}`, webhook.body, headers), 404, path);
      }
    }));

  it('what is not HTTP is answered 400 and cut', async () => {
    const url = new URL(hub.url);
    for (const text of ['hello\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`]) {
      const socket = connect(Number(url.port), url.hostname);
      const [answer] = (await once(socket.end(text), 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 400 /);
      if (!socket.closed) await once(socket, 'close');
    }
    assert.equal((await hub.api('/v1/ledger')).status, 200);
  });
});

/** The answer to a webhook whose body goes on and on, once the hub has closed the connection by itself. */
async function endless(hub: TestHub, channel: string, header: string, bytes: number): Promise<string> {
  const url = new URL(hub.url);
  const socket = connect(Number(url.port), url.hostname);
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  // The hub does not read to the end, so what is still on its way is refused by the system.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  const lines = [`POST /webhooks/${channel} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', header];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  for (let sent = 0; sent <= bytes && chunks.length === 0 && !socket.closed; sent += 0x4000) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), closed]);
  }
  await closed;
  return Buffer.concat(chunks).toString();
}
