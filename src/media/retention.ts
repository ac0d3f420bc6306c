/** Media that is older than its time: the bytes go first, then the books say so. */
import type { MediaBooks } from '../storage/media.ts';
import type { MediaStore } from './store.ts';

const AT_ONCE = 100;

/** Removes what was taken in before the time (ms since 1970). How many; rejects where a store is not available. */
export async function removeOldMedia(
  before: number,
  parts: { readonly books: Pick<MediaBooks, 'oldMedia' | 'expireMedia'>; readonly media: MediaStore },
  signal: AbortSignal,
): Promise<number> {
  const { books, media } = parts;
  for (let removed = 0; ; ) {
    signal.throwIfAborted();
    const ids = await books.oldMedia(before, AT_ONCE);
    if (ids.length === 0) return removed;
    for (const id of ids) await media.remove(id, signal);
    await books.expireMedia(ids);
    removed += ids.length;
  }
}
