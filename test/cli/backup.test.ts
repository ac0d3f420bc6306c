/** `backup` of a running hub, and `restore` into another folder. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../../src/storage/look-up.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type HubProcess, patchbay, startHubProcess } from './support.ts';

describe('backup and restore on the command line', function () {
  this.timeout(60_000);
  let hub: HubProcess;
  let folder: ReturnType<typeof temporaryFolder>;
  before(async () => {
    folder = temporaryFolder();
    hub = await startHubProcess();
    assert.equal((await hub.run('trigger', 'whatsapp.text')).code, 0);
  });
  after(async () => {
    await hub[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  const elsewhere = (data: string) => ({ cwd: hub.cwd, env: { ...hub.env, PATCHBAY_DATA: data } });

  it('copies a running hub, and makes a folder of it that holds the same', async () => {
    const to = join(folder.path, 'backup');
    const taken = await hub.run('backup', to);
    assert.equal(taken.code, 0, taken.err);
    assert.match(taken.out, /backup: \d+ files, [\d.]+ MB$/m);
    const world = elsewhere(join(folder.path, 'data'));
    const restored = await patchbay(['restore', to], world);
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.out, /as it was on \d{4}-/);
    const books = JSON.parse((await patchbay(['ledger', '--recount', '--json'], world)).out) as Ledger;
    assert.deepEqual([books.inbound.accepted, books.inbound.difference], [1, 0]);

    const again = await patchbay(['restore', to], world);
    assert.equal(again.code, 1);
    assert.match(again.err, /is not empty; --force moves what is there aside/);
    const forced = await patchbay(['restore', to, '--force'], world);
    assert.equal(forced.code, 0, forced.err);
  });

  it('puts it into one file, where that is asked for', async () => {
    const to = join(folder.path, 'backup.tar');
    const taken = await hub.run('backup', to);
    assert.equal(taken.code, 0, taken.err);
    assert.match(taken.out, /backup\.tar: \d+ files, [\d.]+ MB$/m);
    const world = elsewhere(join(folder.path, 'of-a-file'));
    const restored = await patchbay(['restore', to], world);
    assert.equal(restored.code, 0, restored.err);
    const books = JSON.parse((await patchbay(['ledger', '--recount', '--json'], world)).out) as Ledger;
    assert.deepEqual([books.inbound.accepted, books.inbound.difference], [1, 0]);
    const compressed = await hub.run('backup', join(folder.path, 'backup.tar.gz'));
    assert.equal(compressed.code, 2);
    assert.match(compressed.err, /ends in \.tar; compress that file afterwards/);
  });

  it('refuses to restore below a running hub, and what is no backup', async () => {
    const below = await hub.run('restore', join(folder.path, 'backup'), '--force');
    assert.equal(below.code, 1);
    assert.match(below.err, /another hub is running on/);
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const none = await patchbay(['restore', folder.path], elsewhere(join(folder.path, 'other')));
    assert.equal(none.code, 1);
    assert.match(none.err, /is no backup/);
    assert.ok(!existsSync(join(folder.path, 'other', 'hub.db')));
  });

  it('refuses a place that is taken', async () => {
    const { code, err } = await hub.run('backup', folder.path);
    assert.equal(code, 1);
    assert.match(err, /is not empty/);
  });
});
