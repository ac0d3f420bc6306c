/** `/_sandbox/`: what whoever looks on can see and do. */
import assert from 'node:assert/strict';
import { until } from '../support/wait.ts';
import { ACCOUNT, call, type Stage, secret, stage, webhookOf } from './support.ts';

const TOKEN = { authorization: `Bearer ${secret('access_token')}` };
const textTo = (to: string) => ({ messaging_product: 'whatsapp', to, text: { body: `to ${to}` } });
const send = (at: Stage, to = '15550100001') =>
  call(`${at.url}/v25.0/106540352242922/messages`, textTo(to), TOKEN);

async function get(at: Stage, path: string, init: RequestInit = {}) {
  const response = await fetch(`${at.sandbox.url}/_sandbox/${path}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('the inspection API of the sandbox', () => {
  it('lists accounts with their addresses', async () => {
    await using at = await stage('whatsapp');
    const { body } = await get(at, 'accounts');
    const webhook = `${at.hub.url}/webhooks/${ACCOUNT}`;
    assert.deepEqual(body, { accounts: [{ type: 'whatsapp', id: ACCOUNT, url: at.url, webhook }] });
  });

  it('lists what was received, behind a number, and never the token', async () => {
    await using at = await stage('whatsapp');
    for (const to of ['15550100001', '15550100002', '15550100003']) await send(at, to);
    const first = await get(at, 'received?limit=2');
    assert.equal(first.body.next, 2);
    const second = await get(at, `received?after=${first.body.next}&account=${ACCOUNT}`);
    const texts = (second.body.received as { text: string }[]).map(({ text }) => text);
    assert.deepEqual(texts, ['to 15550100003']);
    assert.deepEqual((await get(at, 'received?account=another')).body.received, []);
    assert.ok(!JSON.stringify(first.body).includes(secret('access_token')));
    assert.equal((await get(at, 'received?after=x')).status, 400);
  });

  it('leaves the token of a form out as well', async () => {
    await using at = await stage('slack');
    const body = new URLSearchParams({ token: secret('bot_token'), channel: 'C061EG9SL', text: 'hi' });
    await fetch(`${at.url}/api/chat.postMessage`, { method: 'POST', body });
    assert.equal(at.sandbox.received[0]?.taken, true);
    assert.ok(!JSON.stringify((await get(at, 'received')).body).includes(secret('bot_token')));
  });

  it('sets, shows and clears the weather', async () => {
    await using at = await stage('whatsapp');
    const rules = [{ times: 1, do: { kind: 'answer', status: 503, body: {} } }];
    assert.equal((await call(`${at.sandbox.url}/_sandbox/scenario`, { rules })).status, 200);
    assert.equal((await send(at)).status, 503);
    const shown = await get(at, 'scenario');
    assert.deepEqual(
      (shown.body.rules as { acted: number }[]).map(({ acted }) => acted),
      [1],
    );
    assert.deepEqual((await get(at, 'scenario', { method: 'DELETE' })).body, { rules: [] });
    assert.equal((await send(at)).status, 200);
  });

  it('refuses what is no scenario and says what is wrong', async () => {
    await using at = await stage('whatsapp');
    const url = `${at.sandbox.url}/_sandbox/scenario`;
    const wrong = await call(url, { rules: [{ do: { kind: 'hurricane' } }] });
    assert.equal(wrong.status, 400);
    assert.match(String(wrong.body.error), /rules\[0\]\.do\.kind/);
    const text = await fetch(url, { method: 'POST', body: '{"rules":[]}' });
    assert.equal(text.status, 415);
  });

  it('brings what is said to the hub, or only remembers it', async () => {
    await using at = await stage('whatsapp', { behaviour: { strangers: 'refused' } });
    const { body, contentType } = webhookOf('whatsapp', 'text', { from: '15550100001' });
    const post = (path: string) =>
      get(at, `${path}?account=${ACCOUNT}`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
      });
    assert.equal((await send(at)).status, 400);
    assert.equal((await post('note')).status, 202);
    assert.equal((await send(at)).status, 200);
    assert.equal((await post('say')).status, 202);
    await until(async () => (await at.events()).some(event => event.kind === 'message'), 'what was said');
    assert.equal((await get(at, 'say?account=another', { method: 'POST', body: '{}' })).status, 404);
  });

  it('is closed to pages in a browser', async () => {
    await using at = await stage('whatsapp');
    assert.equal((await get(at, 'received', { headers: { origin: 'https://evil.example' } })).status, 403);
  });

  it('says what is there, and what is not', async () => {
    await using at = await stage('whatsapp');
    assert.equal((await get(at, 'secrets')).status, 404);
    assert.equal((await fetch(`${at.sandbox.url}/whatsapp/another/v25.0/1/messages`)).status, 404);
  });
});
