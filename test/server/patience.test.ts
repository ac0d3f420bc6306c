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
  const sent = request(`${url}/web/chat/${path}`, { method: 'POST', agent: false });
  const answered = Promise.race([
    once(sent, 'response').then(([answer]) => (answer as IncomingMessage).statusCode ?? 0),
    once(sent, 'error').then(() => 0),
  ]);
  sent.on('error', () => {});
  sent.write('one');
  await more();
  sent.end('two');
  return answered;
}

describe('the time a body has', () => {
  it('is the server’s, unless the door keeps it', async () => {
    const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
    const app = (): void => {};
    const doors = new Map([['chat', door]]);
    await using server = await startServer({ host: '127.0.0.1', port: 0, app, webhooks: app, doors, limits });
    const { url } = server;
    let slow = 0;
    // Begun before the other and ended after it: it has waited for longer than what was cut.
    const upload = await statusOf(url, 'upload', async () => {
      slow = await statusOf(url, 'messages', () => new Promise(resolve => setTimeout(resolve, 1_000)));
    });
    assert.deepEqual({ slow, upload }, { slow: 400, upload: 200 });
  });
});
