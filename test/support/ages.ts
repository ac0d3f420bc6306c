/** Ages by a clock that is not known to jump. */
import type { Ages } from '../../src/clock/clock.ts';

export const agesBy = (now: () => number): Ages => ({
  since: time => Math.max(0, now() - time),
  ago: ms => now() - ms,
});
