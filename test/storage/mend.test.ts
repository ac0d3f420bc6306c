/** Data folders that lost commits for good: nothing is answered or sent again by itself, and all of it can be seen. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InboundEvent } from '../../src/message/event.ts';
import type { Target } from '../../src/storage/dead-letters.ts';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { type DatabaseFiles, databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { recover } from '../../src/storage/embedded/redo/recover.ts';
import { type Recovery, tellRecovery } from '../../src/storage/embedded/redo/report.ts';
import { redoFolder } from '../../src/storage/embedded/redo/segments.ts';
import { PAGE_BYTES } from '../../src/storage/embedded/redo/wal.ts';
import { formatPosition } from '../../src/storage/log.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, logRecord, messageEvent, newId, outboundMessage } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { doneWith } from '../support/work.ts';
import { imageOf, work } from './redo-support.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

describe('what a lost commit leaves', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let dir: string;
  beforeEach(() => {
    folder = temporaryFolder();
    dir = join(folder.path, 'data');
  });
  afterEach(() => folder[Symbol.dispose]());

  const image = (): string => imageOf(dir, join(folder.path, 'image'));
  /** Of the image, which has no database any more, and this of its redo log is gone. */
  const withHole = (hole: Place): DatabaseFiles => {
    const files = databaseFiles(join(folder.path, 'image'));
    withoutDatabase(files.dir);
    blank(hole, files.redo);
    return files;
  };

  it('is not worked on again where it may be done, and what came in later is', async () => {
    let hole: Place;
    {
      await using storage = await openStorage(dir);
      await receive(storage, 'before');
      await takeIn(storage);
      const from = redoPlace(dir);
      await answer(storage);
      hole = { ...from, end: redoPlace(dir).start };
      await receive(storage, 'behind');
      await takeIn(storage);
      image();
    }
    const files = withHole(hole);
    assert.equal(recover(files, NOW).kind, 'rebuilt');
    await using storage = await openStorage(files.dir);
    const [letter, ...others] = await letters(storage);
    assert.deepEqual(
      [letter?.code, letter?.messageState, letter?.message?.id],
      ['damaged', 'parked', 'before'],
    );
    assert.deepEqual([others, await given(storage)], [[], ['behind']]);
    assert.ok(letter);
    await replay(storage, letter.id);
    assert.deepEqual(await given(storage), ['before']);
  });

  it('is not replayed a second time by what an operator had begun: that is stopped, and told', async () => {
    let hole: Place;
    let operation: string;
    {
      await using storage = await openStorage(dir);
      const { store } = storage;
      await receive(storage, 'before');
      await takeIn(storage);
      const items = await store.claimWork(10, { name: 'refusing', suspects: false });
      await store.finishWork(
        doneWith(items).map(done => ({ ...done, outcome: { kind: 'dead', reason: 'no' } })),
      );
      operation = await startReplay(storage, { kind: 'filter', filter: {}, limit: null });
      const from = redoPlace(dir);
      await store.advanceOperation({ operation, limit: 10 });
      await answer(storage);
      hole = { ...from, end: redoPlace(dir).start };
      await receive(storage, 'behind');
      await takeIn(storage);
      image();
    }
    const files = withHole(hole);
    const recovery = recover(files, NOW);
    assert.deepEqual(recovery.lost.stopped, [operation]);
    assert.match(tellRecovery(recovery).join('; '), new RegExp(`stopped.*: ${operation}`));
    await using storage = await openStorage(files.dir);
    assert.deepEqual(await storage.store.runningOperations(), []);
    assert.equal((await storage.store.operation(operation))?.state, 'stopped');
    assert.deepEqual(await given(storage), ['behind']);
    const action = { id: 'go-on', who: 'test', key: null, digest: '' };
    await storage.store.resumeOperation(operation, action);
    await storage.store.advanceOperation({ operation, limit: 10 });
    assert.deepEqual(await given(storage), ['before']);
  });

  it('is not taken in again, also where the position had no row, and its conversations are known', async () => {
    const redo = { minBaseBytes: 1, settleMs: 0, maxSegmentBytes: 20_000, maxWalBytes: 50_000 };
    let position: string;
    {
      await using storage = await openStorage(dir, { redo });
      await until(async () => {
        await work(storage, 5);
        const { segments, bases } = redoFolder(databaseFiles(dir).redo);
        return bases.length > 0 && (segments[0]?.first ?? 0) > 1;
      }, 'a base, and the removal of what it makes needless');
      await work(storage, 2);
      position = formatPosition(await storage.store.position());
      image();
    }
    const files = databaseFiles(join(folder.path, 'image'));
    withoutDatabase(files.dir);
    const [base] = redoFolder(files.redo).bases;
    assert.ok(base);
    spoil(base.path, 5_000);
    const { kind, lost } = recover(files, NOW);
    assert.deepEqual([kind, lost.parkedBefore, lost.records.length > 0], ['rebuilt', null, true]);
    await using storage = await openStorage(files.dir);
    assert.equal(formatPosition(await storage.store.position()), position);
    const found = await letters(storage);
    assert.ok(found.length > 0);
    assert.ok(found.every(({ channel, conversation }) => channel === 'test' && conversation !== ''));
    const { inbound, outbound } = await storage.store.ledger(false);
    assert.deepEqual([inbound.difference, outbound.difference], [0, 0]);
    assert.deepEqual((await storage.store.ledger(true)).inbound, inbound);
  });

  it('is a dead letter where nobody knows whether it was taken in, as the end of all is lost', async () => {
    let hole: Place;
    {
      await using storage = await openStorage(dir);
      await receive(storage, 'known');
      await takeIn(storage);
      await answer(storage);
      const from = redoPlace(dir);
      await receive(storage, 'in the hole');
      await takeIn(storage);
      await answer(storage);
      hole = { ...from, end: redoPlace(dir).start };
      await storage.store.keepAccount({ tenant: 'default', channel: 'test', state: 'open', reason: null });
      image();
    }
    const files = withHole(hole);
    const { lost } = recover(files, NOW);
    assert.equal(lost.parkedBefore, '2:0');
    await using storage = await openStorage(files.dir);
    await receive(storage, 'new');
    await takeIn(storage);
    assert.deepEqual(await given(storage), ['new']);
    assert.deepEqual(
      (await letters(storage)).map(({ code, message }) => [code, message?.id]),
      [['damaged', 'in the hole']],
    );
  });

  for (const [what, isBare] of [
    ['the database and the redo log are', true],
    ['the database is, and the redo log is empty, and so', false],
  ] as const) {
    it(`is told, and parked, where ${what} gone and requests are there`, async () => {
      {
        await using storage = await openStorage(dir);
        await receive(storage, 'one');
        await receive(storage, 'two', 'api');
        await takeIn(storage);
        await answer(storage);
        image();
      }
      const files = databaseFiles(join(folder.path, 'image'));
      withoutDatabase(files.dir);
      if (isBare) rmSync(files.redo, { recursive: true });
      else
        for (const { path } of redoFolder(files.redo).segments)
          blank({ path, start: 24, end: LARGE }, files.redo);
      await using storage = await openStorage(files.dir);
      const { kind, lost } = storage.recovery;
      assert.deepEqual([kind, lost.commits, lost.parkedBefore], ['rebuilt', ['all'], '2:0']);
      assert.match(
        tellRecovery(storage.recovery).join('\n'),
        /requests of the journal before 2:0 .* dead letters/,
      );
      await receive(storage, 'new');
      await takeIn(storage);
      assert.deepEqual(await given(storage), ['new']);
      assert.deepEqual(await storage.store.claimSends(10), []);
      const [two, one, ...others] = await letters(storage);
      assert.deepEqual(
        [two?.direction, two?.messageState, one?.direction, one?.messageState, others],
        ['outbound', 'parked', 'inbound', 'parked', []],
      );
      assert.ok(one && two);
      await replay(storage, one.id);
      await replay(storage, two.id);
      assert.deepEqual(await given(storage), ['one']);
      assert.equal((await storage.store.claimSends(10)).length, 1);
    });
  }

  it('is no loss where only a file that is there for repairs is gone with one page of the database', async () => {
    {
      await using storage = await openStorage(dir);
      await receive(storage, 'one');
      await takeIn(storage);
    }
    const files = databaseFiles(dir);
    rmSync(files.redo, { recursive: true });
    const bytes = readFileSync(files.database);
    // The unused middle of a page.
    spoil(files.database, bytes.indexOf(Buffer.alloc(64), PAGE_BYTES) + 32);
    const recovery: Recovery = recover(files, NOW);
    assert.equal(recovery.kind, 'kept');
    await using storage = await openStorage(dir);
    assert.deepEqual(await given(storage), ['one']);
  });

  it('is in the books as what is there, also after much was forgotten', async () => {
    let hole: Place;
    {
      await using storage = await openStorage(dir);
      for (const id of ['1', '2', '3', '4']) await receive(storage, id);
      await takeIn(storage);
      await answer(storage);
      const { store } = storage;
      while ((await store.expire({ messages: Date.now() + 60_000, keys: 0 }, 10)).inbound > 0);
      await receive(storage, 'last');
      await takeIn(storage);
      const from = redoPlace(dir);
      await store.keepAccount({ tenant: 'default', channel: 'test', state: 'open', reason: null });
      hole = { ...from, end: redoPlace(dir).start };
      await store.keepAccount({ tenant: 'default', channel: 'test', state: 'closed', reason: null });
      image();
    }
    const files = withHole(hole);
    recover(files, NOW);
    await using storage = await openStorage(files.dir);
    const { inbound } = await storage.store.ledger(false);
    assert.deepEqual([inbound.parked, inbound.difference], [1, 0]);
    assert.ok(inbound.accepted < 5);
    assert.deepEqual((await storage.store.ledger(true)).inbound, inbound);
    assert.equal((await letters(storage)).length, 1);
  });
});

