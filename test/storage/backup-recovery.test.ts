/** A backup of a folder that no hub has looked at since a power cut, or since something damaged it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { holdFolder } from '../../src/storage/embedded/hold.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { recover } from '../../src/storage/embedded/redo/recover.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { type Content, contentOf } from '../faults/flips/content.ts';
import { openStorage } from '../support/storage.ts';
import { backupPlace, NOW } from './backup-support.ts';
import { imageOf, work } from './redo-support.ts';

describe('a backup of a folder without a hub', function () {
  this.timeout(60_000);
  const { path, take, restore } = backupPlace('backup');
  const files = (name = 'cut') => databaseFiles(path(name));
  let content: Content;
  /** `cut`: as a killed process leaves it; all of its work is in the write-ahead log. */
  beforeEach(async () => {
    await using storage = await openStorage(path('data'));
    await work(storage, 10);
    imageOf(path('data'), path('cut'));
    const whole = imageOf(path('data'), path('whole'));
    assert.equal(recover(databaseFiles(whole), NOW).kind, 'whole');
    content = contentOf(databaseFiles(whole).database);
  });
  const spoil = (file: string, share: number): void => {
    const bytes = readFileSync(file);
    const at = Math.floor(bytes.length * share);
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(file, bytes);
  };
  const losses: readonly [name: string, lose: () => void][] = [
    ['lost its end', () => truncateSync(files().wal, Math.floor(statSync(files().wal).size * 0.7))],
    ['is damaged in its middle', () => spoil(files().wal, 0.5)],
    ['is gone', () => rmSync(files().wal)],
    ['is gone with the database', () => void [files().wal, files().database].map(file => rmSync(file))],
  ];
  for (const [name, lose] of losses)
    it(`holds every commit, though the write-ahead log ${name}`, async () => {
      lose();
      const taken = await take('backup', 'cut');
      assert.ok(taken.ok, JSON.stringify(taken));
      assert.ok((await restore()).ok);
      assert.deepEqual(contentOf(files('restored').database), content);
      assert.deepEqual(taken.recovery?.lost.commits, []);
      await using storage = await openStorage(path('cut'));
      assert.equal(storage.recovery.kind, 'whole', 'what was mended stays so');
    });

  it('says what is lost, also to whoever restores it', async () => {
    rmSync(files().database);
    rmSync(files().wal);
    spoil(redoFolder(files().redo).segments[0]?.path ?? '', 0.5);
    const taken = await take('backup', 'cut');
    assert.ok(taken.ok);
    assert.ok((taken.recovery?.lost.commits.length ?? 0) > 0);
    assert.match(taken.manifest.warnings.join('\n'), /^commits of the database are lost: \d+/m);
    const restored = await restore();
    assert.ok(restored.ok);
    assert.deepEqual(restored.manifest.warnings, taken.manifest.warnings);
  });

  it('is refused while a hub is still about to bring its database forward', async () => {
    truncateSync(files().wal, Math.floor(statSync(files().wal).size * 0.7));
    const lock = holdFolder(path('cut'));
    try {
      const refused = await take('backup', 'cut');
      assert.ok(!refused.ok);
      assert.match(refused.problem, /is \d+ commits behind its redo log; take the backup again when the hub/);
      assert.ok(!existsSync(path('backup')));
    } finally {
      lock.close();
    }
    assert.ok((await take('backup', 'cut')).ok);
  });

  it('lets go of the folder when it ends', async () => {
    assert.ok((await take('backup', 'cut')).ok);
    holdFolder(path('cut')).close();
  });
});
