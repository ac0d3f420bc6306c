/** What every store must do with what may have arrived: nothing makes it certain but a receipt, or the platform's word. */
import assert from 'node:assert/strict';
import type { InboundEvent, Receipt } from '../../src/message/event.ts';
import type { Fault } from '../../src/message/fault.ts';
import type { OutboundMessage } from '../../src/message/message.ts';
import type { Refusal } from '../../src/storage/dead-letters.ts';
import type { DeliveryView } from '../../src/storage/look-up.ts';
import type { Settlement } from '../../src/storage/send-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from '../support/messages.ts';
import { type OpenStore, storeUnderTest } from './under-test.ts';

const GONE: Fault = { code: 'misconfigured', detail: 'no such channel' };
const NO_ANSWER: Fault = { code: 'ambiguous', detail: 'no answer' };
const REFUSED: Fault = { code: 'not-connected', detail: 'nobody there' };
const CLOSED: Fault = { code: 'window-closed', detail: 'too late' };

const DOUBT: Settlement = { kind: 'ambiguous', fault: NO_ANSWER, afterMs: 0 };
const NOT_SENT: Settlement = { kind: 'not sent', fault: REFUSED, afterMs: 0 };

export function doubtConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store } = subject;
  const take = (events: readonly InboundEvent[], at = 1_000): Promise<void> =>
    subject.accept(readRecord(events, subject.place(), { at }));
  const tell = (receipt: Omit<Receipt, 'time'>): Promise<void> =>
    take([{ kind: 'receipt', receipt: { ...receipt, time: 5 } }]);
  const settle = (delivery: string, settlement: Settlement): Promise<boolean> =>
    store().settle({ delivery, at: 50, settlement });
  const intend = (delivery: string, at: number, resend = false): Promise<number | null> =>
    store().intend({ delivery, at, resend });

  /** A message of so many parts, given out and planned: their ids. */
  async function planned(message: OutboundMessage, parts = 1): Promise<readonly string[]> {
    await take([{ kind: 'outbound', message, idempotencyKey: null, digest: '' }]);
    const [item] = await store().claimSends(1);
    assert.ok(item !== undefined && item.message.id === message.id);
    const wires = Array.from({ length: parts }, (_, part) => ({ id: newId('delivery'), wire: { part } }));
    await store().plan({ seq: item.seq, wires, losses: [] });
    return wires.map(({ id }) => id);
  }
  /** One attempt at a part. */
  async function attempt(id: string, at: number, settlement: Settlement, resend = false): Promise<void> {
    assert.notEqual(await intend(id, at, resend), null);
    await settle(id, settlement);
  }
  /** A message of one part that may have arrived at 5. */
  async function doubted(message = outboundMessage()): Promise<{ message: OutboundMessage; id: string }> {
    const [id = ''] = await planned(message);
    await attempt(id, 5, DOUBT);
    return { message, id };
  }
  async function claimed(message: OutboundMessage) {
    const [item] = await store().claimSends(1);
    assert.ok(item !== undefined && item.message.id === message.id, 'it is given out');
    return item;
  }
  async function look(message: OutboundMessage) {
    const trace = (await store().trace(message.id))?.outbound[0];
    assert.ok(trace !== undefined);
    return trace;
  }
  const partOf = async (message: OutboundMessage): Promise<DeliveryView> => {
    const [part] = (await look(message)).deliveries;
    assert.ok(part !== undefined);
    return part;
  };
  const states = async (message: OutboundMessage): Promise<readonly string[]> => {
    const { view, deliveries } = await look(message);
    return [view.state, ...deliveries.map(({ state }) => state)];
  };
  async function replay({ id }: OutboundMessage): Promise<readonly Refusal[]> {
    const action = { id: newId('action'), who: 'test', key: null, digest: 'digest' };
    const target = { kind: 'ids', ids: [id] } as const;
    const request = { kind: 'replay', target, force: false, rate: 50, note: null } as const;
    const started = await store().startOperation(request, action);
    if (started.kind !== 'started')
      return started.kind === 'refused' ? started.refusals.map(each => each.why) : [];
    await store().advanceOperation({ operation: started.operation.id, limit: 10 });
    return [];
  }
  const resent = async (): Promise<number> => (await store().ledger(true)).ambiguous.resent;

  describe('a message that is given up while it may have arrived', () => {
    it('is parked, and a replay of it is refused once a receipt proves it', async () => {
      const { message, id } = await doubted();
      await store().refuse({ seq: (await claimed(message)).seq, fault: GONE });
      assert.deepEqual(await states(message), ['parked', 'parked']);
      assert.match((await look(message)).view.reason ?? '', /no such channel; .*may have arrived/);
      await tell({ marker: id, target: 'p1', status: 'delivered' });
      assert.equal((await store().deadLetter(message.id))?.proven, true);
      assert.deepEqual(await replay(message), ['already-delivered']);
    });
    it('goes out again where an operator says so, which is counted', async () => {
      const { message } = await doubted();
      await store().refuse({ seq: (await claimed(message)).seq, fault: GONE });
      assert.deepEqual(await replay(message), []);
      assert.equal(await resent(), 1);
    });
  });

  describe('a second attempt that was certainly not sent', () => {
    it('leaves the first one in doubt, is not counted, and may be made again', async () => {
      const { message, id } = await doubted();
      await claimed(message);
      await attempt(id, 9, NOT_SENT, true);
      const check = async (): Promise<void> => {
        const [part] = (await claimed(message)).deliveries ?? [];
        assert.deepEqual(
          [part?.state, part?.resends, part?.attempts, part?.inDoubtSince, part?.triedAt],
          ['ambiguous', 0, 2, 5, 9],
        );
      };
      await check();
      assert.equal(await resent(), 0);
      await subject.crash();
      await check();
      await attempt(id, 11, { kind: 'sent', platformId: 'p1' }, true);
      assert.deepEqual(await states(message), ['sent', 'sent']);
      assert.equal(await resent(), 1);
    });
    it('is proven by a receipt about the first', async () => {
      const { message, id } = await doubted();
      await claimed(message);
      await attempt(id, 9, NOT_SENT, true);
      await tell({ marker: id, target: 'p1', status: 'delivered' });
      assert.deepEqual(await states(message), ['sent', 'sent']);
      assert.deepEqual((await store().ledger(true)).ambiguous, { total: 1, provenSent: 1, resent: 0 });
    });
    it('leaves the first one in doubt also where sending twice has the effect of once', async () => {
      const [message, id] = [outboundMessage(), newId('delivery')];
      await take([{ kind: 'outbound', message, idempotencyKey: null, digest: '' }]);
      await store().plan({ seq: (await claimed(message)).seq, wires: [{ id, wire: {} }], losses: [] });
      await intend(id, 5);
      await subject.crash();
      await claimed(message);
      await attempt(id, 9, NOT_SENT);
      await store().refuse({ seq: (await claimed(message)).seq, fault: GONE });
      assert.deepEqual(await states(message), ['parked', 'parked']);
    });
    for (const fault of [REFUSED, CLOSED])
      it(`and is the last (${fault.code}) parks the message, with nothing in its place`, async () => {
        const { message, id } = await doubted();
        await claimed(message);
        await attempt(id, 9, { kind: 'dead', fault }, true);
        assert.deepEqual(await states(message), ['parked', 'parked']);
        assert.deepEqual(await store().failedSends(10), []);
        assert.equal(await resent(), 0);
      });
    it('is all there is once the platform says that it does not have the first', async () => {
      const { message, id } = await doubted();
      await claimed(message);
      await settle(id, NOT_SENT);
      const [part] = (await claimed(message)).deliveries ?? [];
      assert.deepEqual([part?.state, part?.inDoubtSince], ['queued', null]);
      await attempt(id, 9, NOT_SENT);
      await store().refuse({ seq: (await claimed(message)).seq, fault: GONE });
      assert.deepEqual(await states(message), ['dead', 'skipped']);
      assert.deepEqual(
        (await partOf(message)).tries.map(({ result }) => result),
        ['not sent', 'not sent'],
      );
    });
  });

  it('of two attempts in doubt the first is where a history begins', async () => {
    const { message, id } = await doubted();
    await claimed(message);
    await attempt(id, 900_000, DOUBT, true);
    const [part] = (await claimed(message)).deliveries ?? [];
    assert.deepEqual([part?.inDoubtSince, part?.triedAt, part?.resends], [5, 900_000, 1]);
  });

  describe('a part under way while another part ends the message', () => {
    /** Part 1 was taken and failed, part 2 is under way, another message of the conversation waits behind. */
    async function underWay() {
      const [message, next] = [outboundMessage(), outboundMessage()];
      const [one = '', two = ''] = await planned(message, 2);
      await attempt(one, 5, { kind: 'sent', platformId: 'p1' });
      await intend(two, 7);
      await take([{ kind: 'outbound', message: next, idempotencyKey: null, digest: '' }]);
      await tell({ target: 'p1', status: 'failed' });
      assert.deepEqual(await states(message), ['dead', 'dead', 'intent']);
      return { message, next, two };
    }
    const endings = [
      [DOUBT, 'parked'],
      [NOT_SENT, 'skipped'],
      [{ kind: 'sent', platformId: 'p2' }, 'sent'],
      [{ kind: 'dead', fault: GONE }, 'dead'],
    ] as const satisfies readonly (readonly [Settlement, string])[];
    for (const [settlement, state] of endings)
      it(`that is ${settlement.kind}: ${state}, and the next message is left alone`, async () => {
        const { message, next, two } = await underWay();
        assert.deepEqual(await replay(message), ['in-flight']);
        await claimed(next);
        await settle(two, settlement);
        await store().hold({ seq: (await look(message)).view.seq, afterMs: 0 });
        assert.deepEqual(await states(message), ['dead', 'dead', state]);
        assert.deepEqual(await store().claimSends(1), [], 'the next message is given out once');
        assert.deepEqual(
          (await look(message)).deliveries[1]?.tries.map(({ result }) => result),
          [settlement.kind],
        );
        assert.deepEqual(await replay(message), []);
        assert.equal(await resent(), state === 'parked' ? 1 : 0);
      });
    it('and was cut off by a crash is parked and counted, and proven by a receipt', async () => {
      const { message, two } = await underWay();
      await subject.crash();
      assert.deepEqual(await states(message), ['dead', 'dead', 'parked']);
      assert.equal((await store().ledger(true)).ambiguous.total, 1);
      await tell({ marker: two, target: 'p2', status: 'delivered' });
      await replay(message);
      assert.deepEqual(await states(message), ['open', 'dead', 'queued', 'sent']);
    });
    it('and waits in doubt is parked', async () => {
      const message = outboundMessage();
      const [one = '', two = ''] = await planned(message, 2);
      await attempt(one, 5, { kind: 'sent', platformId: 'p1' });
      await attempt(two, 7, DOUBT);
      await tell({ target: 'p1', status: 'failed' });
      assert.deepEqual(await states(message), ['dead', 'dead', 'parked']);
    });
  });

  describe('a receipt that says failed', () => {
    const standIns = async (): Promise<number> => (await store().failedSends(10)).length;

    it('about one of two attempts decides nothing while the other is under way', async () => {
      const { message, id } = await doubted();
      await claimed(message);
      await intend(id, 9, true);
      await tell({ marker: id, target: 'p1', status: 'failed' });
      assert.deepEqual(await states(message), ['open', 'intent']);
      await settle(id, { kind: 'sent', platformId: 'p2' });
      await tell({ marker: id, target: 'p1', status: 'failed' });
      assert.deepEqual(await states(message), ['sent', 'sent']);
      const { tries, platformId } = await partOf(message);
      assert.deepEqual([platformId, tries.map(({ result }) => result)], ['p2', ['ambiguous', 'sent']]);
      assert.equal(await standIns(), 0);
    });
    it('about the attempt that was taken counts, also where it came before the answer', async () => {
      const { message, id } = await doubted();
      await claimed(message);
      await intend(id, 9, true);
      await tell({ marker: id, target: 'p2', status: 'failed' });
      await settle(id, { kind: 'sent', platformId: 'p2' });
      assert.deepEqual(await states(message), ['dead', 'dead']);
      assert.equal(await standIns(), 1);
    });
    it('about the only attempt that may be meant counts', async () => {
      const { message, id } = await doubted();
      await tell({ marker: id, target: 'p1', status: 'failed' });
      assert.deepEqual(await states(message), ['dead', 'dead']);
    });
    it('takes nothing back of what was delivered, whether it comes before the answer or behind it', async () => {
      const [early, late] = [outboundMessage(), outboundMessage()];
      const [one = ''] = await planned(early);
      await intend(one, 5);
      for (const status of ['failed', 'read'] as const) await tell({ target: 'p1', status });
      await settle(one, { kind: 'sent', platformId: 'p1' });
      const [two = ''] = await planned(late);
      await attempt(two, 5, { kind: 'sent', platformId: 'p2' });
      for (const status of ['delivered', 'failed'] as const) await tell({ target: 'p2', status });
      assert.deepEqual(
        [await states(early), await states(late)],
        [
          ['sent', 'sent'],
          ['sent', 'sent'],
        ],
      );
      assert.equal(await standIns(), 0);
    });
    it('ends the attempt all the same that it came before', async () => {
      const message = outboundMessage();
      const [id = ''] = await planned(message);
      await intend(id, 5);
      await tell({ marker: id, target: 'p1', status: 'failed' });
      await settle(id, { kind: 'sent', platformId: 'p1' });
      assert.deepEqual(await states(message), ['dead', 'dead']);
      assert.deepEqual(
        (await partOf(message)).tries.map(({ result, endedAt }) => [result, endedAt]),
        [['sent', 50]],
      );
    });
    it('is overtaken by one that says delivered: nothing goes in its place', async () => {
      const message = outboundMessage();
      const [id = ''] = await planned(message);
      await attempt(id, 5, { kind: 'sent', platformId: 'p1' });
      await tell({ target: 'p1', status: 'failed' });
      await tell({ target: 'p1', status: 'delivered' });
      const [failure] = await store().failedSends(10);
      assert.ok(failure !== undefined);
      assert.equal(await store().answerFailed({ seq: failure.seq, instead: outboundMessage() }), false);
      assert.equal((await store().ledger(true)).outbound.accepted, 1);
    });
  });

  describe('what goes in the place of another', () => {
    /** A message that the platform takes and then does not deliver. Whether another one goes in its place. */
    async function fails(): Promise<boolean> {
      const [id = ''] = await planned(outboundMessage());
      const target = newId('p');
      await attempt(id, 5, { kind: 'sent', platformId: target });
      await tell({ target, status: 'failed' });
      const [failure] = await store().failedSends(10);
      assert.ok(failure !== undefined);
      const goes = await store().answerFailed({ seq: failure.seq, instead: outboundMessage() });
      if (goes) {
        const [item] = await store().claimSends(1);
        assert.ok(item !== undefined);
        await store().refuse({ seq: item.seq, fault: GONE });
      }
      return goes;
    }
    const write = (at: number): Promise<void> => take([messageEvent(inboundMessage())], at);
    const DAY_MS = 86_400_000;

    it('goes once until the person writes, wherever the clock was set in between', async () => {
      await write(Date.now() + DAY_MS);
      assert.deepEqual([await fails(), await fails()], [true, false]);
      await subject.crash();
      assert.equal(await fails(), false);
      await write(Date.now() - DAY_MS);
      assert.deepEqual([await fails(), await fails()], [true, false]);
    });
  });
}
