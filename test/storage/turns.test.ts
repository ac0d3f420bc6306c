/** Who gets how many of the sends, over the claims of the lanes. */
import assert from 'node:assert/strict';
import { fifo } from '../../src/storage/fifo.ts';
import { Lanes } from '../../src/storage/lanes.ts';
import { type Allowance, accountKey, FRESH_MS } from '../../src/storage/turns.ts';

const allowing = (accounts: Record<string, number>, tenants: Record<string, number> = {}): Allowance => ({
  perTenant: 1_000,
  perAccount: 1_000,
  accounts: new Map(Object.entries(accounts)),
  tenants: new Map(Object.entries(tenants)),
});

function subjectAt(clock: { now: number }): Lanes {
  return new Lanes(
    () => {},
    () => clock.now,
  );
}

/** Claims and finishes, one at a time; which items. */
function drain(subject: Lanes, count: number, allowance?: Allowance): readonly number[] {
  return Array.from({ length: count }).flatMap(() => {
    const claims = subject.claim(1, 'clean', allowance);
    for (const { lane, item } of claims) subject.done(lane, item);
    return claims.map(({ item }) => item);
  });
}

describe('turns', () => {
  it('gives an account no more than it is allowed, and others what is left', () => {
    const subject = subjectAt({ now: 0 });
    for (let n = 0; n < 20; n++) {
      subject.add(n, 'a', n, 0, { account: 'a/1' });
      subject.add(100 + n, 'a', 100 + n, 0, { account: 'a/2' });
    }
    const claims = subject.claim(10, 'clean', allowing({ 'a/1': 3 }));
    assert.equal(claims.filter(({ item }) => item < 100).length, 3);
    assert.equal(claims.length, 10);
  });

  it('gives a closed account nothing, and all of it in order once it is open', () => {
    const subject = subjectAt({ now: 0 });
    for (let n = 0; n < 5; n++) subject.add(n, 'a', n, 0, { account: 'a/1' });
    assert.deepEqual(subject.claim(10, 'clean', allowing({ 'a/1': 0 })), []);
    assert.deepEqual(drain(subject, 5), [0, 1, 2, 3, 4]);
  });

  it('gives a tenant no more than it is allowed over all its accounts', () => {
    const subject = subjectAt({ now: 0 });
    for (let n = 0; n < 20; n++) subject.add(n, 'a', n, 0, { account: accountKey('a', String(n % 4)) });
    subject.add(99, 'b', 99, 0, { account: 'b/1' });
    const items = subject.claim(10, 'clean', allowing({}, { a: 2 })).map(({ item }) => item);
    assert.equal(items.length, 3);
    assert.ok(items.includes(99));
  });

  it('passes over tenants that are allowed nothing, however many, and forgets none of them', () => {
    const subject = subjectAt({ now: 0 });
    for (const [n, tenant] of ['a', 'b', 'c', 'd'].entries())
      subject.add(n, tenant, n, 0, { account: accountKey(tenant, '1') });
    const closed = allowing({ 'c/1': 0 }, { a: 0, b: 0 });
    assert.deepEqual(
      subject.claim(10, 'clean', closed).map(({ item }) => item),
      [3],
    );
    assert.deepEqual(drain(subject, 4), [0, 1, 2]);
  });

  it('takes turns between tenants, whoever floods', () => {
    const subject = subjectAt({ now: 0 });
    for (let n = 0; n < 50; n++) subject.add(n, 'flood', n, 0, { account: 'flood/1' });
    for (let n = 100; n < 103; n++) subject.add(n, 'a', n, 0, { account: 'a/1' });
    for (let n = 200; n < 203; n++) subject.add(n, 'b', n, 0, { account: 'b/1' });
    assert.deepEqual(drain(subject, 10), [0, 100, 200, 1, 101, 201, 2, 102, 202, 3]);
  });

  it('takes turns between the accounts of a tenant', () => {
    const subject = subjectAt({ now: 0 });
    for (let n = 0; n < 50; n++) subject.add(n, 'a', n, 0, { account: 'a/flood' });
    subject.add(99, 'a', 99, 0, { account: 'a/quiet' });
    assert.ok(drain(subject, 2).includes(99));
  });

  it('gives fresh conversations a fifth while a backlog drains, both in the order they came', () => {
    const clock = { now: 0 };
    const subject = subjectAt(clock);
    for (let n = 0; n < 1_000; n++) subject.add(n, 'a', n, 0, { account: 'a/1' });
    clock.now = FRESH_MS;
    for (let n = 1_000; n < 1_100; n++) subject.add(n, 'a', n, 0, { account: 'a/1' });
    const first = drain(subject, 500);
    const fresh = first.filter(item => item >= 1_000);
    const backlog = first.filter(item => item < 1_000);
    assert.equal(fresh.length, 100);
    assert.deepEqual(
      fresh,
      [...fresh].sort((one, other) => one - other),
    );
    assert.deepEqual(
      backlog,
      [...backlog].sort((one, other) => one - other),
    );
    assert.deepEqual(drain(subject, 600).length, 600);
    assert.equal(subject.size, 0);
  });

  it('takes what was loaded with its age for as old as it is', () => {
    const subject = subjectAt({ now: 0 });
    for (let n = 0; n < 10; n++) subject.add(n, 'a', n, 0, { account: 'a/1', ageMs: FRESH_MS });
    for (let n = 10; n < 20; n++) subject.add(n, 'a', n, 0, { account: 'a/1' });
    assert.equal(drain(subject, 10).filter(item => item >= 10).length, 2);
  });

  it('passes over who gave up its place, and gives it out once only', () => {
    const subject = subjectAt({ now: 0 });
    subject.add(1, 'a', 10);
    subject.add(1, 'a', 11);
    subject.done(1, 10);
    assert.deepEqual(subject.claim(5), [{ lane: 1, item: 11 }]);
    assert.deepEqual(subject.claim(5), []);
  });
});

describe('first in, first out', () => {
  it('gives back everything in order, also when much was taken in between', () => {
    const subject = fifo<number>();
    const taken: number[] = [];
    for (let n = 0; n < 10_000; n++) {
      subject.push(n);
      if (n % 3 !== 0) taken.push(subject.shift() ?? -1);
    }
    while (subject.size > 0) taken.push(subject.shift() ?? -1);
    assert.deepEqual(
      taken,
      Array.from({ length: 10_000 }, (_, n) => n),
    );
    assert.deepEqual([subject.shift(), subject.first(), subject.size], [undefined, undefined, 0]);
  });
});
