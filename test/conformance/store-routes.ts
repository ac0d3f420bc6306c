/** What every store must keep of routes: how a conversation is reached, for who writes to it without saying how. */
import assert from 'node:assert/strict';
import type { InboundMessage } from '../../src/message/message.ts';
import type { WorkItem } from '../../src/storage/work-queue.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from '../support/messages.ts';
import { CLEAN, type OpenStore, storeUnderTest } from './under-test.ts';

const [NORTH, SOUTH] = ['https://north.example/', 'https://south.example/'];

export function routeConformance(open: OpenStore): void {
  const subject = storeUnderTest(open);
  const { store } = subject;
  const from = (route?: string, conversation = 'alice'): InboundMessage =>
    inboundMessage({ address: { conversation, ...(route === undefined ? {} : { route }) } });
  async function claimed(message: InboundMessage, at = 1_000): Promise<WorkItem> {
    await subject.accept(readRecord([messageEvent(message)], subject.place(), { at }));
    return work();
  }
  async function work(): Promise<WorkItem> {
    const [item] = await store().claimWork(1, CLEAN);
    assert.ok(item, 'there is work');
    return item;
  }
  const finish = ({ seq, attempt }: WorkItem, dead = false): Promise<void> =>
    store().finishWork([
      {
        seq,
        attempt,
        outcome: dead ? { kind: 'dead', reason: 'broken' } : { kind: 'done', replies: [] },
        stages: [],
        facts: {},
      },
    ]);
  const hear = async (message: InboundMessage, at?: number): Promise<void> =>
    finish(await claimed(message, at));
  /** What the next message to the conversation is given out with. */
  async function routeTo(conversation = 'alice'): Promise<string | null> {
    const message = outboundMessage({ address: { tenant: 'default', channel: 'test', conversation } });
    await subject.take([{ kind: 'outbound', message, idempotencyKey: null, digest: '' }]);
    const [item] = await store().claimSends(1);
    assert.equal(item?.message.id, message.id);
    assert.deepEqual(item.message, message, 'what was asked for stays as it is');
    await store().plan({ seq: item.seq, wires: [], losses: [] });
    return item.route;
  }

  it('gives the last one along with each message to the conversation, and no other', async () => {
    assert.equal(await routeTo(), null);
    await hear(from(NORTH));
    assert.equal(await routeTo(), NORTH);
    await hear(from(SOUTH));
    await hear(from(undefined));
    assert.equal(await routeTo(), SOUTH);
    assert.equal(await routeTo('bob'), null);
  });

  it('has it as soon as the message that told it is given out, and after a crash', async () => {
    const item = await claimed(from(NORTH));
    assert.equal(await routeTo(), NORTH);
    await finish(item, true);
    await subject.crash();
    assert.equal(await routeTo(), NORTH);
  });

  it('believes the address only, whatever else says that it is a route', async () => {
    await hear({ ...from(), context: { route: NORTH, address: { route: NORTH } } });
    assert.equal(await routeTo(), null);
  });

  it('is told nothing by what came before, read or worked on once more', async () => {
    const old = await claimed(from(NORTH), 4_000);
    await finish(old, true);
    await hear(from(SOUTH), 5_000);
    await hear(from(NORTH), 3_000);
    assert.equal(await routeTo(), SOUTH, 'a record that was read late');
    const action = { id: newId('action'), who: 'test', key: null, digest: '' };
    const target = { kind: 'ids', ids: [old.id] } as const;
    await store().startOperation({ kind: 'replay', target, force: false, rate: 50, note: null }, action);
    const [running] = await store().runningOperations();
    await store().advanceOperation({ operation: running?.id ?? '', limit: 10 });
    const again = await work();
    assert.equal(again.id, old.id);
    assert.equal(await routeTo(), SOUTH, 'a dead letter given back');
    await finish(again);
  });

  it('keeps it when the messages are forgotten', async () => {
    await hear(from(NORTH));
    await hear(from(undefined, 'bob'));
    const before = { messages: Date.now() + 60_000, keys: Date.now() + 60_000 };
    assert.equal((await store().expire(before, 10)).inbound, 1);
    await subject.crash();
    assert.equal(await routeTo(), NORTH);
  });
}
