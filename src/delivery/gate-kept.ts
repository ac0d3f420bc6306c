/** What the store keeps of an account, written and read: on the wall clock, which goes on while the hub is down. */
import { z } from 'zod';
import { FAULTS, type FaultCode } from '../message/fault.ts';
import { anyJson, type JsonValue } from '../message/json.ts';
import type { KeptBreaker } from './breaker.ts';

/** Waits are what is left of them. */
export interface KeptAccount {
  readonly speed: number;
  readonly closedForMs: number;
  readonly breaker: KeptBreaker | null;
}

const Kept = z.object({
  speed: z.number().min(0).max(1),
  closedUntil: z.number(),
  breaker: z
    .object({
      policy: anyJson,
      fault: z.object({
        code: z.custom<FaultCode>(code => Object.hasOwn(FAULTS, String(code))),
        detail: z.string(),
      }),
      until: z.number(),
      opened: z.number().int().min(0),
    })
    .nullable(),
});

export function keptState({ speed, closedForMs, breaker }: KeptAccount, wallNow: number): JsonValue {
  if (breaker === null) return { speed, closedUntil: wallNow + closedForMs, breaker };
  const { policy, fault, waitMs, opened } = breaker;
  const { code, detail } = fault;
  return {
    speed,
    closedUntil: wallNow + closedForMs,
    breaker: { policy, fault: { code, detail }, until: wallNow + waitMs, opened },
  };
}

/** Whoever takes over a wait bounds it: the wall clock may have been set back meanwhile. */
export function readKept(state: JsonValue | undefined, wallNow: number): KeptAccount {
  const read = Kept.safeParse(state);
  // Nothing was kept, or another version wrote it: the platform tells again.
  if (!read.success) return { speed: 1, closedForMs: 0, breaker: null };
  const { speed, closedUntil, breaker } = read.data;
  const left = (until: number): number => Math.max(0, until - wallNow);
  if (breaker === null) return { speed, closedForMs: left(closedUntil), breaker };
  const { policy, fault, until, opened } = breaker;
  return {
    speed,
    closedForMs: left(closedUntil),
    breaker: { policy, fault, waitMs: left(until), opened },
  };
}
