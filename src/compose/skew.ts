/** Whether the platforms' clocks agree with this machine's, by the `Date` header of their answers to our calls. */
import type { Warning } from '../server/warnings.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SkewWatch {
  /** The header of an answer that has just come. */
  seen(date: string): void;
  /** Null while the clocks agree, and while too little was heard. */
  warning(): Warning | null;
}

const ALARM_MS = 60_000;
/** The middle one of so many counts: a platform that is wrong, or a page from a cache, is outvoted. */
const LOOKED_AT = 5;
const ENOUGH = 3;
const TELL_EVERY_MS = 3_600_000;
/** What was heard so long ago says nothing of a clock that may have been set since. */
const WORTH_MS = 2 * 3_600_000;

export interface SkewSources {
  readonly wall: () => number;
  readonly monotonic: () => number;
}

const MACHINE: SkewSources = { wall: Date.now, monotonic: () => performance.now() };

export function watchSkew(logger: Pick<Logger, 'warn'>, { wall, monotonic } = MACHINE): SkewWatch {
  /** How far this machine is ahead, the newest last. */
  const heard: { readonly aheadMs: number; readonly at: number }[] = [];
  let toldAt = Number.NEGATIVE_INFINITY;

  function warning(): Warning | null {
    const recent = heard.filter(({ at }) => monotonic() - at < WORTH_MS);
    const ahead = recent.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b);
    const byMs = ahead[Math.floor(ahead.length / 2)];
    if (byMs === undefined || ahead.length < ENOUGH || Math.abs(byMs) <= ALARM_MS) return null;
    return `clock_skew: ${toldOf(byMs)}`;
  }

  return {
    seen(date) {
      const told = Date.parse(date);
      if (!Number.isFinite(told)) return;
      heard.push({ aheadMs: wall() - told, at: monotonic() });
      if (heard.length > LOOKED_AT) heard.shift();
      const text = warning();
      if (text === null || monotonic() - toldAt < TELL_EVERY_MS) return;
      toldAt = monotonic();
      logger.warn({ code: 'clock_skew' }, text);
    },
    warning,
  };
}

function toldOf(byMs: number): string {
  const seconds = Math.round(Math.abs(byMs) / 1_000);
  const way = byMs > 0 ? 'ahead of' : 'behind';
  return (
    `the clock of this machine is ${seconds} s ${way} the platforms'; at five minutes their webhooks are refused: ` +
    'compare `date -u` with the true time and set it'
  );
}
