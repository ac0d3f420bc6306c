/** A trigger's report for people: what was sent, and one journey or a line for each of many. */
import type { InboundEvent } from '../../message/event.ts';
import type { Session } from '../io.ts';
import { stateWords } from '../trace-print.ts';
import { columns, duration, label, printable, quoted, wordsOf } from '../words.ts';
import type { Journey } from './follow.ts';
import { outLines, showJourney, troubleOf, unendedWords } from './journey.ts';
import { isTaken, type Posted, type Tampering } from './post.ts';
import type { Report } from './report.ts';

/** Journeys told in full; of more than that each is a line. */
const MAX_FULL = 1;
const MAX_LINES = 20;
/** Characters of a text, where each journey has one line. */
const MAX_IN_LINE = 32;

export function show(report: Report, session: Session): void {
  const { journeys, quarantined, duplicates } = report;
  const { line } = session;
  line(label('POST', postWords(report, session), session));
  const [first] = report.sent;
  const answer = first?.posts.at(-1)?.answer ?? '';
  if (report.sent.length === 1 && answer !== '') line(label('answer', quoted(answer), session));
  if (!report.waited || !report.sent.some(({ posts }) => posts.some(isTaken))) return;
  if (journeys.length <= MAX_FULL) for (const journey of journeys) showJourney(journey, session);
  else showMany(journeys, session);
  for (const { id, reason } of quarantined.slice(0, MAX_LINES))
    line(label('dead', `${id}  ${printable(reason ?? '')}`, session));
  if (duplicates !== null)
    line(
      label(
        'again',
        `the hub counted ${duplicates} ${duplicates === 1 ? 'duplicate' : 'duplicates'}`,
        session,
      ),
    );
  for (const text of otherWords(report)) line(text);
}

const SPOILED: Readonly<Record<Tampering, string>> = {
  signature: 'signature changed',
  timestamp: 'signed hours ago',
  body: 'changed after it was signed',
};

function postWords({ path, sent, tamper }: Report, session: Session): string {
  const posts = sent.flatMap(one => one.posts);
  const [first] = posts;
  const how = tamper === null ? 'signed' : SPOILED[tamper];
  if (posts.length === 1 && first !== undefined)
    return `${path}  ${how}, ${first.bytes} bytes -> ${answerWords(first, session)} in ${duration(first.ms)}`;
  const counts = new Map<string, number>();
  for (const one of posts) {
    const words = answerWords(one, session);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const times = posts.map(({ ms }) => ms).sort((one, other) => one - other);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const answers = [...counts].map(([words, count]) => `${count} x ${words}`).join(', ');
  return `${path}  ${posts.length} times, ${how} -> ${answers}; half within ${duration(median)}, all within ${duration(times.at(-1) ?? 0)}`;
}

function answerWords(posted: Posted, { paint }: Session): string {
  if (posted.status === null) return paint('red', `no answer (${posted.reason ?? ''})`);
  return paint(isTaken(posted) ? 'green' : 'red', String(posted.status));
}

function showMany(journeys: readonly Journey[], session: Session): void {
  const { line, note } = session;
  const rows = journeys.slice(0, MAX_LINES).map(journey => {
    const { trace } = journey;
    const content = trace?.inbound?.message?.content;
    return [
      trace?.inbound?.id ?? journey.id,
      trace?.inbound?.state ?? 'unknown',
      content === undefined ? '' : wordsOf(content, MAX_IN_LINE),
      outLines(journey, session, MAX_IN_LINE)[0] ?? 'no reply',
    ];
  });
  for (const text of columns(rows)) line(text);
  if (journeys.length > MAX_LINES) line(`and ${journeys.length - MAX_LINES} more`);
  const counts = new Map<string, number>();
  for (const { trace } of journeys) {
    const state = trace?.inbound?.state ?? 'unknown';
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const totals = [...counts].map(([state, count]) => `${count} ${stateWords(state, session)}`).join(', ');
  note(`${journeys.length} messages: ${totals}`);
}

/** What else the webhooks said, each once. */
function otherWords({ sent, journeys, quarantined }: Report): readonly string[] {
  const all = sent.flatMap(({ events }) => events).flatMap(eventWords);
  if (all.length === 0 && journeys.length === 0 && quarantined.length === 0)
    return ['nothing to work on: it was answered, and nothing is kept'];
  return [...new Set(all)].slice(0, MAX_LINES).map(text => printable(text));
}

function eventWords(event: InboundEvent): readonly string[] {
  if (event.kind === 'ignored') return [`ignored  ${event.reason}`];
  if (event.kind !== 'receipt') return [];
  const { status, target, marker, watermark } = event.receipt;
  const about = target ?? marker ?? (watermark === undefined ? '?' : 'all up to a time');
  return [`receipt  ${status} for ${about}`];
}

/** In words, why the command ends with problems; empty where all is well. */
export function problemsOf(report: Report): readonly string[] {
  const { sent, journeys, quarantined, tamper } = report;
  const posts = sent.flatMap(one => one.posts);
  const refused = posts.filter(posted => !isTaken(posted));
  const [first] = refused;
  const unread = sent
    .filter(one => one.posts.some(isTaken))
    .flatMap(({ events }) => events.flatMap(event => (event.kind === 'unreadable' ? [event.reason] : [])));
  const troubles = [...journeys.map(troubleOf), unendedWords(journeys)].filter(trouble => trouble !== null);
  return [
    ...(first === undefined ? [] : [refusal(first, refused.length, posts.length)]),
    ...(tamper !== null && first === undefined ? [`the hub took it although its ${tamper} was spoiled`] : []),
    ...(unread.length === 0
      ? []
      : [`${quarantined.length === 0 ? 'cannot be read' : 'quarantined as a dead letter'}: ${unread[0]}`]),
    ...troubles.slice(0, MAX_LINES),
  ];
}

const MEANINGS: Readonly<Record<number, string>> = {
  401: 'refused: the signature or its time is not right',
  403: 'refused: not allowed',
  404: 'the running hub has no such channel; start it again after changing its configuration',
  413: 'refused: the body is too large',
  415: 'refused: neither JSON nor a form',
  503: 'the hub cannot store it now; a platform would send it again',
};

function refusal({ status, reason }: Posted, count: number, of: number): string {
  const what =
    status === null ? `no answer (${reason ?? 'unknown'})` : `${status} ${MEANINGS[status] ?? ''}`.trim();
  return of === 1 ? what : `${count} of ${of}: ${what}`;
}
