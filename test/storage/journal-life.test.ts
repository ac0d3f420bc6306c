/** The journal over the lives of a hub: what is forgotten, lost, or cannot be opened must not cost what comes after. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openOffline } from '../../src/cli/offline.ts';
import { takeInLog } from '../../src/pipeline/intake.ts';
import { pruneJournal } from '../../src/storage/embedded/journal/prune.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { Journal } from '../../src/storage/embedded/journal/writer.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { formatPosition, type Position, START } from '../../src/storage/log.ts';
import { createYielder } from '../../src/storage/yield-to-acknowledging.ts';
import { carriedOut, letters } from '../server/dead-letters-support.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hubFolder, startOn } from '../support/hub.ts';
import { inboundMessage, logRecord, messageEvent } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

const run = promisify(execFile);
const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const CHANNEL = 'support-whatsapp';

/** One life on the folder: so many requests come in, and all there is is taken in. The ids of both. */
async function live(
  dir: string,
  requests: number,
  then: (storage: Embedded) => Promise<void> = async () => {},
): Promise<{ readonly acknowledged: readonly string[]; readonly takenIn: readonly string[] }> {
  let wake = (): void => {};
  let durable: Position | null = null;
  await using storage = await openStorage(dir, {
    onDurable(next) {
      durable = next;
      wake();
    },
  });
  const { store, log, journalDir } = storage;
  const takenIn: string[] = [];
  const stop = new AbortController();
  const running = takeInLog({
    reader: journalReader(journalDir),
    store,
    read(record) {
      takenIn.push(record.id);
      return [messageEvent(inboundMessage())];
    },
    durable: () => durable ?? log.start,
    yielder: createYielder(storage.acknowledging),
    onDurable(told) {
      wake = told;
      return () => {};
    },
    onDamage: damage => assert.fail(formatPosition(damage.from)),
    onTrouble: trouble => assert.fail(trouble ?? 'mended'),
    stop: stop.signal,
  });
  const acknowledged: string[] = [];
  await store.reached(log.start);
  for (let count = 0; count < requests; count++) {
    const record = logRecord();
    const appended = await log.append(record);
    assert.ok(appended.ok);
    acknowledged.push(record.id);
    assert.ok(await store.reached(appended.next));
    assert.ok(takenIn.includes(record.id), 'what is reached was taken in');
  }
  await then(storage);
  stop.abort();
  await running;
  return { acknowledged, takenIn };
}

