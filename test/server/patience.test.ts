/** The time a body has: the server's own, but for what a door says it keeps the time of by itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Door } from '../../src/channels/front-door.ts';
import { startServer } from '../../src/server/server.ts';

/** Answers how many bytes came, or nothing where the body broke off. */
const door: Door = {
  isPatient: path => path === 'upload',
  request(asked, response) {
    let bytes = 0;
    asked.on('data', chunk => {
      bytes += chunk.length;
    });
    asked.on('end', () => response.end(String(bytes)));
    asked.on('error', () => {});
  },
  upgrade: () => {},
  [Symbol.asyncDispose]: async () => {},
};

async function statusOf(url: string, path: string, more: () => Promise<unknown>): Promise<number> {
  const sent = request(`${url}${path}`, { method: 'POST', agent: false });
  const answered = once(sent, 'response').then(
    ([answer]) => (answer as IncomingMessage).statusCode ?? 0,
    () => 0,
  );
  sent.on('error', () => {});
  sent.write('one');
  await Promise.race([more(), answered]);
  sent.end('two');
  return answered;
}

const LIMITS = { headersTimeout: 1_000, requestTimeout: 1_000, connectionsCheckingInterval: 20 };
/** Far more than that: what is cut is answered before. */
const aWhile = (): Promise<unknown> => new Promise(resolve => setTimeout(resolve, 30_000).unref());

const serverWith = (limits: Parameters<typeof startServer>[0]['limits']) =>
  startServer({
    host: '127.0.0.1',
    port: 0,
    app: (asked, response) => door.request(asked, response, ''),
    webhooks: () => {},
    doors: new Map([['chat', door]]),
    limits: { ...LIMITS, ...limits },
  });

describe('the time a body has', () => {
  const CASES = [
    ['unless the door keeps it', '/web/chat/upload', '/web/chat/messages'],
    ['unless it is a file', '/v1/media?channel=chat', '/v1/messages'],
  ] as const;
  for (const [what, patient, other] of CASES)
    it(`is the server’s, ${what}`, async () => {
      await using server = await serverWith({});
      const { url } = server;
      let slow = 0;
      // Begun before the other and ended after it: it has waited for longer than what was cut.
      const upload = await statusOf(url, patient, async () => {
        slow = await statusOf(url, other, aWhile);
      });
      assert.deepEqual({ slow, upload }, { slow: 400, upload: 200 });
    });

  it('ends for a file as well, whoever answered already', async () => {
    await using server = await serverWith({ uploadTimeout: 100 });
    const status = await statusOf(server.url, '/v1/media', () => new Promise(() => {}));
    assert.equal(status, 0);
  });
});
