/** Dead letters that nobody decides on: they are kept however old, and after a time somebody is told of them. */
import type { Ages } from '../clock/clock.ts';
import type { Warning } from '../server/warnings.ts';
import type { DeadLetterDesk } from '../storage/dead-letters.ts';
import type { Logger } from '../telemetry/logger.ts';
import { hourly } from './hourly.ts';

export interface OldLetters extends AsyncDisposable {
  /** As it was within the last hour; null when none is old. */
  warning(): Warning | null;
}

/** So often at the most does the log repeat it. */
const TELL_EVERY_MS = 23 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

export interface OldLettersParts {
  readonly store: Pick<DeadLetterDesk, 'deadLetterGroups'>;
  readonly ages: Pick<Ages, 'ago'>;
  readonly logger: Pick<Logger, 'warn'>;
}

export function watchOldLetters(afterMs: number, { store, ages, logger }: OldLettersParts): OldLetters {
  let warning: Warning | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    const groups = await store.deadLetterGroups({ until: ages.ago(afterMs) });
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    warning = count === 0 ? null : `old_dead_letters: ${toldOf(count, afterMs)}`;
    if (count === 0 || performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    logger.warn({ code: 'old_dead_letters', count }, toldOf(count, afterMs));
  }

  const looking = hourly(look, 'how old the dead letters are could not be seen', logger);
  return { warning: () => warning, [Symbol.asyncDispose]: () => looking[Symbol.asyncDispose]() };
}

const toldOf = (count: number, afterMs: number): string =>
  `${count} dead ${count === 1 ? 'letter waits' : 'letters wait'} for a decision, for ${timeOf(afterMs)} and longer; ` +
  'see patchbay dlq list';

const timeOf = (ms: number): string =>
  ms >= DAY_MS ? `${Math.floor(ms / DAY_MS)} days` : `${Math.round(ms / 36_000) / 100} hours`;
