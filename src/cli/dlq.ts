/** `patchbay dlq`: what was given up, in and out, and what is to become of it. */
import { type Command, InvalidArgumentError } from 'commander';
import { type ActFlags, discard, operate, replay } from './dlq-act.ts';
import { type EditFlags, edit } from './dlq-edit.ts';
import { type ListFlags, list, log, show } from './dlq-show.ts';
import type { Cli } from './program.ts';

export function addDlq(cli: Cli): void {
  const dlq = cli.program
    .command('dlq')
    .description('dead letters: look at them, edit, replay or discard them');
  addLooking(cli, dlq);
  addEdit(cli, dlq);
  addActing(cli, dlq);
}

const filtered = (command: Command): Command =>
  command
    .option('--channel <id>', 'of this channel')
    .option('--direction <direction>', 'inbound or outbound', direction)
    .option('--reason <code>', 'with this code: ours, as window-closed, or the platform’s, as 131047')
    .option('--since <time>', 'dead for no longer than this, as 2h or 7d, or since an ISO time', instant)
    .option('--until <time>', 'dead for at least this, or before an ISO time', instant)
    .option('--limit <number>', 'no more than so many', count);

function addLooking(cli: Cli, dlq: Command): void {
  const listing = filtered(dlq.command('list'))
    .description('list dead letters, those to be sent first')
    .option('--state <state>', 'open, replayed or discarded', 'open')
    .option('--group', 'count them by reason')
    .action((flags: ListFlags) => cli.run(listing, session => list(flags, session)));
  const showing = dlq
    .command('show')
    .description('print one, with its whole journey and the bytes it came in as')
    .argument('<id>', 'the id of the message')
    .action((id: string) => cli.run(showing, session => show(id, session)));
  const logging = dlq
    .command('log')
    .description('list what operators did, the latest first')
    .option('--limit <number>', 'no more than so many', count, 50)
    .action(({ limit }: { limit: number }) => cli.run(logging, session => log(limit, session)));
}

function addEdit(cli: Cli, dlq: Command): void {
  const command = dlq
    .command('edit')
    .description('change what a replay will take, in $EDITOR; the original is kept')
    .argument('<id>', 'the id of the message')
    .option('--file <file>', 'the content as JSON, in place of an editor; - is standard input')
    .option('--undo', 'take the edit back')
    .action((id: string, flags: EditFlags) => cli.run(command, session => edit(id, flags, session)));
}

function addActing(cli: Cli, dlq: Command): void {
  const acting = (name: string): Command =>
    filtered(dlq.command(name))
      .argument('[ids...]', 'the ids of the messages; or give a filter, or --all')
      .option('--all', 'all that there are')
      .option('--note <text>', 'why, for the log')
      .option('--dry-run', 'only say how many')
      .option('--no-wait', 'do not wait for its end')
      .option('-y, --yes', 'do not ask');
  const replaying = acting('replay')
    .description('work on them again, or send them again, at the end of their conversations')
    .option('--force', 'also what was discarded, or had its effect already')
    .option('--rate <number>', 'so many a second (50 unless given)', rate)
    .action((ids: string[], flags: ActFlags) => cli.run(replaying, session => replay(ids, flags, session)));
  const discarding = acting('discard')
    .description('leave them dead; they stay counted')
    .action((ids: string[], flags: ActFlags) => cli.run(discarding, session => discard(ids, flags, session)));
  const words = {
    stop: 'stop a replay or discard between two letters',
    resume: 'let a stopped one go on where it was',
    status: 'say how far a replay or discard is',
  } as const;
  for (const what of ['stop', 'resume', 'status'] as const) {
    const command = dlq
      .command(what)
      .description(words[what])
      .argument('<id>', 'the id of the replay or discard')
      .action((id: string) => cli.run(command, session => operate(what, id, session)));
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since 1970; so long ago, or a moment. */
function instant(text: string): number {
  const [, number, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (number !== undefined) return Date.now() - Number(number) * (UNITS[unit] ?? 0);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write 90s, 30m, 2h, 7d, or an ISO time.');
  return Math.max(0, at);
}

function direction(text: string): string {
  if (text === 'inbound' || text === 'outbound') return text;
  throw new InvalidArgumentError('It is inbound or outbound.');
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) return number;
  throw new InvalidArgumentError('Write a whole number from 1 on.');
}

function rate(text: string): number {
  const number = Number(text);
  if (number >= 0.1 && number <= 10_000) return number;
  throw new InvalidArgumentError('Write a number from 0.1 to 10000.');
}
