/** Token buckets by key, for the limits of the platforms. */

export interface Buckets {
  /** 0 when taken, else how many milliseconds until there is one. */
  take(key: string): number;
}

export interface BucketOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const MAX_KEYS = 10_000;

/** The keys that were asked for longest ago go first when there are too many; a full bucket remembers nothing. */
export function buckets({ perSecond, burst, now }: BucketOptions): Buckets {
  const levels = new Map<string, { readonly level: number; readonly at: number }>();
  return {
    take(key) {
      const at = now();
      const known = levels.get(key);
      const gained = known === undefined ? burst : (Math.max(0, at - known.at) / 1_000) * perSecond;
      const level = Math.min(burst, (known?.level ?? 0) + gained);
      levels.delete(key);
      levels.set(key, { level: level >= 1 ? level - 1 : level, at });
      for (const oldest of levels.keys()) {
        if (levels.size <= MAX_KEYS) break;
        levels.delete(oldest);
      }
      return level >= 1 ? 0 : Math.ceil(((1 - level) / perSecond) * 1_000);
    },
  };
}

/** For measuring: takes whatever comes. */
export const noLimit: Buckets = { take: () => 0 };
