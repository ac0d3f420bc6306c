/** `backup` of a running hub, and `restore` into another folder. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import type { Ledger } from '../../src/storage/look-up.ts';
import { work } from '../storage/redo-support.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openStorage } from '../support/storage.ts';
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

  it('restores again after a restore that was cut off, and says where all that was there is', async () => {
    const data = join(folder.path, 'cut-off');
    mkdirSync(join(data, 'replaced-first'), { recursive: true });
    writeFileSync(join(data, 'restore-unfinished'), 'replaced-first\n');
    writeFileSync(join(data, 'hub.db'), 'half of it');
    const restored = await patchbay(['restore', join(folder.path, 'backup')], elsewhere(data));
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.err, /What was there before is in \S+replaced-first and \S+replaced-\d+/);
  });

  it('says of a folder without a hub what it found, and that something is lost', async () => {
    const data = join(folder.path, 'damaged');
    {
      await using storage = await openStorage(data);
      await work(storage, 5);
    }
    const world = elsewhere(data);
    const { database, redo } = databaseFiles(data);
    rmSync(database);
    const rebuilt = await patchbay(['backup', join(folder.path, 'rebuilt')], world);
    assert.equal(rebuilt.code, 0, rebuilt.err);
    assert.match(rebuilt.err, /^Before it was taken: the database was rebuilt \(it is missing\)/m);

    const log = redoFolder(redo).segments[0]?.path ?? '';
    const bytes = readFileSync(log);
    bytes.fill(0, 5_000, 5_100);
    writeFileSync(log, bytes);
    rmSync(database);
    const to = join(folder.path, 'with-losses');
    const taken = await patchbay(['backup', to], world);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /^error: commits of the database are lost: \d+/m);
    assert.match(taken.err, /^error: the backup was made, of what is left$/m);
    const restored = await patchbay(['restore', to], elsewhere(join(folder.path, 'of-losses')));
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.err, /^When it was backed up: commits of the database are lost: \d+/m);
  });

  it('refuses a place that is taken', async () => {
    const { code, err } = await hub.run('backup', folder.path);
    assert.equal(code, 1);
    assert.match(err, /is not empty/);
  });
});
