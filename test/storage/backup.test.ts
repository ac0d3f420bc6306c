/** Backups: taken under load, checked before they are used, and what a hub made of one still knows. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBackup } from '../../src/storage/embedded/backup/restore.ts';
import { takeBackup } from '../../src/storage/embedded/backup/take.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { contentOf } from '../faults/flips/content.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, messageEvent, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { work } from './redo-support.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const VERSION = '1.2.3';

describe('a backup', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let dir: string;
  const path = (name: string): string => join(folder.path, name);
  beforeEach(() => {
    folder = temporaryFolder();
    dir = path('data');
  });
  afterEach(() => folder[Symbol.dispose]());
  const take = (to = path('backup')) => takeBackup({ dir, to, version: VERSION, now: NOW });
  const restore = (to = path('restored'), force = false) =>
    restoreBackup({ from: path('backup'), dir: to, force, now: NOW });

  /** A data folder with a little of everything. */
  async function filled(): Promise<Embedded> {
    mkdirSync(join(dir, 'media', 'kept', 'ab'), { recursive: true });
    writeFileSync(join(dir, 'media', 'kept', 'ab', 'picture'), 'a picture');
    mkdirSync(join(dir, 'media', 'incoming'));
    writeFileSync(join(dir, 'media', 'incoming', 'half'), 'half of');
    writeFileSync(join(dir, 'sandbox-seed'), 'seed');
    const storage = await openStorage(dir);
    await work(storage, 5);
    return storage;
  }

  it('of a hub under load is consistent, and its journal reaches as far as its database', async () => {
    let backedUp = false;
    {
      await using storage = await filled();
      const taking = take().finally(() => {
        backedUp = true;
      });
      await until(async () => {
        await work(storage, 1);
        return backedUp;
      }, 'the backup');
      const taken = await taking;
      assert.ok(taken.ok);
      assert.equal(taken.manifest.version, VERSION);
    }
    assert.ok((await restore()).ok);
    assert.equal(readFileSync(join(path('restored'), 'media', 'kept', 'ab', 'picture'), 'utf8'), 'a picture');
    assert.equal(readFileSync(join(path('restored'), 'sandbox-seed'), 'utf8'), 'seed');
    assert.ok(!existsSync(join(path('restored'), 'media', 'incoming')));
    await using restored = await openStorage(path('restored'));
    assert.equal(restored.recovery.kind, 'whole');
    for (const recount of [false, true]) {
      const { inbound, outbound } = await restored.store.ledger(recount);
      assert.deepEqual([inbound.difference, outbound.difference], [0, 0]);
    }
    const position = await restored.store.position();
    assert.ok(position.segment > 0);
    const { damage } = journalReader(restored.journalDir).read(position, 1_000_000);
    assert.deepEqual(damage, []);
  });

  it('of a hub that was ended holds the same, and can be rebuilt as soon as it runs', async () => {
    {
      await using _storage = await filled();
    }
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
    {
      await using storage = await filled();
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
    {
      await using _storage = await filled();
    }
    assert.ok((await take()).ok);
    const seed = join(path('backup'), 'sandbox-seed');
    writeFileSync(seed, 'sead');
    rmSync(join(path('backup'), 'media', 'kept', 'ab', 'picture'));
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
    {
      await using _storage = await filled();
    }
    assert.ok((await take()).ok);
    const file = join(path('backup'), 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    manifest.files.push({ ...manifest.files[0], path: '../backup/hub.db' });
    writeFileSync(file, JSON.stringify(manifest));
    const refused = await restore();
    assert.ok(!refused.ok);
    assert.deepEqual(refused.problems, ['../backup/hub.db is outside of the backup']);
  });

  it('is not restored over what is there, unless told to; then that is moved aside', async () => {
    {
      await using _storage = await filled();
    }
    assert.ok((await take()).ok);
    const refused = await restore(dir);
    assert.ok(!refused.ok && /not empty/.test(refused.problems.join()));
    const restored = await restore(dir, true);
    assert.ok(restored.ok && restored.movedTo !== null);
    assert.ok(readdirSync(restored.movedTo).includes('hub.db'));
    await using storage = await openStorage(dir);
    assert.equal((await storage.store.ledger(true)).inbound.accepted, 15);
  });

  it('cut off while it is restored keeps a hub from starting, until it is done again', async () => {
    {
      await using _storage = await filled();
    }
    assert.ok((await take()).ok);
    const half = path('half');
    mkdirSync(half);
    writeFileSync(join(half, 'restore-unfinished'), '');
    writeFileSync(join(half, 'hub.db'), 'half of it');
    await assert.rejects(openStorage(half), /a restore into it was cut off; run `patchbay restore` again/);
    assert.ok((await restore(half)).ok);
    await using _storage = await openStorage(half);
  });

  it('is not put where something is, nor into the data folder', async () => {
    {
      await using _storage = await filled();
    }
    mkdirSync(path('taken'));
    writeFileSync(join(path('taken'), 'file'), '');
    assert.match(JSON.stringify(await take(path('taken'))), /is not empty/);
    assert.match(JSON.stringify(await take(join(dir, 'backup'))), /inside of the data folder/);
    assert.match(
      JSON.stringify(await takeBackup({ dir: path('none'), to: path('b'), version: '', now: NOW })),
      /no database/,
    );
  });
});
