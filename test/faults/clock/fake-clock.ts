/** The wall clock of one process, set by us while it runs; its monotonic clock goes on as it is. */
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeClock extends Disposable {
  /** For the process whose clock it is to be. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, by that clock. */
  now(): number;
  /** From now on it is so far from ours, at once. */
  set(offsetMs: number): void;
}

const LIBRARIES = ['/usr/lib/*/faketime/libfaketimeMT.so.1', '/usr/lib/faketime/libfaketimeMT.so.1'];

/** Null where libfaketime is not installed. https://github.com/wolfcw/libfaketime */
export function fakeClock(offsetMs = 0): FakeClock | null {
  const [library] = LIBRARIES.flatMap(pattern => globSync(pattern));
  if (library === undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-faults-clock-'));
  const file = join(folder, 'offset');
  let offset = 0;
  const clock: FakeClock = {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    now: () => Date.now() + offset,
    set(ms) {
      offset = ms;
      writeFileSync(file, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1_000}\n`);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  clock.set(offsetMs);
  return clock;
}

export const NO_CLOCK = 'libfaketime is not installed';
