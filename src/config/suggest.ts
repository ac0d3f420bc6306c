/** "Did you mean ...?" */

/** The candidate nearest to the word, if any is near: a typing error or two, or written in another case. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = Math.min(Math.max(2, Math.floor(candidate.length / 4)), Math.floor(candidate.length / 2));
    const found = distance(plain(word), plain(candidate), limit);
    if (found <= limit && found < least) {
      best = candidate;
      least = found;
    }
  }
  return best;
}

/** `accessToken` and `Access-Token` are `access_token` written otherwise. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_\s]/g, '');

/** Levenshtein's distance; anything above `limit` where it is surely larger. */
function distance(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
