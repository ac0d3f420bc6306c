/** Somebody else, as a tool for looking at databases, holds the write lock of the hub's. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { databaseFiles } from '../../src/storage/embedded/redo/files.ts';
import { type TestHub, testHub } from '../support/hub.ts';
import { until } from '../support/wait.ts';

const CHANNEL = 'support-whatsapp';
const HOLD = `
  import { DatabaseSync } from 'node:sqlite';
  const db = new DatabaseSync(process.argv[1], { timeout: 10_000 });
  db.exec('BEGIN IMMEDIATE');
  process.stdout.write('held');
  process.stdin.once('end', () => { db.exec('ROLLBACK'); process.exit(); }).resume();
`;

interface Lock extends AsyncDisposable {
  release(): Promise<void>;
  kill(): Promise<void>;
}

/** Held by another process once this resolves. */
async function lockOf(database: string): Promise<Lock> {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', HOLD, database], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const { stdin, stdout } = child;
  assert.ok(stdin !== null && stdout !== null);
  await Promise.race([
    once(stdout, 'data'),
    ended.then(() => Promise.reject(new Error('it did not get the lock'))),
  ]);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    async release() {
      stdin.end();
      await ended;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

describe('a database that another process has locked', function () {
  this.timeout(90_000);
  let hub: TestHub;
  let said = 0;

  beforeEach(async () => {
    said = 0;
    hub = await testHub();
    await until(async () => (await hub.api('/readyz')).status === 200, 'the hub to be ready');
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  const lock = (): Promise<Lock> => lockOf(databaseFiles(hub.config.data).database);
  const say = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const text = `hello ${++said}`;
      const { status } = await hub.post(CHANNEL, hub.draft(CHANNEL, 'text', { from: '15550100001', text }));
      assert.equal(status, 200, 'taken: the journal is not locked');
    }
  };
  const allAnswered = async (): Promise<void> => {
    const { inbound, outbound } = await hub.idle();
    assert.deepEqual([inbound.accepted, inbound.done], [said, said]);
    assert.deepEqual([outbound.dead, outbound.parked], [0, 0]);
    assert.equal((await hub.received()).length, said);
    assert.equal((await hub.api('/readyz')).status, 200);
  };

  for (const ms of [50, 500])
    it(`for ${ms} ms: webhooks are taken, and answered after it`, async () => {
      await using held = await lock();
      await say(5);
      await new Promise(resolve => setTimeout(resolve, ms));
      await held.release();
      await say(1);
      await allAnswered();
    });

  it('for longer than the hub waits: it says so, webhooks are taken, and answered once after it', async () => {
    await using held = await lock();
    await say(5);
    await until(
      async () => JSON.stringify((await hub.api('/readyz')).body).includes('locked'),
      'the trouble',
    );
    await say(5);
    await held.release();
    await say(1);
    await allAnswered();
  });

  it('by a process that dies with the lock: the lock goes with it', async () => {
    await using held = await lock();
    await say(5);
    await held.kill();
    await say(1);
    await allAnswered();
  });
});
