/** The hub's clock: this machine's, watched, and what is known of its jumps kept from one process to the next. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { type Clock, createClock, type Jump, type Sources } from '../clock/clock.ts';
import { keepClockState, readClockState } from '../clock/kept.ts';
import type { Logger } from '../telemetry/logger.ts';

const LOOK_MS = 10_000;

/** Differs from one start of the machine to the next; only Linux tells. */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null;
  } catch {
    return null;
  }
}

const machine = (): Sources => ({
  wall: Date.now,
  monotonic: () => performance.now(),
  uptime: () => uptime() * 1_000,
  boot: bootId(),
});

export interface RunningClock extends Clock, AsyncDisposable {}

/** On a data folder that is this process's own; what is known is kept there for as long as it `isOurs`. */
export function startClock(
  dir: string,
  logger: Logger,
  isOurs: () => boolean,
  sources: Sources = machine(),
): RunningClock {
  const told = ({ at, byMs }: Jump): void =>
    logger.warn({ code: 'clock_skew', byMs, at }, 'the wall clock was set; ages do not count it');
  const clock = createClock(sources, readClockState(dir), told);
  let keeping = Promise.resolve();
  let isKeeping = false;
  let isTroubled = false;

  async function keep(): Promise<void> {
    if (!isOurs()) return;
    try {
      await keepClockState(dir, clock.state());
      isTroubled = false;
    } catch (error) {
      // As on a full disk: the next start believes the wall clock, and the store has told of the disk.
      if (!isTroubled) logger.warn({ err: error }, 'what is known of the clock could not be kept');
      isTroubled = true;
    }
  }

  function tick(): void {
    clock.look();
    // A disk that takes very long is not given a second write.
    if (isKeeping) return;
    isKeeping = true;
    keeping = keep().finally(() => {
      isKeeping = false;
    });
  }

  tick();
  const timer = setInterval(tick, LOOK_MS).unref();
  return {
    ...clock,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await keeping;
      await keep();
    },
  };
}
