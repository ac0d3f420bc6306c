import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Lanes } from '../../src/storage/lanes.ts';

const lanes = (): Lanes => new Lanes(() => {});

describe('lanes', () => {
  it('gives every item once, in order within its lane, whatever is done in between', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), lane: fc.integer({ min: 0, max: 4 }) }),
      fc.record({ kind: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('done' as const), which: fc.nat(9) }),
      fc.record({ kind: fc.constant('hold' as const), which: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const subject = lanes();
        const added = new Map<number, number[]>();
        const finished = new Map<number, number[]>();
        let claimed: { lane: number; item: number }[] = [];
        let next = 0;
        const finish = (claim: { lane: number; item: number }): void => {
          subject.done(claim.lane, claim.item);
          finished.set(claim.lane, [...(finished.get(claim.lane) ?? []), claim.item]);
        };
        const claim = (limit: number): void => {
          const got = subject.claim(limit);
          for (const one of got)
            assert.ok(!claimed.some(other => other.lane === one.lane), 'a lane is claimed once');
          claimed.push(...got);
        };
        for (const at of steps) {
          if (at.kind === 'add') {
            added.set(at.lane, [...(added.get(at.lane) ?? []), next]);
            subject.add(at.lane, `tenant${at.lane % 2}`, next++);
          } else if (at.kind === 'claim') {
            claim(at.limit);
          } else {
            const one = claimed[at.which];
            if (one === undefined) continue;
            claimed = claimed.filter(other => other !== one);
            if (at.kind === 'done') finish(one);
            else subject.hold(one.lane, one.item, 0);
          }
        }
        for (;;) {
          claim(10);
          if (claimed.length === 0) break;
          for (const one of claimed) finish(one);
          claimed = [];
        }
        assert.deepEqual(new Map([...finished].sort()), new Map([...added].sort()));
        assert.equal(subject.size, 0);
      }),
      { numRuns: 500 },
    );
  });

  it('lets a waiting lane be woken, and its head be finished while it waits', () => {
    const subject = lanes();
    subject.add(1, 't', 10);
    subject.add(1, 't', 11);
    subject.claim(1);
    subject.hold(1, 10, 60_000);
    assert.deepEqual(subject.claim(1), []);
    subject.done(1, 10);
    assert.deepEqual(subject.claim(1), [{ lane: 1, item: 11 }]);
    subject.hold(1, 11, 60_000);
    subject.wake(1);
    assert.deepEqual(subject.claim(1), [{ lane: 1, item: 11 }]);
    subject.clear();
  });

  it('hold no lane for an item that was finished from outside: it is somebody else’s', () => {
    const subject = lanes();
    subject.add(1, 't', 10);
    subject.add(1, 't', 11);
    subject.claim(1);
    subject.done(1, 10);
    assert.deepEqual(subject.claim(1), [{ lane: 1, item: 11 }]);
    subject.hold(1, 10, 0);
    assert.deepEqual(subject.claim(1), []);
    subject.hold(1, 11, 0);
    assert.deepEqual(subject.claim(1), [{ lane: 1, item: 11 }]);
  });
});
