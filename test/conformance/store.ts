/** What every store must do, embedded or distributed: the promises of `src/storage/store.ts`, one by one. */
import assert from 'node:assert/strict';
import type { Fault } from '../../src/message/fault.ts';
import type { InboundMessage, OutboundMessage } from '../../src/message/message.ts';
import type { Delivery } from '../../src/storage/send-queue.ts';
import type { Store } from '../../src/storage/store.ts';
import type { WorkItem, WorkResult } from '../../src/storage/work-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from '../support/messages.ts';
import { until } from '../support/wait.ts';
import { CLEAN, type OpenStore, SUSPECTS, storeUnderTest } from './under-test.ts';

const FAULT: Fault = { code: 'unavailable', detail: 'the platform is down' };

export function storeConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store, take } = subject;
  const takeMessages = (...messages: InboundMessage[]): Promise<void> =>
    take(...messages.map(message => [messageEvent(message)]));
  const done = (item: WorkItem, replies: readonly OutboundMessage[] = []): WorkResult => ({
    seq: item.seq,
    attempt: item.attempt,
    outcome: { kind: 'done', replies },
    stages: [],
    facts: {},
  });
  const one = async (): Promise<WorkItem> => {
    const [item] = await store().claimWork(1, CLEAN);
    assert.ok(item, 'there is work');
    return item;
  };
  /** What was worked on when a process ended is given out apart. */
  const suspect = async (): Promise<WorkItem> => {
    assert.deepEqual(await store().claimWork(10, CLEAN), []);
    const [item] = await store().claimWork(1, SUSPECTS);
    assert.ok(item, 'there is a suspect');
    return item;
  };
  /** An outbound message on its way: planned with as many parts as asked, claimed. */
  async function sending(parts = 1, message = outboundMessage()): Promise<readonly Delivery[]> {
    await takeMessages(inboundMessage());
    await store().finishWork([done(await one(), [message])]);
    const [item] = await store().claimSends(1);
    assert.ok(item);
    assert.equal(item.deliveries, null);
    const wires = Array.from({ length: parts }, (_, part) => ({ id: newId('delivery'), wire: { part } }));
    return store().plan({ seq: item.seq, wires, losses: [] });
  }
  const first = (deliveries: readonly Delivery[]): Delivery => {
    const [delivery] = deliveries;
    assert.ok(delivery);
    return delivery;
  };

  describe('intake', () => {
    it('gives a message out as work once, however often it comes', async () => {
      const message = inboundMessage();
      await takeMessages(message);
      await takeMessages(message, message);
      const item = await one();
      assert.deepEqual(item.message, message);
      await store().finishWork([done(item)]);
      assert.deepEqual(await store().claimWork(10, CLEAN), []);
      const ledger = await store().ledger(false);
      assert.equal(ledger.inbound.accepted, 1);
      assert.equal(ledger.duplicates, 2);
    });
    it('keeps the same platform id on two channels and two tenants apart', async () => {
      const message = inboundMessage();
      await takeMessages(message);
      const from = await store().position();
      const event = [messageEvent(message)];
      const records = [
        readRecord(event, { segment: 1, offset: 50 }, { channel: 'other' }),
        readRecord(event, { segment: 1, offset: 51 }, { tenant: 'other' }),
      ];
      await store().accept({ from, next: { segment: 1, offset: 52 }, records });
      assert.equal((await store().ledger(false)).inbound.accepted, 3);
    });
    it('takes in a batch only from where it stands', async () => {
      await takeMessages(inboundMessage());
      const records = [readRecord([messageEvent(inboundMessage())], { segment: 1, offset: 9 })];
      assert.equal(
        await store().accept({ from: { segment: 1, offset: 0 }, next: { segment: 1, offset: 10 }, records }),
        false,
      );
      assert.equal((await store().ledger(false)).inbound.accepted, 1);
    });
    it('remembers its position and everything else after a crash', async () => {
      await takeMessages(inboundMessage(), inboundMessage());
      const before = await store().position();
      await subject.crash();
      assert.deepEqual(await store().position(), before);
      assert.equal((await store().ledger(true)).inbound.inFlight, 2);
    });
    it('keeps what could not be read as a dead letter', async () => {
      await take([{ kind: 'unreadable', reason: 'not valid JSON', at: '' }, messageEvent(inboundMessage())]);
      const { inbound } = await store().ledger(false);
      assert.equal(inbound.dead, 1);
      assert.equal(inbound.inFlight, 1);
      const [unreadable] = await store().messages({ direction: 'inbound', after: 0, limit: 10 });
      assert.equal(unreadable?.state, 'dead');
      assert.match(unreadable?.reason ?? '', /not valid JSON/);
    });
    it('counts what was ignored by its reason', async () => {
      await take([
        { kind: 'ignored', reason: 'own message' },
        { kind: 'ignored', reason: 'own message' },
      ]);
      assert.deepEqual((await store().ledger(false)).ignored, [
        { channel: 'test', reason: 'own message', count: 2 },
      ]);
    });
    it('tells when a position is reached', async () => {
      let reached = false;
      const waiting = store()
        .reached({ segment: 1, offset: 2 })
        .then(() => {
          reached = true;
        });
      await takeMessages(inboundMessage());
      await store().ledger(false);
      assert.equal(reached, false);
      await takeMessages(inboundMessage());
      await waiting;
    });
    it('tells when a position is not reached in time', async () => {
      assert.equal(await store().reached({ segment: 9, offset: 0 }, 1), false);
      await takeMessages(inboundMessage());
      assert.equal(await store().reached({ segment: 0, offset: 0 }, 60_000), true);
    });
  });

  describe('work', () => {
    it('gives out one message a conversation at a time, in the order they came', async () => {
      const messages = [1, 2, 3].map(() => inboundMessage());
      const other = inboundMessage({ address: { conversation: 'bob' } });
      await takeMessages(...messages, other);
      const items = await store().claimWork(10, CLEAN);
      assert.deepEqual(
        items.map(item => item.message.id),
        [messages[0]?.id, other.id],
      );
      assert.deepEqual(await store().claimWork(10, CLEAN), []);
      await store().finishWork(items.map(item => done(item)));
      assert.equal((await one()).message.id, messages[1]?.id);
    });
    it('tells what is known of the conversation', async () => {
      await takeMessages(inboundMessage(), inboundMessage());
      const before = await one();
      assert.deepEqual(before.conversation, { messages: 0, language: null, previousAt: null });
      const facts = { language: { code: 'es', confidence: 1, detector: 'test' } };
      await store().finishWork([{ ...done(before), facts }]);
      assert.deepEqual((await one()).conversation, {
        messages: 1,
        language: 'es',
        previousAt: before.receivedAt,
      });
    });
    it('counts an attempt before the work, so that a crash is counted too', async () => {
      await takeMessages(inboundMessage());
      assert.equal((await one()).attempt, 1);
      await subject.crash();
      assert.equal((await suspect()).attempt, 2);
    });
    it('ignores the result of an attempt that is not the last', async () => {
      await takeMessages(inboundMessage());
      const late = await one();
      await subject.crash();
      const now = await suspect();
      await store().finishWork([done(late, [outboundMessage()])]);
      assert.equal((await store().ledger(false)).outbound.accepted, 0);
      await store().finishWork([done(now, [outboundMessage()])]);
      assert.equal((await store().ledger(false)).outbound.accepted, 1);
    });
    it('changes nothing when a result is told twice', async () => {
      await takeMessages(inboundMessage());
      const result = done(await one(), [outboundMessage()]);
      await store().finishWork([result]);
      await store().finishWork([result]);
      const ledger = await store().ledger(true);
      assert.equal(ledger.outbound.accepted, 1);
      assert.equal(ledger.inbound.done, 1);
    });
    it('gives a message that must wait out again, before those behind it', async () => {
      const [head, next] = [inboundMessage(), inboundMessage()];
      await takeMessages(head, next);
      const item = await one();
      await store().finishWork([
        { ...done(item), outcome: { kind: 'retry', reason: 'not now', afterMs: 30 } },
      ]);
      let again: WorkItem | undefined;
      await until(async () => {
        [again] = await store().claimWork(10, CLEAN);
        return again !== undefined;
      }, 'the retry');
      assert.equal(again?.message.id, head.id);
      assert.equal(again?.attempt, 2);
    });
    it('goes on behind a dead letter and keeps its reason and stages', async () => {
      const [head, next] = [inboundMessage(), inboundMessage()];
      await takeMessages(head, next);
      const stages = [{ attempt: 1, stage: 'validate', processor: 'schema', ms: 1, step: 'reject' as const }];
      await store().finishWork([{ ...done(await one()), outcome: { kind: 'dead', reason: 'bad' }, stages }]);
      assert.equal((await one()).message.id, next.id);
      const trace = await store().trace(head.id);
      assert.equal(trace?.inbound?.state, 'dead');
      assert.equal(trace?.inbound?.reason, 'bad');
      assert.deepEqual(trace?.inbound?.stages, stages);
    });
    it('gives up a message that ends the process three times, and lets the others go on', async () => {
      const [poison, other] = [inboundMessage(), inboundMessage()];
      await takeMessages(poison, other);
      await one();
      await subject.crash();
      assert.equal((await suspect()).message.id, poison.id);
      await subject.crash();
      // The next death would be its last: others come first, until the process has lived for a while.
      const beside = inboundMessage({ address: { conversation: 'bob' } });
      await takeMessages(beside);
      assert.deepEqual(await store().claimWork(1, SUSPECTS), []);
      assert.equal((await one()).message.id, beside.id);
      const last: WorkItem[] = [];
      await until(async () => {
        last.push(...(await store().claimWork(1, SUSPECTS)));
        return last.length > 0;
      }, 'the suspect');
      assert.equal(last[0]?.message.id, poison.id);
      await subject.crash();
      assert.equal((await one()).message.id, other.id);
      const trace = await store().trace(poison.id);
      assert.equal(trace?.inbound?.state, 'dead');
      assert.match(trace?.inbound?.reason ?? '', /process ended .* 3 times/);
    });
    it('gives up a message that ends its thread three times, with the cause', async () => {
      const message = inboundMessage();
      await takeMessages(message);
      await one();
      assert.equal(await store().abandonWork({ claimant: CLEAN.name, cause: 'hung' }), 0);
      assert.deepEqual(await store().claimWork(1, CLEAN), []);
      for (const name of ['s1', 's2']) {
        const [item] = await store().claimWork(1, { name, suspects: true });
        assert.ok(item);
        const given = await store().abandonWork({ claimant: name, cause: 'hung in a/b' });
        assert.equal(given, name === 's2' ? 1 : 0);
        assert.deepEqual(await store().claimWork(1, { name, suspects: true }), []);
      }
      assert.equal((await store().trace(message.id))?.inbound?.reason, 'hung in a/b, 3 times');
    });
    it('gives back also what was claimed together with the end of its claimant', async () => {
      const [message, next] = [inboundMessage(), inboundMessage()];
      await takeMessages(message, next);
      const [given] = await Promise.all([
        store().claimWork(8, CLEAN),
        store().abandonWork({ claimant: CLEAN.name, cause: 'ended by itself' }),
      ]);
      const items = await store().claimWork(8, SUSPECTS);
      const ids = [...given, ...items].map(item => [item.message.id, item.attempt]);
      assert.deepEqual(ids, [
        [message.id, 1],
        [message.id, 2],
      ]);
    });
    it('gives out the one to blame behind those that were only under way beside it', async () => {
      const poison = inboundMessage({ text: 'poison' });
      const beside = inboundMessage({ address: { conversation: 'bob' } });
      await takeMessages(poison, beside);
      const items = await store().claimWork(2, CLEAN);
      const blamed = items.find(({ message }) => message.id === poison.id)?.seq;
      assert.ok(blamed !== undefined);
      await store().abandonWork({ claimant: CLEAN.name, cause: 'hung', blamed });
      const suspects = { name: 'suspects', suspects: true };
      for (const { id } of [beside, poison])
        assert.deepEqual(
          (await store().claimWork(1, suspects)).map(({ message }) => message.id),
          [id],
        );
    });
    it('tells when there is work', async () => {
      let told = 0;
      const stop = store().onReady('work', () => told++);
      await takeMessages(inboundMessage());
      await until(() => told > 0, 'being told');
      stop();
    });
    it('takes turns between tenants', async () => {
      const from = await store().position();
      const records = [];
      for (let n = 0; n < 20; n++) {
        const message = inboundMessage({ address: { conversation: `c${n}` } });
        records.push(
          readRecord(
            [messageEvent(message)],
            { segment: 1, offset: n },
            { tenant: n < 19 ? 'noisy' : 'quiet', id: `r${n}` },
          ),
        );
      }
      await store().accept({ from, next: { segment: 1, offset: 20 }, records });
      const items = await store().claimWork(2, CLEAN);
      assert.ok(
        items.some(item => item.id === 'r19'),
        'the quiet tenant is among the first two',
      );
    });
  });

  describe('sends', () => {
    it('holds a conversation until its message is sent, and lets others go', async () => {
      const [one1, one2] = [outboundMessage(), outboundMessage()];
      const bob = outboundMessage({ address: { tenant: 'default', channel: 'test', conversation: 'bob' } });
      const deliveries = await sending(1, one1);
      await takeMessages(inboundMessage());
      await store().finishWork([done(await one(), [one2, bob])]);
      const claimed = await store().claimSends(10);
      assert.deepEqual(
        claimed.map(item => item.message.id),
        [bob.id],
      );
      const delivery = first(deliveries);
      assert.equal(await store().intend({ delivery: delivery.id, at: 1, resend: false }), 1);
      await store().settle({ delivery: delivery.id, at: 2, settlement: { kind: 'sent', platformId: 'p1' } });
      const [next] = await store().claimSends(10);
      assert.equal(next?.message.id, one2.id);
    });
    it('goes on with the next part, and ends when all are sent', async () => {
      const [head, tail] = await sending(2);
      assert.ok(head && tail);
      await store().intend({ delivery: head.id, at: 1, resend: false });
      assert.equal(
        await store().settle({ delivery: head.id, at: 1, settlement: { kind: 'sent', platformId: 'a' } }),
        true,
      );
      await store().intend({ delivery: tail.id, at: 1, resend: false });
      assert.equal(
        await store().settle({ delivery: tail.id, at: 1, settlement: { kind: 'sent', platformId: 'b' } }),
        false,
      );
      assert.equal((await store().ledger(true)).outbound.done, 1);
    });
    it('after a crash knows which parts went and calls the open one ambiguous', async () => {
      const [head, tail] = await sending(2);
      assert.ok(head && tail);
      await store().intend({ delivery: head.id, at: 1, resend: false });
      await store().settle({ delivery: head.id, at: 1, settlement: { kind: 'sent', platformId: 'a' } });
      await store().intend({ delivery: tail.id, at: 7, resend: false });
      await subject.crash();
      const [item] = await store().claimSends(1);
      assert.deepEqual(
        item?.deliveries?.map(delivery => delivery.state),
        ['sent', 'ambiguous'],
      );
      assert.equal(item?.deliveries?.[1]?.triedAt, 7);
      assert.equal((await store().ledger(false)).ambiguous.total, 1);
    });
    it('waits after a send that certainly did not go, and counts attempts', async () => {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await store().settle({
        delivery: delivery.id,
        at: 2,
        settlement: { kind: 'not sent', fault: FAULT, afterMs: 20 },
      });
      let item: Awaited<ReturnType<Store['claimSends']>>[number] | undefined;
      await until(async () => {
        [item] = await store().claimSends(1);
        return item !== undefined;
      }, 'the retry');
      assert.equal(item?.deliveries?.[0]?.attempts, 1);
      assert.equal(await store().intend({ delivery: delivery.id, at: 3, resend: false }), 2);
    });
    it('keeps a waiting retry over a crash', async () => {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await store().settle({
        delivery: delivery.id,
        at: 2,
        settlement: { kind: 'not sent', fault: FAULT, afterMs: 60_000 },
      });
      await subject.crash();
      await takeMessages(inboundMessage({ address: { conversation: 'bob' } }));
      const bob = outboundMessage({ address: { tenant: 'default', channel: 'test', conversation: 'bob' } });
      await store().finishWork([done(await one(), [bob])]);
      const claimed = await store().claimSends(10);
      assert.deepEqual(
        claimed.map(item => item.message.id),
        [bob.id],
      );
    });
    for (const kind of ['dead', 'parked'] as const) {
      it(`ends a ${kind} message with its fault, skips its other parts and goes on`, async () => {
        const deliveries = await sending(2);
        const delivery = first(deliveries);
        await store().intend({ delivery: delivery.id, at: 1, resend: false });
        await store().settle({ delivery: delivery.id, at: 2, settlement: { kind, fault: FAULT } });
        const trace = await store().trace(delivery.id);
        assert.equal(trace?.outbound[0]?.view.state, kind);
        assert.deepEqual(
          trace?.outbound[0]?.deliveries.map(part => part.state),
          [kind, 'skipped'],
        );
        assert.deepEqual(trace?.outbound[0]?.deliveries[0]?.tries[0]?.fault, FAULT);
        assert.equal((await store().ledger(true)).outbound[kind], 1);
      });
    }
    it('ends a message that needs no sending', async () => {
      assert.deepEqual(await sending(0), []);
      assert.equal((await store().ledger(true)).outbound.done, 1);
    });
    it('plans once', async () => {
      const deliveries = await sending(2);
      await subject.crash();
      const [item] = await store().claimSends(1);
      assert.ok(item);
      const again = await store().plan({ seq: item.seq, wires: [{ id: 'x', wire: {} }], losses: [] });
      assert.deepEqual(
        again.map(delivery => delivery.id),
        deliveries.map(delivery => delivery.id),
      );
    });
  });

  describe('pacing', () => {
    const to = (conversation: string, channel = 'test', tenant = 'default') =>
      outboundMessage({ address: { tenant, channel, conversation } });
    const waiting = (...messages: readonly OutboundMessage[]): Promise<void> =>
      subject.accept(
        ...messages.map(message => {
          const { tenant, channel } = message.address;
          const event = { kind: 'outbound' as const, message, idempotencyKey: null, digest: '' };
          return readRecord([event], subject.place(), { tenant, channel });
        }),
      );
    const allowing = (accounts: Record<string, number>, tenants: Record<string, number> = {}) => ({
      perTenant: 100,
      perAccount: 100,
      accounts: new Map(Object.entries(accounts)),
      tenants: new Map(Object.entries(tenants)),
    });
    const channelsOf = (items: readonly { readonly message: OutboundMessage }[]): readonly string[] =>
      items.map(({ message }) => message.address.channel).sort();

    it('gives out no more of an account and of a tenant than is allowed, also after a crash', async () => {
      for (const conversation of ['a', 'b', 'c'])
        await waiting(to(conversation), to(conversation, 'two'), to(conversation, 'three', 'other'));
      await subject.crash();
      const some = await store().claimSends(
        10,
        allowing({ 'default/test': 1, 'default/two': 0 }, { other: 2 }),
      );
      assert.deepEqual(channelsOf(some), ['test', 'three', 'three']);
      const rest = await store().claimSends(10);
      assert.deepEqual(channelsOf(rest), ['test', 'test', 'three', 'two', 'two', 'two']);
    });
    it('tells when a message was created', async () => {
      const before = Date.now();
      await waiting(to('a'));
      const [item] = await store().claimSends(1);
      assert.ok(item !== undefined && item.createdAt >= before && item.createdAt <= Date.now());
    });
    it('counts the attempts that are not held against a delivery, also over a crash', async () => {
      const delivery = first(await sending());
      for (const spared of [true, false, true]) {
        await store().intend({ delivery: delivery.id, at: 1, resend: false });
        const settlement = { kind: 'not sent', fault: FAULT, afterMs: 0, spared } as const;
        await store().settle({ delivery: delivery.id, at: 1, settlement });
      }
      await subject.crash();
      const [item] = await store().claimSends(1);
      const [found] = item?.deliveries ?? [];
      assert.deepEqual([found?.attempts, found?.spared], [3, 2]);
    });
    it('keeps what an account is to remember, the last of it, over a crash', async () => {
      assert.deepEqual(await store().accounts(), []);
      const account = { tenant: 'default', channel: 'test', state: { closedUntil: 1 }, reason: 'down' };
      await store().keepAccount(account);
      await store().keepAccount({ ...account, tenant: 'other', state: [1, null] });
      await store().keepAccount({ ...account, state: { closedUntil: 2 }, reason: null });
      await subject.crash();
      assert.deepEqual(await store().accounts(), [
        { ...account, state: { closedUntil: 2 }, reason: null },
        { ...account, tenant: 'other', state: [1, null] },
      ]);
    });
    it('says of an open message why its account sends nothing, and of one that is over nothing', async () => {
      const [open, over] = [to('a'), to('b')];
      await waiting(over);
      const [item] = await store().claimSends(1);
      assert.ok(item);
      await store().refuse({ seq: item.seq, fault: FAULT });
      await waiting(open, to('c', 'two'));
      await store().keepAccount({ tenant: 'default', channel: 'test', state: null, reason: 'paused' });
      const held = async (message: OutboundMessage) => (await store().trace(message.id))?.outbound[0]?.held;
      assert.deepEqual([await held(open), await held(over)], ['paused', null]);
    });
    it('ends what has waited for too long: of this channel, not claimed, created before the time', async () => {
      const [old, claimed, other] = [to('a'), to('b'), to('c', 'two')];
      await waiting(claimed);
      assert.equal((await store().claimSends(1)).length, 1);
      await waiting(old, to('a'), other);
      const fault: Fault = { code: 'expired', detail: 'too old' };
      const lapse = { tenant: 'default', channel: 'test', before: Date.now() + 1_000, fault };
      assert.equal(await store().lapse({ ...lapse, before: 1 }), 0);
      assert.equal(await store().lapse({ ...lapse, tenant: 'other' }), 0);
      assert.equal(await store().lapse(lapse), 2);
      assert.equal(await store().lapse(lapse), 0);
      const states = await Promise.all([old, claimed, other].map(({ id }) => store().message(id)));
      assert.deepEqual(
        states.map(view => view?.state),
        ['dead', 'open', 'open'],
      );
      assert.match(states[0]?.reason ?? '', /^expired: too old/);
      const next = to('a');
      await waiting(next);
      const ids = (await store().claimSends(10)).map(({ message }) => message.id);
      assert.deepEqual(ids.sort(), [other.id, next.id].sort(), 'the conversation goes on behind it');
    });
    it('parks what has waited for too long and may have arrived', async () => {
      const message = outboundMessage();
      const delivery = first(await sending(1, message));
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      const settlement = { kind: 'ambiguous', fault: FAULT, afterMs: 60_000 } as const;
      await store().settle({ delivery: delivery.id, at: 1, settlement });
      const fault: Fault = { code: 'expired', detail: 'too old' };
      const lapse = { tenant: 'default', channel: 'test', before: Date.now() + 1_000, fault };
      assert.equal(await store().lapse(lapse), 1);
      assert.equal((await store().message(message.id))?.state, 'parked');
    });
  });

  describe('receipts', () => {
    const receipt = (target: string, status: 'sent' | 'delivered' | 'read' | 'failed', marker?: string) =>
      take([
        {
          kind: 'receipt',
          receipt: { target, status, time: 5, ...(marker === undefined ? {} : { marker }) },
        },
      ]);
    async function sent(): Promise<Delivery> {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await store().settle({ delivery: delivery.id, at: 1, settlement: { kind: 'sent', platformId: 'p1' } });
      return delivery;
    }
    const states = async (id: string): Promise<string[]> => {
      const trace = await store().trace(id);
      return (trace?.outbound[0]?.deliveries[0]?.receipts ?? []).map(row => row.status);
    };
    it('keeps each status once, in whatever order they come', async () => {
      const delivery = await sent();
      for (const status of ['read', 'sent', 'read', 'delivered'] as const) await receipt('p1', status);
      assert.deepEqual((await states(delivery.id)).sort(), ['delivered', 'read', 'sent']);
    });
    it('counts a receipt that came before the answer', async () => {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await receipt('p9', 'failed');
      await store().settle({ delivery: delivery.id, at: 2, settlement: { kind: 'sent', platformId: 'p9' } });
      const trace = await store().trace(delivery.id);
      assert.equal(trace?.outbound[0]?.view.state, 'dead');
    });
    it('settles an ambiguous send by our marker, and the conversation goes on at once', async () => {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      const settlement = { kind: 'ambiguous', fault: FAULT, afterMs: 60_000 } as const;
      await store().settle({ delivery: delivery.id, at: 2, settlement });
      await receipt('p2', 'delivered', delivery.id);
      const trace = await store().trace('p2');
      assert.equal(trace?.outbound[0]?.view.state, 'sent');
      assert.deepEqual((await store().ledger(false)).ambiguous, { total: 1, provenSent: 1, resent: 0 });
    });
    it('lets a receipt win over the attempt that it overtook', async () => {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await receipt('p3', 'sent', delivery.id);
      const settlement = { kind: 'not sent', fault: FAULT, afterMs: 1 } as const;
      await store().settle({ delivery: delivery.id, at: 2, settlement });
      assert.equal((await store().trace(delivery.id))?.outbound[0]?.view.state, 'sent');
      assert.equal(await store().intend({ delivery: delivery.id, at: 3, resend: true }), null);
    });
    it('wakes the rest of a message whose first part was ambiguous', async () => {
      const [head] = await sending(2);
      assert.ok(head);
      await store().intend({ delivery: head.id, at: 1, resend: false });
      await store().settle({
        delivery: head.id,
        at: 2,
        settlement: { kind: 'ambiguous', fault: FAULT, afterMs: 60_000 },
      });
      await receipt('p4', 'sent', head.id);
      let claimed = 0;
      await until(async () => {
        claimed += (await store().claimSends(1)).length;
        return claimed > 0;
      }, 'the second part');
    });
    it('turns a sent message dead when the platform says later that it failed', async () => {
      const delivery = await sent();
      await receipt('p1', 'failed');
      const trace = await store().trace(delivery.id);
      assert.equal(trace?.outbound[0]?.view.state, 'dead');
    });
    it('does not take a marker or target of another conversation', async () => {
      const delivery = await sent();
      const elsewhere = {
        target: 'p1',
        marker: delivery.id,
        conversation: 'bob',
        status: 'failed',
        time: 1,
      } as const;
      await take([{ kind: 'receipt', receipt: elsewhere }]);
      assert.equal((await store().trace(delivery.id))?.outbound[0]?.view.state, 'sent');
      await take([{ kind: 'receipt', receipt: { ...elsewhere, conversation: 'alice' } }]);
      assert.equal((await store().trace(delivery.id))?.outbound[0]?.view.state, 'dead');
    });
    it('does not take a marker from another channel', async () => {
      const delivery = first(await sending());
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      const from = await store().position();
      const forged = {
        kind: 'receipt',
        receipt: { target: 'x', marker: delivery.id, status: 'sent', time: 1 },
      } as const;
      const records = [readRecord([forged], { segment: 1, offset: 90 }, { channel: 'other' })];
      await store().accept({ from, next: { segment: 1, offset: 91 }, records });
      assert.equal((await store().trace(delivery.id))?.outbound[0]?.view.state, 'open');
    });
  });

  describe('messages of the API', () => {
    it('creates an outbound message once a key', async () => {
      const message = outboundMessage();
      const event = { kind: 'outbound', message, idempotencyKey: 'k', digest: 'd' } as const;
      await take([event], [{ ...event, message: { ...message, id: 'later' } }]);
      assert.deepEqual(await store().idempotent('default', 'k'), { outbound: message.id, digest: 'd' });
      assert.equal((await store().ledger(true)).outbound.accepted, 1);
      const [item] = await store().claimSends(10);
      assert.deepEqual(item?.message, message);
    });
  });

  describe('looking up', () => {
    it('finds a journey by every id it has', async () => {
      const message = inboundMessage();
      await takeMessages(message);
      const reply = outboundMessage();
      const item = await one();
      await store().finishWork([done(item, [{ ...reply, cause: item.id }])]);
      const [send] = await store().claimSends(1);
      assert.ok(send);
      const delivery = first(
        await store().plan({ seq: send.seq, wires: [{ id: newId('d'), wire: {} }], losses: [] }),
      );
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await store().settle({
        delivery: delivery.id,
        at: 1,
        settlement: { kind: 'sent', platformId: 'at-platform' },
      });
      for (const id of [message.id, item.id, reply.id, delivery.id, 'at-platform']) {
        const trace = await store().trace(id);
        assert.equal(trace?.inbound?.id, item.id, id);
        assert.equal(trace?.outbound[0]?.view.id, reply.id, id);
      }
      assert.equal(await store().trace('nothing'), null);
    });
    it('lists pages in order', async () => {
      await takeMessages(...Array.from({ length: 5 }, () => inboundMessage()));
      const page = await store().messages({ direction: 'inbound', after: 0, limit: 2 });
      const rest = await store().messages({
        direction: 'inbound',
        after: page.at(-1)?.seq ?? 0,
        limit: 10,
        channel: 'test',
      });
      assert.equal(page.length + rest.length, 5);
      assert.deepEqual(
        await store().messages({ direction: 'inbound', after: 0, limit: 9, channel: 'none' }),
        [],
      );
    });
    it('feeds what was sent to a conversation, behind a number', async () => {
      const delivery = first(await sending());
      const query = { tenant: 'default', channel: 'test', conversation: 'alice', after: 0, limit: 10 };
      assert.deepEqual(await store().feed(query), []);
      await store().intend({ delivery: delivery.id, at: 1, resend: false });
      await store().settle({ delivery: delivery.id, at: 4, settlement: { kind: 'sent', platformId: null } });
      const [row] = await store().feed(query);
      assert.equal(row?.delivery, delivery.id);
      assert.deepEqual(await store().feed({ ...query, after: row?.seq ?? 0 }), []);
    });
  });
}