const LARGE = 1e9;

/** Bytes of a file of the redo log. */
interface Place {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Where its next commit goes. */
function redoPlace(dir: string): Place {
  const last = redoFolder(databaseFiles(dir).redo).segments.at(-1);
  assert.ok(last);
  return { path: last.path, start: statSync(last.path).size, end: LARGE };
}

/** The same place of the redo log of an image. */
function blank({ path, start, end }: Place, redo: string): void {
  const copy = join(redo, path.slice(-13));
  const bytes = readFileSync(copy);
  writeFileSync(copy, bytes.fill(0, start, Math.min(end, bytes.length)));
}

function spoil(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 4;
  writeFileSync(path, bytes);
}

function withoutDatabase(dir: string): void {
  const { database, wal } = databaseFiles(dir);
  for (const path of [database, wal]) rmSync(path, { force: true });
}

/** A request that says a message, or asks for one to be sent. */
async function receive({ log }: Embedded, id: string, source: 'webhook' | 'api' = 'webhook'): Promise<void> {
  await log.append(logRecord({ id: `request-${id}`, source, body: Buffer.from(id) }));
}

async function takeIn({ store, journalDir }: Embedded): Promise<void> {
  const from = await store.position();
  const { records, next } = journalReader(journalDir).read(from, 1_000_000);
  const read = records.map(({ record, position }) => {
    const id = Buffer.from(record.body).toString();
    const message = outboundMessage({ id });
    const event: InboundEvent =
      record.source === 'api'
        ? { kind: 'outbound', message, idempotencyKey: null, digest: '' }
        : messageEvent(inboundMessage({ id, address: { conversation: id } }));
    return { ...record, position, events: [event] };
  });
  assert.ok(await store.accept({ from, next, records: read }));
  // Batches end with a file; the next may have more.
  if (read.length > 0) await takeIn({ store, journalDir } as Embedded);
}

/** All that is open is done, with a reply that is sent. */
async function answer({ store }: Embedded): Promise<void> {
  for (const { seq, attempt, id } of await store.claimWork(10, { name: 'answering', suspects: false })) {
    const replies = [outboundMessage({ cause: id })];
    await store.finishWork([{ seq, attempt, outcome: { kind: 'done', replies }, stages: [], facts: {} }]);
  }
  for (;;) {
    const [send] = await store.claimSends(1);
    if (send === undefined) return;
    const wires = [{ id: `delivery-${send.seq}`, wire: {} }];
    for (const { id: delivery } of await store.plan({ seq: send.seq, wires, losses: [] })) {
      await store.intend({ delivery, at: 1, resend: false });
      const settlement = { kind: 'sent' as const, platformId: `platform-${send.seq}` };
      await store.settle({ delivery, at: 2, settlement });
    }
  }
}

const letters = async ({ store }: Embedded) => (await store.deadLetters({ limit: 100 })).letters;

/** What is given to the pipeline, by the platform's ids. */
async function given({ store }: Embedded): Promise<readonly string[]> {
  const items = [false, true].map(suspects => store.claimWork(10, { name: `given-${suspects}`, suspects }));
  return (await Promise.all(items)).flat().map(({ message }) => message.id);
}

/** Alone, as an operator may. */
async function replay(storage: Embedded, id: string): Promise<void> {
  const operation = await startReplay(storage, { kind: 'ids', ids: [id] });
  await storage.store.advanceOperation({ operation, limit: 10 });
}

async function startReplay({ store }: Embedded, target: Target): Promise<string> {
  const request = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
  const started = await store.startOperation(request, {
    id: newId('replay'),
    who: 'test',
    key: null,
    digest: '',
  });
  assert.ok(started.kind === 'started');
  return started.operation.id;
}
