import assert from 'node:assert/strict';
import { settlementOf } from '../../src/delivery/policy.ts';
import { FAULTS, type FaultCode, failed } from '../../src/message/fault.ts';

const policy = {
  retry: { maxAttempts: 5, baseMs: 100, maxMs: 400 },
  timeoutMs: 1_000,
  ambiguous: { waitMs: 60_000, policy: 'resend' },
} as const;
const settle = (
  code: FaultCode,
  over: { attempts?: number; idempotent?: boolean; random?: number; retryAfterMs?: number } = {},
) => {
  const { attempts = 1, idempotent = false, random = 1, retryAfterMs } = over;
  const result = failed(code, 'x', retryAfterMs === undefined ? {} : { retryAfterMs });
  return settlementOf({ result, attempts, idempotent, random }, policy);
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
  it('gives up at the last attempt', () => {
    assert.equal(settle('unavailable', { attempts: 5 }).kind, 'dead');
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
  });
});
