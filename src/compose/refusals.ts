/**
 * Webhooks that are refused, where an operator looks: one line in the log for each channel and reason, and a warning
 * in health while a channel gets nothing else. Only that: whoever knows an address can have requests refused.
 */
import { basename } from 'node:path';
import type { RefusalReason } from '../channels/webhook.ts';
import type { Warning, WarningCode } from '../server/warnings.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface Refusals {
  refused(channel: string, reason: RefusalReason): void;
  /** Ends the channel's warnings; a handshake, which some platforms do not sign, ends those of handshakes alone. */
  verified(channel: string, kind: 'handshake' | 'event'): void;
  /** Of each channel and reason; empty where something is taken, or little was refused. */
  warnings(): readonly Warning[];
}

/** As many as a platform makes of one event by sending it again. */
const ENOUGH = 3;
const WARN_FOR_MS = 24 * 3_600_000;
/** So often at the most does the log repeat it, of each channel and reason. */
const TELL_EVERY_MS = 3_600_000;

interface Count {
  count: number;
  lastAt: number;
}

interface Told {
  at: number;
  /** Those that came since, and are told of with the next line. */
  untold: number;
}

/** `now` never jumps. */
export function watchRefusals(
  /** The channel's file; undefined where there is no such channel, or none any more. */
  fileOf: (channel: string) => string | undefined,
  logger: Pick<Logger, 'warn'>,
  now: () => number = () => performance.now(),
): Refusals {
  const named = (channel: string): string => basename(fileOf(channel) ?? 'the channel file');
  /** By channel, since the last that was verified. */
  const counts = new Map<string, Map<RefusalReason, Count>>();
  const told = new Map<string, Told>();

  function tell(channel: string, reason: RefusalReason): void {
    const key = `${channel} ${reason}`;
    const last = told.get(key) ?? { at: Number.NEGATIVE_INFINITY, untold: 0 };
    last.untold++;
    told.set(key, last);
    if (now() - last.at < TELL_EVERY_MS) return;
    const fields = { code: CODES[reason], channel, reason, count: last.untold };
    logger.warn(fields, `webhooks are refused: ${whatToDo(reason, named(channel))}`);
    told.set(key, { at: now(), untold: 0 });
  }

  return {
    refused(channel, reason) {
      // What nobody mounted has no file, and the counts stay as few as there are channels.
      if (fileOf(channel) === undefined) return;
      const ofChannel = counts.get(channel) ?? new Map<RefusalReason, Count>();
      counts.set(channel, ofChannel);
      ofChannel.set(reason, { count: (ofChannel.get(reason)?.count ?? 0) + 1, lastAt: now() });
      tell(channel, reason);
    },
    verified(channel, kind) {
      if (kind === 'event') counts.delete(channel);
      else counts.get(channel)?.delete('wrong-verify-token');
    },
    warnings: () =>
      [...counts]
        .filter(([channel]) => fileOf(channel) !== undefined)
        .flatMap(([channel, ofChannel]) =>
          [...ofChannel]
            .filter(([, { count, lastAt }]) => count >= ENOUGH && now() - lastAt <= WARN_FOR_MS)
            .map(
              ([reason, { count }]): Warning =>
                `${CODES[reason]}: ${toldOf(channel, reason, count)}; ${whatToDo(reason, named(channel))}`,
            ),
        ),
  };
}

const toldOf = (channel: string, reason: RefusalReason, count: number): string =>
  `${count} requests to /webhooks/${channel} were refused as ${reason}, and none was taken since the first`;

const REFUSED = 'webhooks_refused';
const SKEW = 'clock_skew';

const CODES: Readonly<Record<RefusalReason, WarningCode>> = {
  'missing-signature': REFUSED,
  'doubled-signature': REFUSED,
  'malformed-signature': REFUSED,
  'wrong-signature': REFUSED,
  'malformed-timestamp': REFUSED,
  'stale-timestamp': SKEW,
  'future-timestamp': SKEW,
  'wrong-verify-token': REFUSED,
  'not-allowed': REFUSED,
  unverifiable: REFUSED,
};

const SOMEBODY_ELSE = 'or something else than the platform sends them';
const ON_THE_WAY = 'a proxy on the way changes their headers';
const CLOCK =
  'the clock of this machine or of the platform is off: compare `date -u` with the true time and set it';

/** For people: what is likely wrong, where, and what sets it right. */
function whatToDo(reason: RefusalReason, file: string): string {
  switch (reason) {
    case 'missing-signature':
      return `they carry no signature: ${ON_THE_WAY}, ${SOMEBODY_ELSE}`;
    case 'doubled-signature':
      return `they carry two signatures: ${ON_THE_WAY}, ${SOMEBODY_ELSE}`;
    case 'malformed-signature':
    case 'malformed-timestamp':
      return `they are not signed as the platform signs: ${ON_THE_WAY}, ${SOMEBODY_ELSE}`;
    case 'wrong-signature':
      return `the signing secret or app id in ${file} is not the platform's: copy it from there again, ${SOMEBODY_ELSE}`;
    case 'stale-timestamp':
      return `by this machine's clock they are too old: ${CLOCK}`;
    case 'future-timestamp':
      return `by this machine's clock they come from the future: ${CLOCK}`;
    case 'wrong-verify-token':
      return `the verify token in ${file} is not the one that was entered at the platform, ${SOMEBODY_ELSE}`;
    case 'not-allowed':
      return `they are for another account, or from another address, than ${file} names`;
    case 'unverifiable':
      return "nobody can say who sent them: see that this machine reaches the address of the platform's keys";
  }
}
