/** What every store must do with an edit or a deletion that comes before the message it speaks of. */
import assert from 'node:assert/strict';
import type { InboundContent } from '../../src/message/content.ts';
import type { InboundMessage } from '../../src/message/message.ts';
import type { Claimant, WorkItem } from '../../src/storage/work-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage } from '../support/messages.ts';
import { until } from '../support/wait.ts';
import { doneWith } from '../support/work.ts';
import { CLEAN, type OpenStore, storeUnderTest } from './under-test.ts';

const LONG_MS = 60_000;
const HOUR_MS = 3_600_000;
const MAX_WAITING = 20;

export function earlyConformance(open: OpenStore): void {
  const { store, crash, take } = storeUnderTest(open);
  const claimant = (targetWaitMs = LONG_MS): Claimant => ({ ...CLEAN, targetWaitMs });
  const say = async (...messages: readonly InboundMessage[]): Promise<void> =>
    take(messages.map(messageEvent));
  const text = (id: string, over: Parameters<typeof inboundMessage>[0] = {}) =>
    inboundMessage({ id, ...over });
  const changeOf = (content: InboundContent, over: Parameters<typeof inboundMessage>[0] = {}) =>
    inboundMessage({ id: `${content.kind}-${newId('change')}`, content, ...over });
  const edit = (target: string, over: Parameters<typeof inboundMessage>[0] = {}) =>
    changeOf({ kind: 'edit', target, text: 'better' }, over);
  const deletion = (target: string) => changeOf({ kind: 'deletion', target });
  const claim = (who = claimant()): Promise<readonly WorkItem[]> => store().claimWork(10, who);
  const idsOf = (items: readonly WorkItem[]): readonly string[] => items.map(({ message }) => message.id);
  const finish = (items: readonly WorkItem[]): Promise<void> => store().finishWork(doneWith(items));
  /** Whether any may be given out: one claim may only have found that another is to wait. */
  async function isLeft(): Promise<boolean> {
    const views = await store().messages({ direction: 'inbound', after: 0, limit: 100 });
    return views.some(({ state, reason }) => state === 'waiting' && reason !== WAITS.reason);
  }
  /** Works on all there is, and says in which order. */
  async function workOn(who = claimant()): Promise<readonly string[]> {
    const order: string[] = [];
    for (;;) {
      const items = await claim(who);
      order.push(...idsOf(items));
      await finish(items);
      if (items.length === 0 && !(await isLeft())) return order;
    }
  }
  async function noteOf({ id }: InboundMessage) {
    const { state, reason, stages = [] } = (await store().trace(id))?.inbound ?? {};
    return { state, reason, notes: stages.map(({ reason: note }) => note) };
  }
  const WAITS = { state: 'waiting', reason: 'waits for the message it speaks of', notes: [] };
  const CAME = { state: 'done', reason: null, notes: ['waited for its message'] };
  const FREE = { state: 'done', reason: null, notes: [] };

  it('waits for it, holds nobody up, and is worked on right behind it', async () => {
    const early = edit('said');
    await say(early, text('other'));
    assert.deepEqual(await workOn(), ['other']);
    assert.deepEqual(await noteOf(early), WAITS);
    assert.equal((await store().ledger(true)).inbound.inFlight, 1);
    await say(text('before'), text('said'), text('after'));
    assert.deepEqual(await workOn(), ['before', 'said', early.id, 'after']);
    assert.deepEqual(await noteOf(early), CAME);
  });

  it('waits also where its message has come meanwhile and its turn has not', async () => {
    const early = edit('said');
    await say(text('first'), early, text('said'));
    assert.deepEqual(await workOn(), ['first', 'said', early.id]);
    assert.deepEqual(await noteOf(early), CAME);
  });

  it('goes with others of the same message in the order in which they came', async () => {
    const [one, two] = [edit('said'), deletion('said')];
    await say(one, two);
    assert.deepEqual(await workOn(), []);
    const late = edit('said');
    await say(text('said'), text('after'), late);
    assert.deepEqual(await workOn(), ['said', one.id, two.id, 'after', late.id]);
    assert.deepEqual(await noteOf(late), FREE);
  });

  it('waits until its message is over, however often that is tried', async () => {
    const early = edit('said');
    await say(early);
    assert.deepEqual(await workOn(), []);
    await say(text('said'));
    const [item] = await claim();
    assert.equal(item?.message.id, 'said');
    const again = { kind: 'retry', reason: 'not now', afterMs: 0 } as const;
    await store().finishWork([{ seq: item.seq, attempt: 1, outcome: again, stages: [], facts: {} }]);
    assert.deepEqual(await workOn(), ['said', early.id]);
  });

  it('goes on without it when the time is up, and its trace says so', async () => {
    const early = deletion('never');
    await say(early);
    let order: readonly string[] = [];
    await until(async () => {
      order = await workOn(claimant(20));
      return order.length > 0;
    }, 'the end of the wait');
    assert.deepEqual(order, [early.id]);
    assert.deepEqual(await noteOf(early), { ...CAME, notes: ['its message did not come'] });
    await say(text('never'));
    assert.deepEqual(await workOn(), ['never']);
  });

  it('goes on waiting after a crash, and behind its message', async () => {
    const early = edit('said');
    await say(early);
    assert.deepEqual(await workOn(), []);
    await crash();
    await say(text('other'));
    assert.deepEqual(await workOn(), ['other']);
    assert.deepEqual(await noteOf(early), WAITS);
    await say(text('said'));
    await crash();
    assert.deepEqual(await workOn(), ['said', early.id]);
    assert.deepEqual(await noteOf(early), CAME);
  });

  it('is next after a crash that came when its message was over', async () => {
    const early = edit('said');
    await say(early);
    assert.deepEqual(await workOn(), []);
    await say(text('said'), text('after'));
    const said = await claim();
    assert.deepEqual(idsOf(said), ['said']);
    await finish(said);
    await crash();
    assert.deepEqual(await workOn(), [early.id, 'after']);
  });

  it('is behind its message also when that ended the process', async () => {
    const early = edit('said');
    await say(early);
    assert.deepEqual(await workOn(), []);
    await say(text('said'));
    assert.deepEqual(idsOf(await claim()), ['said']);
    await crash();
    assert.deepEqual(await claim(), []);
    const suspects = { ...claimant(), name: 'suspects', suspects: true };
    const said = await claim(suspects);
    assert.deepEqual(idsOf(said), ['said']);
    await finish(said);
    assert.deepEqual(await workOn(), [early.id]);
  });

  it('is behind the texts that its message is worked on with', async () => {
    const burst = { tenant: 'default', channel: 'test', policy: 'debounce', quietMs: 0, maxMs: 0 } as const;
    const joining = { ...claimant(), bursts: [burst] };
    const early = edit('one');
    await say(early);
    assert.deepEqual(await workOn(joining), []);
    await say(text('one'), text('two'));
    assert.deepEqual(await workOn(joining), ['two', early.id]);
    assert.deepEqual(await noteOf(early), CAME);
  });

  it('waits for nothing that was accepted before, in whichever conversation', async () => {
    await say(text('said', { address: { conversation: 'bob' } }));
    const late = edit('said');
    await say(late);
    assert.deepEqual(new Set(await workOn()), new Set(['said', late.id]));
    assert.deepEqual(await noteOf(late), FREE);
  });

  it('is released by its message of the same conversation and channel only', async () => {
    const early = edit('said');
    await say(early);
    assert.deepEqual(await workOn(), []);
    await say(text('said', { address: { conversation: 'bob' } }));
    assert.deepEqual(await workOn(), ['said']);
    assert.deepEqual(await noteOf(early), WAITS);
  });

  it('waits for nothing that we sent', async () => {
    await take([{ kind: 'outbound', message: outboundMessage(), idempotencyKey: null, digest: '' }]);
    const [item] = await store().claimSends(1);
    assert.ok(item);
    const wires = [{ id: newId('delivery'), wire: 'hi' }];
    const [part] = await store().plan({ seq: item.seq, wires, losses: [] });
    assert.ok(part);
    await store().intend({ delivery: part.id, at: 1, resend: false });
    const settlement = { kind: 'sent', platformId: 'ours' } as const;
    await store().settle({ delivery: part.id, at: 2, settlement });
    const change = deletion('ours');
    await say(change);
    assert.deepEqual(await workOn(), [change.id]);
    assert.deepEqual(await noteOf(change), FREE);
  });

  it('waits for nothing that was written long before, where the platform tells', async () => {
    const time = 1_750_000_000_000;
    const of = (targetTime: number) =>
      changeOf({ kind: 'edit', target: 'unknown', targetTime, text: 'better' }, { time });
    const [old, young] = [of(time - HOUR_MS - 1), of(time - HOUR_MS)];
    await say(old, young);
    assert.deepEqual(await workOn(), [old.id]);
    assert.deepEqual(await noteOf(young), WAITS);
  });

  it('is no reaction', async () => {
    const reaction = changeOf({ kind: 'reaction', emoji: '👍', target: 'unknown', removed: false });
    await say(reaction);
    assert.deepEqual(await workOn(), [reaction.id]);
  });

  it('waits with so many of its conversation and no more', async () => {
    const early = Array.from({ length: MAX_WAITING + 1 }, () => edit('said'));
    await say(...early);
    const [last] = early.slice(-1);
    assert.ok(last);
    assert.deepEqual(await workOn(), [last.id]);
    const { notes } = await noteOf(last);
    assert.deepEqual(notes, ['did not wait for its message: others wait already']);
    const bobs = edit('said', { address: { conversation: 'bob' } });
    await say(bobs);
    assert.deepEqual(await workOn(), []);
    await say(text('said'));
    assert.deepEqual(await workOn(), ['said', ...early.slice(0, -1).map(({ id }) => id)]);
    assert.deepEqual(await noteOf(bobs), WAITS);
  });

  it('comes to an end where two name each other, or one itself', async () => {
    const [one, two] = [edit('two'), edit('one')];
    await say({ ...one, id: 'one' }, { ...two, id: 'two' }, { ...edit('self'), id: 'self' });
    assert.deepEqual(await workOn(), ['two', 'one', 'self']);
  });

  it('once a dead letter and replayed, goes on at once', async () => {
    const early = edit('unknown');
    await say(early);
    // By somebody who lets nothing wait.
    const [item] = await store().claimWork(1, CLEAN);
    assert.ok(item);
    const dead = { kind: 'dead', reason: 'no' } as const;
    await store().finishWork([{ seq: item.seq, attempt: 1, outcome: dead, stages: [], facts: {} }]);
    const target = { kind: 'ids', ids: [item.id] } as const;
    const request = { kind: 'replay', target, note: null, force: false, rate: 1_000 } as const;
    const action = { id: newId('action'), who: 'test', key: null, digest: '' };
    const started = await store().startOperation(request, action);
    assert.equal(started.kind, 'started');
    await store().advanceOperation({ operation: action.id, limit: 10 });
    assert.deepEqual(await workOn(), [early.id]);
  });
}
