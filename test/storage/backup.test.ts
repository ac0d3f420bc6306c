/** Backups: taken under load, checked before they are used, and what a hub made of one still knows. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { contentOf } from '../faults/flips/content.ts';
import { inboundMessage, messageEvent, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { assertBooksAgree, backupPlace, mediaPath, VERSION } from './backup-support.ts';
import { work } from './redo-support.ts';

describe('a backup', function () {
  this.timeout(60_000);
  const { path, take, restore, fill, takeUnderLoad } = backupPlace('backup');
  let dir: string;
  beforeEach(() => {
    dir = path('data');
    mkdirSync(join(dir, 'media', 'incoming'));
    writeFileSync(join(dir, 'media', 'incoming', 'half'), 'half of');
    writeFileSync(join(dir, 'sandbox-seed'), 'seed');
    for (const name of ['clock.json', 'clock.json.new']) writeFileSync(join(dir, name), '{}');
  });

  it('of a hub under load is consistent, and its journal reaches as far as its database', async () => {
    const taken = await takeUnderLoad();
    assert.ok(taken.ok);
    assert.equal(taken.manifest.version, VERSION);
    assert.deepEqual(taken.manifest.warnings, []);
    assert.doesNotMatch(taken.manifest.files.map(file => file.path).join(), /clock/, 'the clock of one life');
    assert.ok((await restore()).ok);
    assert.equal(readFileSync(mediaPath(path('restored'), 'picture'), 'utf8'), 'a picture');
    assert.equal(readFileSync(join(path('restored'), 'sandbox-seed'), 'utf8'), 'seed');
    assert.ok(!existsSync(join(path('restored'), 'media', 'incoming')));
    await using restored = await openStorage(path('restored'));
    assert.equal(restored.recovery.kind, 'whole');
    await assertBooksAgree(restored);
    const position = await restored.store.position();
    assert.ok(position.segment > 0);
    const { damage } = journalReader(restored.journalDir).read(position, 1_000_000);
    assert.deepEqual(damage, []);
  });

  it('of a hub that was ended holds the same, and can be rebuilt as soon as it runs', async () => {
    await fill();
    const before = contentOf(databaseFiles(dir).database);
    assert.ok((await take()).ok);
    assert.ok((await restore()).ok);
    const files = databaseFiles(path('restored'));
    assert.deepEqual(contentOf(files.database), before);
    {
      await using restored = await openStorage(path('restored'));
      await until(async () => {
        await work(restored, 1);
        return redoFolder(files.redo).bases.length > 0;
      }, 'a base');
    }
    const later = contentOf(files.database);
    rmSync(files.database);
    await using rebuilt = await openStorage(path('restored'));
    assert.equal(rebuilt.recovery.kind, 'rebuilt');
    assert.deepEqual(Object.keys(later), Object.keys(contentOf(files.database)));
  });

  it('restored knows what a platform brings again', async () => {
    const message = inboundMessage();
    const bring = async ({ store }: Embedded, offset: number): Promise<void> => {
      const from = await store.position();
      const next = { segment: from.segment + 1, offset };
      await store.accept({ from, next, records: [readRecord([messageEvent(message)], next)] });
    };
    await fill();
    {
      await using storage = await openStorage(dir);
      await bring(storage, 0);
      assert.ok((await take()).ok);
    }
    assert.ok((await restore()).ok);
    await using restored = await openStorage(path('restored'));
    const before = await restored.store.ledger(false);
    await bring(restored, 0);
    const after = await restored.store.ledger(false);
    assert.deepEqual(
      [after.inbound.accepted - before.inbound.accepted, after.duplicates - before.duplicates],
      [0, 1],
    );
  });

  it('that was changed or is not whole is not restored, and nothing is touched', async () => {
    await fill();
    assert.ok((await take()).ok);
    const seed = join(path('backup'), 'sandbox-seed');
    writeFileSync(seed, 'sead');
    rmSync(mediaPath(path('backup'), 'picture'));
    const refused = await restore();
    assert.ok(!refused.ok);
    assert.deepEqual([...refused.problems].sort(), [
      'media/kept/ab/picture is missing, or cannot be read',
      'sandbox-seed is not what was backed up',
    ]);
    assert.ok(!existsSync(path('restored')));
    rmSync(join(path('backup'), 'manifest.json'));
    assert.match(JSON.stringify(await restore()), /is no backup/);
  });

  it('does not write outside of the data folder, whatever its manifest says', async () => {
    await fill();
    assert.ok((await take()).ok);
    const file = join(path('backup'), 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    manifest.files.push({ ...manifest.files[0], path: '../backup/hub.db' });
    writeFileSync(file, JSON.stringify(manifest));
    const refused = await restore();
    assert.ok(!refused.ok);
    assert.deepEqual(refused.problems, ['../backup/hub.db is outside of the backup']);
  });

  it('is not put where something is, nor into the data folder', async () => {
    await fill();
    mkdirSync(path('taken'));
    writeFileSync(join(path('taken'), 'file'), '');
    assert.match(JSON.stringify(await take('taken')), /is not empty/);
    assert.match(JSON.stringify(await take('data/backup')), /inside of the data folder/);
    assert.match(JSON.stringify(await take('b', 'none')), /no database/);
  });
});
