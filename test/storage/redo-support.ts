/** Data folders as a killed process leaves them, made without killing one. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { journalReader } from '../../src/storage/embedded/journal/reader.ts';
import type { Embedded } from '../../src/storage/embedded/open.ts';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { inboundMessage, logRecord, messageEvent, newId, outboundMessage } from '../support/messages.ts';

/** Some requests, from the journal into the store; most are answered, some of the replies sent. */
export async function work({ store, log, journalDir }: Embedded, rounds: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const records = [0, 1, 2].map(() => logRecord({ id: newId('request'), body: Buffer.from('body') }));
    ids.push(...records.map(({ id }) => id));
    for (const record of records) await log.append(record);
    const from = await store.position();
    const batch = journalReader(journalDir).read(from, 1_000_000);
    const read = batch.records.map(({ record, position }) => {
      const message = inboundMessage({ address: { conversation: record.id }, text: 'x'.repeat(500) });
      return { ...record, position, events: [messageEvent(message)] };
    });
    await store.accept({ from, next: batch.next, records: read });
    await answerAndSend(store);
  }
  return ids;
}

async function answerAndSend(store: Embedded['store']): Promise<void> {
  const items = await store.claimWork(2, { name: 'test', suspects: false });
  const results = items.map(({ seq, attempt, id }) => {
    const replies = [
      outboundMessage({ cause: id, address: { tenant: 'default', channel: 'test', conversation: id } }),
    ];
    return { seq, attempt, outcome: { kind: 'done' as const, replies }, stages: [], facts: {} };
  });
  await store.finishWork(results);
  const [send] = await store.claimSends(1);
  if (send === undefined) return;
  const wires = [{ id: newId('delivery'), wire: { text: 'hi' } }];
  for (const { id } of await store.plan({ seq: send.seq, wires, losses: [] })) {
    await store.intend({ delivery: id, at: 1, resend: false });
    await store.settle({ delivery: id, at: 2, settlement: { kind: 'sent', platformId: newId('p') } });
  }
}

/** The folder as it would be had the process been killed now. The storage has nothing under way. */
export function imageOf(dir: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(dir, to, { recursive: true, filter: path => path !== join(dir, 'hub.lock') });
  rmSync(`${databaseFiles(to).database}-shm`, { force: true });
  return to;
}
