/** What every store must do about order and late ends: gaps, windows, and what goes out in place of another. */
import assert from 'node:assert/strict';
import type { InboundEvent } from '../../src/message/event.ts';
import type { Fault } from '../../src/message/fault.ts';
import type { InboundMessage, OutboundMessage } from '../../src/message/message.ts';
import type { SendItem, Settlement } from '../../src/storage/send-queue.ts';
import type { Burst, Claimant, WorkItem } from '../../src/storage/work-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';
import { doneWith } from '../support/work.ts';
import { CLEAN, type OpenStore, storeUnderTest } from './under-test.ts';

const REFUSED: Fault = { code: 'unavailable', detail: 'not now', scope: 'message' };
const MAKES_WAY: Fault = { code: 'held-too-long', detail: 'others waited' };
const CLOSED: Fault = { code: 'window-closed', detail: 'too late' };
const GONE: Fault = { code: 'unreachable', detail: 'gone' };

export function orderConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store } = subject;
  const take = (events: readonly InboundEvent[], at = 1_000): Promise<void> =>
    subject.accept(readRecord(events, subject.place(), { at }));
  const ask = (...messages: OutboundMessage[]): Promise<void> =>
    take(messages.map(message => ({ kind: 'outbound', message, idempotencyKey: null, digest: '' })));
  const write = (message: InboundMessage, at: number): Promise<void> => take([messageEvent(message)], at);
  const to = (conversation: string): OutboundMessage =>
    outboundMessage({ address: { tenant: 'default', channel: 'test', conversation } });
  async function claimed(): Promise<SendItem> {
    const [item] = await store().claimSends(1);
    assert.ok(item, 'there is a message to send');
    return item;
  }
  /** One attempt at the message whose turn it is; its delivery. */
  async function attempt(settlement: Settlement, at = 1): Promise<string> {
    const item = await claimed();
    const id = newId('delivery');
    const [planned] =
      item.deliveries ?? (await store().plan({ seq: item.seq, wires: [{ id, wire: 'hi' }], losses: [] }));
    assert.ok(planned);
    await store().intend({ delivery: planned.id, at, resend: false });
    await store().settle({ delivery: planned.id, at, settlement });
    return planned.id;
  }
  const viewOf = async (message: OutboundMessage) => {
    const view = await store().message(message.id);
    assert.ok(view !== null);
    return view;
  };
  const notNow = (more: Partial<Extract<Settlement, { kind: 'not sent' }>> = {}): Settlement => ({
    kind: 'not sent',
    fault: REFUSED,
    afterMs: 0,
    ...more,
  });

  describe('a message that holds others up', () => {
    it('makes way: it is parked and a dead letter, the next goes on and names the gap', async () => {
      const [held, next, last] = [to('alice'), to('alice'), to('alice')];
      await ask(held, next, last);
      await attempt(notNow({ holds: true, makesWay: MAKES_WAY }));
      assert.equal((await claimed()).message.id, next.id);
      assert.deepEqual([(await viewOf(held)).state, (await viewOf(held)).gap], ['parked', null]);
      assert.match((await viewOf(held)).reason ?? '', /^held-too-long: /);
      assert.equal((await viewOf(next)).gap, held.id);
      assert.equal((await viewOf(last)).gap, null, 'it comes after one that goes out');
      const { outbound } = await store().ledger(true);
      assert.deepEqual([outbound.parked, outbound.inFlight], [1, 2]);
      assert.equal((await store().deadLetter(held.id))?.code, 'held-too-long');
      await subject.crash();
      assert.equal((await viewOf(next)).gap, held.id);
    });
    it('goes on being tried where nobody waits behind it', async () => {
      const [held, other] = [to('alice'), to('bob')];
      await ask(held);
      await attempt(notNow({ holds: true, makesWay: MAKES_WAY }));
      await ask(other);
      assert.equal((await viewOf(held)).state, 'open');
    });
    it('has held them up since it first did, also after a crash', async () => {
      await ask(to('alice'));
      await attempt(notNow(), 5);
      assert.equal((await claimed()).deliveries?.[0]?.heldSince, null);
      await subject.crash();
      await attempt(notNow({ holds: true }), 7);
      await attempt(notNow({ holds: true }), 9);
      await subject.crash();
      assert.equal((await claimed()).deliveries?.[0]?.heldSince, 7);
    });
    it('holds them up no more once it is said not to, and still where nothing is said', async () => {
      await ask(to('alice'));
      await attempt(notNow({ holds: true }), 7);
      await attempt(notNow(), 9);
      await subject.crash();
      assert.equal((await claimed()).deliveries?.[0]?.heldSince, 7);
      await subject.crash();
      await attempt(notNow({ holds: false }), 11);
      assert.equal((await claimed()).deliveries?.[0]?.heldSince, null);
    });
    it('leaves a gap as well when it is refused for good', async () => {
      const [dead, next] = [to('alice'), to('alice')];
      await ask(dead, next);
      await store().refuse({ seq: (await claimed()).seq, fault: GONE });
      assert.equal((await viewOf(next)).gap, dead.id);
    });
  });

  describe('when somebody was last heard of', () => {
    it('is given out with a message: by when it was accepted, the latest, of people only', async () => {
      await ask(to('alice'));
      const item = await claimed();
      assert.equal(item.lastInboundAt, null);
      await write(inboundMessage(), 5_000);
      await write(inboundMessage(), 4_000);
      await write(inboundMessage({ sender: { id: 'other', kind: 'bot' } }), 9_000);
      await store().hold({ seq: item.seq, afterMs: 0 });
      assert.equal((await claimed()).lastInboundAt, 5_000);
      await subject.crash();
      assert.equal((await claimed()).lastInboundAt, 5_000);
    });
  });

  describe('texts in a row', () => {
    const burst = (policy: Burst['policy'], quietMs = 60_000): Claimant => ({
      ...CLEAN,
      bursts: [{ tenant: 'default', channel: 'test', policy, quietMs, maxMs: 120_000 }],
    });
    const queue: Claimant = CLEAN;
    const texts = async (...words: readonly string[]) => {
      const messages = words.map(text => inboundMessage({ text }));
      for (const message of messages) await write(message, 1_000);
      return messages;
    };
    const said = (items: readonly WorkItem[]) =>
      items.map(({ message: { content } }) => (content.kind === 'text' ? content.text : content.kind));
    const claim = async (claimant: Claimant) => store().claimWork(10, claimant);
    const stateOf = async ({ id }: InboundMessage) => {
      const { state, reason, message } = (await store().trace(id))?.inbound ?? {};
      const content = message?.content;
      return { state, reason, text: content?.kind === 'text' ? content.text : null };
    };
    const finish = (items: readonly WorkItem[]): Promise<void> => store().finishWork(doneWith(items));

    it('are worked on one by one unless the channel says otherwise', async () => {
      await texts('one', 'two');
      const other = burst('latest');
      const elsewhere = {
        ...other,
        bursts: other.bursts?.map(rule => ({ ...rule, channel: 'other' })) ?? [],
      };
      assert.deepEqual(said(await claim(elsewhere)), ['one']);
    });
    it('debounce: wait until nothing came for a while, also over a crash, and are worked on as one', async () => {
      const [one, two] = await texts('one', 'two');
      assert.ok(one && two);
      assert.deepEqual(await claim(burst('debounce')), []);
      await subject.crash();
      assert.deepEqual(await claim(burst('debounce')), []);
      await subject.crash();
      // As if the time had passed.
      const items = await claim(burst('debounce', 0));
      assert.deepEqual(said(items), ['one\ntwo']);
      const id = items[0]?.id;
      assert.deepEqual(await stateOf(one), { state: 'dropped', reason: `joined into ${id}`, text: 'one' });
      await subject.crash();
      assert.deepEqual(await claim(queue), [], 'it was given out, and is a suspect');
      const again = await store().claimWork(1, { ...burst('debounce'), suspects: true });
      assert.deepEqual(said(again), ['one\ntwo']);
      await finish(again);
      assert.deepEqual(await stateOf(two), { state: 'done', reason: null, text: 'one\ntwo' });
      assert.equal((await store().ledger(true)).inbound.done, 2);
    });
    it('debounce: what a person waits for no longer is given out when the quiet is over, by itself', async () => {
      await texts('one', 'two');
      assert.deepEqual(await claim(burst('debounce', 30)), []);
      let items: readonly WorkItem[] = [];
      await until(async () => {
        items = await claim(burst('debounce', 30));
        return items.length > 0;
      }, 'the quiet');
      assert.deepEqual(said(items), ['one\ntwo']);
    });
    it('debounce: end with anything else, which keeps its place', async () => {
      await texts('one', 'two');
      await write(inboundMessage({ content: { kind: 'location', latitude: 1, longitude: 2 } }), 1_000);
      await texts('three');
      const items = await claim(burst('debounce'));
      assert.deepEqual(said(items), ['one\ntwo']);
      await finish(items);
      const next = await claim(burst('debounce'));
      assert.deepEqual(said(next), ['location']);
      await finish(next);
      assert.deepEqual(await claim(burst('debounce')), []);
    });
    it('debounce: are of one person in one thread', async () => {
      await texts('one');
      await write(inboundMessage({ text: 'two', sender: { id: 'bob', kind: 'person' } }), 1_000);
      assert.deepEqual(said(await claim(burst('debounce'))), ['one']);
    });
    for (const policy of ['debounce', 'latest'] as const)
      it(`${policy}: are none that answer another message, also where that comes first`, async () => {
        await write(inboundMessage({ text: 'yes', replyTo: 'question' }), 1_000);
        await texts('thanks');
        const items = await claim(burst(policy, 0));
        assert.deepEqual(said(items), ['yes']);
        await finish(items);
        assert.deepEqual(said(await claim(burst(policy, 0))), ['thanks']);
      });
    it('debounce: that died are one letter, edited and given back as one', async () => {
      await texts('one', 'two');
      const items = await claim(burst('debounce', 0));
      const [item] = items;
      assert.ok(item);
      await store().finishWork(
        doneWith(items).map(done => ({ ...done, outcome: { kind: 'dead', reason: 'no' } })),
      );
      const letter = await store().deadLetter(item.id);
      assert.deepEqual(letter?.message?.content, { kind: 'text', text: 'one\ntwo' });
      assert.deepEqual((await store().deadLetters({ limit: 9 })).letters[0]?.message, letter.message);
      const action = { id: newId('action'), who: 'test', key: null, digest: '' };
      const content = { kind: 'text', text: 'one\n2' };
      const edited = await store().editDeadLetter({ id: item.id, content, action });
      assert.ok(edited.kind === 'edited');
      assert.deepEqual(edited.letter.message, letter.message);
      const target = { kind: 'ids', ids: [item.id] } as const;
      const replay = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
      const by = { ...action, id: newId('action') };
      await store().startOperation(replay, by);
      await store().advanceOperation({ operation: by.id, limit: 9 });
      assert.deepEqual(said(await claim(queue)), ['one\n2']);
    });
    it('debounce: are at most twenty', async () => {
      await texts(...Array.from({ length: 25 }, (_, index) => String(index)));
      const [first] = said(await claim(burst('debounce')));
      assert.equal(first?.split('\n').length, 20);
    });
    it('hold up no other conversation', async () => {
      await texts('one');
      const other = inboundMessage({ text: 'else', address: { conversation: 'bob', channel: 'test' } });
      await write({ ...other, content: { kind: 'location', latitude: 1, longitude: 2 } }, 1_000);
      assert.deepEqual(said(await store().claimWork(1, burst('debounce'))), ['location']);
    });
    it('latest: only the last that waits is worked on, the others say for which', async () => {
      const [one, two, three] = await texts('one', 'two', 'three');
      assert.ok(one && two && three);
      const items = await claim(burst('latest'));
      assert.deepEqual(said(items), ['three']);
      const reason = `a newer one came: ${items[0]?.id}`;
      assert.deepEqual(await stateOf(one), { state: 'dropped', reason, text: 'one' });
      assert.deepEqual(await stateOf(two), { state: 'dropped', reason, text: 'two' });
      const [four, five] = await texts('four', 'five');
      assert.ok(four && five);
      assert.deepEqual(await claim(burst('latest')), [], 'one is under way');
      await finish(items);
      assert.deepEqual(said(await claim(burst('latest'))), ['five']);
      assert.equal((await stateOf(four)).state, 'dropped');
    });
    it('are let alone once one was tried', async () => {
      await texts('one');
      const [item] = await claim(queue);
      assert.ok(item);
      const { seq, attempt } = item;
      const outcome = { kind: 'retry', reason: 'later', afterMs: 0 } as const;
      await texts('two');
      await store().finishWork([{ seq, attempt, outcome, stages: [], facts: {} }]);
      assert.deepEqual(said(await claim(burst('latest'))), ['one']);
    });
  });

  describe('the names of one person', () => {
    it('are one person who was heard of, and a group is nobody else', async () => {
      const sender = { id: 'alice', kind: 'person', aliases: ['4711'] } as const;
      await write(inboundMessage({ sender }), 5_000);
      await write(inboundMessage({ sender, address: { conversation: 'group' } }), 9_000);
      await ask(to('4711'));
      assert.equal((await claimed()).lastInboundAt, 5_000);
      await ask(to('group'));
      assert.equal((await claimed()).lastInboundAt, 9_000);
    });
    it('were heard of last when they last wrote, also where the clock was set back since the time before', async () => {
      const now = Date.now();
      await write(inboundMessage(), now + 86_400_000);
      await write(inboundMessage(), now - 1_000);
      await ask(to('alice'));
      const heardAt = (await claimed()).lastInboundAt ?? 0;
      assert.ok(heardAt >= now - 1_000 && heardAt <= Date.now());
    });
  });

  describe('a message in whose place another may go', () => {
    const instead = (): OutboundMessage =>
      outboundMessage({ content: { kind: 'template', name: 'again', language: 'en', parameters: [] } });
    async function failed() {
      const [failure, ...more] = await store().failedSends(10);
      assert.ok(failure !== undefined && more.length === 0, 'one waits for a decision');
      return failure;
    }

    it('waits for the decision, also over a crash, and is replaced once, at the end of its lane', async () => {
      const [late, next, stand] = [to('alice'), to('alice'), instead()];
      await ask(late, next);
      await attempt({ kind: 'dead', fault: CLOSED });
      await subject.crash();
      const { seq, cause, code, message } = await failed();
      assert.deepEqual([cause, code, message.id], ['window', 'window-closed', late.id]);
      assert.equal(await store().answerFailed({ seq, instead: stand }), true);
      assert.equal(await store().answerFailed({ seq, instead: instead() }), false, 'decided before');
      assert.deepEqual(await store().failedSends(10), []);
      await attempt({ kind: 'sent', platformId: 'p1' });
      assert.equal((await claimed()).message.id, stand.id);
      assert.equal((await viewOf(late)).fallback, stand.id);
      assert.equal((await viewOf(stand)).fallbackOf, late.id);
      assert.equal((await viewOf(late)).state, 'dead', 'it was not said itself');
    });
    it('is not replaced where nothing is to go instead', async () => {
      await ask(to('alice'));
      await attempt({ kind: 'dead', fault: CLOSED });
      assert.equal(await store().answerFailed({ seq: (await failed()).seq, instead: null }), false);
      assert.deepEqual(await store().failedSends(10), []);
      assert.equal((await store().ledger(true)).outbound.accepted, 1);
    });
    it('gets one in its conversation until the person writes again', async () => {
      const answer = async (): Promise<boolean> =>
        store().answerFailed({ seq: (await failed()).seq, instead: instead() });
      await ask(to('alice'));
      await attempt({ kind: 'dead', fault: CLOSED });
      assert.equal(await answer(), true);
      await attempt({ kind: 'sent', platformId: 'p1' });
      await ask(to('alice'));
      await attempt({ kind: 'dead', fault: CLOSED });
      assert.equal(await answer(), false);
      await ask(to('bob'));
      await attempt({ kind: 'dead', fault: CLOSED });
      assert.equal(await answer(), true, 'somebody else');
      await attempt({ kind: 'sent', platformId: 'p2' });
      await write(inboundMessage(), Date.now() + 1_000);
      await ask(to('alice'));
      await attempt({ kind: 'dead', fault: CLOSED });
      assert.equal(await answer(), true);
    });
    it('failed after it was sent: with the receipt’s reason, once, however often that comes', async () => {
      const message = to('alice');
      await ask(message);
      await attempt({ kind: 'sent', platformId: 'p1' });
      assert.deepEqual(await store().failedSends(10), []);
      const receipt = {
        kind: 'receipt',
        receipt: { target: 'p1', status: 'failed', time: 5, fault: GONE },
      } as const;
      await take([receipt]);
      const { seq, cause, code } = await failed();
      assert.deepEqual([cause, code], ['late', 'unreachable']);
      await store().answerFailed({ seq, instead: null });
      await take([receipt]);
      assert.deepEqual(await store().failedSends(10), []);
      assert.equal((await viewOf(message)).state, 'dead');
      assert.equal((await store().deadLetter(message.id))?.code, 'unreachable');
    });
    it('is none where a message is refused for another reason', async () => {
      await ask(to('alice'));
      await attempt({ kind: 'dead', fault: GONE });
      assert.deepEqual(await store().failedSends(10), []);
    });
  });
}
