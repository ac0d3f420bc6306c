/** A hub that is killed while it forgets: what is over goes at the next start, and nothing else with it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { WorkResult } from '../../src/storage/work-queue.ts';
import { attachTo, hubFolder } from '../support/hub.ts';
import { startProcess } from '../support/hub-process.ts';
import { inboundMessage, messageEvent, newId, outboundMessage, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const CLAIMANT = { name: 'before', suspects: false } as const;
/** More than are forgotten at once. */
const COUNT = 700;
/** So many are answered, for each that nobody has decided on. */
const EVERY = 7;
const DEAD = COUNT / EVERY;
const KEPT_MS = 1_000;

function forgetfulConfig(): { readonly 'hub.yaml': string } {
  const path = fileURLToPath(new URL('../../config/hub.yaml', import.meta.url));
  const retention = `retention: { messages: ${KEPT_MS}ms, dedupe: ${KEPT_MS}ms }\n`;
  return { 'hub.yaml': `${readFileSync(path, 'utf8')}\n${retention}` };
}

/** Messages with replies that were sent, and among them dead letters; the newest is one. Old enough at the end. */
async function fill(data: string): Promise<void> {
  await using embedded = await openStorage(data);
  const { store } = embedded;
  const from = await store.position();
  const records = Array.from({ length: COUNT }, (_, n) => {
    const address = { channel: CHANNEL, conversation: `c${n}` };
    const event = messageEvent(inboundMessage({ address }));
    return readRecord([event], { segment: 0, offset: 0 }, { channel: CHANNEL });
  });
  await store.accept({ from, next: from, records });
  const items = await store.claimWork(COUNT, CLAIMANT);
  assert.equal(items.length, COUNT);
  await store.finishWork(
    items.map(({ seq, attempt, id }): WorkResult => {
      const outcome: WorkResult['outcome'] =
        seq % EVERY === 0
          ? { kind: 'dead', reason: 'validate/schema: no' }
          : { kind: 'done', replies: [outboundMessage({ cause: id })] };
      return { seq, attempt, outcome, stages: [], facts: {} };
    }),
  );
  for (let sent = 0; sent < COUNT - DEAD; ) {
    for (const { seq } of await store.claimSends(100)) {
      const [delivery] = await store.plan({ seq, wires: [{ id: newId('delivery'), wire: {} }], losses: [] });
      assert.ok(delivery);
      await store.intend({ delivery: delivery.id, at: Date.now(), resend: false });
      const settlement = { kind: 'sent', platformId: newId('platform') } as const;
      await store.settle({ delivery: delivery.id, at: Date.now(), settlement });
      sent++;
    }
  }
  const last = Date.now();
  await until(() => Date.now() > last + KEPT_MS, 'them to be old enough');
}

function rowsIn(data: string): Readonly<Record<string, number>> {
  using database = new DatabaseSync(join(data, 'hub.db'), { readOnly: true });
  const count = (table: string): number =>
    Number(database.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n);
  return Object.fromEntries(
    ['inbound', 'work', 'outbound', 'delivery', 'dead_letter'].map(table => [table, count(table)]),
  );
}

describe('a hub that forgets what is over', function () {
  this.timeout(120_000);

  it('goes on after kill -9 between two batches, keeps what is open, and its books are even', async () => {
    using folder = hubFolder(forgetfulConfig());
    await fill(folder.data);
    {
      await using killed = startProcess(folder, { HUB_CRASH: 'CP16:2' });
      assert.equal(await killed.ended, 'SIGKILL', killed.problems);
    }
    const { inbound = 0 } = rowsIn(folder.data);
    assert.ok(inbound > DEAD + 1 && inbound < COUNT, `${inbound} of ${COUNT} are left: killed half-way`);
    await using process = startProcess(folder);
    const hub = attachTo(folder, await process.listening());
    // The last reply stays until there is a newer one, and its message with it.
    await until(() => rowsIn(folder.data).inbound === DEAD + 1, 'the rest to be forgotten');
    assert.deepEqual(rowsIn(folder.data), {
      inbound: DEAD + 1,
      work: DEAD,
      outbound: 1,
      delivery: 1,
      dead_letter: DEAD,
    });
    const { body: counted } = await hub.api('/v1/ledger');
    const { body: recounted } = await hub.api('/v1/ledger?recount');
    for (const { inbound: came, outbound: went } of [counted, recounted]) {
      assert.deepEqual([came.accepted, came.done, came.dead], [COUNT, COUNT - DEAD, DEAD]);
      assert.deepEqual([came.inFlight, came.difference], [0, 0]);
      assert.deepEqual([went.accepted, went.done, went.difference], [COUNT - DEAD, COUNT - DEAD, 0]);
    }
  });
});
