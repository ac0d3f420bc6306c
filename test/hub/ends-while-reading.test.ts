/** A webhook that ends the process while it is read, at each start anew. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { attachTo, hubFolder } from '../support/hub.ts';
import { type HubProcess, startProcess } from '../support/hub-process.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const TRIAL_HUB = fileURLToPath(new URL('../faults/support/trial-hub.ts', import.meta.url));
const MODULE = new URL('./support/ends-process.ts', import.meta.url).href;

describe('a webhook that ends the process that reads it', function () {
  this.timeout(180_000);

  it('is a dead letter after three deaths; what came before and behind it is answered', async () => {
    using folder = hubFolder();
    const start = () => startProcess(folder, {}, [], [TRIAL_HUB, folder.config, MODULE]);
    {
      await using first = start();
      const hub = attachTo(folder, await first.listening());
      for (const [who, text] of ['hello', 'end it all', 'hello again'].entries()) {
        const webhook = hub.draft(CHANNEL, 'text', { from: `1555010000${who}`, text });
        // From the second on it ends at any time, also before it has answered; the platform sends again.
        await hub.post(CHANNEL, webhook).catch(() => null);
      }
      assert.equal(await first.ended, 'SIGKILL');
    }
    let restarts = 1;
    for (; restarts < 10; restarts++) {
      await using next = start();
      if (await Promise.race([next.ended.then(() => true), comesToAnEnd(next)])) continue;
      break;
    }
    assert.ok(restarts <= 3, `${restarts} restarts`);

    /** False once there is nothing under way and one dead letter, which says why. */
    async function comesToAnEnd(running: HubProcess): Promise<boolean> {
      try {
        const hub = attachTo(folder, await running.listening());
        await until(async () => (await hub.ledger()).inbound.dead === 1, 'the dead letter');
        const { inbound, outbound } = await hub.idle();
        assert.deepEqual([inbound.difference, outbound.difference], [0, 0]);
        const { body } = await hub.api('/v1/dead-letters');
        const [{ code, reason }] = body.letters;
        assert.deepEqual([code, reason], ['unreadable', 'unreadable: reading it ended the pipeline 3 times']);
        return false;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return (await running.ended) !== 0;
      }
    }
  });
});
