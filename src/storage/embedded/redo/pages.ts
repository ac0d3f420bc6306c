/** The database's pages held against their checksums. */
import { statSync } from 'node:fs';
import { chunksOf } from './files.ts';
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

/** Pages that stand in the write-ahead log are not looked at: SQLite takes them from there. */
export function checkPages(database: string, sums: Sums, wal: Wal): PageCheck {
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
    const state = stateOf(sums.current(page), sums.pending(page), bytes);
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
export function adoptPages(database: string, sums: Sums): void {
  for (const [page, bytes] of pagesOf(database))
    if (sums.current(page) === 0) sums.setCurrent(page, pageSum(bytes));
}

function* pagesOf(database: string): Generator<[page: number, bytes: Buffer]> {
  if (statSync(database, { throwIfNoEntry: false }) === undefined) return;
  let page = 0;
  for (const chunk of chunksOf(database, PAGE_BYTES * PAGES_A_CHUNK))
    for (let at = 0; at < chunk.length; at += PAGE_BYTES) yield [++page, chunk.subarray(at, at + PAGE_BYTES)];
}
