/** Reading a record again whose bytes cannot be had, or that ends whatever reads it: the hub goes on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { startOperations } from '../../src/compose/operations.ts';
import { runOperations } from '../../src/delivery/operations.ts';
import { segmentName } from '../../src/storage/embedded/journal/frame.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { withUnreadable } from '../support/file-calls.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, messageEvent, newId, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

const PLACE = { segment: 7, offset: 0 };
const ENDS = fileURLToPath(new URL('./trial/ends-its-reader.ts', import.meta.url));

/** Letters of which nothing could be read. */
async function quarantine({ store }: Embedded, count = 1): Promise<void> {
  for (let offset = 0; offset < count; offset++) {
    const record = readRecord([{ kind: 'unreadable', reason: 'no', at: '' }], { ...PLACE, offset });
    const next = { ...PLACE, offset: offset + 1 };
    await store.accept({ from: await store.position(), next, records: [record] });
  }
}

async function replayOf({ store }: Embedded, ...ids: readonly string[]): Promise<string> {
  const target =
    ids.length === 0
      ? ({ kind: 'filter', filter: {}, limit: null } as const)
      : ({ kind: 'ids', ids } as const);
  const asked = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
  const action = { id: newId('action'), who: 'olga', key: null, digest: '' };
  const started = await store.startOperation(asked, action);
  assert.ok(started.kind === 'started', started.kind);
  return started.operation.id;
}

const isDone = async ({ store }: Embedded, id: string): Promise<boolean> =>
  (await store.operation(id))?.state === 'done';

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: open`), { code, syscall: 'open' });

describe('a replay of what could not be read', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let storage: Embedded;
  beforeEach(async () => {
    folder = temporaryFolder();
    storage = await openStorage(folder.path);
  });
  afterEach(async () => {
    await storage[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const segment = (): string => join(storage.journalDir, segmentName(PLACE.segment));

  it('is refused where the file is none, and the hub goes on', async () => {
    await quarantine(storage);
    mkdirSync(segment());
    await refused();
  });

  it('is refused where the disk does not give the bytes, and not as if they were no longer kept', async () => {
    await quarantine(storage);
    writeFileSync(segment(), Buffer.alloc(100, 1));
    await withUnreadable({ path: segment(), offset: 10 }, refused);
  });

  async function refused(): Promise<void> {
    const id = await replayOf(storage);
    const fatal: Error[] = [];
    await using _operations = startOperations({
      storage,
      mounted: { known: () => undefined },
      logger: pino({ level: 'silent' }),
      crash: () => {},
      onFatal: error => fatal.push(error),
    });
    await until(async () => fatal.length > 0 || (await isDone(storage, id)), 'the end of the replay');
    assert.deepEqual(fatal, []);
    const { refusals } = (await storage.store.operation(id)) ?? {};
    assert.deepEqual(
      refusals?.map(({ why }) => why),
      ['raw-failed'],
    );
    assert.equal((await storage.store.deadLetters({ limit: 9 })).letters[0]?.times, 1);
  }

  it('waits where descriptors are scarce, says so once, and is done when there are some', async () => {
    await quarantine(storage);
    const id = await replayOf(storage);
    const told: string[] = [];
    let looks = 0;
    const message = inboundMessage();
    await using _running = running({
      open() {
        if (looks++ < 2) throw systemError('EMFILE');
        const read = () => readRecord([messageEvent(message)], PLACE);
        return { read, unreadable: read };
      },
      onTrouble: (_, what, cause) => told.push(`${what} ${cause}`),
    });
    await until(() => isDone(storage, id), 'the end of the replay');
    assert.deepEqual([looks, told], [3, ['waits EMFILE']]);
    assert.equal((await storage.store.trace(message.id))?.inbound?.state, 'waiting');
  });

  it('is stopped where it fails in a way nobody knows, and the others go on', async () => {
    await quarantine(storage, 2);
    const [bad, good] = (await storage.store.deadLetters({ limit: 9 })).letters;
    assert.ok(bad !== undefined && good !== undefined);
    const failing = await replayOf(storage, bad.id);
    const other = await replayOf(storage, good.id);
    const told: string[] = [];
    await using _running = running({
      open({ id }) {
        if (id === bad.id) throw new RangeError('of no kind that is known');
        return null;
      },
      onTrouble: (operation, what) => told.push(`${operation} ${what}`),
    });
    await until(() => isDone(storage, other), 'the end of the other');
    assert.equal((await storage.store.operation(failing))?.state, 'stopped');
    assert.deepEqual(told, [`${failing} stopped`]);
  });

  it('is carried out where the hub before ended while it was read', async () => {
    await quarantine(storage);
    const operation = await replayOf(storage);
    const { quarantined } = await storage.store.advanceOperation({ operation, limit: 1 });
    assert.ok(quarantined !== null);
    const { item } = quarantined;
    assert.ok(await storage.store.beginReread({ operation, item, reader: 'one that was killed' }));
    const message = inboundMessage();
    const read = () => readRecord([messageEvent(message)], PLACE);
    await using _running = running({ open: () => ({ read, unreadable: read }), onTrouble: () => {} });
    await until(() => isDone(storage, operation), 'the end of the replay');
    assert.deepEqual((await storage.store.operation(operation))?.refusals, []);
    assert.equal((await storage.store.trace(message.id))?.inbound?.state, 'waiting');
  });

  it('is refused where reading it ended the process three times', async () => {
    await storage[Symbol.asyncDispose]();
    const runs = [1, 2, 3, 4].map(() =>
      spawnSync(process.execPath, [ENDS, folder.path], { encoding: 'utf8' }),
    );
    assert.deepEqual(
      runs.map(({ status, stdout }) => [status, stdout]),
      [
        [3, ''],
        [3, ''],
        [3, ''],
        [0, JSON.stringify({ state: 'done', refusals: ['unsafe-to-read'] })],
      ],
      runs.map(({ stderr }) => stderr).join('\n'),
    );
  });

  type Options = Parameters<typeof runOperations>[0];

  function running(over: Pick<Options, 'open' | 'onTrouble'>): AsyncDisposable {
    const stop = new AbortController();
    const { store } = storage;
    const crash = (): void => {};
    const id = () => newId('again');
    const loop = runOperations({ store, newId: id, stop: stop.signal, crash, lookAgainMs: 20, ...over });
    loop.catch(() => {});
    return {
      async [Symbol.asyncDispose]() {
        stop.abort();
        await loop;
      },
    };
  }
});
