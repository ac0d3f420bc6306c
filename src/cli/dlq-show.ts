/** Looking at dead letters: from the running hub, or else from its database. */
import type { HubConfig } from '../config/config.ts';
import type {
  AuditEntry,
  DeadLetter,
  LetterFilter,
  LetterGroup,
  LetterPage,
  LetterQuery,
} from '../storage/dead-letters.ts';
import { type FilterFlags, filterOf } from './dlq-client.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { findHub, tellRefused, tellUnreachable } from './hub-client.ts';
import type { Session } from './io.ts';
import { type Offline, openOffline, type TraceWithRaw, tellOffline } from './offline.ts';
import { readConfig } from './settings.ts';
import { printTrace } from './trace-print.ts';
import { columns, printable, quoted, wordsOf } from './words.ts';

export interface ListFlags extends FilterFlags {
  readonly state: string;
  readonly group?: boolean;
}

const MAX_PAGE = 200;

export async function list(flags: ListFlags, session: Session): Promise<ExitCode> {
  const filter = filterOf(flags);
  if (flags.group === true) {
    const groups = await groupsOf(filter, session);
    if (typeof groups === 'number') return groups;
    printGroups(groups, session);
    return EXIT.ok;
  }
  const { state, limit = 50 } = flags;
  if (state !== 'open' && state !== 'replayed' && state !== 'discarded') {
    session.problem('a dead letter is open, replayed or discarded');
    return EXIT.usage;
  }
  const letters: DeadLetter[] = [];
  let more = true;
  for (let after: string | undefined; more && letters.length < limit; ) {
    const size = Math.min(MAX_PAGE, limit - letters.length);
    const page = await pageOf(
      { ...filter, state, limit: size, ...(after === undefined ? {} : { after }) },
      session,
    );
    if (typeof page === 'number') return page;
    letters.push(...page.letters);
    after = page.next ?? undefined;
    more = page.next !== null;
  }
  if (session.settings.json) session.json(letters);
  else printLetters(letters, more, session);
  if (state === 'open' && letters.length > 0) await noteOld(filter, session);
  return EXIT.ok;
}

/** Says how many of them wait for longer than anybody should leave them. */
async function noteOld(filter: LetterFilter, session: Session): Promise<void> {
  const config = readConfig(session);
  if (config === null) return;
  const { deadLettersMs } = config.retention;
  const oldest = Math.max(0, Date.now() - deadLettersMs);
  const until = Math.min(filter.until ?? oldest, oldest);
  // Where they are read from was said for the list.
  const quiet = { ...session, note: () => {} };
  const found = await groupsOf({ ...filter, until }, quiet);
  if (typeof found === 'number') return;
  const old = found.reduce((sum, { count }) => sum + count, 0);
  if (old > 0)
    session.note(`${old} of them wait for longer than ${ageName(deadLettersMs)}: replay or discard them.`);
}

async function groupsOf(filter: LetterFilter, session: Session): Promise<readonly LetterGroup[] | ExitCode> {
  const found = await look(session, `/groups${queryOf(filter)}`, offline => ({
    groups: offline.desk().deadLetterGroups(filter),
  }));
  return typeof found === 'number' ? found : found.groups;
}

const pageOf = (query: LetterQuery, session: Session): Promise<LetterPage | ExitCode> =>
  look(session, queryOf(query), offline => offline.desk().deadLetters(query));

export interface Shown {
  readonly letter: DeadLetter;
  readonly trace: TraceWithRaw | null;
  readonly raw: TraceWithRaw['raw'];
}

export async function show(id: string, session: Session): Promise<ExitCode> {
  const found = await look<Shown | null>(session, `/${encodeURIComponent(id)}`, offline => {
    const letter = offline.desk().deadLetter(id);
    const trace = letter === null ? null : offline.trace(id);
    return letter === null ? null : { letter, trace, raw: trace?.raw ?? null };
  });
  if (typeof found === 'number') return found;
  if (found === null) {
    session.problem(`there is no dead letter ${id}`);
    return EXIT.problems;
  }
  if (session.settings.json) session.json(found);
  else printShown(found, session);
  return EXIT.ok;
}

export async function log(limit: number, session: Session): Promise<ExitCode> {
  const size = Math.min(limit, MAX_PAGE);
  const found = await look(
    session,
    `?limit=${size}`,
    offline => ({ entries: offline.desk().audit({ limit: size }) }),
    '/v1/audit',
  );
  if (typeof found === 'number') return found;
  const { entries } = found;
  if (session.settings.json) session.json(entries);
  else printLog(entries, session);
  return EXIT.ok;
}

