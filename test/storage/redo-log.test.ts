/** The redo log's own files, and SQLite's write-ahead log as it is read here. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { BaseTask, FromBase } from '../../src/storage/embedded/redo/base-thread.ts';
import { connect } from '../../src/storage/embedded/redo/connection.ts';
import { lastCommit, redoFolder, redoFrom, segmentPath } from '../../src/storage/embedded/redo/segments.ts';
import { openSums } from '../../src/storage/embedded/redo/sums.ts';
import { readWal } from '../../src/storage/embedded/redo/wal.ts';
import { RedoFailed, type RedoWriter, redoWriter } from '../../src/storage/embedded/redo/writer.ts';
import { temporaryFolder } from '../support/folder.ts';

const SCHEMA = 3;
const LARGE = 1e9;
const SCARCE = fileURLToPath(new URL('scarce-base.ts', import.meta.url));
const BASE_THREAD = new URL('../../src/storage/embedded/redo/base-thread.ts', import.meta.url);

describe('the redo log', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let dir: string;
  beforeEach(() => {
    folder = temporaryFolder();
    dir = join(folder.path, 'redo');
  });
  afterEach(() => folder[Symbol.dispose]());

  const append = (writer: RedoWriter, commit: number, text = `commit ${commit}`): void =>
    writer.append(commit, SCHEMA, Buffer.from(text), commit % 2 === 0);
  /** Commits as `number: text`, damage as its length. */
  const content = (from = 1): readonly (string | number)[] =>
    [...redoFrom(redoFolder(dir).segments, from)].map(found =>
      'commit' in found ? `${found.commit}: ${found.patchset}` : found.bytes,
    );
  const spoil = (path: string, offset: number): void => {
    const bytes = readFileSync(path);
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };

  it('gives back what was kept, over segments and lives, from any commit on', () => {
    for (const life of [0, 1]) {
      using writer = redoWriter(dir, 60);
      for (const commit of [1, 2, 3]) append(writer, life * 3 + commit);
    }
    assert.ok(redoFolder(dir).segments.length > 2);
    assert.deepEqual(content(3), ['3: commit 3', '4: commit 4', '5: commit 5', '6: commit 6']);
    assert.equal(lastCommit(redoFolder(dir).segments), 6);
  });

  it('has no commit that was taken back, and the one made in its place', () => {
    using writer = redoWriter(dir, LARGE);
    append(writer, 1);
    append(writer, 2, 'never made');
    writer.takeBack();
    append(writer, 2);
    assert.deepEqual(content(), ['1: commit 1', '2: commit 2']);
  });

  it('takes the later segment’s word where an earlier one could not be cut back', () => {
    {
      using writer = redoWriter(dir, LARGE);
      append(writer, 1);
      append(writer, 2, 'never made');
    }
    using writer = redoWriter(dir, LARGE);
    append(writer, 2);
    assert.deepEqual(content(), ['1: commit 1', '2: commit 2']);
  });

  it('passes over a torn end, and goes on in the next segment', () => {
    {
      using writer = redoWriter(dir, LARGE);
      append(writer, 1);
      append(writer, 2);
    }
    const path = segmentPath(dir, 1);
    truncateSync(path, statSync(path).size - 3);
    using writer = redoWriter(dir, LARGE);
    append(writer, 2, 'again');
    const found = [...redoFrom(redoFolder(dir).segments, 1)];
    assert.deepEqual(
      found.map(one => ('commit' in one ? one.commit : one.torn)),
      [1, true, 2],
    );
  });

  it('finds each damaged byte, and what is whole behind it', () => {
    {
      using writer = redoWriter(dir, LARGE);
      for (const commit of [1, 2, 3]) append(writer, commit);
    }
    const path = segmentPath(dir, 1);
    const whole = readFileSync(path);
    const entry = (whole.length - 24) / 3;
    for (let offset = 24 + entry; offset < 24 + 2 * entry; offset++) {
      spoil(path, offset);
      assert.deepEqual(content(), ['1: commit 1', entry, '3: commit 3'], `byte ${offset}`);
      writeFileSync(path, whole);
    }
    for (let offset = 0; offset < 24; offset++) {
      spoil(path, offset);
      assert.deepEqual(content(), [24, '1: commit 1', '2: commit 2', '3: commit 3'], `byte ${offset}`);
      writeFileSync(path, whole);
    }
  });

  it('is looked at up to the last commit that was made, and no further', async () => {
    {
      using writer = redoWriter(dir, LARGE);
      for (const commit of [1, 2, 3, 4]) append(writer, commit);
    }
    const path = segmentPath(dir, 1);
    const looked = async (last: number): Promise<unknown> => {
      const data: BaseTask = { dir: folder.path, task: 'look', last };
      const [found] = await once(new Worker(BASE_THREAD, { workerData: data }), 'message');
      return (found as Extract<FromBase, { kind: 'looked' }>).problems;
    };
    assert.deepEqual(await looked(4), []);
    const entry = (statSync(path).size - 24) / 4;
    // As a writer leaves it for a moment that takes a commit back, and begins another.
    spoil(path, 24 + 2 * entry + 7);
    assert.deepEqual(await looked(2), []);
    assert.deepEqual(await looked(4), [
      `${entry} bytes of 00000001.redo from ${24 + 2 * entry} on are damaged`,
      'the redo log lacks the commits from 3 to 3',
    ]);
    truncateSync(path, 24 + 2 * entry);
    assert.deepEqual(await looked(4), ['the redo log lacks the commits from 3 to 4']);
  });

  it('says when a commit cannot be kept, and goes on in the next segment', () => {
    using writer = redoWriter(dir, 1);
    append(writer, 1);
    mkdirSync(segmentPath(dir, 2));
    assert.throws(() => append(writer, 2), RedoFailed);
    append(writer, 2);
    rmSync(segmentPath(dir, 2), { recursive: true });
    assert.deepEqual(content(), ['1: commit 1', '2: commit 2']);
  });

  it('reads as many frames of SQLite’s log as SQLite does, and none behind a damaged one', () => {
    const path = join(folder.path, 'some.db');
    const db = connect(path);
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
    for (let at = 0; at < 50; at++) db.prepare('INSERT INTO t (b) VALUES (?)').run('x'.repeat(700));
    const frames = Number(db.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.log);
    assert.ok(frames > 50);
    const wal = readWal(`${path}-wal`);
    assert.equal(wal.frames, frames);
    // As SQLite counts them: what a commit left that failed at its very end looks like one that was made.
    assert.equal(readWal(`${path}-wal`, frames - 1).frames, frames - 1);
    assert.notDeepEqual(readWal(`${path}-wal`, frames - 1).pages, wal.pages);
    appendFileSync(`${path}-wal`, Buffer.alloc(10_000, 7));
    assert.equal(readWal(`${path}-wal`).frames, frames);
    spoil(`${path}-wal`, 32 + 4120 * 20 + 100);
    assert.ok(readWal(`${path}-wal`).frames <= 20);
    db.close();
    assert.deepEqual(readWal(join(folder.path, 'none')).frames, 0);
  });

  it('keeps checksums of pages, also far behind each other, and knows a damaged block', () => {
    const path = join(folder.path, 'sums');
    const sums = openSums(path);
    assert.ok(sums.fresh);
    sums.setCurrent(1, 11);
    sums.setCurrent(5_000, 55);
    sums.setPending(new Map([[1, 12]]));
    sums.save(true);
    const again = openSums(path);
    assert.deepEqual(
      [again.damaged, again.current(1), again.pending(1), again.current(5_000)],
      [0, 11, 12, 55],
    );
    again.promote();
    again.save(false);
    assert.deepEqual([openSums(path).current(1), openSums(path).pending(1)], [12, 0]);
    spoil(path, 100);
    const spoilt = openSums(path);
    assert.deepEqual([spoilt.damaged, spoilt.current(1), spoilt.current(5_000)], [1, 0, 55]);
  });

  it('goes on where no descriptor is left when a copy of the database is due, and has one made later', async () => {
    const child = `ulimit -n 200 && exec "${process.execPath}" "${SCARCE}" "${folder.path}"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', child]);
    assert.deepEqual(JSON.parse(stdout), { lost: [], isCopied: true });
  }).timeout(60_000);
});
