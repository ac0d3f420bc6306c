/** What every store must do with dead letters: the promises of `src/storage/dead-letters.ts`, one by one. */
import assert from 'node:assert/strict';
import type { InboundEvent } from '../../src/message/event.ts';
import type { Fault } from '../../src/message/fault.ts';
import type { Action, BulkOperation, DeadLetter, Target } from '../../src/storage/dead-letters.ts';
import type { Store } from '../../src/storage/store.ts';
import { MAX_DEATHS, type WorkItem } from '../../src/storage/work-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from '../support/messages.ts';
import { CLEAN, type OpenStore, storeUnderTest } from './under-test.ts';

const FAULT: Fault = { code: 'unreachable', detail: 'gone', platformCode: '404' };
const ALL: Target = { kind: 'filter', filter: {}, limit: null };

const action = (over: Partial<Action> = {}): Action => ({
  id: newId('action'),
  who: 'test',
  key: null,
  digest: 'digest',
  ...over,
});

export function deadLetterConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store, take } = subject;
  const work = async (claimant: Parameters<Store['claimWork']>[1] = CLEAN): Promise<WorkItem> => {
    const [item] = await store().claimWork(1, claimant);
    assert.ok(item, 'there is work');
    return item;
  };
  const end = ({ seq, attempt }: WorkItem, dead: boolean): Promise<void> =>
    store().finishWork([
      {
        seq,
        attempt,
        outcome: dead ? { kind: 'dead', reason: 'no' } : { kind: 'done', replies: [] },
        stages: [],
        facts: {},
      },
    ]);
  /** A message that came and is dead. */
  async function deadMessage(): Promise<string> {
    const message = inboundMessage();
    await take([messageEvent(message)]);
    await end(await work(), true);
    return message.id;
  }
  const letters = async (): Promise<readonly DeadLetter[]> =>
    (await store().deadLetters({ limit: 100 })).letters;
  const only = async (): Promise<DeadLetter> => {
    const [letter, ...more] = await letters();
    assert.ok(letter !== undefined && more.length === 0, 'there is one dead letter');
    return letter;
  };
  async function start(target: Target = ALL, force = false, by = action()): Promise<BulkOperation> {
    const started = await store().startOperation({ kind: 'replay', target, force, rate: 50, note: null }, by);
    assert.ok(started.kind === 'started', started.kind);
    return started.operation;
  }
  async function replay(target?: Target, force?: boolean): Promise<BulkOperation> {
    const { id } = await start(target, force);
    await store().advanceOperation({ operation: id, limit: 1_000 });
    const operation = await store().operation(id);
    assert.ok(operation !== null);
    return operation;
  }
  /** An outbound message of two parts, of which the first was sent and the second is dead. */
  async function halfSent(): Promise<{ readonly seq: number; readonly second: string }> {
    const message = outboundMessage();
    await take([{ kind: 'outbound', message, idempotencyKey: null, digest: '' }]);
    const [item] = await store().claimSends(1);
    assert.ok(item);
    const wires = ['one', 'two'].map(wire => ({ id: newId('delivery'), wire }));
    const [first, second] = await store().plan({ seq: item.seq, wires, losses: [] });
    assert.ok(first !== undefined && second !== undefined);
    const attempts = [
      { part: first, settlement: { kind: 'sent', platformId: newId('p') } },
      { part: second, settlement: { kind: 'dead', fault: FAULT } },
    ] as const;
    for (const { part, settlement } of attempts) {
      await store().intend({ delivery: part.id, at: 1, resend: false });
      await store().settle({ delivery: part.id, at: 2, settlement });
    }
    return { seq: item.seq, second: second.id };
  }

  describe('inbound', () => {
    it('go to the end of their conversation, also after a crash', async () => {
      const one = await deadMessage();
      const two = await deadMessage();
      const fresh = inboundMessage();
      await take([messageEvent(fresh)]);
      await replay();
      await subject.crash();
      const later = inboundMessage();
      await take([messageEvent(later)]);
      const order: string[] = [];
      for (let n = 0; n < 4; n++) {
        const item = await work();
        order.push(item.message.id);
        await end(item, false);
      }
      assert.deepEqual(order, [fresh.id, one, two, later.id]);
    });
    it('begin with no attempt held against them, and what was under way before has no effect', async () => {
      await take([messageEvent(inboundMessage())]);
      const before = await work();
      await end(before, true);
      await replay();
      const again = await work();
      assert.deepEqual([again.attempt, again.forgiven], [2, 1]);
      await end(before, false);
      assert.equal((await store().ledger(true)).inbound.inFlight, 1);
      await end(again, true);
      assert.equal((await only()).times, 2);
    });
    it('that ended threads are given out apart, and one end more is enough', async () => {
      await take([messageEvent(inboundMessage())]);
      for (let death = 0; death < MAX_DEATHS; death++) {
        const claimant = { name: `mortal ${death}`, suspects: death > 0 };
        await work(claimant);
        await store().abandonWork({ claimant: claimant.name, cause: 'hung' });
      }
      assert.equal((await only()).code, 'poison');
      await replay();
      assert.deepEqual(await store().claimWork(1, CLEAN), []);
      const last = { name: 'last', suspects: true };
      await work(last);
      await store().abandonWork({ claimant: last.name, cause: 'hung' });
      assert.equal((await only()).times, 2);
    });
    it('that could not be read are taken in once they can be, beside the others of their batch', async () => {
      const [neighbour, mended] = [inboundMessage(), inboundMessage()];
      await take([messageEvent(neighbour), { kind: 'unreadable', reason: 'no time', at: '/1' }]);
      await end(await work(), false);
      const { id: operation } = await start();
      const { quarantined, processed } = await store().advanceOperation({ operation, limit: 10 });
      assert.ok(quarantined !== null);
      assert.equal(processed, 0);
      const events = [messageEvent(neighbour), messageEvent(mended)];
      const record = readRecord(events, { segment: 1, offset: 0 });
      const reread = { operation, item: quarantined.item, id: newId('again'), record };
      await store().reread(reread);
      await store().reread(reread);
      assert.deepEqual((await work()).message, mended);
      const { inbound, duplicates } = await store().ledger(true);
      assert.deepEqual([inbound.accepted, inbound.done, inbound.inFlight, duplicates], [3, 2, 1, 0]);
      assert.equal((await store().operation(operation))?.state, 'done');
      assert.deepEqual(await letters(), []);
    });
    it('of a request whose other messages may be forgotten are not read again, unless that is overruled', async () => {
      const [neighbour, mended] = [inboundMessage(), inboundMessage()];
      await take([messageEvent(neighbour), { kind: 'unreadable', reason: 'no time', at: '/1' }]);
      await end(await work(), false);
      const { id } = await only();
      const nothing = { messages: 1_000, keys: 1_000 };
      assert.equal((await store().expire(nothing, 10)).inbound, 0);
      // Another one, so that the first is not the newest, whose number is kept.
      await take([messageEvent(inboundMessage({ address: { conversation: 'bob' } }))]);
      await end(await work(), false);
      const everything = { messages: Date.now() + 60_000, keys: 1_000 };
      assert.equal((await store().expire(everything, 10)).inbound, 1);
      await subject.crash();
      const asked = { kind: 'replay', force: false, rate: 50, note: null } as const;
      const alone = await store().startOperation({ ...asked, target: { kind: 'ids', ids: [id] } }, action());
      assert.deepEqual(alone, { kind: 'refused', refusals: [{ id, why: 'batch-forgotten' }] });
      const { refusals } = await replay();
      assert.deepEqual(refusals, [{ id, why: 'batch-forgotten' }]);
      assert.deepEqual(await store().claimWork(9, CLEAN), []);
      const { id: operation } = await start(ALL, true);
      const { quarantined } = await store().advanceOperation({ operation, limit: 10 });
      assert.ok(quarantined !== null);
      const record = readRecord([messageEvent(mended)], { segment: 1, offset: 0 });
      await store().reread({ operation, item: quarantined.item, id: newId('again'), record });
      assert.deepEqual((await work()).message, mended);
    });
    it('are read again however old where nothing of theirs can be forgotten', async () => {
      await take([{ kind: 'unreadable', reason: 'not JSON', at: '' }]);
      await take([messageEvent(inboundMessage())], [messageEvent(inboundMessage())]);
      await end(await work(), false);
      const everything = { messages: Date.now() + 60_000, keys: 1_000 };
      assert.equal((await store().expire(everything, 10)).inbound, 1);
      const { id: operation } = await start();
      const { quarantined } = await store().advanceOperation({ operation, limit: 10 });
      assert.ok(quarantined !== null);
    });
    it('that still cannot be read, or are no longer kept, stay', async () => {
      await take([{ kind: 'unreadable', reason: 'not JSON', at: '' }]);
      const settle = async (events: readonly InboundEvent[] | null): Promise<BulkOperation | null> => {
        const { id: operation } = await start();
        const { quarantined } = await store().advanceOperation({ operation, limit: 10 });
        assert.ok(quarantined !== null);
        const record = events === null ? 'raw-gone' : readRecord(events, { segment: 1, offset: 0 });
        await store().reread({ operation, item: quarantined.item, id: newId('again'), record });
        return store().operation(operation);
      };
      await settle([{ kind: 'unreadable', reason: 'still not JSON', at: '' }]);
      const { times, reason } = await only();
      assert.deepEqual([times, reason], [2, 'unreadable: still not JSON']);
      assert.deepEqual(
        (await settle(null))?.refusals.map(({ why }) => why),
        ['raw-gone'],
      );
      assert.equal((await only()).times, 2);
    });
  });

  describe('outbound', () => {
    it('go out again from the first part that was not sent, as a new delivery', async () => {
      const { seq, second } = await halfSent();
      const { code, platformCode, tries } = await only();
      assert.deepEqual([code, platformCode, tries], ['unreachable', '404', 2]);
      await replay();
      await subject.crash();
      const [item] = await store().claimSends(1);
      assert.equal(item?.seq, seq);
      const states = item.deliveries?.map(({ state, wire, attempts }) => [state, wire, attempts]);
      assert.deepEqual(states, [
        ['sent', 'one', 1],
        ['queued', 'two', 0],
      ]);
      assert.ok(item.deliveries?.every(({ id }) => id !== second));
    });
    it('are not edited once a part was sent', async () => {
      await halfSent();
      const { id } = await only();
      const edited = await store().editDeadLetter({
        id,
        content: { kind: 'text', text: 'x' },
        action: action(),
      });
      assert.deepEqual(edited, { kind: 'refused', why: 'partly-sent' });
    });
    it('are over where a receipt proved the rest, unless that is overruled', async () => {
      const { second } = await halfSent();
      await take([{ kind: 'receipt', receipt: { marker: second, status: 'delivered', time: 5 } }]);
      assert.equal((await only()).proven, true);
      assert.deepEqual(
        (await replay()).refusals.map(({ why }) => why),
        ['already-delivered'],
      );
      await replay(ALL, true);
      const [item] = await store().claimSends(1);
      assert.deepEqual(
        item?.deliveries?.map(({ state }) => state),
        ['sent', 'queued'],
      );
    });
    it('wait behind what was created meanwhile, also after a crash, and their age counts anew', async () => {
      const { seq } = await halfSent();
      const before = Date.now();
      await take([{ kind: 'outbound', message: outboundMessage(), idempotencyKey: null, digest: '' }]);
      await replay();
      await subject.crash();
      const [fresh] = await store().claimSends(1);
      assert.ok(fresh !== undefined && fresh.seq !== seq);
      await store().refuse({ seq: fresh.seq, fault: FAULT });
      const [again] = await store().claimSends(1);
      assert.ok(again?.seq === seq && again.createdAt >= before);
    });
  });

  describe('an operation', () => {
    it('takes each of its letters once, however often it is cut off', async () => {
      for (let n = 0; n < 7; n++) await deadMessage();
      const { id: operation, total } = await start();
      assert.equal(total, 7);
      const steps: number[] = [];
      for (let left = true; left; ) {
        const { processed, state } = await store().advanceOperation({ operation, limit: 3 });
        steps.push(processed);
        left = state === 'running';
        await subject.crash();
      }
      assert.deepEqual(steps, [3, 3, 1]);
      assert.equal((await store().advanceOperation({ operation, limit: 3 })).processed, 0);
      assert.equal((await store().ledger(true)).inbound.inFlight, 7);
    });
    it('is about what was open when it began', async () => {
      const id = await deadMessage();
      const { id: operation } = await start();
      await deadMessage();
      await store().advanceOperation({ operation, limit: 10 });
      assert.notEqual((await work()).message.id, undefined);
      assert.equal((await letters()).length, 1);
      assert.notEqual((await only()).id, id);
    });
    it('leaves what another one took', async () => {
      await deadMessage();
      const { id: operation } = await start();
      await replay();
      await store().advanceOperation({ operation, limit: 10 });
      const over = await store().operation(operation);
      assert.deepEqual([over?.state, over?.refusals.map(({ why }) => why)], ['done', ['in-flight']]);
      assert.equal((await store().ledger(true)).inbound.inFlight, 1);
    });
    it('stops, and goes on only when told to', async () => {
      for (let n = 0; n < 3; n++) await deadMessage();
      const { id: operation } = await start();
      await store().advanceOperation({ operation, limit: 1 });
      await store().stopOperation(operation, action());
      assert.deepEqual(await store().runningOperations(), []);
      await subject.crash();
      assert.equal((await store().advanceOperation({ operation, limit: 1 })).processed, 0);
      await store().resumeOperation(operation, action());
      assert.deepEqual(await store().runningOperations(), [{ id: operation, rate: 50 }]);
      await store().advanceOperation({ operation, limit: 10 });
      assert.deepEqual(await store().stopOperation(operation, action()), { kind: 'over' });
    });
    it('is one under its key, also after a crash, and the key is for nothing else', async () => {
      await deadMessage();
      const key = { key: 'k' };
      const first = await start(ALL, false, action(key));
      await subject.crash();
      const again = await start(ALL, false, action(key));
      assert.equal(again.id, first.id);
      const other = action({ ...key, digest: 'another' });
      assert.deepEqual(await store().stopOperation(first.id, other), { kind: 'key-reused' });
      assert.equal((await store().audit({ limit: 10 })).length, 1);
    });
    it('of nothing is over at once', async () => {
      const { state, total } = await start();
      assert.deepEqual([state, total], ['done', 0]);
    });
  });
}
