/** The last things that happened, numbered; older ones are forgotten. */

export interface Ring<T extends { readonly seq: number }> {
  /** Gives the entry its number, from 1. */
  push(entry: Omit<T, 'seq'>): T;
  /** The oldest first. */
  readonly entries: readonly T[];
}

export function ring<T extends { readonly seq: number }>(max: number): Ring<T> {
  let kept: T[] = [];
  let last = 0;
  return {
    push(entry) {
      // What is left out of T is just the number.
      const numbered = { ...entry, seq: ++last } as unknown as T;
      kept.push(numbered);
      // Cut now and then, so that pushing stays cheap.
      if (kept.length >= 2 * max) kept = kept.slice(-max);
      return numbered;
    },
    get entries() {
      return kept.length > max ? kept.slice(-max) : kept;
    },
  };
}
