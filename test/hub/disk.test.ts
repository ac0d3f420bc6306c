/** Disks that are full or cannot be written to, for real. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { mountDisk } from '../faults/disk/disks.ts';
import { couldNotRun } from '../support/could-not-run.ts';
import { attachTo, type HubTools, hubFolder, startOn, uncheckedWindow } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { describeOnSmallDisk } from '../support/small-disk.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const phone = (who: number): string => `1555010${String(who).padStart(4, '0')}`;

const webhookOf = (hub: HubTools, who: number) =>
  hub.draft(CHANNEL, 'text', { from: phone(who), text: `hello ${'x'.repeat(2_000)}` });

const readiness = async (hub: HubTools) => (await hub.api('/readyz')).body as { troubles: readonly string[] };

describeOnSmallDisk('a full disk', disk => {
  it('is answered 503, and all goes on by itself once there is space: what was promised is done once', async function () {
    this.timeout(60_000);
    using small = disk();
    using folder = hubFolder(uncheckedWindow(), join(small.path, 'data'));
    await using hub = await startOn(folder);
    assert.equal((await hub.post(CHANNEL, webhookOf(hub, 0))).status, 200);
    await hub.idle();

    small.fill();
    // The journal has room made ahead; what gets in there is promised as well.
    const sent = [webhookOf(hub, 1)];
    const answers = [await hub.post(CHANNEL, sent.at(-1) ?? webhookOf(hub, 1))];
    while (answers.at(-1)?.status === 200 && answers.length < 400) {
      sent.push(webhookOf(hub, sent.length + 1));
      answers.push(await hub.post(CHANNEL, sent.at(-1) ?? webhookOf(hub, 1)));
    }
    assert.equal(answers.at(-1)?.status, 503);
    assert.equal(answers.at(-1)?.headers.get('retry-after'), '5');
    // On a slow machine the first refusal may be one for the time it took.
    await until(async () => {
      if ((await readiness(hub)).troubles.includes('the disk is full')) return true;
      sent.push(webhookOf(hub, sent.length + 1));
      await hub.post(CHANNEL, sent.at(-1) ?? webhookOf(hub, 1));
      return false;
    }, 'the hub to say that the disk is full');
    assert.equal((await hub.api('/readyz')).status, 503);
    assert.equal((await hub.api('/healthz')).status, 200, 'a new process would find the disk as full');
    const asked = {
      channel: CHANNEL,
      conversation: phone(1),
      content: { kind: 'text', text: 'x'.repeat(4_000) },
    };
    const api = await hub.api('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    assert.deepEqual([api.status, api.body.type], [503, 'urn:patchbay:unavailable']);

    small.free();
    // As the platform does: everything that was not taken comes again.
    for (const webhook of sent) {
      await until(
        async () => (await hub.post(CHANNEL, webhook)).status === 200,
        'the hub to take webhooks again',
      );
    }
    const ledger = await hub.idle();
    assert.deepEqual([ledger.inbound.done, ledger.inbound.difference], [sent.length + 1, 0]);
    assert.deepEqual([ledger.outbound.done, ledger.outbound.difference], [sent.length + 1, 0]);
    const received = await hub.received();
    assert.equal(received.length, sent.length + 1);
    assert.equal(new Set(received.map(({ conversation }) => conversation)).size, sent.length + 1);
    await until(async () => (await readiness(hub)).troubles.length === 0, 'the hub to be ready again');
    assert.deepEqual(hub.fatal, []);
  });

  it('for the database alone: what is in the journal waits, and is done once there is space', async function () {
    this.timeout(60_000);
    using small = disk();
    using folder = hubFolder({}, join(small.path, 'data'));
    await using hub = await startOn(folder);
    const post = async (who: number): Promise<number> =>
      (await hub.post(CHANNEL, hub.draft(CHANNEL, 'text', { from: phone(who), text: 'hello' }))).status;
    let taken = 0;
    const noticed = async (): Promise<boolean> => {
      small.fill();
      // It fits where the last page of the journal has room left for it; the database needs a page of its own.
      const status = await post(taken);
      if (status !== 200) {
        small.free();
        await until(async () => (await post(taken)) === 200, 'the hub to take webhooks again');
      }
      taken++;
      return status === 200;
    };
    await until(noticed, 'a message in the journal that the database has no room for');
    await until(
      async () => (await readiness(hub)).troubles.some(trouble => /database/.test(trouble)),
      'the hub to say so',
    );
    assert.equal((await hub.received()).length < taken, true);

    small.free();
    await until(async () => (await readiness(hub)).troubles.length === 0, 'the hub to be ready again');
    const ledger = await hub.idle();
    assert.deepEqual([ledger.inbound.done, ledger.inbound.difference], [taken, 0]);
    assert.deepEqual([ledger.outbound.done, ledger.outbound.difference], [taken, 0]);
    assert.equal(ledger.ambiguous.total, 0);
    const received = await hub.received();
    assert.equal(new Set(received.map(({ conversation }) => conversation)).size, taken);
    assert.equal(received.length, taken);
    assert.deepEqual(hub.fatal, []);
  });
});

describeOnSmallDisk('a folder that cannot be written to', disk => {
  it('stops the start: 78, with the folder named, where nothing is there yet', async () => {
    using small = disk();
    small.close();
    using folder = hubFolder({}, small.path);
    await using hub = startProcess(folder);
    assert.equal(await hub.ended, 78);
    assert.match(hub.problems, /the data folder cannot be used/);
    assert.ok(hub.problems.includes(small.path));
  });

  it('stops the start: 1, with the folder named, where a hub has run before', async () => {
    using small = disk();
    using folder = hubFolder({}, join(small.path, 'data'));
    {
      await using _hub = await startOn(folder);
    }
    small.close();
    await using hub = startProcess(folder);
    assert.equal(await hub.ended, 1);
    assert.match(hub.problems, /^patchbay: cannot start: the data folder \S+ cannot be used: /);
    assert.ok(hub.problems.includes(folder.data));
  });
});

const closing = 'a disk that closes itself to writing under the hub';
if (canMountDisk()) describe(closing, closesUnderHub);
else couldNotRun(closing, 'no file system can be mounted here');

function canMountDisk(): boolean {
  using disk = mountDisk();
  return disk !== null;
}

function closesUnderHub(this: Mocha.Suite): void {
  this.timeout(90_000);
  it('is answered 503 and named in health; the hub stops when told to, and the next has all that was promised', async () => {
    using disk = mountDisk();
    assert.ok(disk !== null);
    using folder = hubFolder(uncheckedWindow(), join(disk.path, 'data'));
    let taken = 0;
    {
      await using running = startProcess(folder);
      const hub = attachTo(folder, await running.listening());
      const post = async (): Promise<number> => {
        const { status } = await hub.post(CHANNEL, webhookOf(hub, taken));
        if (status === 200) taken++;
        return status;
      };
      for (let count = 0; count < 50; count++) assert.equal(await post(), 200);
      disk.close();
      // What is in the hands of the disk may still get there.
      await until(async () => (await post()) === 503, 'a webhook to be refused');
      for (let count = 0; count < 5; count++) assert.equal(await post(), 503);
      await until(async () => (await readiness(hub)).troubles.length > 0, 'the hub to say so');
      assert.equal((await hub.api('/healthz')).status, 200);
      running.signal('SIGTERM');
      assert.notEqual(await running.ended, 'SIGKILL');
    }
    disk.mend();
    await using running = startProcess(folder);
    const hub = attachTo(folder, await running.listening());
    assert.equal((await hub.post(CHANNEL, webhookOf(hub, taken++))).status, 200);
    await until(async () => (await hub.ledger()).inbound.inFlight === 0, 'all of it to be worked on');
    const { inbound, outbound } = await hub.ledger();
    assert.deepEqual([inbound.done, inbound.difference], [taken, 0]);
    assert.deepEqual([outbound.accepted, outbound.difference], [taken, 0]);
    assert.deepEqual((await readiness(hub)).troubles, []);
  });
}

describe('a data folder', () => {
  it('that is a file stops the start with its name', async () => {
    using folder = hubFolder({ data: 'a file' });
    const data = join(folder.config, '..', 'data');
    chmodSync(data, 0o600);
    await using hub = startProcess({ config: folder.config, data });
    assert.equal(await hub.ended, 78);
    assert.match(hub.problems, /the data folder cannot be used/);
  });
});
