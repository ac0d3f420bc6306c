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
  async function discardAll(): Promise<void> {
    const target = { kind: 'filter', filter: {}, limit: null } as const;
    const asked = { kind: 'discard', target, force: false, rate: 50, note: null } as const;
    const action = { id: newId('action'), who: 'olga', key: null, digest: '' };
    const started = await store().startOperation(asked, action);
    assert.ok(started.kind === 'started');
    await store().advanceOperation({ operation: started.operation.id, limit: 100 });
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
    assert.equal(await forget(), 8);
    assert.equal(await kept(), 2);
    const { inbound, outbound } = await store().ledger(true);
    assert.deepEqual([inbound.accepted, inbound.done, outbound.accepted, outbound.done], [5, 5, 5, 5]);
  });

  it('never gives the number of a forgotten message to another', async () => {
    const numbers = async () => {
      const pages = await Promise.all(
        (['inbound', 'outbound'] as const).map(direction =>
          store().messages({ direction, after: 0, limit: 9 }),
        ),
      );
      return pages.map(page => page.map(({ seq }) => seq));
    };
    await answered(inboundMessage(), 'sent');
    await answered(inboundMessage(), 'sent');
    const [inbound = [], outbound = []] = await numbers();
    await forget();
    await subject.crash();
    await answered(inboundMessage(), 'sent');
    const [inboundNow = [], outboundNow = []] = await numbers();
    assert.deepEqual(inboundNow.slice(0, -1), inbound.slice(-1));
    assert.deepEqual(outboundNow.slice(0, -1), outbound.slice(-1));
    assert.ok((inboundNow.at(-1) ?? 0) > Math.max(...inbound));
    assert.ok((outboundNow.at(-1) ?? 0) > Math.max(...outbound));
  });

  it('forgets the media of a forgotten message, however they ended, once their bytes are gone', async () => {
    const media = { type: 'image', source: { kind: 'platform', ref: 'file' } } as const;
    await take(inboundMessage({ content: { kind: 'media', media } }));
    await worked(() => ({ kind: 'done', replies: [] }));
    const [job] = await store().claimMedia(1);
    assert.ok(job);
    const outcome = { kind: 'failed', reason: 'gone' } as const;
    await store().finishMedia({ id: job.id, attempt: job.attempt, outcome });
    await forget();
    assert.equal((await store().media(job.id))?.state, 'failed', 'its message is the newest');
    await answered(inboundMessage(), 'sent');
    await forget();
    assert.equal(await store().media(job.id), null);
  });

  it('forgets dead letters that were discarded, and counts them among what is done', async () => {
    await take(inboundMessage());
    await worked(() => ({ kind: 'dead', reason: 'broken' }));
    await answered(inboundMessage(), 'dead');
    await discardAll();
    await answered(inboundMessage(), 'sent');
    assert.equal(await forget({ messages: 1_000, keys: 1_000 }), 0);
    assert.equal(await forget(), 3);
    assert.equal(await kept(), 2);
    assert.equal((await store().deadLetters({ limit: 9 })).letters.length, 0);
    for (const recount of [false, true]) {
      const { inbound, outbound } = await store().ledger(recount);
      assert.deepEqual([inbound.accepted, inbound.done, inbound.dead], [3, 3, 0]);
      assert.deepEqual([outbound.accepted, outbound.done, outbound.dead], [2, 2, 0]);
    }
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
    assert.equal(await kept(), 2);
  });
}
