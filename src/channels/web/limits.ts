/** How much one visitor, one address and one door may do. Everything here is bounded in memory as well. */

/** What a door allows; tests use smaller figures. */
export interface DoorLimits {
  readonly frameBytes: number;
  /** Frames of one visitor in a second, over all their sockets, and how many at once. */
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** What may wait for one slow reader before the connection is closed. */
  readonly bufferedBytes: number;
  /** Messages that arrive while a resuming connection still reads the past. */
  readonly bufferedPushes: number;
  /** What one socket sent and is not stored yet. */
  readonly waitingBytes: number;
  readonly heartbeatMs: number;
  /** How long a new socket may take to say who it is; how long a closing one may take to close. */
  readonly patienceMs: number;
  readonly connectionsPerVisitor: number;
  readonly connections: number;
  readonly feedPage: number;
  /** Files that are coming in, of all visitors and of one. */
  readonly uploads: number;
  readonly uploadsPerVisitor: number;
  /** How long one file may take. */
  readonly uploadMs: number;
  /** And how long nothing of it may come. */
  readonly uploadStallMs: number;
}

export const DOOR_LIMITS: DoorLimits = {
  frameBytes: 64 * 1024,
  framesPerSecond: 10,
  frameBurst: 20,
  bufferedBytes: 1024 * 1024,
  bufferedPushes: 256,
  waitingBytes: 256 * 1024,
  heartbeatMs: 25_000,
  patienceMs: 10_000,
  connectionsPerVisitor: 10,
  connections: 2_000,
  feedPage: 50,
  uploads: 32,
  uploadsPerVisitor: 2,
  uploadMs: 180_000,
  uploadStallMs: 20_000,
};

export interface Buckets {
  /** 0 when taken, else how many milliseconds until there is one. */
  take(key: string): number;
}

/** Token buckets by key. When too many keys are known the full ones go first: they remember nothing. */
export function buckets(perSecond: number, burst: number, now: () => number, maxKeys = 20_000): Buckets {
  const levels = new Map<string, { level: number; at: number }>();
  const levelOf = (entry: { level: number; at: number }, at: number): number =>
    Math.min(burst, entry.level + (Math.max(0, at - entry.at) / 1_000) * perSecond);

  const prune = (at: number): void => {
    for (const [key, entry] of levels) if (levelOf(entry, at) >= burst) levels.delete(key);
    for (const key of levels.keys()) {
      if (levels.size < maxKeys) break;
      levels.delete(key);
    }
  };

  return {
    take(key) {
      const at = now();
      const known = levels.get(key);
      if (known === undefined && levels.size >= maxKeys) prune(at);
      const level = known === undefined ? burst : levelOf(known, at);
      const taken = level >= 1;
      levels.set(key, { level: taken ? level - 1 : level, at });
      return taken ? 0 : Math.ceil(((1 - level) / perSecond) * 1_000);
    },
  };
}

/** One address of IPv4; the network of one customer (/64) of IPv6, who could otherwise use a new one each time. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map(part => part.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
