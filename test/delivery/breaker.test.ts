import assert from 'node:assert/strict';
import { type Breaker, createBreaker, type KeptBreaker } from '../../src/delivery/breaker.ts';
import { FAULTS, type Fault, type FaultCode, failed, type SendResult } from '../../src/message/fault.ts';

const POLICY = { probeMs: 1_000, maxProbeMs: 8_000 };
const OK: SendResult = { ok: true, platformId: 'x' };

function bench(kept: KeptBreaker | null = null, stopping = false) {
  const clock = { now: 5_000 };
  const changes: boolean[] = [];
  const breaker = createBreaker({
    policy: POLICY,
    now: () => clock.now,
    onChange: open => changes.push(open),
    stopping: () => stopping,
    kept,
  });
  return { clock, changes, breaker };
}

const run = (breaker: Breaker, result: SendResult): Promise<SendResult | null> =>
  breaker.run(async () => result);

async function fail(
  breaker: Breaker,
  times: number,
  code: FaultCode,
  more: Partial<Fault> = {},
): Promise<void> {
  for (let n = 0; n < times; n++) await run(breaker, failed(code, 'x', more));
}

describe('a breaker', () => {
  it('opens when more than half of the last attempts failed, and not on the evidence of a few', async () => {
    const { breaker, changes } = bench();
    await fail(breaker, 9, 'unavailable');
    assert.equal(breaker.wait(5_000), 0);
    await fail(breaker, 1, 'unavailable');
    assert.equal(breaker.wait(5_000), 1_000);
    assert.deepEqual(changes, [true]);
    assert.equal(breaker.state(5_000).fault?.code, 'unavailable');
  });

  it('stays closed while half of them go well', async () => {
    const { breaker } = bench();
    for (let n = 0; n < 100; n++) await run(breaker, n % 2 === 0 ? OK : failed('ambiguous', 'x'));
    assert.equal(breaker.isOpen, false);
    await fail(breaker, 2, 'ambiguous');
    assert.equal(breaker.isOpen, true);
  });

  it('sends nothing while it is open, and lets one through at its time', async () => {
    const { breaker, clock } = bench();
    await fail(breaker, 10, 'not-connected');
    let sent = 0;
    const attempt = (): Promise<SendResult | null> =>
      breaker.run(async () => {
        sent++;
        return OK;
      });
    assert.equal(await attempt(), null);
    clock.now += 999;
    assert.equal(await attempt(), null);
    clock.now += 1;
    assert.equal(breaker.wait(clock.now), 0);
    assert.deepEqual(await attempt(), OK);
    assert.equal(sent, 1);
    assert.equal(breaker.isOpen, false);
  });

  it('lets no second one through while one is tried', async () => {
    const { breaker, clock } = bench();
    await fail(breaker, 10, 'not-connected');
    clock.now += 1_000;
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    const probe = breaker.run(() => promise);
    assert.equal(breaker.state(clock.now).state, 'probing');
    assert.ok(breaker.wait(clock.now) > 0);
    assert.equal(await run(breaker, OK), null);
    resolve(OK);
    await probe;
    assert.equal(breaker.state(clock.now).state, 'closed');
  });

  it('waits double from one try to the next, up to the longest, and begins anew once it was closed', async () => {
    const { breaker, clock, changes } = bench();
    await fail(breaker, 10, 'unavailable');
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      waits.push(breaker.wait(clock.now));
      clock.now += breaker.wait(clock.now);
      await fail(breaker, 1, 'unavailable');
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    clock.now += 8_000;
    await run(breaker, OK);
    await fail(breaker, 10, 'unavailable');
    assert.equal(breaker.wait(clock.now), 1_000);
    assert.deepEqual(changes.slice(-2), [false, true]);
  });

  it('follows the fault table: what opens it, what counts and what does not', async () => {
    for (const [code, row] of Object.entries(FAULTS)) {
      const { breaker } = bench();
      await fail(breaker, 1, code as FaultCode);
      assert.equal(breaker.isOpen, row.breaker === 'opens', `${code}, once`);
      await fail(breaker, 20, code as FaultCode);
      assert.equal(breaker.isOpen, row.breaker !== 'ignores', `${code}, again and again`);
    }
  });

  it('is not impressed by what concerns one conversation or one message', async () => {
    const { breaker } = bench();
    await fail(breaker, 40, 'rate-limited', { scope: 'conversation' });
    await fail(breaker, 40, 'unavailable', { scope: 'conversation' });
    await fail(breaker, 40, 'unauthorized', { scope: 'message' });
    assert.equal(breaker.isOpen, false);
  });

  it('learns nothing from attempts that we cut off ourselves', async () => {
    const { breaker } = bench(null, true);
    await fail(breaker, 40, 'ambiguous');
    assert.equal(breaker.isOpen, false);
  });

  it('learns nothing from what nobody was asked about: the next is tried at once, and in its place', async () => {
    const { breaker, clock, changes } = bench();
    await fail(breaker, 1, 'unauthorized');
    clock.now += 1_000;
    await fail(breaker, 3, 'window-closed');
    assert.deepEqual([breaker.isOpen, breaker.wait(clock.now), changes], [true, 0, [true]]);
    await fail(breaker, 1, 'unauthorized');
    assert.equal(breaker.wait(clock.now), 2_000);
    clock.now += 2_000;
    await fail(breaker, 1, 'window-closed', { httpStatus: 400 });
    assert.equal(breaker.isOpen, false, 'a platform that refuses is there');
  });

  it('learns nothing from an adapter that fails on its own bug, and waits as long again: it may have called', async () => {
    const { breaker, clock, changes } = bench();
    await fail(breaker, 1, 'unauthorized');
    for (let n = 0; n < 3; n++) {
      clock.now += 1_000;
      await fail(breaker, 1, 'internal');
      assert.deepEqual([breaker.isOpen, breaker.wait(clock.now), changes], [true, 1_000, [true]]);
    }
    clock.now += 1_000;
    await fail(breaker, 1, 'unauthorized');
    assert.equal(breaker.wait(clock.now), 2_000);
    clock.now += 2_000;
    await fail(breaker, 1, 'internal');
    assert.equal(breaker.wait(clock.now), 2_000);
    assert.equal(breaker.state(clock.now).fault?.code, 'unauthorized');
  });

  it('opens on the rate of what the platform was asked, whatever was refused before that', async () => {
    const { breaker } = bench();
    for (let n = 0; n < 10; n++) {
      await fail(breaker, 3, 'window-closed');
      await fail(breaker, 1, 'unavailable');
    }
    assert.equal(breaker.isOpen, true);
  });

  it('goes on after a restart as it was: open, with its fault and the wait that is left', async () => {
    const before = bench();
    await fail(before.breaker, 1, 'unauthorized');
    before.clock.now += 1_000;
    await fail(before.breaker, 1, 'unauthorized');
    before.clock.now += 500;
    const kept = before.breaker.kept(before.clock.now);
    assert.ok(kept !== null);
    const { breaker, clock } = bench(JSON.parse(JSON.stringify(kept)));
    assert.deepEqual(breaker.state(clock.now), {
      state: 'open',
      fault: { code: 'unauthorized', detail: 'x' },
      waitMs: 1_500,
      opened: 2,
    });
    clock.now += 1_500;
    await fail(breaker, 1, 'unauthorized');
    assert.equal(breaker.wait(clock.now), 4_000);
    clock.now += 4_000;
    await run(breaker, OK);
    assert.equal(breaker.kept(clock.now), null);
  });

  it('keeps a try that was under way as open', async () => {
    const before = bench();
    await fail(before.breaker, 1, 'unauthorized');
    before.clock.now += 1_000;
    void before.breaker.run(() => new Promise(() => {}));
    const { breaker, clock } = bench(before.breaker.kept(before.clock.now));
    assert.equal(breaker.state(clock.now).state, 'open');
    clock.now += POLICY.probeMs;
    assert.deepEqual(await run(breaker, OK), OK);
  });

  it('waits no longer than an hour, whatever was kept', () => {
    const fault = { code: 'unauthorized', detail: 'x' } as const;
    const policy = {
      ownState: { value: 1, openedAt: Number.MAX_SAFE_INTEGER, attemptNo: 1 },
      breakerState: [],
    };
    const { breaker, clock } = bench({
      policy: { ...policy, breakerState: {} },
      fault,
      waitMs: 1e12,
      opened: 1,
    });
    assert.equal(breaker.wait(clock.now), 3_600_000);
  });

  it('is not held up by a wall clock that was set back', async () => {
    const { breaker, clock } = bench();
    const { now } = Date;
    await fail(breaker, 1, 'unauthorized');
    clock.now += 1_000;
    Date.now = () => now() - 86_400_000;
    try {
      assert.deepEqual(await run(breaker, OK), OK);
    } finally {
      Date.now = now;
    }
  });
});
