/** The hub's clock on clocks of the test's own. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClockState, createClock, type Jump, LONGEST_DOWN_MS } from '../../src/clock/clock.ts';
import { keepClockState, readClockState } from '../../src/clock/kept.ts';
import { temporaryFolder } from '../support/folder.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BEGAN = 1_700_000_000_000;

/** A machine with its clocks; `boot` null: one that does not tell. */
function machine(boot: string | null = 'first') {
  const at = { wall: BEGAN, monotonic: 500, uptime: 9 * HOUR, boot };
  const jumps: Jump[] = [];
  return {
    at,
    jumps,
    pass(ms: number) {
      at.wall += ms;
      at.monotonic += ms;
      at.uptime += ms;
    },
    sleep(ms: number) {
      at.wall += ms;
      at.uptime += ms;
    },
    reboot(ms: number) {
      Object.assign(at, { wall: at.wall + ms, monotonic: 1_000, uptime: MINUTE, boot: 'second' });
    },
    clock: (left: ClockState | null = null) =>
      createClock(
        {
          wall: () => at.wall,
          monotonic: () => at.monotonic,
          uptime: () => (boot === null ? null : at.uptime),
          boot: at.boot,
        },
        left,
        jump => jumps.push(jump),
      ),
  };
}

describe('the clock', () => {
  it('counts the time that went by', () => {
    const { clock, pass, jumps } = machine();
    const made = clock();
    pass(HOUR);
    assert.equal(made.since(BEGAN), HOUR);
    assert.equal(made.ago(HOUR), BEGAN);
    assert.equal(made.warning(), null);
    assert.deepEqual(jumps, []);
  });

  for (const byMs of [2 * HOUR, DAY, 30 * DAY, -5 * HOUR, -DAY]) {
    it(`makes nothing older or younger when the wall clock is set by ${byMs / HOUR} h, and says so`, () => {
      const { at, clock, pass, jumps } = machine();
      const made = clock();
      pass(HOUR);
      at.wall += byMs;
      assert.equal(made.since(BEGAN), HOUR);
      pass(HOUR);
      assert.equal(made.since(BEGAN), 2 * HOUR);
      assert.equal(jumps.length, 1);
      assert.equal(jumps[0]?.byMs, byMs);
      assert.match(made.warning() ?? '', byMs > 0 ? /^clock_skew: .* forward by/ : /^clock_skew: .* back by/);
      pass(DAY);
      assert.equal(made.warning(), null);
    });
  }

  it('knows what other threads noted before it saw the jump', () => {
    for (const byMs of [DAY, -DAY]) {
      const { at, clock, pass } = machine();
      const made = clock();
      pass(HOUR);
      made.look();
      pass(2_000);
      const before = at.wall;
      at.wall += byMs;
      const after = at.wall;
      pass(3_000);
      assert.deepEqual([made.since(before), made.since(after)], [3_000, 3_000]);
      pass(HOUR);
      assert.deepEqual([made.since(before), made.since(after)], [HOUR + 3_000, HOUR + 3_000]);
    }
  });

  it('takes a time that the clock showed twice for the later one', () => {
    const { at, clock, pass } = machine();
    const made = clock();
    pass(HOUR);
    at.wall -= 2 * HOUR;
    assert.equal(made.since(BEGAN), HOUR, 'it has shown this once until now');
    pass(HOUR + 1_000);
    assert.equal(made.since(BEGAN), 1_000);
  });

  it('takes what a clock is put right by as time', () => {
    const { at, clock, jumps } = machine();
    const made = clock();
    at.wall += MINUTE;
    assert.equal(made.since(BEGAN), MINUTE);
    at.wall += 1_000;
    assert.equal(made.since(BEGAN), 0);
    assert.deepEqual(jumps, [{ at: BEGAN + MINUTE + 1_000, byMs: MINUTE + 1_000 }]);
  });

  it('counts the time the machine slept', () => {
    const { clock, sleep, jumps } = machine();
    const made = clock();
    sleep(8 * HOUR);
    assert.equal(made.since(BEGAN), 8 * HOUR);
    assert.deepEqual(jumps, []);
  });

  it('tells sleep and a jump from each other where there were both', () => {
    const { at, clock, sleep, jumps } = machine();
    const made = clock();
    sleep(8 * HOUR);
    at.wall += DAY;
    assert.equal(made.since(BEGAN), 8 * HOUR);
    assert.equal(jumps[0]?.byMs, DAY);
  });

  it('never counts less than nothing', () => {
    const { clock } = machine();
    assert.equal(clock().since(BEGAN + DAY), 0);
  });

  it('knows of a jump after a restart', () => {
    const one = machine();
    const before = one.clock();
    one.pass(HOUR);
    one.at.wall += DAY;
    const left = before.state();
    one.pass(HOUR);
    const after = one.clock(left);
    assert.equal(after.since(BEGAN), 2 * HOUR);
    assert.match(after.warning() ?? '', /^clock_skew/);
    assert.equal(one.jumps.length, 1);
  });

  it('knows what the time was in which the hub was down, by the uptime of the machine', () => {
    for (const byMs of [0, DAY, -DAY, 60 * DAY]) {
      const one = machine();
      const left = one.clock().state();
      one.pass(3 * HOUR);
      one.at.wall += byMs;
      assert.equal(one.clock(left).since(BEGAN), 3 * HOUR);
    }
  });

  it('believes the wall clock after the machine began anew, within bounds', () => {
    for (const [saysMs, countsMs] of [
      [HOUR, HOUR],
      [2 * DAY, 2 * DAY],
      [60 * DAY, LONGEST_DOWN_MS],
      [-60 * DAY, 0],
    ] as const) {
      const one = machine();
      const left = one.clock().state();
      one.reboot(saysMs);
      assert.equal(one.clock(left).since(BEGAN), countsMs);
      assert.equal(one.jumps.length, saysMs === countsMs ? 0 : 1);
    }
  });

  it('does the same on a machine that tells of no boot', () => {
    const one = machine(null);
    const left = one.clock().state();
    one.pass(HOUR);
    assert.equal(one.clock(left).since(BEGAN), HOUR);
    one.at.wall += 60 * DAY;
    assert.equal(one.clock(left).since(BEGAN), LONGEST_DOWN_MS);
  });
});

describe('what is kept of the clock', () => {
  it('is read as it was written', async () => {
    using folder = temporaryFolder();
    assert.equal(readClockState(folder.path), null);
    const { at, clock } = machine();
    const made = clock();
    at.wall += DAY;
    const state = made.state();
    await keepClockState(folder.path, state);
    assert.deepEqual(readClockState(folder.path), state);
  });

  it('is nothing where the file is not whole', async () => {
    using folder = temporaryFolder();
    await keepClockState(folder.path, machine().clock().state());
    for (const text of ['', '{"wall":1', '{"wall":1,"uptime":null,"boot":null,"past":[]}']) {
      writeFileSync(join(folder.path, 'clock.json'), text);
      assert.equal(readClockState(folder.path), null);
    }
  });
});
