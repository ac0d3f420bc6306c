/** A pipeline thread that makes way for one with another setup. */
import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { superviseThread } from '../../src/pipeline/supervisor.ts';
import type { Abandoned } from '../../src/storage/work-queue.ts';
import { until } from '../support/wait.ts';
import type { RenewedSetup } from './trial/renewed.ts';

function supervised(setup: RenewedSetup, threads: { areRefused: boolean } = { areRefused: false }) {
  const abandoned: Omit<Abandoned, 'claimant'>[] = [];
  const deaths: string[] = [];
  const supervisor = superviseThread<RenewedSetup>({
    get module() {
      // Refused in the call that asks for it, as where the system has no thread to give.
      return new URL(threads.areRefused ? 'http://no.thread/' : './trial/renewed.ts', import.meta.url);
    },
    setup,
    suspects: false,
    store: {
      async abandonWork({ claimant: _, ...how }) {
        abandoned.push(how);
        return 0;
      },
    },
    connect: () => new MessageChannel().port2,
    durable: () => ({ segment: 1, offset: 0 }),
    hangMs: 1_000,
    maxMemoryMb: 256,
    onDeath: cause => deaths.push(cause),
    onDamage: () => {},
    onTrouble: () => {},
  });
  supervisor.wake();
  return { supervisor, abandoned, deaths };
}

describe('a pipeline thread that makes way', function () {
  this.timeout(120_000);

  it('ends with what it has begun, and is no death', async () => {
    const { supervisor, abandoned, deaths } = supervised({ name: 'one' });
    await using _supervisor = supervisor;
    await until(() => supervisor.running, 'the first');
    await supervisor.renew({ name: 'two' });
    assert.equal(supervisor.running, true);
    assert.deepEqual([abandoned, deaths], [[{ cause: 'ended by itself' }], []]);
  });

  it('comes back where no other starts in its place', async () => {
    const { supervisor, deaths } = supervised({ name: 'one' });
    await using _supervisor = supervisor;
    await until(() => supervisor.running, 'the first');
    await assert.rejects(supervisor.renew({ name: 'two', fails: true }), /a thread with it ended with Error/);
    await until(() => supervisor.running, 'the first to be back');
    assert.deepEqual(deaths, ['ended with Error']);
    await supervisor.renew({ name: 'three' });
    assert.equal(supervisor.running, true);
  });

  it('is told of, and its message blamed, where it hangs meanwhile', async () => {
    const { supervisor, abandoned, deaths } = supervised({ name: 'one', hangsAtTheEnd: true });
    await using _supervisor = supervisor;
    await until(() => supervisor.running, 'the first');
    await supervisor.renew({ name: 'two' });
    assert.deepEqual(deaths, ['hung in processor of one']);
    assert.deepEqual(abandoned, [{ cause: 'hung in processor of one', blamed: 7 }]);
  });

  it('is asked for again and again where the system gives none', async () => {
    const threads = { areRefused: true };
    const { supervisor, deaths } = supervised({ name: 'one' }, threads);
    await using _supervisor = supervisor;
    await until(() => deaths.length > 2, 'it to be asked for again');
    assert.deepEqual([supervisor.running, supervisor.refused], [false, true]);
    threads.areRefused = false;
    await until(() => supervisor.running, 'the first');
    assert.equal(supervisor.refused, false);
    threads.areRefused = true;
    await assert.rejects(supervisor.renew({ name: 'two' }), /a thread with it was not given by the system/);
    assert.equal(supervisor.running, false);
    threads.areRefused = false;
    await until(() => supervisor.running, 'the first to be back');
    assert.equal(new Set(deaths).size, 1);
  });

  it('holds up nobody who stops the hub at the same time', async () => {
    const { supervisor } = supervised({ name: 'one' });
    await until(() => supervisor.running, 'the first');
    const stopped = supervisor[Symbol.asyncDispose]();
    await supervisor.renew({ name: 'two' });
    await stopped;
  });
});
