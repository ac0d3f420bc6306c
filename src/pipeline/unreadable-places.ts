/** Places of the log that the disk does not give at the moment: waited for, and given up only where that lasts. */
import { formatPosition, isBefore, type LogBatch, type Position } from '../storage/log.ts';

/** A path that is switched, a server that starts anew, a device that is reset: all of that is over by then. */
export const LASTING_MS = 5 * 60_000;

/** What was read, without what may yet be there: up to the first place that has not failed for long. */
export type Ripe =
  | { readonly kind: 'batch'; readonly batch: LogBatch }
  /** There is nothing before that place. */
  | { readonly kind: 'wait'; readonly place: Position };

/** To be given each batch, read from where the one before was taken in. `now`: of a clock that nobody sets. */
export function ripening(now: () => number): (batch: LogBatch) => Ripe {
  /** Since when each has been failing, at every look. */
  let failing: ReadonlyMap<string, number> = new Map();
  return batch => {
    const at = now();
    const places = batch.unreadable.map(place => {
      const name = formatPosition(place);
      return { place, name, since: failing.get(name) ?? at };
    });
    failing = new Map(places.map(({ name, since }) => [name, since]));
    const [first] = places
      .filter(({ since }) => at - since < LASTING_MS)
      .map(({ place }) => place)
      .sort((one, other) => (isBefore(one, other) ? -1 : 1));
    return first === undefined ? { kind: 'batch', batch } : before(first, batch);
  };
}

function before(place: Position, { records, damage, unreadable }: LogBatch): Ripe {
  const readable = records.filter(({ next }) => !isBefore(place, next));
  const next = readable.at(-1)?.next;
  if (next === undefined) return { kind: 'wait', place };
  // Damage that reaches up to the place may be smaller than it seems.
  const known = damage.filter(({ from }) => isBefore(from, next));
  return { kind: 'batch', batch: { records: readable, damage: known, unreadable, next } };
}
