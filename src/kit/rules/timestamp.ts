/** A signed time: requests that are old, from the future, or whose time is none. */
import { openChannel, signed, verdict } from '../bench.ts';
import { recordingsOf } from '../recordings.ts';
import { needing, type Rule, rulesOf } from '../rule.ts';
import { KIT_NOW_MS, type Subject } from '../subject.ts';
import { assertRefused, assertTaken, withHeader, withoutHeader } from './signature.ts';

const timestamp = (subject: Subject) =>
  'none' in subject.signature
    ? subject.signature
    : (subject.signature.timestamp ?? { none: 'the platform signs no time' });

/** Signed properly, but at another time than now. */
const timed = (secondsAway: (tolerance: number) => number, taken: boolean) =>
  needing(timestamp, async ({ toleranceSeconds }, subject) => {
    const [recording] = recordingsOf(subject);
    const atMs = KIT_NOW_MS + secondsAway(toleranceSeconds) * 1000;
    const given = await verdict(
      openChannel(subject),
      await signed(subject, recording?.request ?? {}, { atMs }),
    );
    if (taken) assertTaken(given, 'signed within the tolerance');
    else assertRefused(given, 'signed outside the tolerance');
  });

const ODD_TIMES = ['1700000000abc', '1e9', '0x10', ' 12 ', '-1', 'NaN', '12345678901234567890', ''];

export const timestampRules: readonly Rule[] = rulesOf('signature', {
  'timestamp-stale': timed(tolerance => -(tolerance + 1), false),
  'timestamp-future': timed(tolerance => tolerance + 1, false),
  'timestamp-just-in-time': timed(tolerance => -(tolerance - 1), true),
  'timestamp-malformed': needing(timestamp, async ({ header }, subject) => {
    const [recording] = recordingsOf(subject);
    const genuine = await signed(subject, recording?.request ?? {});
    const channel = openChannel(subject);
    const value = genuine.headers[header]?.[0] ?? '';
    for (const values of [...ODD_TIMES.map(odd => [odd]), [value, value], []])
      assertRefused(await verdict(channel, withHeader(genuine, header, values)), `the time ${values}`);
    assertRefused(await verdict(channel, withoutHeader(genuine, header)), 'no time');
  }),
});
