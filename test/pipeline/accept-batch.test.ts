/** What an adapter may get wrong without holding anybody up, on a real store. */
import assert from 'node:assert/strict';
import type { InboundEvent } from '../../src/message/event.ts';
import type { InboundMessage } from '../../src/message/message.ts';
import { acceptBatch } from '../../src/pipeline/accept-batch.ts';
import { inForm } from '../../src/pipeline/event-form.ts';
import { type Position, START } from '../../src/storage/log.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { inboundMessage, messageEvent, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';

const at = (offset: number): Position => ({ segment: 1, offset });
/** As an adapter that is not checked by a compiler may hand it over. */
const wrong = (event: unknown): InboundEvent => event as InboundEvent;
const nobody = wrong({
  kind: 'message',
  message: { ...inboundMessage({ text: 'my words' }), sender: undefined } as unknown as InboundMessage,
});
const never = wrong({ kind: 'receipt', receipt: { target: 'x', status: 'read', time: Number.NaN } });
const unknown = wrong({ kind: 'surprise' });

describe('a batch with what no store can take', () => {
  for (const [what, bad, where] of [
    ['a message of nobody', nobody, 'message.sender'],
    ['a receipt of no time', never, 'receipt.time'],
    ['an event of no kind', unknown, 'kind'],
  ] as const) {
    it(`is taken in but for ${what}, which is a dead letter that says where`, async () => {
      using folder = temporaryFolder();
      await using storage = await openStorage(folder.path);
      const from = await storage.store.position();
      const good = [inboundMessage(), inboundMessage(), inboundMessage()].map(messageEvent);
      const records = [
        readRecord([good[0] ?? bad], at(100)),
        readRecord([good[1] ?? bad, bad], at(200), { tenant: 'other' }),
        readRecord([good[2] ?? bad], at(300)),
      ];
      assert.equal(await acceptBatch(storage.store, { from, next: at(400), records }), true);
      assert.deepEqual(await storage.store.position(), at(400));
      const { inbound } = await storage.store.ledger(true);
      assert.deepEqual([inbound.accepted, inbound.inFlight, inbound.dead, inbound.difference], [4, 3, 1, 0]);
      const [letter] = (await storage.store.deadLetters({ limit: 10 })).letters;
      assert.match(letter?.reason ?? '', new RegExp(`^unreadable: the adapter's reading .*, at ${where}`));
      assert.doesNotMatch(JSON.stringify(letter), /my words/);
    });
  }

  it('is tried again as a whole where the store is unavailable', async () => {
    let tries = 0;
    const store = {
      accept(): Promise<boolean> {
        tries++;
        return Promise.reject(new StoreUnavailable('the disk is full'));
      },
    };
    const records = [readRecord([nobody], at(100)), readRecord([never], at(200))];
    await assert.rejects(acceptBatch(store, { from: START, next: at(300), records }), StoreUnavailable);
    assert.equal(tries, 1);
  });
});

describe('the form of an event', () => {
  it('is had by everything the recordings of the platforms say', () => {
    const events = [messageEvent(inboundMessage()), { kind: 'ignored', reason: 'an echo' } as const];
    assert.deepEqual(inForm(events), events);
  });
});
