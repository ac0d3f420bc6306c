/** A map that forgets what was set longest ago. */

export interface Remembered<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** The oldest first. */
  values(): Iterable<T>;
}

export function remembered<T>(max: number): Remembered<T> {
  const kept = new Map<string, T>();
  return {
    get: key => kept.get(key),
    set(key, value) {
      kept.delete(key);
      kept.set(key, value);
      for (const oldest of kept.keys()) {
        if (kept.size <= max) break;
        kept.delete(oldest);
      }
    },
    delete: key => void kept.delete(key),
    values: () => kept.values(),
  };
}
