/** A bot in Teams with a whole hub behind it: the sandbox's keys, tokens and Connector, over real sockets. */
import assert from 'node:assert/strict';
import { asObject } from '../../../src/channels/json.ts';
import { testHub } from '../../support/hub.ts';
import { OTHER_APP } from './support.ts';

const BOT = 'helpdesk-teams';
const ROUTE = 'https://smba.trafficmanager.net/teams/';
const CHANNEL = '19:9c8b7a6f5e4d3c2b1a0099887766554a@thread.tacv2';

describe('teams: a whole hub', () => {
  it('answers into the thread a question came from, and says how the conversation is reached', async () => {
    await using hub = await testHub();
    assert.equal((await hub.post(BOT, hub.draft(BOT, 'channel-text', { text: 'hello' }))).status, 200);
    assert.equal((await hub.idle()).outbound.done, 1);
    const [call] = await hub.received(CHANNEL);
    assert.equal(call?.text, 'Hello there.');
    assert.match(
      decodeURIComponent(call?.path ?? ''),
      /\/19:[0-9a-f]+@thread\.tacv2;messageid=\d+\/activities$/,
    );
    const [message] = await hub.messages(`?channel=${BOT}`);
    const trace = await hub.trace(message?.platformIds?.[0] ?? '');
    assert.equal(trace.outbound[0]?.deliveries[0]?.platformId, call?.platformId);
  });

  it('reaches a conversation again over the API, with its route, another or none', async () => {
    await using hub = await testHub();
    const send = (more: object) =>
      hub.api('/v1/messages', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          channel: BOT,
          conversation: 'a:1known',
          content: { kind: 'text', text: 'News!' },
          ...more,
        }),
      });
    assert.equal((await send({ route: ROUTE })).status, 202);
    assert.equal((await send({})).status, 202);
    assert.equal((await send({ route: 'https://smba.trafficmanager.net/emea/' })).status, 202);
    assert.equal((await hub.idle()).outbound.done, 3);
    assert.equal((await hub.received('a:1known')).length, 3);
  });

  it('answers an invoke at once, and in the conversation after', async () => {
    await using hub = await testHub();
    const answered = await hub.post(BOT, hub.draft(BOT, 'task-fetch'));
    assert.deepEqual(
      [answered.status, asObject(answered.body)?.task],
      [200, { type: 'message', value: '✓' }],
    );
    const unknown = await hub.post(BOT, hub.draft(BOT, 'unknown-invoke'));
    assert.deepEqual([unknown.status, unknown.text], [501, '']);
    assert.equal((await hub.idle()).inbound.done, 2);
  });

  it('takes a repetition once, and nothing that is forged or for others', async () => {
    await using hub = await testHub();
    const webhook = hub.draft(BOT, 'text', { text: 'hello' });
    for (const _ of [1, 2, 3]) assert.equal((await hub.post(BOT, webhook)).status, 200);
    const headers = await hub.headersFor(BOT, webhook);
    const elsewhere = webhook.body.replaceAll(ROUTE, 'https://evil.example/');
    assert.equal((await hub.postAs(BOT, elsewhere, headers)).status, 403);
    const own = await hub.headersFor(BOT, { ...webhook, body: elsewhere });
    assert.equal((await hub.postAs(BOT, elsewhere, own)).status, 403, 'signed, and still not allowed');
    const other = webhook.body.replace(/28:[0-9a-f-]{36}/, `28:${OTHER_APP}`);
    assert.equal((await hub.postAs(BOT, other, headers)).status, 403);
    assert.equal((await hub.postAs(BOT, webhook.body, { 'content-type': 'application/json' })).status, 401);
    const { inbound, duplicates } = await hub.idle();
    assert.deepEqual([inbound.accepted, duplicates], [1, 2]);
  });

  it('says 503 while the keys cannot be had, and nothing is kept', async () => {
    await using hub = await testHub();
    await hub.sandbox('scenario', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        rules: [{ match: { path: '.well-known' }, do: { kind: 'answer', status: 503 } }],
      }),
    });
    const refused = await hub.post(BOT, hub.draft(BOT, 'text'));
    assert.deepEqual([refused.status, refused.text, refused.headers.get('retry-after')], [503, '', '5']);
    assert.equal((await hub.ledger()).inbound.accepted, 0);
  });
});
