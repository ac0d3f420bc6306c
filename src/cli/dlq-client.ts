/** The running hub's desk of dead letters, as the commands ask it. */
import type { HubConfig } from '../config/config.ts';
import type { Direction, LetterFilter } from '../storage/dead-letters.ts';
import type { ExitCode } from './exit.ts';
import { type AskedFor, findHub, type HubClient, tellRefused, tellUnreachable } from './hub-client.ts';
import type { Session } from './io.ts';

export interface FilterFlags {
  readonly channel?: string;
  readonly direction?: Direction;
  readonly reason?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
}

export const filterOf = ({ channel, direction, reason, since, until }: FilterFlags): LetterFilter => ({
  ...(channel === undefined ? {} : { channel }),
  ...(direction === undefined ? {} : { direction }),
  ...(reason === undefined ? {} : { reason }),
  ...(since === undefined ? {} : { since }),
  ...(until === undefined ? {} : { until }),
});

export interface Desk {
  /** The answer's body, which our own hub made of this type; or the exit code, after the reason was told. */
  ask<T>(path: string, how?: Omit<AskedFor, 'headers'>): Promise<T | ExitCode>;
}

/** Runs the work beside the hub; tells when none answers. */
export async function atDesk(
  config: HubConfig,
  session: Session,
  work: (desk: Desk) => Promise<ExitCode>,
): Promise<ExitCode> {
  await using hub = findHub(config);
  if (hub === null) return tellUnreachable(session, config);
  return await work(deskOf(hub, config, session));
}

const deskOf = (hub: HubClient, config: HubConfig, session: Session): Desk => ({
  async ask<T>(path: string, how?: Omit<AskedFor, 'headers'>) {
    const named = how === undefined ? undefined : { ...how, headers: { 'patchbay-actor': 'cli' } };
    const asked = await hub.ask(path, named);
    if (asked.kind === 'unreachable') return tellUnreachable(session, config, asked.reason);
    if (asked.status >= 200 && asked.status < 300) return asked.body as T;
    return tellProblems(session, asked);
  },
});

function tellProblems(session: Session, asked: Parameters<typeof tellRefused>[1]): ExitCode {
  const code = tellRefused(session, asked);
  const { errors = [] } = (asked.body ?? {}) as { errors?: { pointer: string; detail: string }[] };
  for (const { pointer, detail } of errors) session.problem(`${pointer}: ${detail}`);
  return code;
}
