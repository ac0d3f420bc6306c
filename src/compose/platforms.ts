/** What the platforms give away of this machine's clock and of the channel files: by what is refused, and by their own clocks. */
import type { SigningSecret } from '../channels/webhook.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type Refusals, watchRefusals } from './refusals.ts';
import { watchRotation } from './rotation.ts';
import { watchSkew } from './skew.ts';

export interface PlatformWatch extends Omit<Refusals, 'verified'> {
  /** As in `Refusals`, with the secret that it was signed with. */
  verified(channel: string, kind: 'handshake' | 'event', secret: SigningSecret): void;
  /** The `Date` header of an answer to a call of ours. */
  seenDate(date: string): void;
}

export function watchPlatforms(
  fileOf: Parameters<typeof watchRefusals>[0],
  logger: Pick<Logger, 'warn'>,
): PlatformWatch {
  const skew = watchSkew(logger);
  const refusals = watchRefusals(fileOf, logger);
  const rotation = watchRotation(fileOf, logger);
  return {
    ...refusals,
    verified(channel, kind, secret) {
      refusals.verified(channel, kind);
      if (secret === 'previous') rotation.previous(channel);
    },
    seenDate: skew.seen,
    warnings: () =>
      [skew.warning(), ...refusals.warnings(), ...rotation.warnings()].filter(warning => warning !== null),
  };
}
