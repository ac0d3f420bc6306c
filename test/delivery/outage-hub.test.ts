/** A whole hub whose token is refused: it says so, loses nothing, and goes on by itself once the token is right. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const TIMEOUT = 'timeout: 15s';

function shippedHub(): string {
  const text = readFileSync(new URL('../../config/hub.yaml', import.meta.url), 'utf8');
  assert.ok(text.includes(TIMEOUT));
  return text.replace(
    TIMEOUT,
    `${TIMEOUT}\n    breaker: { probe: 20ms, max_probe: 100ms }\n    window: { check: false }`,
  );
}

describe('a hub whose token is refused', () => {
  it('pauses the account, shows why beside the channel and the message, and sends all of it in the end', async () => {
    await using hub = await testHub({ 'hub.yaml': shippedHub() });
    const weather = (rules: unknown) =>
      hub.sandbox('scenario', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rules }),
      });
    const state = async () => {
      const { status, body } = await hub.api('/readyz');
      assert.equal(status, 200, 'webhooks are taken all the same');
      return body.channels.find(({ id }: { id: string }) => id === CHANNEL);
    };
    const say = async (conversation: string, text: string): Promise<string> => {
      const sent = await hub.api('/v1/messages', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ channel: CHANNEL, conversation, content: { kind: 'text', text } }),
      });
      assert.equal(sent.status, 202);
      return sent.body.id;
    };
    await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
    assert.equal((await state()).trouble, null);

    assert.equal(
      (await weather([{ match: { account: CHANNEL }, do: { kind: 'expired-token' } }])).status,
      200,
    );
    const ids = [
      await say('15550100001', 'one'),
      await say('15550100001', 'two'),
      await say('15550100002', 'three'),
    ];
    await until(async () => (await state()).trouble !== null, 'the account to pause');
    assert.match((await state()).trouble, /^sending is paused: unauthorized: /);
    for (const id of ids) {
      const { outbound } = await hub.trace(id);
      assert.deepEqual([outbound[0]?.view.state, typeof outbound[0]?.held], ['open', 'string']);
    }

    await weather([]);
    const { outbound } = await hub.idle();
    assert.deepEqual([outbound.dead, outbound.parked], [0, 0]);
    assert.deepEqual(
      (await hub.received('15550100001')).map(call => call.text),
      ['one', 'two'],
    );
    assert.equal((await state()).trouble, null);
    const [last] = (await hub.trace(ids[0] ?? '')).outbound;
    assert.equal(last?.held, null);
  });
});
