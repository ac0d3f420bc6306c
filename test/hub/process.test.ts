/** The hub as a process: one on a folder, one on a port, and how it ends when it is told to. */
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { attachTo, type HubTools, hubFolder, startOn } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';

/** The weather over every call that sends a message. */
const setWeather = async (hub: HubTools, ...acts: readonly object[]): Promise<void> => {
  const rules = acts.map(act => ({ match: { type: 'whatsapp', path: 'messages' }, do: act }));
  const answer = await hub.sandbox('scenario', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  });
  assert.equal(answer.status, 200, answer.text);
};

async function sayFrom(hub: HubTools, people: number): Promise<void> {
  for (let who = 0; who < people; who++) {
    const webhook = hub.draft(CHANNEL, 'text', { from: `1555010000${who}`, text: 'hello' });
    assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
  }
}

/** What was tried of every message that went out, or was to. */
const triesOf = async (hub: HubTools) => {
  const out = await hub.messages('?direction=outbound&limit=200');
  const traces = await Promise.all(out.map(({ id }) => hub.trace(id)));
  return traces.flatMap(({ outbound }) =>
    outbound.flatMap(({ deliveries }) => deliveries.map(({ state, tries }) => ({ state, tries }))),
  );
};

describe('the process', function () {
  this.timeout(60_000);

  it('does not start on a folder that another hub holds: 75, and the other goes on', async () => {
    using folder = hubFolder();
    await using hub = await startOn(folder);
    {
      await using second = startProcess(folder);
      assert.equal(await second.ended, 75);
      assert.match(second.problems, /another hub is running on /);
      assert.ok(second.problems.includes(folder.data));
      assert.match(second.problems, /PATCHBAY_DATA/);
    }
    await sayFrom(hub, 1);
    await hub.idle();
    assert.equal((await hub.received()).length, 1);
    assert.ok(existsSync(join(folder.data, 'run.json')), 'the other hub can still be found');
  });

  it('does not start on a port that is taken: 1, and it says which', async () => {
    using folder = hubFolder();
    using other = hubFolder();
    await using hub = await startOn(folder);
    const { port } = new URL(hub.url);
    await using second = startProcess(other, { PORT: port });
    assert.equal(await second.ended, 1);
    assert.match(second.problems, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken`));
    assert.ok(!existsSync(join(other.data, 'run.json')));
  });

  it('killed, it leaves its compiled code to the next start', async () => {
    using folder = hubFolder();
    const compiled = join(folder.data, 'compiled');
    await using running = startProcess(folder, { NODE_COMPILE_CACHE: compiled });
    await running.listening();
    const count = (): number => globSync(join(compiled, '*/*')).length;
    await until(() => count() > 100, 'the compiled code to be written');
    running.signal('SIGKILL');
    assert.equal(await running.ended, 'SIGKILL');
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} with sends under way: they end, their outcome is kept, and nothing is ambiguous`, async () => {
      using folder = hubFolder();
      {
        await using running = startProcess(folder);
        const hub = attachTo(folder, await running.listening());
        await setWeather(hub, { kind: 'hang', ms: 1_000, delivered: true });
        await sayFrom(hub, 5);
        await until(async () => (await hub.received()).length === 5, 'the sends to be under way');
        running.signal(signal);
        assert.equal(await running.ended, 0, running.problems);
        assert.ok(!existsSync(join(folder.data, 'run.json')));
      }
      await using hub = await startOn(folder);
      const ledger = await hub.idle();
      assert.deepEqual(ledger.ambiguous, { total: 0, provenSent: 0, resent: 0 });
      assert.deepEqual([ledger.outbound.done, ledger.outbound.difference], [5, 0]);
      assert.deepEqual(
        (await triesOf(hub)).map(({ state, tries }) => [state, tries.map(({ result }) => result)]),
        Array.from({ length: 5 }, () => ['sent', ['sent']]),
      );
      assert.deepEqual(await hub.received(), [], 'nothing was sent again');
    });
  }

  it('SIGTERM with a platform that never answers and clients that never end: it ends in time all the same', async () => {
    using folder = hubFolder();
    {
      await using running = startProcess(folder);
      const hub = attachTo(folder, await running.listening());
      // No receipt comes either: it would prove what the answer does not.
      await setWeather(hub, { kind: 'webhooks', copies: 0 }, { kind: 'hang', delivered: true });
      await sayFrom(hub, 3);
      await until(async () => (await hub.received()).length === 3, 'the sends to be under way');
      const url = new URL(hub.url);
      const endless = connect(Number(url.port), url.hostname);
      endless.on('error', () => {});
      const head = ['Host: x', 'Content-Type: application/json', 'Content-Length: 100'];
      await new Promise(resolve =>
        endless.write(`POST /webhooks/${CHANNEL} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n{`, resolve),
      );
      await hub.api('/v1/ledger');
      running.signal('SIGTERM');
      // 1 is what it ends with when its own limit of ten seconds has to end it.
      assert.equal(await running.ended, 0, running.problems);
      endless.destroy();
    }
    await using hub = await startOn(folder);
    const tries = await triesOf(hub);
    assert.equal(tries.length, 3);
    for (const { tries: attempts } of tries) {
      assert.equal(attempts[0]?.result, 'ambiguous', 'the attempt has an end, told for what it is');
      assert.notEqual(attempts[0]?.endedAt, null);
    }
    const ledger = await hub.ledger();
    assert.deepEqual([ledger.ambiguous.total, ledger.outbound.difference], [3, 0]);
  });

  it('SIGTERM while starting work: what was accepted is answered by the next', async () => {
    using folder = hubFolder();
    {
      await using running = startProcess(folder);
      const hub = attachTo(folder, await running.listening());
      await sayFrom(hub, 9);
      running.signal('SIGTERM');
      assert.equal(await running.ended, 0, running.problems);
    }
    await using hub = await startOn(folder);
    const ledger = await hub.idle();
    assert.deepEqual([ledger.inbound.done, ledger.inbound.dead, ledger.inbound.difference], [9, 0, 0]);
    assert.deepEqual([ledger.outbound.done, ledger.outbound.difference], [9, 0]);
    assert.equal(ledger.ambiguous.total, 0);
  });
});