/** From the hub where one runs, else from what it kept. The exit code once it was told why neither will do. */
async function look<T>(
  session: Session,
  path: string,
  offline: (offline: Offline) => T,
  base = '/v1/dead-letters',
): Promise<T | ExitCode> {
  const config = readConfig(session);
  if (config === null) return EXIT.config;
  await using hub = findHub(config);
  const asked = await hub?.ask(`${base}${path}`);
  if (asked?.kind === 'answered') {
    if (asked.status === 404) return null as T;
    // Our own hub's answer, made of this very type.
    return asked.status === 200 ? (asked.body as T) : tellRefused(session, asked);
  }
  return kept(session, config, asked?.reason, offline);
}

function kept<T>(
  session: Session,
  config: HubConfig,
  reason: string | undefined,
  read: (offline: Offline) => T,
): T | ExitCode {
  using offline = openOffline(config);
  if (offline === null) return tellUnreachable(session, config, reason);
  tellOffline(session, offline, reason);
  return read(offline);
}

function queryOf(fields: object): string {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function printLetters(letters: readonly DeadLetter[], more: boolean, session: Session): void {
  const { line, note, paint } = session;
  if (letters.length === 0) return note('There are no dead letters.');
  const rows = letters.map(letter => [
    letter.id,
    letter.direction,
    letter.channel,
    ageOf(letter.lastAt),
    String(letter.tries),
    letter.platformCode === null ? letter.code : `${letter.code} ${letter.platformCode}`,
    quoted(letter.reason, 80).slice(1, -1),
  ]);
  const [head = '', ...lines] = columns([
    ['ID', 'DIRECTION', 'CHANNEL', 'AGE', 'TRIES', 'REASON', 'LAST ERROR'],
    ...rows,
  ]);
  line(paint('dim', head));
  for (const text of lines) line(printable(text));
  note(
    `${letters.length}${more ? ' of more' : ''}. To replay them: patchbay dlq replay, with the same filter.`,
  );
}

function printGroups(groups: readonly LetterGroup[], session: Session): void {
  if (session.settings.json) return session.json(groups);
  const rows = groups.map(({ count, direction, channel, code, firstAt, lastAt, sample }) => [
    String(count),
    direction,
    channel,
    code,
    ageOf(firstAt),
    ageOf(lastAt),
    sample,
  ]);
  const heads = ['COUNT', 'DIRECTION', 'CHANNEL', 'REASON', 'FIRST', 'LAST', 'FOR EXAMPLE'];
  for (const text of columns([heads, ...rows])) session.line(printable(text));
}

function printShown({ letter, trace, raw }: Shown, session: Session): void {
  const { line, paint } = session;
  const { id, direction, state, code, platformCode, reason, times, tries, firstAt, lastAt, note } = letter;
  line(`${paint('bold', 'dead letter')}  ${id}  ${state}`);
  const rows: readonly (readonly [string, string])[] = [
    ['direction', direction],
    ['reason', `${code}${platformCode === null ? '' : ` (${platformCode})`}: ${reason}`],
    ['first', new Date(firstAt).toISOString()],
    ['last', new Date(lastAt).toISOString()],
    ['times', `${times}, with ${tries} ${tries === 1 ? 'attempt' : 'attempts'}`],
    ...(letter.proven ? [['receipt', 'says that it arrived'] as const] : []),
    ...(note === null ? [] : [['note', note] as const]),
    ...(letter.message === null ? [] : [['original', wordsOf(letter.message.content)] as const]),
    // What the hub keeps as edited was checked against the same form.
    ...(letter.edited === null ? [] : [['edited', wordsOf(letter.edited as never)] as const]),
  ];
  for (const text of columns(rows)) line(`  ${printable(text)}`);
  if (trace === null) return;
  line();
  printTrace({ ...trace, raw }, session);
}

function printLog(entries: readonly AuditEntry[], { line }: Session): void {
  const rows = entries.map(({ at, who, action, count, target, note }) => [
    new Date(at).toISOString(),
    who,
    action,
    String(count),
    JSON.stringify(target),
    note ?? '',
  ]);
  for (const text of columns([['TIME', 'WHO', 'WHAT', 'COUNT', 'OF', 'NOTE'], ...rows]))
    line(printable(text));
}

const AGES = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
] as const;

const ageOf = (at: number): string => ageName(Math.max(0, Date.now() - at));

function ageName(ms: number): string {
  for (const [unit, name] of AGES) if (ms >= unit) return `${Math.floor(ms / unit)}${name}`;
  return `${Math.floor(ms / 1_000)}s`;
}
