/** Files deleted or replaced under the running hub: nothing more is acknowledged, and it says why and ends. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { announce } from '../../src/compose/run-file.ts';
import { segmentName } from '../../src/storage/embedded/journal/frame.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { temporaryFolder } from '../support/folder.ts';
import { attachTo, hubFolder } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { logRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { imageOf, work } from './redo-support.ts';

const CHANNEL = 'support-whatsapp';
const SEGMENT = segmentName(1);

/** A storage with one record, and what it was told of its end. */
async function opened(dir: string): Promise<{ readonly storage: Embedded; readonly lost: readonly Error[] }> {
  const lost: Error[] = [];
  const storage = await openStorage(dir, { onLost: error => void lost.push(error) });
  assert.equal((await storage.log.append(logRecord())).ok, true);
  return { storage, lost };
}

const append = async ({ log }: Embedded) => {
  const appended = await log.append(logRecord());
  return appended.ok ? 'acknowledged' : appended.reason;
};

/** Every file below the folder, by name. */
const contentOf = (dir: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter(name => statSync(join(dir, name)).isFile())
      .map(name => [name, readFileSync(join(dir, name)).toString('base64')]),
  );

function replace(path: string): void {
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
}

describe('a data folder that is deleted or replaced under the hub', function () {
  this.timeout(60_000);

  const atOnce: readonly (readonly [string, (dir: string) => void])[] = [
    ['the whole folder deleted', dir => rmSync(dir, { recursive: true })],
    ['the whole folder moved', dir => renameSync(dir, `${dir}-moved`)],
    ['the journal deleted', dir => rmSync(join(dir, 'journal'), { recursive: true })],
    ['the open segment deleted', dir => rmSync(join(dir, 'journal', SEGMENT))],
    ['the open segment replaced by a copy', dir => replace(join(dir, 'journal', SEGMENT))],
  ];
  for (const [name, harm] of atOnce)
    it(`acknowledges not one record more: ${name}`, async () => {
      using around = temporaryFolder();
      const dir = join(around.path, 'data');
      const { storage, lost } = await opened(dir);
      await using _storage = storage;
      assert.ok(existsSync(join(dir, 'journal', SEGMENT)), 'the segment has the name the test knows');
      harm(dir);
      const left = existsSync(join(dir, 'journal')) ? readdirSync(join(dir, 'journal')) : null;
      const under = [append(storage), append(storage)];
      // By now they are on their way to the disk, and this one waits behind them.
      await nextTurn();
      under.push(append(storage));
      assert.deepEqual(await Promise.all(under), ['unavailable', 'unavailable', 'unavailable']);
      assert.equal(await append(storage), 'unavailable');
      assert.equal(lost.length, 1);
      assert.ok(lost[0]?.message.startsWith(dir), lost[0]?.message);
      assert.match(lost[0]?.message ?? '', /deleted or replaced .*`patchbay restore`.*start the hub again/);
      assert.equal(storage.trouble, lost[0]?.message);
      assert.notEqual(storage.log.trouble, null);
      const after = existsSync(join(dir, 'journal')) ? readdirSync(join(dir, 'journal')) : null;
      assert.deepEqual(after, left, 'no other segment is begun');
    });

  const noticed: readonly (readonly [string, string, (path: string) => void])[] = [
    ['the database deleted', 'hub.db', path => rmSync(path)],
    ['the database replaced by a copy', 'hub.db', replace],
    ['the lock deleted', 'hub.lock', path => rmSync(path)],
    ['the lock replaced by a copy', 'hub.lock', replace],
    ['the journal deleted', 'journal', path => rmSync(path, { recursive: true })],
    ['the redo log deleted', 'redo', path => rmSync(path, { recursive: true })],
  ];
  for (const [name, file, harm] of noticed)
    it(`is noticed though nothing comes in: ${name}`, async () => {
      using folder = temporaryFolder();
      const { storage, lost } = await opened(folder.path);
      await using _storage = storage;
      harm(join(folder.path, file));
      await until(() => lost.length > 0, 'the storage to notice');
      assert.ok(lost[0]?.message.startsWith(join(folder.path, file)), lost[0]?.message);
      assert.equal(await append(storage), 'unavailable');
      await assert.rejects(storage.store.position());
      assert.equal(lost.length, 1);
    });

  it('has its newest commits at the next start where the write-ahead log was deleted, and nothing is put back', async () => {
    using folder = temporaryFolder();
    const { storage, lost } = await opened(folder.path);
    const path = databaseFiles(folder.path).wal;
    let known: number;
    {
      await using _storage = storage;
      await work(storage, 2);
      known = (await storage.store.ledger(true)).inbound.accepted;
      rmSync(path);
      await until(() => lost.length > 0, 'the storage to notice');
      assert.ok(lost[0]?.message.startsWith(path), lost[0]?.message);
      assert.match(lost[0]?.message ?? '', /nothing is lost.*start the hub again/);
      assert.doesNotMatch(lost[0]?.message ?? '', /restore|put/i);
      assert.equal(await append(storage), 'unavailable');
    }
    await using again = await openStorage(folder.path);
    assert.equal(again.recovery.kind, 'caught up');
    assert.deepEqual(again.recovery.lost.commits, []);
    assert.equal((await again.store.ledger(true)).inbound.accepted, known);
  });

  it('is not written to any more where a copy stands in its place, closing the storage neither', async () => {
    using around = temporaryFolder();
    const dir = join(around.path, 'data');
    const { storage, lost } = await opened(dir);
    let before: ReadonlyMap<string, string>;
    {
      await using _storage = storage;
      await work(storage, 3);
      const copy = imageOf(dir, join(around.path, 'copy'));
      // The lock's own, which holds nothing.
      rmSync(join(copy, 'hub.lock-journal'), { force: true });
      before = contentOf(copy);
      renameSync(dir, join(around.path, 'moved'));
      renameSync(copy, dir);
      await until(() => lost.length > 0, 'the storage to notice');
    }
    assert.deepEqual(contentOf(dir), before);
  });

  it('ends the process: 1, with the file and what to do, and no 200 after it', async () => {
    using folder = hubFolder();
    await using running = startProcess(folder);
    const hub = attachTo(folder, await running.listening());
    const post = async (): Promise<number> => {
      const webhook = hub.draft(CHANNEL, 'text', { text: 'hello' });
      return (await hub.post(CHANNEL, webhook)).status;
    };
    assert.equal(await post(), 200);
    rmSync(folder.data, { recursive: true });
    assert.equal(await post().catch(() => 503), 503);
    assert.equal(await running.ended, 1, running.problems);
    assert.ok(running.problems.includes(folder.data), running.problems);
    assert.match(
      running.problems,
      /the hub cannot go on.*was deleted or replaced while the hub had it open/s,
    );
    assert.doesNotMatch(running.problems, /gone\.ts|clock/, 'nothing else is said');
    assert.ok(!existsSync(join(folder.data, 'hub.db')), 'nothing was made in its place');
  });

  it('keeps the address of the hub that came after', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'run.json');
    const address = { url: 'http://127.0.0.1:1', sandbox: null };
    const remove = announce(folder.path, address);
    assert.ok(existsSync(path));
    writeFileSync(path, '{"pid":1}');
    remove();
    assert.equal(readFileSync(path, 'utf8'), '{"pid":1}');
    announce(folder.path, address)();
    assert.ok(!existsSync(path));
  });
});
