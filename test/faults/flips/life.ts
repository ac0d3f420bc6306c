/**
 * A process with a storage and nothing else, working as hard as it can until it is killed: requests into the journal,
 * from there into the store, replies out. With small bounds, so that a kill meets checkpoints, bases and new segments.
 */
import { journalReader } from '../../../src/storage/embedded/journal/reader.ts';
import { openEmbedded } from '../../../src/storage/embedded/open.ts';
import { formatPosition } from '../../../src/storage/log.ts';
import type { Store } from '../../../src/storage/store.ts';
import { inboundMessage, logRecord, messageEvent, outboundMessage } from '../../support/messages.ts';

/** What a life says of itself, a line each. */
export type Said = { readonly recovery: unknown } | { readonly problem: string } | { readonly lost: string };

const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`);

const [dir = ''] = process.argv.slice(2);
const life = `${process.pid}-${Date.now()}`;
let last = 0;
const id = (): string => `${life}-${++last}`;

await using storage = await openEmbedded({
  dir,
  maxSegmentBytes: 1e6,
  maxPendingBytes: 1e6,
  onDurable: () => {},
  onLost: error => say({ lost: error.message }),
  onProblem: problem => say({ problem }),
  redo: {
    maxSegmentBytes: 200_000,
    maxWalBytes: 150_000,
    minBaseBytes: 400_000,
    settleMs: 0,
    lookAfterMs: 20,
  },
});
const { store, log } = storage;
say({ recovery: storage.recovery });
const reader = journalReader(storage.journalDir);

for (;;) {
  const appended = await Promise.all(
    Array.from({ length: 8 }, () => log.append(logRecord({ id: id(), body: Buffer.from('x'.repeat(300)) }))),
  );
  if (appended.some(({ ok }) => !ok)) throw new Error('not appended');
  await takeIn(store);
  await answer(store);
  await send(store);
}

/** The id of the record is that of the message: what is acknowledged can be looked for. */
async function takeIn(store: Store): Promise<void> {
  const from = await store.position();
  const { records, damage, next } = reader.read(from, 1_000_000);
  // A kill leaves a beginning of what was being written, and no damage.
  for (const { from: at, bytes } of damage) say({ lost: `${bytes} bytes at ${formatPosition(at)}` });
  const read = records.map(({ record, position }) => {
    const address = {
      conversation: `c${record.id.length + (record.id.charCodeAt(record.id.length - 1) % 7)}`,
    };
    const message = inboundMessage({ id: record.id, address, text: 'y'.repeat(200) });
    return { ...record, position, events: [messageEvent(message)] };
  });
  if (read.length > 0) await store.accept({ from, next, records: read });
}

async function answer(store: Store): Promise<void> {
  for (const suspects of [false, true]) {
    const items = await store.claimWork(10, { name: life, suspects });
    await store.finishWork(
      items.map(item => ({
        seq: item.seq,
        attempt: item.attempt,
        outcome: { kind: 'done', replies: [outboundMessage({ id: id(), cause: item.id })] },
        stages: [],
        facts: {},
      })),
    );
  }
}

async function send(store: Store): Promise<void> {
  for (const { seq } of await store.claimSends(4)) {
    const wires = [{ id: id(), wire: { text: 'z'.repeat(100) } }];
    for (const delivery of await store.plan({ seq, wires, losses: [] })) {
      const { id: name } = delivery;
      const number = await store.intend({ delivery: name, at: Date.now(), resend: false });
      if (number === null) continue;
      const settlement = { kind: 'sent', platformId: `p-${name}` } as const;
      await store.settle({ delivery: name, at: Date.now(), settlement });
    }
  }
}
