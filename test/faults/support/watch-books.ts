/** The hub's books, looked at every second while it runs, also with much on its way. */
import { differenceOf, ledgerOf } from './books.ts';
import type { Workplace } from './workplace.ts';

export interface SeenBooks {
  /** How often they could be seen. */
  readonly looks: number;
  /** The most they were off by, by the counters. */
  readonly off: number;
}

export interface BooksWatch extends Disposable {
  seen(): SeenBooks;
}

const EVERY_MS = 1_000;

export function watchBooks(workplace: Workplace, isUp: () => boolean): BooksWatch {
  let looks = 0;
  let off = 0;
  let isAsking = false;
  async function look(): Promise<void> {
    if (isAsking || !isUp()) return;
    isAsking = true;
    try {
      off = Math.max(off, differenceOf(await ledgerOf(workplace, false)));
      looks++;
    } catch {
      // The hub was killed meanwhile, or cannot read just now: only what it says counts.
    } finally {
      isAsking = false;
    }
  }
  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    seen: () => ({ looks, off }),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
