/** Replay and discard: asked for with a count in view, carried out by the hub, watched to their end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BulkOperation, OperationKind } from '../storage/dead-letters.ts';
import { atDesk, type Desk, type FilterFlags, filterOf } from './dlq-client.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import { readConfig } from './settings.ts';

export interface ActFlags extends FilterFlags {
  readonly all?: boolean;
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly rate?: number;
}

export const replay = (ids: readonly string[], flags: ActFlags, session: Session): Promise<ExitCode> =>
  act('replay', ids, flags, session);

export const discard = (ids: readonly string[], flags: ActFlags, session: Session): Promise<ExitCode> =>
  act('discard', ids, flags, session);

async function act(
  kind: OperationKind,
  ids: readonly string[],
  flags: ActFlags,
  session: Session,
): Promise<ExitCode> {
  const isAsked = flags.dryRun !== true && flags.yes !== true;
  // Whoever is asked agrees to a count: what dies before the answer is not in it.
  const target = targetOf(ids, flags, isAsked ? Date.now() : undefined);
  if (target === null) {
    session.problem('say which: ids, or a filter as --reason or --since, or --all');
    return EXIT.usage;
  }
  if (isAsked && !session.io.isTerminal) {
    session.problem('nobody can be asked here: look with --dry-run first, then say -y');
    return EXIT.usage;
  }
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  return atDesk(config, session, async desk => {
    const path = `/v1/dead-letters/${kind}`;
    const counted = await desk.ask<{ count: number }>(path, {
      method: 'POST',
      body: { ...target, dryRun: true },
    });
    if (typeof counted === 'number') return counted;
    const { count } = counted;
    const words = `${count} ${count === 1 ? 'dead letter' : 'dead letters'}`;
    if (flags.dryRun === true) {
      if (session.settings.json) session.json({ count });
      else session.line(`would ${kind} ${words}`);
      return EXIT.ok;
    }
    if (isAsked && !(await agrees(`${kind} ${words}? [y/N] `, session))) {
      session.note('Nothing was done.');
      return EXIT.ok;
    }
    const body = { ...target, ...asked(flags) };
    const started = await desk.ask<BulkOperation>(path, { method: 'POST', body });
    if (typeof started === 'number') return started;
    return flags.wait ? await watch(started, desk, session) : told(started, session);
  });
}

/** `asOf`: what died later is not meant. */
function targetOf(ids: readonly string[], flags: ActFlags, asOf?: number): object | null {
  const filter = { ...filterOf(flags), ...(flags.limit === undefined ? {} : { limit: flags.limit }) };
  const filtered = Object.keys(filter).length > 0;
  if (ids.length > 0) return filtered || flags.all === true ? null : { ids };
  if (!filtered && flags.all !== true) return null;
  const until = Math.min(flags.until ?? Number.POSITIVE_INFINITY, asOf ?? Number.POSITIVE_INFINITY);
  return { filter: Number.isFinite(until) ? { ...filter, until } : filter };
}

const asked = ({ note, force, rate }: ActFlags): object => ({
  ...(note === undefined ? {} : { note }),
  ...(force === undefined ? {} : { force }),
  ...(rate === undefined ? {} : { rate }),
});

const agrees = async (question: string, { io }: Session): Promise<boolean> =>
  /^y(?:es)?$/i.test((await io.ask(question)).trim());

const LOOK_MS = 250;

/** Until it is over or somebody stopped it. It goes on by itself when this command is interrupted. */
async function watch(started: BulkOperation, desk: Desk, session: Session): Promise<ExitCode> {
  let seen = started;
  if (seen.state === 'running') session.note(`${seen.id}: stop it with "patchbay dlq stop ${seen.id}"`);
  while (seen.state === 'running') {
    await sleep(LOOK_MS);
    const looked = await desk.ask<BulkOperation>(`/v1/operations/${seen.id}`);
    if (typeof looked === 'number') return looked;
    seen = looked;
  }
  return told(seen, session);
}

export async function operate(
  what: 'stop' | 'resume' | 'status',
  id: string,
  session: Session,
): Promise<ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  return atDesk(config, session, async desk => {
    const path = `/v1/operations/${encodeURIComponent(id)}`;
    const found =
      what === 'status'
        ? await desk.ask<BulkOperation>(path)
        : await desk.ask<BulkOperation>(`${path}/${what}`, { method: 'POST', body: {} });
    return typeof found === 'number' ? found : told(found, session);
  });
}

function told(operation: BulkOperation, session: Session): ExitCode {
  const { id, kind, state, total, processed, refused, refusals } = operation;
  if (session.settings.json) session.json(operation);
  else {
    session.line(`${kind} ${id}  ${state}  ${processed} of ${total}, ${refused} refused`);
    for (const refusal of refusals) session.line(`  ${refusal.id}  ${refusal.why}`);
  }
  return refused === 0 ? EXIT.ok : EXIT.problems;
}
