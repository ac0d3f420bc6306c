/** How often a bot may do something in one conversation. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit */
import type { AccountContext } from '../platform.ts';
import { remembered } from '../remembered.ts';

/** At most so many in so many milliseconds. */
type Window = readonly [count: number, ms: number];

const SENDS: readonly Window[] = [
  [7, 1_000],
  [8, 2_000],
  [60, 30_000],
  [1_800, 3_600_000],
];
const READS: readonly Window[] = [
  [14, 1_000],
  [16, 2_000],
  [120, 30_000],
  [3_600, 3_600_000],
];
/** For all conversations of an organisation together. */
const ALL: readonly Window[] = [[50, 1_000]];

export interface Rates {
  /** 0 when taken, else how many milliseconds until it may be tried again. `times`: what counts more than once. */
  send(conversation: string, times: number): number;
  read(conversation: string): number;
}

const MAX_CONVERSATIONS = 10_000;

export function rates({ behaviour, now }: AccountContext): Rates {
  if (behaviour.rates === 'none') return { send: () => 0, read: () => 0 };
  const all = windows(ALL, now);
  const sends = windows(SENDS, now);
  const reads = windows(READS, now);
  const both = (own: Windows, key: string, times: number): number => {
    const wait = Math.max(own.wait(key), all.wait(''));
    if (wait > 0) return wait;
    for (let time = 0; time < times; time++) own.note(key);
    all.note('');
    return 0;
  };
  return {
    send: (conversation, times) => both(sends, conversation, times),
    read: conversation => both(reads, conversation, 1),
  };
}

interface Windows {
  wait(key: string): number;
  note(key: string): void;
}

/** Remembers when things were done; what no window reaches any more is forgotten. */
function windows(limits: readonly Window[], now: () => number): Windows {
  const done = remembered<readonly number[]>(MAX_CONVERSATIONS);
  const longest = Math.max(...limits.map(([, ms]) => ms));
  const recent = (key: string): readonly number[] => (done.get(key) ?? []).filter(at => at > now() - longest);
  return {
    wait(key) {
      const times = recent(key);
      const waits = limits.map(([count, ms]) => {
        // The one that has to leave the window before another may enter it.
        const first = times.at(-count);
        return first === undefined ? 0 : first + ms - now();
      });
      return Math.max(0, ...waits);
    },
    note(key) {
      done.set(key, [...recent(key), now()]);
    },
  };
}
