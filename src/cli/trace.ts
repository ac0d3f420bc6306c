/** `patchbay trace`: one message's whole journey, from the running hub or else from its database. */
import type { HubConfig } from '../config/config.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { findHub, tellRefused, tellUnreachable } from './hub-client.ts';
import type { Session } from './io.ts';
import { openOffline, type TraceWithRaw, tellOffline } from './offline.ts';
import type { Cli } from './program.ts';
import { readConfig } from './settings.ts';
import { printTrace } from './trace-print.ts';

export function addTrace(cli: Cli): void {
  const command = cli.program
    .command('trace')
    .description('print the journey of a message: as it came, its stages, its replies, every attempt')
    .argument('<id>', 'the id of the message or of a reply: the hub’s or the platform’s')
    .action((id: string) => cli.run(command, session => trace(id, session)));
}

async function trace(id: string, session: Session): Promise<ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  const found = await look(id, config, session);
  if (typeof found === 'number') return found;
  if (found === null) {
    session.problem(`there is no message ${id}`);
    return EXIT.problems;
  }
  if (session.settings.json) session.json(found);
  else printTrace(found, session);
  return EXIT.ok;
}

async function look(
  id: string,
  config: HubConfig,
  session: Session,
): Promise<TraceWithRaw | null | ExitCode> {
  await using hub = findHub(config);
  const asked = await hub?.ask(`/v1/trace/${encodeURIComponent(id)}`);
  if (asked?.kind === 'answered') {
    if (asked.status === 404) return null;
    // Our own hub's answer, made of this very type.
    return asked.status === 200 ? (asked.body as TraceWithRaw) : tellRefused(session, asked);
  }
  using offline = openOffline(config);
  if (offline === null) return tellUnreachable(session, config, asked?.reason);
  tellOffline(session, offline, asked?.reason);
  return offline.trace(id);
}
