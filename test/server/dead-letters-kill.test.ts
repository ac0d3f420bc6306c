/** Ten thousand dead letters, replayed by a hub that is killed half-way, stopped and killed again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { InboundMessage } from '../../src/message/message.ts';
import type { BulkOperation } from '../../src/storage/dead-letters.ts';
import { attachTo, type HubFolder, type HubTools, hubFolder } from '../support/hub.ts';
import { type HubProcess, startProcess } from '../support/hub-process.ts';
import { inboundMessage, messageEvent, readRecord } from '../support/messages.ts';
import { openStorage } from '../support/storage.ts';
import { until } from '../support/wait.ts';
import { ask, balanced, CHANNEL } from './dead-letters-support.ts';

const COUNT = 10_000;
const CONVERSATIONS = 500;
const CLAIMANT = { name: 'before', suspects: false } as const;

/** Messages that the pipeline's own check refuses, as after a change of an adapter that went wrong. */
function refusedMessage(n: number): InboundMessage {
  const message = inboundMessage({ address: { channel: CHANNEL, conversation: `c${n % CONVERSATIONS}` } });
  return { ...message, id: `m${n}`, content: { kind: 'text' } as InboundMessage['content'] };
}

async function fill(folder: HubFolder): Promise<void> {
  await using embedded = await openStorage(folder.data);
  const { store } = embedded;
  for (let done = 0; done < COUNT; done += CONVERSATIONS) {
    const from = await store.position();
    const records = Array.from({ length: CONVERSATIONS }, (_, n) =>
      readRecord([messageEvent(refusedMessage(done + n))], { segment: 0, offset: 0 }, { channel: CHANNEL }),
    );
    await store.accept({ from, next: from, records });
    const items = await store.claimWork(CONVERSATIONS, CLAIMANT);
    assert.equal(items.length, CONVERSATIONS);
    await store.finishWork(
      items.map(({ seq, attempt }) => ({
        seq,
        attempt,
        outcome: { kind: 'dead', reason: 'validate/schema: no' },
        stages: [],
        facts: {},
      })),
    );
  }
}

describe('a replay of 10,000 dead letters', function () {
  this.timeout(240_000);

  it('goes on after kill -9 and after a stop, takes each once and in order, and gives each back once', async () => {
    using folder = hubFolder();
    await fill(folder);
    const started = await withHub(folder, { HUB_CRASH: 'CP14:20' }, async (hub, process) => {
      const { body, status, text } = await ask(hub, '/v1/dead-letters/replay', { filter: {}, rate: 2_000 });
      assert.equal(status, 202, text);
      assert.equal(await process.ended, 'SIGKILL');
      return body as BulkOperation;
    });
    assert.equal(started.total, COUNT);
    const at = `/v1/operations/${started.id}`;
    // It goes on without being asked to, and is killed again.
    await withHub(folder, { HUB_CRASH: 'CP14:20' }, async (_, process) => {
      assert.equal(await process.ended, 'SIGKILL');
    });
    const stopped = await withHub(folder, {}, async (hub, process) => {
      const { body } = await ask(hub, `${at}/stop`, undefined);
      process.signal('SIGKILL');
      await process.ended;
      return body as BulkOperation;
    });
    assert.equal(stopped.state, 'stopped');
    assert.ok(stopped.processed > 0 && stopped.processed < COUNT, `${stopped.processed} of ${COUNT}`);
    await withHub(folder, {}, async hub => {
      const found: BulkOperation = (await hub.api(at)).body;
      assert.deepEqual([found.state, found.processed], ['stopped', stopped.processed]);
      await ask(hub, `${at}/resume`, undefined);
      let seen = found;
      for (let looks = 0; seen.state !== 'done' && looks < 8; looks++) {
        await until(async () => {
          const before = seen.processed;
          seen = (await hub.api(at)).body;
          return seen.state === 'done' || seen.processed > before + COUNT / 4;
        }, 'the replay to go on');
      }
      assert.deepEqual([seen.state, seen.processed, seen.refused], ['done', COUNT, 0]);
      await until(async () => (await hub.ledger()).inbound.inFlight === 0, 'each to be back');
      const books = await balanced(hub);
      assert.deepEqual([books.inbound.dead, books.inbound.done], [COUNT, 0]);
    });
    using database = new DatabaseSync(join(folder.data, 'hub.db'), { readOnly: true });
    const times = database.prepare('SELECT state, times, COUNT(*) AS n FROM dead_letter GROUP BY 1, 2').all();
    assert.deepEqual(
      times.map(row => ({ ...row })),
      [{ state: 0, times: 2, n: COUNT }],
    );
    // Each was given a number when it was given back: in the order of the messages, and none twice.
    const replays = database.prepare('SELECT replay, attempts FROM work ORDER BY seq').all();
    assert.deepEqual(
      replays.map(row => row.replay),
      Array.from({ length: COUNT }, (_, n) => n + 1),
    );
  });
});

async function withHub<T>(
  folder: HubFolder,
  env: Readonly<Record<string, string>>,
  work: (hub: HubTools, process: HubProcess) => Promise<T>,
): Promise<T> {
  await using process = startProcess(folder, env);
  return await work(attachTo(folder, await process.listening()), process);
}
