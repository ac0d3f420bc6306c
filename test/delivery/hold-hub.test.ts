/** A whole hub and one message that its platform refuses again and again, while others go well. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const RETRY = `base: 1s
      max: 15m`;
const QUICK = `base: 1ms
      max: 10ms`;
const HOLD = 'hold: 15m';
const TIMEOUT = 'timeout: 15s';

function shippedHub(): string {
  const text = readFileSync(new URL('../../config/hub.yaml', import.meta.url), 'utf8');
  assert.ok(text.includes(RETRY) && text.includes(HOLD) && text.includes(TIMEOUT));
  const breaker = 'breaker: { probe: 1ms, max_probe: 5ms }';
  return text
    .replace(RETRY, QUICK)
    .replace(HOLD, 'hold: 1ms')
    .replace(
      TIMEOUT,
      `${TIMEOUT}\n    window: { check: false }\n    ${breaker}\n    rate_limit: { conversation: none }`,
    );
}

describe('a hub with one message that does not get through', () => {
  it('parks it after a while: the next of its conversation goes, and names the gap', async () => {
    await using hub = await testHub({ 'hub.yaml': shippedHub() });
    const rules = [{ match: { body: 'stuck' }, do: { kind: 'refuse', code: '131000' } }];
    const headers = { 'content-type': 'application/json' };
    const set = await hub.sandbox('scenario', { method: 'POST', headers, body: JSON.stringify({ rules }) });
    assert.equal(set.status, 200);
    const say = async (conversation: string, text: string): Promise<string> => {
      const content = { kind: 'text', text };
      const body = JSON.stringify({ channel: CHANNEL, conversation, content });
      const sent = await hub.api('/v1/messages', { method: 'POST', headers, body });
      assert.equal(sent.status, 202);
      return sent.body.id;
    };
    const stateOf = async (id: string) => (await hub.api(`/v1/messages/${id}`)).body;

    const stuck = await say('15550100001', 'stuck');
    const next = await say('15550100001', 'next');
    await until(async () => {
      await say('15550100002', 'others go well');
      return (await stateOf(next)).state !== 'open';
    }, 'the next to go');
    const view = await stateOf(next);
    assert.deepEqual([view.state, view.gap], ['sent', stuck]);
    const parked = await stateOf(stuck);
    assert.equal(parked.state, 'parked');
    assert.match(parked.reason, /^held-too-long: /);
    const { outbound } = await hub.idle();
    assert.deepEqual([outbound.parked, outbound.dead, outbound.difference], [1, 0, 0]);

    await hub.sandbox('scenario', { method: 'POST', headers, body: JSON.stringify({ rules: [] }) });
    const again = JSON.stringify({ ids: [stuck] });
    const { status } = await hub.api('/v1/dead-letters/replay', { method: 'POST', headers, body: again });
    assert.ok(status < 300, `the desk takes it: ${status}`);
    await until(async () => (await stateOf(stuck)).state === 'sent', 'the replay');
  });
});
