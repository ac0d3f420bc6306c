/** What every store must do when it forgets: the promises of `src/storage/retention.ts`. */
import assert from 'node:assert/strict';
import type { InboundMessage } from '../../src/message/message.ts';
import type { WorkResult } from '../../src/storage/work-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage } from '../support/messages.ts';
import { CLEAN, type OpenStore, storeUnderTest } from './under-test.ts';

export function retentionConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store } = subject;
  const take = (message: InboundMessage): Promise<void> => subject.take([messageEvent(message)]);
  async function worked(outcome: (cause: string) => WorkResult['outcome']): Promise<void> {
    const [item] = await store().claimWork(1, CLEAN);
    assert.ok(item);
    const { seq, attempt, id } = item;
    await store().finishWork([{ seq, attempt, outcome: outcome(id), stages: [], facts: {} }]);
  }
  /** A message with a reply, and the reply as far as asked. */
  async function answered(message: InboundMessage, end: 'sent' | 'waiting' | 'dead'): Promise<void> {
    await take(message);
    await worked(cause => ({ kind: 'done', replies: [outboundMessage({ cause })] }));
    const [item] = await store().claimSends(1);
    assert.ok(item);
    const wires = [{ id: newId('delivery'), wire: {} }];
    const [delivery] = await store().plan({ seq: item.seq, wires, losses: [] });
    assert.ok(delivery);
    if (end === 'waiting') return;
    await store().intend({ delivery: delivery.id, at: 1, resend: false });
    const settlement =
      end === 'sent'
        ? ({ kind: 'sent', platformId: newId('platform') } as const)
        : ({ kind: 'dead', fault: { code: 'unreachable', detail: 'gone' } } as const);
    await store().settle({ delivery: delivery.id, at: 2, settlement });
  }
  const everything = () => ({ messages: Date.now() + 60_000, keys: Date.now() + 60_000 });
  async function forget(before = everything()): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const { inbound, outbound } = await store().expire(before, 2);
      if (inbound + outbound === 0) return forgotten;
      forgotten += inbound + outbound;
    }
  }
  const kept = async (): Promise<number> => {
    const filter = { after: 0, limit: 100 } as const;
    const [inbound, outbound] = await Promise.all([
      store().messages({ ...filter, direction: 'inbound' }),
      store().messages({ ...filter, direction: 'outbound' }),
    ]);
    return inbound.length + outbound.length;
  };

  it('forgets what is over, batch by batch, and goes on counting it', async () => {
    for (let count = 0; count < 5; count++) await answered(inboundMessage(), 'sent');
    assert.equal(await forget(), 10);
    assert.equal(await kept(), 0);
    const { inbound, outbound } = await store().ledger(true);
    assert.deepEqual([inbound.accepted, inbound.done, outbound.accepted, outbound.done], [5, 5, 5, 5]);
  });

  it('keeps what is younger', async () => {
    await answered(inboundMessage(), 'sent');
    assert.equal(await forget({ messages: 1_000, keys: 1_000 }), 0);
    assert.equal(await kept(), 2);
  });

  it('keeps what is open, and dead letters nobody has decided on', async () => {
    await take(inboundMessage());
    await worked(() => ({ kind: 'dead', reason: 'broken' }));
    await answered(inboundMessage(), 'dead');
    await answered(inboundMessage(), 'waiting');
    assert.equal(await forget(), 0);
    assert.equal(await kept(), 5);
    assert.equal((await store().ledger(true)).inbound.dead, 1);
  });

  it('goes on after a crash in between', async () => {
    for (let count = 0; count < 3; count++) await answered(inboundMessage(), 'sent');
    await store().expire(everything(), 2);
    await subject.crash();
    await forget();
    assert.equal(await kept(), 0);
  });
}
