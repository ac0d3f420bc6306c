/** `patchbay trigger`: a webhook as a platform would send it, and what the hub makes of it. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode } from './exit.ts';
import type { Session } from './io.ts';
import type { Cli } from './program.ts';
import { listKinds } from './trigger/list.ts';
import { TAMPERINGS, type Tampering } from './trigger/post.ts';
import { trigger } from './trigger/run.ts';

export interface TriggerFlags {
  readonly channel?: string;
  readonly set: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly edit?: boolean;
  readonly count: number;
  readonly rate?: number;
  readonly tamper?: Tampering;
  readonly duplicate: number;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly list?: boolean;
}

const MAX_COUNT = 10_000;
const MAX_DUPLICATES = 100;

export function addTrigger(cli: Cli): void {
  const command = cli.program
    .command('trigger')
    .description('send the hub a webhook as the platform would, and print what becomes of it')
    .argument('[kind]', 'the platform and what happens there, as whatsapp.text; --list shows all')
    .option('--channel <id>', 'the channel; else the first of the platform that is in the sandbox')
    .option(
      '--set <name=value>',
      'a parameter of the kind, or a place in the body as entry.0.id; repeatable',
      collect,
      {},
    )
    .option('--file <file>', 'this raw body, in place of one that is made; - is standard input')
    .option('--edit', 'open the body in $EDITOR first')
    .option('--count <n>', 'so many different ones', wholeNumber(MAX_COUNT), 1)
    .option('--rate <n>', 'so many per second', perSecond)
    .addOption(new Option('--tamper <what>', 'spoil it after it was signed').choices([...TAMPERINGS]))
    .option('--duplicate <n>', 'the same one so many times', wholeNumber(MAX_DUPLICATES), 1)
    .option('--timeout <seconds>', 'how long to wait for what becomes of it', wholeNumber(3_600), 15)
    .option('--no-wait', 'only send it')
    .option('--list', 'print every kind of every platform, without a hub')
    .action((kind: string | undefined, flags: TriggerFlags) =>
      cli.run(command, session => run(kind, flags, session, command)),
    );
}

function run(
  kind: string | undefined,
  flags: TriggerFlags,
  session: Session,
  command: Command,
): ExitCode | Promise<ExitCode> {
  if (flags.list === true) return listKinds(kind, session);
  const contradiction =
    kind === undefined ? 'say what happens, as whatsapp.text; --list shows all' : conflict(flags);
  if (contradiction === null && kind !== undefined) return trigger(kind, flags, session);
  session.problem(contradiction ?? command.usage());
  return EXIT.usage;
}

/** What cannot go together, in words. */
function conflict({ file, edit, set, count, tamper, duplicate }: TriggerFlags): string | null {
  const isFixed = file !== undefined || edit === true;
  if (file !== undefined && Object.keys(set).length > 0)
    return '--set changes a body that is made, and --file gives one';
  if (isFixed && count > 1) return '--count makes another body each time; --duplicate sends the same again';
  if (tamper !== undefined && duplicate > 1)
    return '--duplicate needs a webhook that is taken, without --tamper';
  return null;
}

function collect(given: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = given.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  return { ...before, [given.slice(0, at)]: given.slice(at + 1) };
}

const wholeNumber =
  (max: number) =>
  (given: string): number => {
    const value = /^\d{1,9}$/.test(given) ? Number(given) : 0;
    if (value < 1 || value > max) throw new InvalidArgumentError(`Expected a whole number from 1 to ${max}.`);
    return value;
  };

function perSecond(given: string): number {
  const value = /^\d{1,4}(?:\.\d+)?$/.test(given) ? Number(given) : 0;
  if (value < 0.01 || value > 1_000) throw new InvalidArgumentError('Expected a number from 0.01 to 1000.');
  return value;
}
