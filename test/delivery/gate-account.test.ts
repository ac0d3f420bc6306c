/** What an account is as the gate sees it, and what of that is kept over a restart. */
import assert from 'node:assert/strict';
import { type Account, createAccount } from '../../src/delivery/gate-account.ts';
import { type KeptAccount, readKept } from '../../src/delivery/gate-kept.ts';
import { createPass } from '../../src/delivery/gate-pass.ts';
import { createBucket, RECOVERY_MS } from '../../src/delivery/pace-bucket.ts';
import { failed, type SendResult } from '../../src/message/fault.ts';
import type { JsonValue } from '../../src/message/json.ts';
import type { AccountState } from '../../src/storage/send-queue.ts';

const RULES = { rates: undefined, rateLimit: {}, breaker: { probeMs: 1_000, maxProbeMs: 8_000 } };
const NEW: KeptAccount = { speed: 1, closedForMs: 0, breaker: null, worksForMs: null };

function bench(kept: KeptAccount = NEW, before?: Account) {
  const world = { now: 5_000, stopping: false };
  const saved: AccountState[] = [];
  const now = (): number => world.now;
  const stopping = (): boolean => world.stopping;
  const account = createAccount({ tenant: 't', channel: 'c', rules: RULES, kept, before, now, stopping });
  const tenant = { bucket: createBucket([], 1, world.now), inFlight: 0 };
  async function run(send: () => Promise<SendResult>): Promise<void> {
    using pass = createPass({
      account,
      tenant,
      conversation: 'alice',
      now,
      wallNow: now,
      keep: async state => {
        saved.push(state);
      },
      putAside: () => null,
    });
    assert.equal(pass.wait(), 0);
    await pass.run(send);
  }
  return { world, saved, account, run };
}

describe('an account', () => {
  it('is kept as paused when the hub stops while it is tried: what cut the try off was us', async () => {
    const { world, saved, run } = bench();
    for (let n = 0; n < 10; n++) await run(async () => failed('ambiguous', 'it hangs'));
    world.now += 1_000;
    await run(async () => {
      world.stopping = true;
      return failed('ambiguous', 'aborted');
    });
    const last = saved.at(-1);
    assert.match(last?.reason ?? '', /^sending is paused: ambiguous: it hangs/);
    const { account } = bench(readKept(last?.state, { since: () => 0 }));
    assert.equal(account.breaker.state(5_000).state, 'open');
    assert.equal(account.allowed(5_000, 64), 0);
    assert.equal(account.allowed(6_000, 64), 1, 'one, and not all that waits');
  });

  it('whose rules changed counts what of the one before is under way, and what that learns is not kept', async () => {
    const old = bench();
    const answer = Promise.withResolvers<SendResult>();
    const under = old.run(() => answer.promise);
    const { account, run } = bench(NEW, old.account);
    old.account.retire();
    assert.equal(account.inFlight, 1);
    await run(async () => {
      assert.equal(account.inFlight, 2);
      return { ok: true, platformId: 'x' };
    });
    assert.equal(account.inFlight, 1);
    answer.resolve(failed('unauthorized', 'the old token'));
    await under;
    assert.deepEqual([account.inFlight, old.saved], [0, []]);
  });

  it('is kept as open once a try went well', async () => {
    const { world, saved, run } = bench();
    for (let n = 0; n < 10; n++) await run(async () => failed('unavailable', 'down'));
    world.now += 1_000;
    await run(async () => ({ ok: true, platformId: 'x' }));
    assert.equal(saved.at(-1)?.reason, null);
  });
});

describe('an account that was out of order', () => {
  it('works since its breaker closed: no time before that is held against a message', async () => {
    const { world, saved, account, run } = bench();
    assert.equal(account.worksSince, Number.NEGATIVE_INFINITY);
    await run(async () => failed('unauthorized', 'no'));
    world.now += 7_200_000;
    await run(async () => ({ ok: true, platformId: 'x' }));
    assert.equal(account.worksSince, world.now);
    const after = bench(readKept(saved.at(-1)?.state, { since: () => 60_000 }));
    assert.equal(after.account.worksSince, after.world.now - 60_000, 'also over a restart');
  });
});

describe('how slow an account was', () => {
  const slow: JsonValue = { speed: 1 / 16, at: 0, closedForMs: 0, breaker: null };
  const speedAfter = (ms: number): number => readKept(slow, { since: () => ms }).speed;
  it('is taken over as it was right after it', () => {
    assert.equal(speedAfter(0), 1 / 16);
  });
  it('is made good by the time that the hub was down', () => {
    assert.equal(speedAfter(RECOVERY_MS / 2), 1 / 16 + 1 / 2);
    assert.equal(speedAfter(7 * 86_400_000), 1);
  });
  it('is not made worse by a clock that was set back', () => {
    assert.equal(speedAfter(-60_000), 1 / 16);
  });
});
