/** Bad weather, rule by rule, over real sockets. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { ScenarioInput } from '../../src/sandbox/weather.ts';
import { until } from '../support/wait.ts';
import { ACCOUNT, call, type Stage, secret, stage } from './support.ts';

const TOKEN = { authorization: `Bearer ${secret('access_token')}` };
const BODY = { messaging_product: 'whatsapp', to: '15550100001', text: { body: 'Hello' } };
const TIMES_100 = 100;

const url = (at: Stage): string => `${at.url}/v25.0/106540352242922/messages`;
const send = (at: Stage) => call(url(at), BODY, TOKEN);
type Rule = ScenarioInput['rules'][number];
const set = (at: Stage, rule: Rule) => at.sandbox.scenario({ rules: [rule] });
const reasonOf = (error: unknown): string => String((error as { cause?: { code?: string } }).cause?.code);
const takenIn = (at: Stage): readonly boolean[] => at.sandbox.received.map(received => received.taken);

/** Everything that comes back on one connection, until it ends; and whether it was reset. */
function raw(at: Stage): Promise<{ readonly bytes: Buffer; readonly reset: boolean }> {
  const { hostname, port, pathname } = new URL(url(at));
  const body = JSON.stringify(BODY);
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let reset = false;
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST ${pathname} HTTP/1.1\r\nhost: sandbox\r\nauthorization: ${TOKEN.authorization}\r\n` +
          `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('error', () => {
      reset = true;
    });
    socket.on('close', () => resolve({ bytes: Buffer.concat(chunks), reset }));
  });
}

