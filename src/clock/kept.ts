/** What one process knew of the clock, in a file for the next: `clock.json` in the data folder. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClockState } from './clock.ts';

const State = z.object({
  wall: z.number(),
  uptime: z.number().nullable(),
  boot: z.string().nullable(),
  past: z.array(z.object({ from: z.number(), seen: z.number(), ahead: z.number() })).min(1),
});

const pathIn = (dir: string): string => join(dir, 'clock.json');

/** Null where there is none, or none that can be read: the wall clock is believed then. */
export function readClockState(dir: string): ClockState | null {
  try {
    const read = State.safeParse(JSON.parse(readFileSync(pathIn(dir), 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** Whole or not at all. Rejects where the disk takes nothing. */
export async function keepClockState(dir: string, state: ClockState): Promise<void> {
  const path = pathIn(dir);
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
