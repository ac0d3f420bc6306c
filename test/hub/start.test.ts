/** Starting a hub, part by part and not at all. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { ALL_ROLES } from '../../src/hub.ts';
import { hubFolder, startOn, type TestHub } from '../support/hub.ts';

const CHANNEL = 'support-whatsapp';

const say = async (hub: TestHub, who: number): Promise<void> => {
  const webhook = hub.draft(CHANNEL, 'text', { from: `1555010000${who}`, text: 'hello' });
  assert.equal((await hub.post(CHANNEL, webhook)).status, 200);
};

describe('startHub', () => {
  it('closes what had started when a part cannot: the folder is free again', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const listen = `http: { listen: "127.0.0.1:${port}" }`;
    using folder = hubFolder({
      'hub.yaml': `version: 1\n${listen}\nassistant: { file: ./assistant.yaml }\n`,
    });
    await assert.rejects(startOn(folder, {}, {}), { code: 'EADDRINUSE' });
    await using hub = await startOn(folder);
    await say(hub, 1);
    await hub.idle();
    assert.equal((await hub.received()).length, 1);
    await new Promise(resolve => taken.close(resolve));
  });

  it('without the pipeline or delivery keeps what comes, and a whole hub goes on with it', async () => {
    using folder = hubFolder();
    {
      await using hub = await startOn(folder, { roles: { ...ALL_ROLES, pipeline: false } });
      await say(hub, 1);
      await hub.hub.settled();
      const { inbound } = await hub.ledger();
      assert.deepEqual([inbound.accepted, inbound.inFlight, inbound.difference], [1, 1, 0]);
    }
    {
      await using hub = await startOn(folder, { roles: { ...ALL_ROLES, delivery: false } });
      await say(hub, 2);
      await hub.hub.settled();
      // The journal and the pipeline only: replies are made and wait.
      while ((await hub.ledger()).inbound.inFlight > 0) await hub.hub.settled();
      const { outbound } = await hub.ledger();
      assert.deepEqual([outbound.accepted, outbound.inFlight, outbound.difference], [2, 2, 0]);
      assert.deepEqual(await hub.received(), []);
    }
    await using hub = await startOn(folder);
    const ledger = await hub.idle();
    assert.deepEqual([ledger.inbound.done, ledger.outbound.done], [2, 2]);
    assert.equal((await hub.received()).length, 2);
  });

  it('takes in by a whole hub what another only had in its journal', async () => {
    using folder = hubFolder();
    {
      await using hub = await startOn(folder, { roles: { intake: false, pipeline: false, delivery: false } });
      for (let who = 0; who < 5; who++) await say(hub, who);
      assert.equal((await hub.ledger()).inbound.accepted, 0);
    }
    await using hub = await startOn(folder);
    await hub.hub.settled();
    const ledger = await hub.idle();
    assert.deepEqual([ledger.inbound.done, ledger.outbound.done], [5, 5]);
    assert.deepEqual([ledger.inbound.difference, ledger.outbound.difference], [0, 0]);
  });
});
