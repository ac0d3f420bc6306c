/** A whole hub and what its platform takes only for a while, or takes and does not deliver. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestHub, testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const PERSON = '15550100077';
const TIMEOUT = 'timeout: 15s';

function hubWith(delivery: string): { readonly 'hub.yaml': string } {
  const text = readFileSync(new URL('../../config/hub.yaml', import.meta.url), 'utf8');
  assert.ok(text.includes(TIMEOUT));
  return { 'hub.yaml': text.replace(TIMEOUT, `${TIMEOUT}\n    ${delivery}`) };
}

async function send(hub: TestHub, content: unknown): Promise<string> {
  const sent = await hub.api('/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: CHANNEL, conversation: PERSON, content }),
  });
  assert.equal(sent.status, 202, sent.text);
  return sent.body.id;
}
const text = (words: string) => ({ kind: 'text', text: words });
const template = { kind: 'template', name: 'order_shipped', language: 'en_US', parameters: [] };
const viewOf = async (hub: TestHub, id: string) => (await hub.api(`/v1/messages/${id}`)).body;
const kinds = async (hub: TestHub) =>
  (await hub.received(PERSON)).map(({ body }) => (body as { type: string }).type);

describe('a hub on a platform with a window', () => {
  it('sends no free message to somebody who never wrote, and does when they have', async () => {
    await using hub = await testHub();
    const early = await send(hub, text('early'));
    const approved = await send(hub, template);
    await hub.idle();
    const refused = await viewOf(hub, early);
    assert.equal(refused.state, 'dead');
    assert.match(refused.reason, /^window-closed: not sent: this person never wrote here; only a template/);
    assert.equal((await viewOf(hub, approved)).state, 'sent');
    assert.deepEqual(await kinds(hub), ['template']);
    const { body } = await hub.sandbox('received?limit=100');
    assert.ok(
      body.received.every((call: { text: string | null }) => call.text !== 'early'),
      'the platform was not asked',
    );

    await hub.post(CHANNEL, hub.draft(CHANNEL, 'text', { from: PERSON, text: 'hello' }));
    await hub.idle();
    const timely = await send(hub, text('timely'));
    await hub.idle();
    assert.equal((await viewOf(hub, timely)).state, 'sent');
  });

  it('sends the configured template instead, once until they write', async () => {
    await using hub = await testHub(
      hubWith('window: { fallback_template: { name: come_back, language: en } }'),
    );
    const ids = [await send(hub, text('one')), await send(hub, text('two'))];
    await until(async () => (await kinds(hub)).length > 0, 'the template');
    // Behind both: by then both were decided about.
    await send(hub, template);
    await hub.idle();
    assert.deepEqual(await kinds(hub), ['template', 'template']);
    const [one, two] = [await viewOf(hub, ids[0] ?? ''), await viewOf(hub, ids[1] ?? '')];
    assert.deepEqual([one.state, two.state, two.fallback], ['dead', 'dead', null]);
    const stand = await viewOf(hub, one.fallback);
    assert.deepEqual(
      [stand.state, stand.fallbackOf, stand.message.content.name],
      ['sent', one.id, 'come_back'],
    );
  });

  it('tells of a message that was taken and not delivered, and sends what is configured in its place', async () => {
    await using hub = await testHub(hubWith('on_failed: { template: { name: try_again, language: en } }'));
    await hub.post(CHANNEL, hub.draft(CHANNEL, 'text', { from: PERSON, text: 'hello' }));
    await hub.idle();
    const rules = [{ match: { body: 'lost' }, do: { kind: 'webhooks', failure: '131026' } }];
    const headers = { 'content-type': 'application/json' };
    await hub.sandbox('scenario', { method: 'POST', headers, body: JSON.stringify({ rules }) });
    const id = await send(hub, text('lost'));
    await until(async () => (await viewOf(hub, id)).fallback !== null, 'what goes in its place');
    const { outbound } = await hub.idle();
    assert.deepEqual([outbound.dead, outbound.difference], [1, 0]);
    const view = await viewOf(hub, id);
    assert.equal(view.state, 'dead');
    assert.match(view.reason, /^unreachable: undeliverable/);
    assert.equal((await viewOf(hub, view.fallback)).state, 'sent');
    const letters = (await hub.api('/v1/dead-letters')).body;
    assert.ok(JSON.stringify(letters).includes(id));
  });
});
