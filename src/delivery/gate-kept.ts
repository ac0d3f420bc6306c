/** What the store keeps of an account, written and read: with the time, which goes on while the hub is down. */
import { z } from 'zod';
import type { Ages } from '../clock/clock.ts';
import { FAULTS, type FaultCode } from '../message/fault.ts';
import { anyJson, type JsonValue } from '../message/json.ts';
import type { KeptBreaker } from './breaker.ts';
import { recovered } from './pace-bucket.ts';

/** Waits are what is left of them. */
export interface KeptAccount {
  readonly speed: number;
  readonly closedForMs: number;
  readonly breaker: KeptBreaker | null;
  /** How long ago its breaker closed; null: it was never open. */
  readonly worksForMs: number | null;
}

const Kept = z.object({
  speed: z.number().min(0).max(1),
  /** When it was so; what was to be waited is counted from there. */
  at: z.number(),
  closedForMs: z.number(),
  breaker: z
    .object({
      policy: anyJson,
      fault: z.object({
        code: z.custom<FaultCode>(code => Object.hasOwn(FAULTS, String(code))),
        detail: z.string(),
      }),
      waitMs: z.number(),
      opened: z.number().int().min(0),
    })
    .nullable(),
  /** An older version did not keep it. */
  worksForMs: z.number().min(0).nullable().default(null),
});

export function keptState({ breaker, ...kept }: KeptAccount, at: number): JsonValue {
  if (breaker === null) return { ...kept, at, breaker };
  const { policy, fault, waitMs, opened } = breaker;
  const { code, detail } = fault;
  return { ...kept, at, breaker: { policy, fault: { code, detail }, waitMs, opened } };
}

/** Whoever takes over a wait bounds it. */
export function readKept(state: JsonValue | undefined, { since }: Pick<Ages, 'since'>): KeptAccount {
  const read = Kept.safeParse(state);
  // Nothing was kept, or another version wrote it: the platform tells again.
  if (!read.success) return { speed: 1, closedForMs: 0, breaker: null, worksForMs: null };
  const { breaker, worksForMs: workedMs } = read.data;
  const passedMs = since(read.data.at);
  const speed = recovered(read.data.speed, passedMs);
  const left = (waitMs: number): number => Math.max(0, waitMs - passedMs);
  const closedForMs = left(read.data.closedForMs);
  const worksForMs = workedMs === null ? null : workedMs + Math.max(0, passedMs);
  if (breaker === null) return { speed, closedForMs, breaker, worksForMs };
  const { policy, fault, waitMs, opened } = breaker;
  return {
    speed,
    closedForMs,
    breaker: { policy, fault, waitMs: left(waitMs), opened },
    worksForMs,
  };
}
