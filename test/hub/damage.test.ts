/** Files that are not what the hub wrote to them: what health says of it, and that nothing is done twice. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_ROLES } from '../../src/hub.ts';
import { hubFolder, startOn, type TestHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const PAGE_BYTES = 4096;

const webhook = (hub: TestHub, who: number) =>
  hub.draft(CHANNEL, 'text', { from: `1555010000${who}`, text: 'hello' });

function turnBit(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe('a hub on a damaged folder', function () {
  this.timeout(60_000);

  it('rebuilds its database, says so in health, is ready, and sends nothing again', async () => {
    using folder = hubFolder();
    let before: unknown;
    {
      await using hub = await startOn(folder);
      for (const who of [1, 2, 3]) assert.equal((await hub.post(CHANNEL, webhook(hub, who))).status, 200);
      before = await hub.idle();
      assert.deepEqual((await hub.api('/readyz')).body.damage, []);
    }
    turnBit(join(folder.data, 'hub.db'), 2 * PAGE_BYTES + 100);
    await using hub = await startOn(folder);
    await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
    const { body } = await hub.api('/readyz');
    assert.match(
      body.damage.join(),
      /^the database was rebuilt \(1 of its pages are not what was written: 3\)/,
    );
    assert.deepEqual(await hub.idle(), before);
    assert.equal((await hub.post(CHANNEL, webhook(hub, 4))).status, 200);
    await hub.idle();
    assert.equal((await hub.received()).length, 1);
  });

  it('takes in what is whole of a damaged journal, and says where something is lost', async () => {
    using folder = hubFolder();
    {
      await using hub = await startOn(folder, { roles: { ...ALL_ROLES, intake: false } });
      for (const who of [1, 2, 3]) assert.equal((await hub.post(CHANNEL, webhook(hub, who))).status, 200);
    }
    const journal = join(folder.data, 'journal');
    const [segment] = readdirSync(journal);
    assert.ok(segment);
    const path = join(journal, segment);
    turnBit(path, Math.floor(readFileSync(path).length / 2));
    await using hub = await startOn(folder);
    const ledger = await hub.idle();
    assert.equal(ledger.inbound.done, 2);
    assert.match(
      (await hub.api('/readyz')).body.damage.join(),
      /^the journal is damaged at 1:\d+: the records in \d+ bytes/,
    );
  });
});
