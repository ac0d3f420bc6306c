/** A backup as one file: what tar makes of it, what of one that tar made, and what of one that is not whole. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BLOCK, headerOf, readHeader } from '../../src/storage/embedded/backup/tar.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { contentOf } from '../faults/flips/content.ts';
import { openStorage } from '../support/storage.ts';
import { addMedia, assertBooksAgree, backupPlace, mediaPath } from './backup-support.ts';

const LONG_NAME = 'p'.repeat(90);

describe('a backup in one file', function () {
  this.timeout(60_000);
  const { path, take, restore, fill, takeUnderLoad } = backupPlace('backup.tar');
  let dir: string;
  beforeEach(() => {
    dir = path('data');
    addMedia(dir, LONG_NAME, 'a picture with a long name');
    addMedia(dir, 'empty', '');
    writeFileSync(join(dir, 'sandbox-seed'), 's'.repeat(BLOCK));
  });
  const tar = (...options: readonly string[]): string => execFileSync('tar', options, { encoding: 'utf8' });
  /** The words of the problems, for a backup that is to be refused. */
  async function refused(): Promise<string> {
    const answer = await restore();
    assert.ok(!answer.ok);
    assert.ok(!existsSync(path('restored')), 'nothing is touched');
    return answer.problems.join('\n');
  }

  it('holds the same as the data folder, and is for its owner only', async () => {
    await fill();
    const before = contentOf(databaseFiles(dir).database);
    assert.ok((await take()).ok);
    assert.equal(statSync(path('backup.tar')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(path('')).sort(), ['backup.tar', 'data']);
    assert.ok((await restore()).ok);
    assert.equal(readFileSync(mediaPath(path('restored'), LONG_NAME), 'utf8'), 'a picture with a long name');
    assert.equal(readFileSync(mediaPath(path('restored'), 'empty'), 'utf8'), '');
    assert.equal(readFileSync(join(path('restored'), 'sandbox-seed'), 'utf8'), 's'.repeat(BLOCK));
    assert.deepEqual(contentOf(databaseFiles(path('restored')).database), before);
  });

  it('of a hub under load is consistent', async () => {
    assert.ok((await takeUnderLoad()).ok);
    assert.ok((await restore()).ok);
    await using restored = await openStorage(path('restored'));
    await assertBooksAgree(restored);
  });

  it('is an archive to tar, and one that tar made of a backup is as good', async () => {
    await fill();
    assert.ok((await take()).ok);
    const unpacked = path('unpacked');
    mkdirSync(unpacked);
    tar('-xf', path('backup.tar'), '-C', unpacked);
    assert.equal(readFileSync(mediaPath(unpacked, LONG_NAME), 'utf8'), 'a picture with a long name');
    // As somebody would pack it by hand: with folders, and every path behind a `./`.
    tar('--format=ustar', '-cf', path('again.tar'), '-C', unpacked, '.');
    const restored = await restore({ from: 'again.tar' });
    assert.ok(restored.ok, JSON.stringify(restored));
    assert.deepEqual(
      contentOf(databaseFiles(path('restored')).database),
      contentOf(databaseFiles(dir).database),
    );
  });

  it('that was changed is not restored', async () => {
    await fill();
    assert.ok((await take()).ok);
    const bytes = readFileSync(path('backup.tar'));
    const at = bytes.indexOf('a picture with');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path('backup.tar'), bytes);
    assert.equal(await refused(), `media/kept/ab/${LONG_NAME} is not what was backed up`);
  });

  it('that was cut off, or is none, is not restored', async () => {
    await fill();
    assert.ok((await take()).ok);
    const { size } = statSync(path('backup.tar'));
    for (const left of [size - 3 * BLOCK - 1, size / 2, BLOCK + 1, 1, 0]) {
      truncateSync(path('backup.tar'), left);
      assert.match(await refused(), /is no backup: it has no manifest.json that can be read/);
    }
    writeFileSync(path('backup.tar'), 'x'.repeat(10 * BLOCK));
    assert.match(await refused(), /is no backup/);
  });

  it('is not put where something is, and leaves nothing where it cannot be made', async () => {
    await fill();
    writeFileSync(path('backup.tar'), 'mine');
    assert.match(JSON.stringify(await take()), /is there already/);
    assert.equal(readFileSync(path('backup.tar'), 'utf8'), 'mine');
    assert.match(JSON.stringify(await take('data/b.tar')), /inside of the data folder/);
    writeFileSync(path('file'), '');
    assert.match(JSON.stringify(await take('file')), /is there already/);
    writeFileSync(join(dir, 'l'.repeat(150)), 'no archive takes this name');
    await assert.rejects(take('other.tar'), /is too long for an archive/);
    assert.deepEqual(readdirSync(path('')).sort(), ['backup.tar', 'data', 'file']);
  });
});

describe('the header of a file in an archive', () => {
  const cases = [
    { path: 'hub.db', bytes: 0 },
    { path: 'journal/1', bytes: 0o77777777777 },
    { path: 'journal/2', bytes: 0o100000000000 },
    { path: 'media/kept/large', bytes: 2 ** 52 },
    { path: `${'a'.repeat(99)}/${'b'.repeat(100)}`, bytes: 1 },
    { path: `${'ä'.repeat(20)}/${'c'.repeat(90)}`, bytes: 1 },
  ];
  for (const entry of cases) {
    it(`is read as it was written: ${entry.path.slice(0, 20)}, ${entry.bytes} bytes`, () => {
      const header = headerOf(entry, 1_700_000_000);
      assert.ok(header !== null && header.length === BLOCK);
      assert.deepEqual(readHeader(header), { kind: 'file', entry });
    });
  }

  it('is damaged when a byte of it is another, or it is not whole', () => {
    const header = headerOf({ path: 'hub.db', bytes: 5 }, 0);
    assert.ok(header !== null);
    assert.equal(readHeader(header.subarray(0, 100)).kind, 'damaged');
    header[3] = 0x41;
    assert.equal(readHeader(header).kind, 'damaged');
    assert.equal(readHeader(Buffer.alloc(BLOCK)).kind, 'end');
  });

  it('cannot be made for a name that is too long', () => {
    assert.equal(headerOf({ path: 'l'.repeat(101), bytes: 0 }, 0), null);
    assert.equal(headerOf({ path: `${'l'.repeat(156)}/a`, bytes: 0 }, 0), null);
  });
});
