/** What waits for a message of its conversation that has not come: in memory, each with the end of its wait. */

interface Entry {
  readonly item: number;
  /** The platform's id of the message. */
  readonly target: string;
  readonly timer: NodeJS.Timeout;
}

export interface Awaiting {
  /** Whether one more may wait in this lane. */
  hasRoom(lane: number): boolean;
  /** Whether anything of the lane waits. */
  isAwaited(lane: number): boolean;
  /** Where the time is up before the message has come it waits no more, and `onEnd` is called. */
  add(entry: { readonly lane: number; readonly item: number; readonly target: string }, wait: Wait): void;
  /** Those that wait for any of these wait no more: which they are, in the order in which they were accepted. */
  take(lane: number, targets: readonly string[]): readonly number[];
}

export interface Wait {
  readonly ms: number;
  readonly onEnd: () => void;
}

/** A conversation has no more than a few edits on the way at once; what is more comes from somebody who plays. */
const MAX_A_LANE = 20;
const MAX_OF_ALL = 20_000;

export function awaiting(): Awaiting {
  const lanes = new Map<number, Entry[]>();
  let size = 0;

  function remove(lane: number, isGone: (entry: Entry) => boolean): readonly number[] {
    const entries = lanes.get(lane) ?? [];
    const gone = entries.filter(isGone);
    const left = entries.filter(entry => !gone.includes(entry));
    for (const { timer } of gone) clearTimeout(timer);
    size -= gone.length;
    if (left.length > 0) lanes.set(lane, left);
    else lanes.delete(lane);
    return gone.map(({ item }) => item).sort((one, other) => one - other);
  }

  return {
    hasRoom: lane => size < MAX_OF_ALL && (lanes.get(lane)?.length ?? 0) < MAX_A_LANE,
    isAwaited: lane => lanes.has(lane),
    add({ lane, item, target }, { ms, onEnd }) {
      // Runs on the monotonic clock: a jump of the wall clock ends no wait.
      const timer = setTimeout(() => {
        remove(lane, entry => entry.timer === timer);
        onEnd();
      }, ms);
      timer.unref();
      const entries = lanes.get(lane) ?? [];
      entries.push({ item, target, timer });
      lanes.set(lane, entries);
      size++;
    },
    take: (lane, targets) => remove(lane, entry => targets.includes(entry.target)),
  };
}