describe('the weather of the sandbox', () => {
  describe('429', () => {
    for (const wait of ['3', '0.5', 'Wed, 21 Oct 2026 07:28:00 GMT', 'soon', '-1', '315360000']) {
      it(`with Retry-After: ${wait}, and nothing is passed on`, async () => {
        await using at = await stage('whatsapp');
        set(at, {
          do: { kind: 'answer', status: 429, headers: { 'retry-after': wait }, body: { error: {} } },
        });
        const { status, headers } = await send(at);
        assert.deepEqual([status, headers.get('retry-after')], [429, wait]);
        assert.deepEqual(takenIn(at), [false]);
      });
    }
  });

  it('5xx before the message is passed on', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'answer', status: 503, body: {} } });
    assert.equal((await send(at)).status, 503);
    assert.deepEqual(takenIn(at), [false]);
  });

  it('5xx after it was passed on, and its statuses come', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'answer', status: 500, body: {}, delivered: true } });
    assert.equal((await send(at)).status, 500);
    const [received] = at.sandbox.received;
    assert.deepEqual([received?.taken, received?.status, received?.weather], [true, 500, 'answer']);
    await until(() => at.hub.arrived.length === 3, 'the statuses');
  });

  for (const delivered of [false, true]) {
    it(`a reset before any byte, ${delivered ? 'after' : 'before'} the message is passed on`, async () => {
      await using at = await stage('whatsapp');
      set(at, { do: { kind: 'reset', delivered } });
      await assert.rejects(send(at), error => /ECONNRESET|UND_ERR_SOCKET/.test(reasonOf(error)));
      const [received] = at.sandbox.received;
      assert.deepEqual([received?.taken, received?.status], [delivered, null]);
    });
  }

  it('a reset at a byte of the answer', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'reset', atByte: 20, delivered: true } });
    const { bytes, reset } = await raw(at);
    assert.equal(reset, true);
    assert.equal('HTTP/1.1 200 OK\r\ncontent-type'.startsWith(bytes.toString()), true);
    assert.ok(bytes.length <= 20);
  });

  it('no answer at all, until the caller gives up', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'hang' } });
    const controller = new AbortController();
    const asked = fetch(url(at), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...TOKEN },
      body: JSON.stringify(BODY),
      signal: controller.signal,
    });
    await until(() => at.sandbox.received.length === 1, 'the call');
    controller.abort();
    await assert.rejects(asked, { name: 'AbortError' });
    assert.deepEqual(takenIn(at), [false]);
  });

  it('a late answer', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'hang', ms: 30, delivered: true } });
    assert.equal((await send(at)).status, 200);
  });

  it('an answer in pieces', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'trickle', bytes: 40, everyMs: 1 } });
    const pieces = await new Promise<readonly Buffer[]>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const headers = { 'content-type': 'application/json', ...TOKEN };
      const asked = request(url(at), { method: 'POST', headers }, response => {
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () => resolve(chunks));
      });
      asked.on('error', reject);
      asked.end(JSON.stringify(BODY));
    });
    assert.ok(pieces.length > 1);
    assert.ok(JSON.parse(Buffer.concat(pieces).toString()).messages[0].id);
  });

  it('wrong JSON after the message was passed on', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'wrong-json' } });
    await assert.rejects(send(at), SyntaxError);
    assert.deepEqual(takenIn(at), [true]);
  });

  it('an expired token, in each platform’s own words', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'expired-token' } });
    const { status, body } = await send(at);
    assert.deepEqual([status, (body.error as { code: number }).code], [401, 190]);
    await using other = await stage('slack');
    set(other, { do: { kind: 'expired-token' } });
    const refused = await call(`${other.url}/api/auth.test`, {});
    assert.deepEqual(refused.body, { ok: false, error: 'token_expired' });
  });

  it('a refusal by the platform’s own code', async () => {
    await using at = await stage('whatsapp');
    set(at, { do: { kind: 'refuse', code: '131048' } });
    assert.equal(((await send(at)).body.error as { code: number }).code, 131048);
    await using other = await stage('slack');
    set(other, { do: { kind: 'refuse', code: 'is_archived' } });
    assert.equal((await call(`${other.url}/api/chat.postMessage`, {})).body.error, 'is_archived');
  });

  describe('webhooks go astray:', () => {
    const statuses = async (at: Stage) => (await at.receipts()).map(receipt => receipt.status);

    it('each comes twice', async () => {
      await using at = await stage('whatsapp');
      set(at, { do: { kind: 'webhooks', copies: 2 } });
      await send(at);
      await until(() => at.hub.arrived.length === 6, 'six statuses');
      assert.deepEqual((await statuses(at)).sort(), [
        'delivered',
        'delivered',
        'read',
        'read',
        'sent',
        'sent',
      ]);
    });

    it('they come in reverse', async () => {
      await using at = await stage('whatsapp');
      set(at, { do: { kind: 'webhooks', reversed: true } });
      await send(at);
      await until(() => at.hub.arrived.length === 3, 'three statuses');
      const planned = [...at.sandbox.webhooks].sort((one, other) => one.at - other.at);
      assert.deepEqual(
        planned.map(({ what }) => what),
        ['status read', 'status delivered', 'status sent'],
      );
    });

    it('none comes', async () => {
      await using at = await stage('whatsapp');
      at.sandbox.scenario({ rules: [{ times: 1, do: { kind: 'webhooks', copies: 0 } }] });
      await send(at);
      await send(at);
      await until(() => at.hub.arrived.length === 3, 'the statuses of the second');
      assert.equal(at.sandbox.webhooks.length, 3);
    });

    it('a failure is told at the end', async () => {
      await using at = await stage('whatsapp');
      set(at, { do: { kind: 'webhooks', delayMs: 5, failure: '131026' } });
      await send(at);
      await until(() => at.hub.arrived.length === 2, 'that it was sent, and that it failed');
      const failed = (await at.receipts()).find(receipt => receipt.status === 'failed');
      assert.deepEqual(
        [failed?.target, failed?.fault?.code, failed?.fault?.platformCode],
        [at.sandbox.received[0]?.platformId, 'unreachable', '131026'],
      );
    });
  });

  describe('rules', () => {
    it('hold for so many calls, after so many', async () => {
      await using at = await stage('whatsapp');
      set(at, { skip: 1, times: 2, do: { kind: 'answer', status: 503, body: {} } });
      const seen: number[] = [];
      for (let index = 0; index < 5; index++) seen.push((await send(at)).status);
      assert.deepEqual(seen, [200, 503, 503, 200, 200]);
    });

    it('hold for the calls they match: by account, platform, path and body', async () => {
      await using at = await stage('whatsapp');
      const act = { kind: 'answer', status: 503, body: {} } as const;
      const cases: readonly (readonly [Rule['match'], number])[] = [
        [{ account: 'another' }, 200],
        [{ account: ACCOUNT }, 503],
        [{ type: 'slack' }, 200],
        [{ type: 'whatsapp' }, 503],
        [{ path: '/media' }, 200],
        [{ path: '/messages' }, 503],
        [{ body: 'Goodbye' }, 200],
        [{ body: 'Hello' }, 503],
        [{ path: '/messages', body: 'Goodbye' }, 200],
      ];
      for (const [match, status] of cases) {
        set(at, { match, do: act });
        assert.equal((await send(at)).status, status, JSON.stringify(match));
      }
    });

    it('take turns: the first that holds decides', async () => {
      await using at = await stage('whatsapp');
      at.sandbox.scenario({
        rules: [500, 429, 503].map(status => ({ times: 1, do: { kind: 'answer', status, body: {} } })),
      });
      const seen = [
        (await send(at)).status,
        (await send(at)).status,
        (await send(at)).status,
        (await send(at)).status,
      ];
      assert.deepEqual(seen, [500, 429, 503, 200]);
    });

    it('hold for a share of the calls', async () => {
      await using at = await stage('whatsapp', { behaviour: { rates: 'none' } });
      set(at, { chance: 0.5, do: { kind: 'answer', status: 503, body: {} } });
      const answers = await Promise.all(Array.from({ length: TIMES_100 }, () => send(at)));
      const bad = answers.filter(({ status }) => status === 503).length;
      assert.ok(bad > 0 && bad < TIMES_100, `${bad} of ${TIMES_100}`);
    });
  });
});
