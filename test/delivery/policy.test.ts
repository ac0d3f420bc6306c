import assert from 'node:assert/strict';
import { type Attempted, denialOf, settlementOf } from '../../src/delivery/policy.ts';
import { FAULTS, type FaultCode, type FaultScope, failed } from '../../src/message/fault.ts';

const policy = {
  retry: { maxAttempts: 5, baseMs: 100, maxMs: 400, maxAgeMs: 86_400_000, holdMs: null },
  timeoutMs: 1_000,
  ambiguous: { waitMs: 60_000, policy: 'resend' },
  rateLimit: {},
  breaker: { probeMs: 1_000, maxProbeMs: 10_000 },
  window: { check: false, fallbackTemplate: null },
  onFailed: { template: null },
} as const;
interface Over extends Partial<Omit<Attempted, 'result'>> {
  readonly retryAfterMs?: number;
  readonly scope?: FaultScope;
}

const settle = (code: FaultCode, { retryAfterMs, scope, ...over }: Over = {}) => {
  const more = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(scope === undefined ? {} : { scope }),
  };
  const first = { attempts: 1, spared: 0, sinceLastMs: null, othersWentWell: false };
  const held = { heldMs: null, wentWellWithin: () => false, isOutage: false };
  const attempted = { ...first, ...held, idempotent: false, random: 1, ...over };
  return settlementOf({ result: failed(code, 'x', more), ...attempted }, policy);
};
const wait = (of: ReturnType<typeof settle>): number => ('afterMs' in of ? of.afterMs : Number.NaN);

describe('what follows from an attempt', () => {
  it('every fault has a row and ends in the state its class says', () => {
    const kinds = { 'not sent': 'not sent', ambiguous: 'ambiguous', final: 'dead' } as const;
    for (const [code, row] of Object.entries(FAULTS))
      assert.equal(settle(code as FaultCode).kind, kinds[row.class], code);
  });
  it('waits double from one attempt to the next, up to the longest', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map(attempts => wait(settle('unavailable', { attempts }))),
      [100, 200, 400, 400],
    );
  });
  it('has full jitter: nothing to the whole wait', () => {
    assert.deepEqual(
      [0, 0.5, 1].map(random => wait(settle('unavailable', { attempts: 2, random }))),
      [0, 100, 200],
    );
  });
  it('never waits less than the platform asked for', () => {
    assert.equal(wait(settle('rate-limited', { retryAfterMs: 9_000, random: 0 })), 9_000);
  });
  it('gives up at the last attempt that counts', () => {
    const scope = 'message';
    assert.equal(settle('unavailable', { scope, attempts: 5 }).kind, 'dead');
    assert.equal(settle('unavailable', { scope, attempts: 5, spared: 1 }).kind, 'not sent');
    assert.equal(settle('unavailable', { scope, attempts: 6, spared: 1 }).kind, 'dead');
  });
  it('never gives up a message for a fault of its account, and spares its attempts', () => {
    for (const [code, row] of Object.entries(FAULTS)) {
      if (!row.account) continue;
      const settled = settle(code as FaultCode, { attempts: 500, sinceLastMs: 1_000 });
      assert.ok(settled.kind === 'not sent' && settled.spared === true, code);
    }
  });
  it('takes credentials that were refused for the message’s own fault where others went well meanwhile', () => {
    for (const code of ['unauthorized', 'misconfigured'] as const) {
      const settled = settle(code, { attempts: 2, sinceLastMs: 1_000, othersWentWell: true });
      assert.ok(settled.kind === 'dead' && settled.fault.detail.includes('others of the account'), code);
    }
    assert.equal(settle('unavailable', { attempts: 2, othersWentWell: true }).kind, 'not sent');
  });
  it('parks what was told to wait for an hour, waited, and is told to wait for another', () => {
    const hour = 3_600_000;
    const told = { retryAfterMs: hour, attempts: 2 };
    const settled = settle('rate-limited', { ...told, sinceLastMs: hour });
    assert.ok(settled.kind === 'parked' && settled.fault.detail.includes('still so'));
    assert.equal(wait(settle('rate-limited', { ...told, sinceLastMs: hour / 2 })), hour);
    assert.equal(wait(settle('rate-limited', { ...told, sinceLastMs: null })), hour);
    assert.equal(settle('rate-limited', { retryAfterMs: 1_000, sinceLastMs: hour }).kind, 'not sent');
  });
  it('does not count an ambiguous send as a failed attempt', () => {
    assert.deepEqual(settle('ambiguous', { attempts: 5 }), {
      kind: 'ambiguous',
      fault: { code: 'ambiguous', detail: 'x' },
      afterMs: 60_000,
    });
  });
  it('knows no ambiguity where sending again has no effect', () => {
    assert.equal(settle('ambiguous', { idempotent: true }).kind, 'not sent');
    assert.equal(settle('ambiguous', { idempotent: true, attempts: 100 }).kind, 'parked');
  });
});

describe('what follows where the platform does not have it', () => {
  const deny = (over: Partial<Parameters<typeof denialOf>[0]> = {}, holdMs: number | null = null) =>
    denialOf(
      {
        ...{ attempts: 1, spared: 0, sinceLastMs: 0, heldMs: null, wentWellWithin: () => false, random: 1 },
        ...{ because: 'it is not there', isOutage: false },
        ...over,
      },
      { ...policy, retry: { ...policy.retry, holdMs } },
    );
  it('is another attempt, after what is left of the wait for it', () => {
    assert.deepEqual(deny({ attempts: 2, sinceLastMs: 150 }), {
      kind: 'not sent',
      fault: { code: 'ambiguous', detail: 'no clear answer came; it is not there' },
      afterMs: 50,
      spared: false,
      holds: true,
    });
    assert.equal(wait(deny({ attempts: 2, sinceLastMs: 60_000 })), 0);
  });
  it('is the end after the last attempt that counts', () => {
    assert.equal(deny({ attempts: 5 }).kind, 'dead');
    assert.equal(deny({ attempts: 5, spared: 1 }).kind, 'not sent');
  });
  it('makes way after the hold', () => {
    const denied = deny({ heldMs: 1_000 }, 1_000);
    assert.ok(denied.kind === 'not sent' && denied.makesWay?.code === 'held-too-long');
  });
  it('is held against nobody in an outage', () => {
    const denied = deny({ attempts: 500, isOutage: true, heldMs: 2_000 }, 1_000);
    assert.ok(denied.kind === 'not sent' && denied.spared === true);
    assert.deepEqual([denied.holds, denied.makesWay], [false, undefined]);
  });
});
