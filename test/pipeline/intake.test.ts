/** The way from the log into the store, on a real journal and a real database. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Intake, takeInLog } from '../../src/pipeline/intake.ts';
import { LASTING_MS } from '../../src/pipeline/unreadable-places.ts';
import { segmentName } from '../../src/storage/embedded/journal/frame.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { type Embedded, openEmbedded } from '../../src/storage/embedded/open.ts';
import { type Damage, formatPosition, type Position } from '../../src/storage/log.ts';
import { createYielder } from '../../src/storage/yield-to-acknowledging.ts';
import { withUnreadable } from '../support/file-calls.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, logRecord, messageEvent } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

/** One process's life on the folder: appends so many records, and takes in until all is in the store. */
async function live(dir: string, appends: number): Promise<readonly string[]> {
  let wake = (): void => {};
  let durable: Position | null = null;
  await using storage = await openEmbedded({
    dir,
    maxSegmentBytes: 1_000_000,
    maxPendingBytes: 1_000_000,
    onDurable(next) {
      durable = next;
      wake();
    },
    onLost: error => assert.fail(error),
  });
  const read: string[] = [];
  const stop = new AbortController();
  const running = takeInLog({
    reader: journalReader(storage.journalDir),
    store: storage.store,
    read(record) {
      read.push(record.id);
      return [messageEvent(inboundMessage())];
    },
    durable: () => durable ?? storage.log.start,
    yielder: createYielder(storage.acknowledging),
    onDurable(told) {
      wake = told;
      return () => {};
    },
    onDamage: damage => assert.fail(formatPosition(damage.from)),
    onTrouble: trouble => assert.fail(trouble ?? 'mended'),
    stop: stop.signal,
  });
  await storage.store.reached(storage.log.start);
  for (let count = 0; count < appends; count++) {
    const appended = await storage.log.append(logRecord());
    assert.ok(appended.ok);
    await storage.store.reached(appended.next);
  }
  stop.abort();
  await running;
  return read;
}

describe('takeInLog', () => {
  it('comes to rest on an empty log', async () => {
    using folder = temporaryFolder();
    assert.deepEqual(await live(folder.path, 0), []);
  });

  it('comes to rest behind what the process before left', async () => {
    using folder = temporaryFolder();
    assert.equal((await live(folder.path, 3)).length, 3);
    assert.deepEqual(await live(folder.path, 0), []);
    assert.equal((await live(folder.path, 2)).length, 2);
  });

  it('passes over a tail that a crash tore', async () => {
    using folder = temporaryFolder();
    assert.equal((await live(folder.path, 1)).length, 1);
    appendFileSync(join(folder.path, 'journal', '00000001.journal'), Buffer.from('half a frame'));
    assert.equal((await live(folder.path, 1)).length, 1);
  });
});

describe('takeInLog, where the disk fails', () => {
  const RECORDS = 4;
  let folder: ReturnType<typeof temporaryFolder>;
  let storage: Embedded;
  /** In the third of the records. */
  let unreadable: { readonly path: string; readonly offset: number };
  let end: Position;
  beforeEach(async () => {
    folder = temporaryFolder();
    storage = await openStorage(folder.path);
    for (let count = 0; count < RECORDS; count++) {
      const appended = await storage.log.append(logRecord({ body: Buffer.alloc(6_000, 'x') }));
      assert.ok(appended.ok);
      end = appended.next;
    }
    const offset = Math.floor(end.offset * (2.5 / RECORDS));
    unreadable = { path: join(storage.journalDir, segmentName(end.segment)), offset };
  });
  afterEach(async () => {
    await storage[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function takingIn(over: Partial<Intake>, use: () => Promise<unknown>): Promise<void> {
    const stop = new AbortController();
    const running = takeInLog({
      reader: journalReader(storage.journalDir),
      store: storage.store,
      read: ({ id }) => [messageEvent(inboundMessage({ address: { conversation: id } }))],
      durable: () => end,
      yielder: createYielder(storage.acknowledging),
      onDurable: () => () => {},
      onDamage: damage => assert.fail(formatPosition(damage.from)),
      onTrouble: () => {},
      stop: stop.signal,
      ...over,
    });
    await Promise.race([use(), running]);
    stop.abort();
    await running;
  }

  const taken = async (): Promise<number> =>
    (await storage.store.messages({ direction: 'inbound', after: 0, limit: 9 })).length;

  it('waits at the place, says so, and takes in all of it once it can be read', async () => {
    const told: (string | null)[] = [];
    const onTrouble = (trouble: string | null): unknown => told.push(trouble);
    await takingIn({ onTrouble }, async () => {
      await withUnreadable(unreadable, () => until(() => told.length > 0, 'the trouble to be told'));
      await storage.store.reached(end);
    });
    assert.equal(await taken(), RECORDS);
    assert.equal(told.length, 2);
    assert.match(told[0] ?? '', /does not give the journal at 1:\d+ \(EIO\)/);
    assert.equal(told[1], null);
  });

  it('takes in what stands before the place meanwhile', async () => {
    await takingIn({}, () =>
      withUnreadable(unreadable, () => until(async () => (await taken()) === 2, 'two')),
    );
    assert.equal(await taken(), 2);
  });

  it('names it as damage where it lasts, and takes in what stands behind it', async () => {
    const found: Damage[] = [];
    let now = 0;
    // All of it between one look and the next.
    const onTrouble = (): void => {
      now += LASTING_MS;
    };
    await takingIn({ now: () => now, onTrouble, onDamage: damage => found.push(damage) }, () =>
      withUnreadable(unreadable, () => storage.store.reached(end)),
    );
    assert.equal(await taken(), RECORDS - 1);
    assert.equal(found.length, 1);
  });
});
