/** What the hub refused has left no trace behind it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import { type Position, START } from '../../src/storage/log.ts';
import type { TestHub } from './hub.ts';

/** How many records the journal holds. */
function journalled(hub: TestHub): number {
  const reader = journalReader(join(hub.config.data, 'journal'));
  let count = 0;
  for (let from: Position = START; ; ) {
    const { records, next } = reader.read(from, 1_000_000);
    if (records.length === 0) return count;
    count += records.length;
    from = next;
  }
}

/** Nothing of it is stored: what comes next is the next record of the journal and the next message. */
export async function assertNothingStored(
  hub: TestHub,
  channel: string,
  act: () => Promise<void>,
): Promise<void> {
  await hub.idle();
  const records = journalled(hub);
  const { accepted } = (await hub.ledger()).inbound;
  await act();
  assert.equal((await hub.post(channel, hub.draft(channel, 'text', { text: 'hello' }))).status, 200);
  const { inbound } = await hub.idle();
  assert.equal(journalled(hub), records + 1, 'records of the journal');
  assert.equal(inbound.accepted, accepted + 1, 'messages');
}
