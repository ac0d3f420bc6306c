/** Webhooks signed with the secret before: who rotates one must know when the platform has let go of it. */
import { basename } from 'node:path';
import type { Warning } from '../server/warnings.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface Rotation {
  /** A webhook of this channel was signed with the secret before. */
  previous(channel: string): void;
  /** Of each channel, for a day behind the last. */
  warnings(): readonly Warning[];
}

const WARN_FOR_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
const CODE = 'previous_secret';

/** `now` never jumps. */
export function watchRotation(
  /** The channel's file; undefined where there is no such channel, or none any more. */
  fileOf: (channel: string) => string | undefined,
  logger: Pick<Logger, 'warn'>,
  now: () => number = () => performance.now(),
): Rotation {
  const lastAt = new Map<string, number>();
  const isRecent = (at: number): boolean => now() - at <= WARN_FOR_MS;
  const whatToDo = (channel: string): string =>
    `keep it in ${basename(fileOf(channel) ?? 'the channel file')} while the platform uses it`;

  return {
    previous(channel) {
      if (!isRecent(lastAt.get(channel) ?? Number.NEGATIVE_INFINITY))
        logger.warn(
          { code: CODE, channel },
          `webhooks come signed with the previous secret: ${whatToDo(channel)}`,
        );
      lastAt.set(channel, now());
    },
    warnings: () =>
      [...lastAt]
        .filter(([channel, at]) => isRecent(at) && fileOf(channel) !== undefined)
        .map(([channel, at]): Warning => {
          const minutes = Math.floor((now() - at) / MINUTE_MS);
          const when = minutes === 0 ? 'within the last minute' : `${minutes} min ago`;
          return `${CODE}: /webhooks/${channel} was called with the previous secret ${when}; ${whatToDo(channel)}`;
        }),
  };
}
