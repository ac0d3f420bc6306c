/** What every store must do when it forgets what operators did: the promises of `expireOperatorRecords` in `src/storage/retention.ts`. */
import assert from 'node:assert/strict';
import type { Action, BulkOperation } from '../../src/storage/dead-letters.ts';
import { inboundMessage, messageEvent, newId } from '../support/messages.ts';
import { CLEAN, type OpenStore, storeUnderTest } from './under-test.ts';

const NEVER = 0;
const later = (): number => Date.now() + 60_000;

export function operatorRecordsConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store } = subject;
  const action = (key: string | null = null): Action => ({
    id: newId('action'),
    who: 'test',
    key,
    digest: 'd',
  });

  async function deadMessages(count: number): Promise<void> {
    for (let made = 0; made < count; made++) {
      await subject.take([messageEvent(inboundMessage())]);
      const [item] = await store().claimWork(1, CLEAN);
      assert.ok(item);
      const { seq, attempt } = item;
      const outcome = { kind: 'dead', reason: 'no' } as const;
      await store().finishWork([{ seq, attempt, outcome, stages: [], facts: {} }]);
    }
  }
  /** Of all letters that are open. */
  async function start(key: string | null = null): Promise<BulkOperation> {
    const target = { kind: 'filter', filter: {}, limit: null } as const;
    const asked = { kind: 'discard', target, force: false, rate: 50, note: null } as const;
    const started = await store().startOperation(asked, action(key));
    assert.ok(started.kind === 'started', started.kind);
    return started.operation;
  }
  const advance = (operation: string): Promise<unknown> =>
    store().advanceOperation({ operation, limit: 1_000 });
  async function finished(key: string | null = null): Promise<string> {
    const { id } = await start(key);
    await advance(id);
    assert.equal((await store().operation(id))?.state, 'done');
    return id;
  }
  async function forget(before: { readonly operations: number; readonly audit: number }): Promise<number> {
    for (let sum = 0; ; ) {
      const rows = await store().expireOperatorRecords(before, 2);
      assert.ok(rows <= 2, `${rows} at once`);
      if (rows === 0) return sum;
      sum += rows;
    }
  }
  const actions = async (): Promise<readonly string[]> =>
    (await store().audit({ limit: 100 })).map(entry => entry.action);

  it('forgets operations that are done with their items, row by row, and their entries in their own time', async () => {
    await deadMessages(5);
    const id = await finished();
    assert.equal(await forget({ operations: later(), audit: NEVER }), 5);
    assert.equal(await store().operation(id), null);
    assert.deepEqual(await actions(), ['discard']);
    assert.equal(await forget({ operations: NEVER, audit: later() }), 1);
    assert.deepEqual(await actions(), []);
  });

  it('keeps what is younger', async () => {
    await deadMessages(1);
    const id = await finished();
    assert.equal(await forget({ operations: 1_000, audit: 1_000 }), 0);
    assert.equal((await store().operation(id))?.processed, 1);
    assert.deepEqual(await actions(), ['discard']);
  });

  it('keeps what runs or is stopped, however old, and what was noted of it', async () => {
    await deadMessages(1);
    const running = await start();
    const stopped = await start();
    await store().stopOperation(stopped.id, action());
    assert.equal(await forget({ operations: later(), audit: later() }), 0);
    assert.equal((await actions()).length, 3);
    await store().resumeOperation(stopped.id, action());
    for (const { id } of [running, stopped]) await advance(id);
    // Two operations with their only items, and four entries.
    assert.equal(await forget({ operations: later(), audit: later() }), 6);
  });

  it('mixes nothing up when numbers of forgotten items are used again', async () => {
    await deadMessages(2);
    const open = await start();
    const over = await start();
    await advance(over.id);
    await store().expireOperatorRecords({ operations: later(), audit: NEVER }, 2);
    await deadMessages(2);
    const next = await start();
    await forget({ operations: later(), audit: NEVER });
    assert.deepEqual([open.total, next.total], [2, 2]);
    for (const { id } of [open, next]) await advance(id);
    const seen = await Promise.all([open, next].map(({ id }) => store().operation(id)));
    assert.deepEqual(
      seen.map(operation => [operation?.state, operation?.processed]),
      [
        ['done', 2],
        ['done', 2],
      ],
    );
    assert.deepEqual((await store().deadLetters({ limit: 10 })).letters, []);
  });

  it('does nothing a second time under a key whose operation is forgotten', async () => {
    await deadMessages(1);
    await finished('key');
    await forget({ operations: later(), audit: NEVER });
    await deadMessages(1);
    const target = { kind: 'filter', filter: {}, limit: null } as const;
    const asked = { kind: 'discard', target, force: false, rate: 50, note: null } as const;
    assert.deepEqual(await store().startOperation(asked, action('key')), { kind: 'key-reused' });
    assert.equal((await store().deadLetters({ limit: 10 })).letters.length, 1);
  });

  it('goes on after a crash in between', async () => {
    await deadMessages(3);
    const id = await finished();
    await store().expireOperatorRecords({ operations: later(), audit: NEVER }, 2);
    await subject.crash();
    await forget({ operations: later(), audit: NEVER });
    assert.equal(await store().operation(id), null);
  });
}
