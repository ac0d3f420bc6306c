/**
 * One bucket: how fast messages may go, what the platform said against it, and what was learned from that. The
 * time comes in with every call, in milliseconds of a clock that never jumps.
 */
import type { Rate } from '../channels/capabilities.ts';

export interface Bucket {
  /** How long until one may go; 0: now. */
  wait(now: number): number;
  /** What is left of the time in which nothing may go. */
  closedFor(now: number): number;
  /** How many may go right now. */
  free(now: number): number;
  /**
   * One goes. May be called without waiting: then the next wait is longer. The returned function says that it did not
   * go; what was closed or drained meanwhile is not filled by that.
   */
  take(now: number): () => void;
  /** Nothing goes for so long; then one, and others after it at the rate. */
  close(now: number, forMs: number): void;
  /** The platform refused an attempt that began at a time; closed for as long as it said, and slower afterwards. */
  limited(now: number, limit: { readonly startedAt: number; readonly retryAfterMs?: number }): void;
  /** The platform took one. */
  succeeded(): void;
  /** What has waited goes at the rate, and not all that a full bucket would let go at once. */
  drain(now: number): void;
  state(now: number): BucketState;
  /** As full, open and fast as one that was never used. */
  isFresh(now: number): boolean;
}

export interface BucketState {
  /** The share of the full rate that is used: 1 unless the platform slowed us down. */
  readonly speed: number;
  readonly closedForMs: number;
  /** How many may go right now; null where there is no limit. */
  readonly free: number | null;
}

/** What the platform says beyond this is not waited for. */
export const LONGEST_CLOSED_MS = 3_600_000;
/** From nothing to the full speed; so from half of it, half of this. */
export const RECOVERY_MS = 600_000;
const LOWEST_SPEED = 1 / 16;
/** Where a platform refuses without saying for how long: doubled from one refusal to the next. */
const FIRST_CLOSED_MS = 1_000;
const LONGEST_UNTOLD_MS = 60_000;
/** Sums of fractions are never quite whole. */
const TOLERANCE = 1e-6;

/** The share of the full rate that is used so long after it was so much. */
export const recovered = (speed: number, afterMs: number): number =>
  Math.min(1, speed + Math.max(0, afterMs) / RECOVERY_MS);

const burstOf = (rate: Rate): number => rate.burst ?? rate.count;

/** Full at first. No rates: no limit but what the platform says. */
export function createBucket(rates: readonly Rate[], speedAtFirst = 1, bornAt = 0): Bucket {
  const levels = rates.map(rate => ({ rate, left: burstOf(rate) }));
  let at = bornAt;
  let closedUntil = 0;
  let slowed = { speed: speedAtFirst, at: bornAt };
  let refusals = 0;
  let refusedAt = Number.NEGATIVE_INFINITY;
  /** How often what had been taken was settled for good. */
  let settled = 0;

  const speed = (now: number): number => recovered(slowed.speed, now - slowed.at);
  const closedFor = (now: number): number => Math.max(0, Math.ceil(closedUntil - now));

  function fill(now: number): void {
    const passed = Math.max(0, now - at);
    at = Math.max(at, now);
    for (const level of levels) {
      const gained = (passed / level.rate.perMs) * level.rate.count * speed(now);
      level.left = Math.min(burstOf(level.rate), level.left + gained);
    }
  }

  function free(now: number): number {
    if (closedFor(now) > 0) return 0;
    fill(now);
    return Math.max(0, Math.floor(Math.min(...levels.map(level => level.left + TOLERANCE))));
  }

  function drain(now: number): void {
    fill(now);
    settled++;
    for (const level of levels) level.left = Math.min(level.left, 1);
  }

  function close(now: number, forMs: number): void {
    fill(now);
    closedUntil = Math.max(closedUntil, now + Math.min(forMs, LONGEST_CLOSED_MS));
    // It does not fill meanwhile, or all of that would go at once at the end.
    at = Math.max(at, closedUntil);
    for (const level of levels) level.left = 1;
    settled++;
  }

  return {
    closedFor,
    free,
    wait(now) {
      fill(now);
      const waits = levels.map(({ rate, left }) => {
        const missing = 1 - TOLERANCE - left;
        return missing <= 0 ? 0 : Math.ceil((missing / (rate.count * speed(now))) * rate.perMs);
      });
      return closedFor(now) + Math.max(0, ...waits);
    },
    take(now) {
      fill(now);
      for (const level of levels) level.left -= 1;
      const before = settled;
      return () => {
        if (before !== settled) return;
        for (const level of levels) level.left = Math.min(burstOf(level.rate), level.left + 1);
      };
    },
    close,
    limited(now, { startedAt, retryAfterMs = 0 }) {
      // Several that were under way when the first was refused are one refusal.
      const isNew = startedAt >= refusedAt;
      if (isNew) refusals++;
      const untold = Math.min(FIRST_CLOSED_MS * 2 ** Math.max(0, refusals - 1), LONGEST_UNTOLD_MS);
      close(now, retryAfterMs > 0 ? retryAfterMs : untold);
      if (!isNew) return;
      slowed = { speed: Math.max(LOWEST_SPEED, speed(now) / 2), at: now };
      refusedAt = now;
    },
    succeeded() {
      refusals = 0;
    },
    drain,
    state(now) {
      const left = free(now);
      return { speed: speed(now), closedForMs: closedFor(now), free: Number.isFinite(left) ? left : null };
    },
    isFresh(now) {
      fill(now);
      const full = levels.every(({ rate, left }) => left >= burstOf(rate) - TOLERANCE);
      return full && closedFor(now) === 0 && speed(now) === 1 && refusals === 0;
    },
  };
}
