/** A scenario that was played, for people: what was said, which calls came, what was told, and the counts. */
import { type Amount, COUNTS } from '../sandbox/scenario.ts';
import type { Session } from './io.ts';
import type { Played } from './sandbox-play.ts';
import { columns, label, printable } from './words.ts';

export function showPlayed(played: Played, session: Session): void {
  const { line, paint } = session;
  const whose = played.own ? 'a hub of its own, whose waits are short' : 'the running hub';
  line(label('scenario', `${paint('bold', printable(played.name))}, on ${whose}`, session));
  if (played.description !== '') line(label('', printable(played.description.trim()), session));
  for (const [what, times] of tally(played.posted, ({ kind, channel, status, reason }) => [
    channel,
    `${kind} -> ${status ?? reason ?? 'no answer'}`,
  ]))
    line(label('said', `${times} x ${what}`, session));
  const calls = tally(played.calls, ({ account, method, taken, status, weather }) => [
    account,
    `${method} -> ${status ?? 'no answer'}${weather === null ? '' : ` (weather: ${weather})`}, ${taken ? 'taken' : 'not taken'}`,
  ]);
  for (const [what, times] of calls) line(label('called', `${times} x ${printable(what)}`, session));
  const told = tally(played.webhooks, ({ account, what, tries, state }) => [
    account,
    `${what}, ${state}${tries.length > 1 ? ` after ${tries.length} tries` : ''}`,
  ]);
  for (const [what, times] of told) line(label('told', `${times} x ${printable(what)}`, session));
  const unsent = tally(played.unsent, ({ channel, state, reason }) => [
    channel,
    `${state}: ${reason ?? 'on its way'}`,
  ]);
  for (const [what, times] of unsent) line(label('unsent', `${times} x ${printable(what)}`, session));
  line();
  for (const row of columns(rows(played, session))) line(row);
  if (!played.settled) session.problem('something is still under way; "patchbay ledger" shows how much');
  for (const { what, counted, expected, ok } of played.expected)
    if (!ok) session.problem(`${what}: counted ${counted}, expected ${words(expected)}`);
}

function rows({ counts, expected }: Played, { paint }: Session): readonly (readonly string[])[] {
  return (Object.keys(COUNTS) as (keyof typeof COUNTS)[]).map(name => {
    const asked = expected.find(({ what }) => what === name);
    const mark =
      asked === undefined
        ? ''
        : asked.ok
          ? paint('green', 'as expected')
          : paint('red', words(asked.expected));
    return [name.replaceAll('_', ' '), String(counts[name]), mark];
  });
}

function words(expected: Amount): string {
  if (typeof expected === 'number') return String(expected);
  return 'at_least' in expected ? `at least ${expected.at_least}` : `at most ${expected.at_most}`;
}

/** What is alike, counted, in the order it came first. */
function tally<Entry>(
  entries: readonly Entry[],
  wordsOf: (entry: Entry) => readonly string[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const name = wordsOf(entry).join('  ');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