describe('the journal, from one life to the next,', function () {
  this.timeout(60_000);

  it('takes in what comes after everything in it was forgotten', async () => {
    using folder = temporaryFolder();
    await live(folder.path, 3);
    await live(folder.path, 0, async ({ journalDir, store }) => {
      pruneJournal(journalDir, Date.now() + 60_000, await store.position());
    });
    for (let life = 0; life < 2; life++) {
      const { acknowledged, takenIn } = await live(folder.path, 2);
      assert.deepEqual(takenIn, acknowledged);
    }
    assert.deepEqual((await live(folder.path, 0)).takenIn, []);
  });

  it('takes in what comes after its folder was lost, and what came right before a restart', async () => {
    using folder = temporaryFolder();
    await live(folder.path, 3);
    await live(folder.path, 0);
    rmSync(join(folder.path, 'journal'), { recursive: true });
    const left: string[] = [];
    {
      await using storage = await openStorage(folder.path);
      const record = logRecord();
      assert.ok((await storage.log.append(record)).ok);
      left.push(record.id);
    }
    const { acknowledged, takenIn } = await live(folder.path, 2);
    assert.deepEqual(takenIn, [...left, ...acknowledged]);
  });

  it('shows nobody else’s request where one was lost, and reads none in its place', async () => {
    using folder = hubFolder();
    const draft = { text: 'hello' };
    let id = '';
    {
      await using hub = await startOn(folder);
      const broken = { ...hub.draft(CHANNEL, 'text', draft), body: '{"object":"no","entry":7}' };
      assert.equal((await hub.post(CHANNEL, broken)).status, 200);
      await hub.idle();
      id = (await letters(hub))[0]?.id ?? '';
      assert.equal((await hub.trace(id)).raw?.body, broken.body);
    }
    const journal = join(folder.data, 'journal');
    rmSync(journal, { recursive: true });
    await using hub = await startOn(folder);
    {
      const limits = { maxSegmentBytes: 1e6, maxPendingBytes: 1e6 };
      await using other = new Journal({ dir: journal, takenIn: START, ...limits, onDurable: () => {} });
      const body = Buffer.from(hub.draft(CHANNEL, 'text', draft).body);
      const appended = await other.append(logRecord({ at: Date.now(), channel: CHANNEL, body }));
      assert.ok(appended.ok);
      assert.equal((await hub.trace(id)).inbound?.raw, formatPosition(appended.position));
    }
    assert.equal((await hub.trace(id)).raw, null);
    assert.equal((await hub.api(`/v1/dead-letters/${id}`)).body.raw, null);
    using offline = openOffline(hub.config);
    assert.equal(offline?.trace(id)?.raw, null);
    const { refused } = await carriedOut(hub, 'replay', { ids: [id] });
    assert.equal(refused, 1);
    assert.equal((await hub.ledger()).inbound.accepted, 1);
  });

  it('says in health that the last request before a restart is perhaps lost', async () => {
    using folder = hubFolder();
    {
      await using storage = await openStorage(folder.data);
      await storage.log.append(logRecord());
    }
    const path = join(folder.data, 'journal', '00000001.journal');
    const bytes = readFileSync(path);
    bytes[bytes.length - 3] = 1;
    writeFileSync(path, bytes);
    await using hub = await startOn(folder);
    const damage = async (): Promise<string> => (await hub.api('/readyz')).body.damage.join();
    await until(async () => (await damage()) !== '', 'the damage to be told');
    assert.match(
      await damage(),
      /^the journal is damaged at 1:0: the last \d+ bytes .* cannot be read; a request in them is perhaps lost$/,
    );
  });

  it('leaves nothing open, nothing behind and nothing unsynced where descriptors are few', async () => {
    using folder = temporaryFolder();
    const child = `ulimit -n 60 && exec "${process.execPath}" "${pathOf('scarce-descriptors.ts')}" "${folder.path}"`;
    const { stdout } = await run('sh', ['-c', child]);
    const refused = ['unavailable', 'unavailable', 'unavailable'];
    assert.deepEqual(JSON.parse(stdout), {
      seen: [
        { said: refused, free: 0 },
        { said: refused, free: 1 },
        { said: refused, free: 2 },
        { said: ['stored', 'stored', 'stored'], free: 1 },
      ],
      files: ['00000001.journal'],
    });
  });

  it('has on the disk whatever it forgets the request of, and the folder it lies in', async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, 'data');
    const book = join(folder.path, 'calls');
    const code = ['--import', pathOf('record-calls.ts'), pathOf('prune-after-intake.ts'), dir];
    await run(process.execPath, code, { env: { ...process.env, CALLS_FILE: book } });
    const calls = readFileSync(book, 'utf8').trim().split('\n');
    const [stored, takenIn] = [calls.indexOf('stored'), calls.indexOf('taken in')];
    const synced = calls.slice(0, stored).filter(call => call.startsWith('sync '));
    for (const made of [dir, join(dir, 'journal')])
      assert.ok(synced.includes(`sync ${made}`), `${made} is synced before anything is stored`);
    const forgotten = calls.indexOf(`remove ${join(dir, 'journal', '00000001.journal')}`);
    assert.ok(0 < stored && stored < takenIn && takenIn < forgotten);
    const redo = `sync ${join(dir, 'redo', '00000001.redo')}`;
    assert.ok(calls.slice(takenIn, forgotten).includes(redo), 'the redo log is synced in between');
  });
});
