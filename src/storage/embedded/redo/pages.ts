/** The database's pages held against their checksums. */
import { readAt } from '../reading.ts';
import type { Sums } from './sums.ts';
import { PAGE_BYTES, pageSum, type Wal } from './wal.ts';

export type PageCheck =
  | { readonly kind: 'whole' /** What was pending has come. */; readonly arrived: boolean }
  /** Pages that are neither what they were nor what they were to become. */
  | { readonly kind: 'damaged'; readonly pages: readonly number[]; readonly count: number }
  /** A checkpoint was cut off, and the log it was made from is no longer there to finish it. */
  | { readonly kind: 'mixed' };

const MAX_LISTED = 1_000;
const PAGES_A_CHUNK = 256;

/**
 * Pages that stand in the write-ahead log are not looked at: SQLite takes them from there. `database`: a descriptor,
 * since to open a file that connections have open, and to close it, is to lose their locks.
 * https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function checkPages(database: number, sums: Sums, wal: Wal): PageCheck {
  const pages: number[] = [];
  let count = 0;
  let arrived = 0;
  let missing = 0;
  const damaged = (page: number): void => {
    count++;
    if (pages.length < MAX_LISTED) pages.push(page);
  };
  let last = 0;
  for (const [page, bytes] of pagesOf(database)) {
    last = page;
    if (wal.pages.has(page)) continue;
    const state = bytes === null ? 'damaged' : stateOf(sums.current(page), sums.pending(page), bytes);
    if (state === 'arrived') arrived++;
    else if (state === 'missing') missing++;
    else if (state === 'damaged') damaged(page);
  }
  for (let page = last + 1; page <= sums.pages; page++)
    if (sums.current(page) !== 0 && !wal.pages.has(page)) damaged(page);
  if (count > 0) return { kind: 'damaged', pages, count };
  if (arrived > 0 && (missing > 0 || wal.frames > 0)) return { kind: 'mixed' };
  return { kind: 'whole', arrived: arrived > 0 };
}

type PageState = 'arrived' | 'missing' | 'as it was' | 'damaged';

/** `arrived`, `missing`: of a page that was about to be replaced. */
function stateOf(current: number, pending: number, bytes: Buffer): PageState {
  if (current === 0 && pending === 0) return 'as it was';
  const sum = pageSum(bytes);
  if (pending === 0 || pending === current) return sum === current ? 'as it was' : 'damaged';
  if (sum === pending) return 'arrived';
  return sum === current || current === 0 ? 'missing' : 'damaged';
}

/** Takes the pages of which nothing is known as they are now. */
export function adoptPages(database: number, sums: Sums): void {
  for (const [page, bytes] of pagesOf(database))
    if (bytes !== null && sums.current(page) === 0) sums.setCurrent(page, pageSum(bytes));
}

/** Without bytes where the disk cannot read them, whether a checksum says what they were or not. */
function* pagesOf(database: number): Generator<[page: number, bytes: Buffer | null]> {
  const chunk = Buffer.allocUnsafe(PAGE_BYTES * PAGES_A_CHUNK);
  for (let start = 0, filled = chunk.length; filled === chunk.length; start += filled) {
    const unreadable = new Set<number>();
    filled = readAt(database, chunk, start, at => unreadable.add((at - start) / PAGE_BYTES));
    for (let at = 0; at < filled; at += PAGE_BYTES) {
      const bytes = chunk.subarray(at, Math.min(at + PAGE_BYTES, filled));
      yield [(start + at) / PAGE_BYTES + 1, unreadable.has(at / PAGE_BYTES) ? null : bytes];
    }
  }
}
