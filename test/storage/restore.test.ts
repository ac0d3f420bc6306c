/** What is in a data folder when a backup is restored into it: first, and again after one that was cut off. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { targetOf } from '../../src/storage/embedded/backup/form.ts';
import { endedAtRename, syncedBy } from '../support/file-calls.ts';
import { openStorage } from '../support/storage.ts';
import { backupPlace, filesIn } from './backup-support.ts';
import { work } from './redo-support.ts';

describe('a restore', function () {
  this.timeout(60_000);
  const { path, take, restore, fill } = backupPlace('backup');
  let dir: string;
  beforeEach(async () => {
    dir = path('data');
    await fill();
  });
  /** A life that went on after the backup; and a backup of that. */
  async function liveOn(): Promise<void> {
    for (const _ of [1, 2]) {
      await using storage = await openStorage(dir);
      await work(storage, 2);
    }
    writeFileSync(join(dir, 'api-token'), 'a token');
    assert.ok((await take('later')).ok);
  }
  /** Nothing but the backup, apart from what was moved aside. */
  function assertIsBackup(restored: string, backup = 'backup'): void {
    const expected = new Map(filesIn(path(backup)));
    expected.delete('manifest.json');
    const found = new Map([...filesIn(restored)].filter(([file]) => !/^(replaced-|hub\.lock)/.test(file)));
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
    for (const [file, content] of expected) assert.ok(found.get(file) === content, file);
  }

  function assertIsKept(before: ReturnType<typeof filesIn>, moved: string): void {
    const kept = filesIn(moved);
    for (const [file, content] of before) assert.ok(file === 'hub.lock' || kept.get(file) === content, file);
  }
  async function startsWhole(): Promise<void> {
    await using storage = await openStorage(dir);
    assert.equal(storage.recovery.kind, 'whole');
    assert.equal((await storage.store.ledger(true)).inbound.accepted, 15);
  }

  it('goes not over what is there, unless told to; then that is moved aside', async () => {
    assert.ok((await take()).ok);
    await liveOn();
    const before = filesIn(dir);
    const refused = await restore({ dir: 'data' });
    assert.ok(!refused.ok && /not empty/.test(refused.problems.join()));
    assert.deepEqual(filesIn(dir), before);
    const restored = await restore({ dir: 'data', force: true });
    assert.ok(restored.ok);
    const [moved, ...more] = restored.movedTo;
    assert.ok(moved !== undefined && more.length === 0);
    assertIsBackup(dir);
    assertIsKept(before, moved);
    await startsWhole();
  });

  it('cut off before it moved anything keeps a hub from starting, until it is done again', async () => {
    assert.ok((await take()).ok);
    await liveOn();
    const before = filesIn(dir);
    writeFileSync(join(dir, 'restore-unfinished'), '');
    mkdirSync(join(dir, 'restore-part'));
    writeFileSync(join(dir, 'restore-part', 'hub.db'), 'half of it');
    await assert.rejects(openStorage(dir), /a restore into it was cut off; run `patchbay restore` again/);
    await assert.rejects(take('of-half'), /a restore into it was cut off/);
    const again = await restore({ dir: 'data' });
    assert.ok(again.ok && again.movedTo.length === 1);
    assertIsKept(before, again.movedTo[0] ?? '');
    assertIsBackup(dir);
    await startsWhole();
  });

  it('cut off anywhere, and done again with another backup, leaves nothing of the first', async () => {
    assert.ok((await take()).ok);
    await liveOn();
    const before = filesIn(dir);
    let points = 0;
    for (let isOver = false; !isOver; points++) {
      const to = `target-${points}`;
      cpSync(dir, path(to), { recursive: true });
      isOver = !(await endedAtRename(points + 1, () => restore({ from: 'later', dir: to, force: true })));
      if (isOver) break;
      await assert.rejects(openStorage(path(to)), /was cut off/);
      const again = await restore({ dir: to });
      assert.ok(again.ok);
      assertIsBackup(path(to));
      const kept = again.movedTo.map(filesIn);
      for (const [file, content] of before)
        assert.ok(file === 'hub.lock' || kept.some(files => files.get(file) === content), file);
      assert.deepEqual(
        again.movedTo.map(folder => folder.slice(path(to).length + 1)).sort(),
        readdirSync(path(to)).filter(name => name.startsWith('replaced-')),
      );
    }
    assert.ok(points > 6, String(points));
  });

  it('by a version that wrote straight into the folder is done again as well', async () => {
    assert.ok((await take()).ok);
    await liveOn();
    const to = path('target');
    cpSync(path('later'), to, { recursive: true });
    writeFileSync(join(to, 'hub.db'), 'half of it');
    writeFileSync(join(to, 'restore-unfinished'), '');
    assert.ok((await restore({ dir: 'target' })).ok);
    assertIsBackup(to);
  });

  it('that fails while it is written leaves all as it was, and a hub starts', async () => {
    assert.ok((await take()).ok);
    await liveOn();
    // No folder has a file and a folder of one name.
    const odd = await targetOf('archive', path('odd.tar'), 0);
    const seed = join(path('backup'), 'hub.db');
    const files = [await odd.add(seed, 'hub.db'), await odd.add(seed, 'hub.db/hub.db')];
    const manifest = JSON.parse(readFileSync(join(path('backup'), 'manifest.json'), 'utf8'));
    await odd.finish('manifest.json', JSON.stringify({ ...manifest, files }));
    await odd.close();
    const before = filesIn(dir);
    await assert.rejects(restore({ from: 'odd.tar', dir: 'data', force: true }), { code: 'EEXIST' });
    assert.deepEqual(filesIn(dir), before);
    await using _storage = await openStorage(dir);
  });

  it('and a backup are on the disk with every folder that leads to their files', async () => {
    const folders = ['', 'journal', 'media', 'media/kept', 'media/kept/ab'];
    const taken = await syncedBy(() => take('new/deep/backup'));
    for (const name of folders) assert.ok(taken.has(join(path('new/deep/backup.part/folder'), name)), name);
    for (const name of ['', 'new', 'new/deep']) assert.ok(taken.has(join(path(name))), name);
    const restored = await syncedBy(() => restore({ from: 'new/deep/backup', dir: 'other/deep/restored' }));
    for (const name of folders)
      assert.ok(restored.has(join(path('other/deep/restored/restore-part'), name)), name);
    for (const name of ['', 'other', 'other/deep', 'other/deep/restored'])
      assert.ok(restored.has(join(path(name))), name);
  });
});
