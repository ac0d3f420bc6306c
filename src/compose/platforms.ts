/** What the platforms give away of this machine's clock and of the channel files: by what is refused, and by their own clocks. */
import type { Logger } from '../telemetry/logger.ts';
import { type Refusals, watchRefusals } from './refusals.ts';
import { watchSkew } from './skew.ts';

export interface PlatformWatch extends Refusals {
  /** The `Date` header of an answer to a call of ours. */
  seenDate(date: string): void;
}

export function watchPlatforms(
  channels: Parameters<typeof watchRefusals>[0],
  logger: Pick<Logger, 'warn'>,
): PlatformWatch {
  const skew = watchSkew(logger);
  const refusals = watchRefusals(channels, logger);
  return {
    ...refusals,
    seenDate: skew.seen,
    warnings: () => [skew.warning(), ...refusals.warnings()].filter(warning => warning !== null),
  };
}
